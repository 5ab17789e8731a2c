\set author random(1, :users)
\set number random(1, 1000000000)
SELECT post_tweet(:author, 'this morning the harbour lay in fog and the ferry came late again ' || :number);
