\set user 1 + (random_zipfian(1, :users, 1.001) - 1) * :multiplier % :users
SELECT id, username, first_name, last_name, description, created_at, tweets_count, followers_count,
       followees_count, favorites_count
  FROM users WHERE id = :user;
