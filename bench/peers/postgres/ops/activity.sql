-- Written or favorited, each tweet once, by the time when the user last did one of the two: the 20
-- newest of both together are among the 20 newest of each.
\set user 1 + (random_zipfian(1, :users, 1.001) - 1) * :multiplier % :users
SELECT t.id, t.content, t.created_at, t.favorites_count, u.id, u.username, u.first_name, u.last_name,
       recent.written, recent.favorited
  FROM (SELECT id, max(at) AS at, bool_or(written) AS written, bool_or(NOT written) AS favorited
          FROM ((SELECT id, created_at AS at, true AS written FROM tweets
                  WHERE author_id = :user ORDER BY created_at DESC LIMIT 20)
                UNION ALL
                (SELECT tweet_id, favorited_at, false FROM favorites
                  WHERE user_id = :user ORDER BY favorited_at DESC LIMIT 20)) acts
         GROUP BY id ORDER BY at DESC LIMIT 20) recent
  JOIN tweets t ON t.id = recent.id JOIN users u ON u.id = t.author_id
 ORDER BY recent.at DESC;
