\set user 1 + (random_zipfian(1, :users, 1.001) - 1) * :multiplier % :users
SELECT u.id, u.username, u.first_name, u.last_name, f.followed_at
  FROM (SELECT follower_id, followed_at FROM follows
         WHERE followee_id = :user ORDER BY followed_at DESC LIMIT 20) f
  JOIN users u ON u.id = f.follower_id ORDER BY f.followed_at DESC;
