-- Of the user's newest tweet, which has the user's id.
\set user 1 + (random_zipfian(1, :users, 1.001) - 1) * :multiplier % :users
SELECT u.id, u.username, u.first_name, u.last_name, f.favorited_at
  FROM (SELECT user_id, favorited_at FROM favorites
         WHERE tweet_id = :user ORDER BY favorited_at DESC LIMIT 20) f
  JOIN users u ON u.id = f.user_id ORDER BY f.favorited_at DESC;
