-- After the load, when they are made in one go: the keys, and one index for each list.
CREATE UNIQUE INDEX users_by_username ON users (username);

ALTER TABLE tweets ADD PRIMARY KEY (id);
CREATE INDEX tweets_of_author ON tweets (author_id, created_at);
CREATE SEQUENCE tweet_ids;
SELECT setval('tweet_ids', max(id)) FROM tweets;
ALTER TABLE tweets ALTER COLUMN id SET DEFAULT nextval('tweet_ids');

ALTER TABLE follows ADD PRIMARY KEY (follower_id, followee_id);
CREATE INDEX followees_of_user ON follows (follower_id, followed_at);
CREATE INDEX followers_of_user ON follows (followee_id, followed_at);

ALTER TABLE favorites ADD PRIMARY KEY (user_id, tweet_id);
CREATE INDEX favorites_of_user ON favorites (user_id, favorited_at);
CREATE INDEX favoriters_of_tweet ON favorites (tweet_id, favorited_at);

CREATE EXTENSION pg_prewarm;
