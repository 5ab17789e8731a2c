\set user 1 + (random_zipfian(1, :users, 1.001) - 1) * :multiplier % :users
SELECT t.id, t.content, t.created_at, t.favorites_count, u.id, u.username, u.first_name, u.last_name
  FROM users u JOIN tweets t ON t.author_id = u.id
 WHERE u.id = :user ORDER BY t.created_at DESC LIMIT 20;
