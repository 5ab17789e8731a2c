-- By the time of favoriting, for which there is an index; Warble orders by the tweet's time.
\set user 1 + (random_zipfian(1, :users, 1.001) - 1) * :multiplier % :users
SELECT t.id, t.content, t.created_at, t.favorites_count, u.id, u.username, u.first_name, u.last_name
  FROM (SELECT tweet_id, favorited_at FROM favorites
         WHERE user_id = :user ORDER BY favorited_at DESC LIMIT 20) f
  JOIN tweets t ON t.id = f.tweet_id JOIN users u ON u.id = t.author_id
 ORDER BY f.favorited_at DESC;
