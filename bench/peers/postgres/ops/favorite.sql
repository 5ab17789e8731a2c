-- The newest tweet of the user, which has the user's id.
\set viewer random(1, :users)
\set user 1 + (random_zipfian(1, :users, 1.001) - 1) * :multiplier % :users
SELECT favorite(:viewer, :user);
