-- Only the 20 followees who tweeted last can have one of the 20 newest tweets, and none of these is
-- older than the newest tweet of the 20th. So: the newest time of every followee from the index
-- alone, then those 20 authors' tweets back to that time.
\set viewer random(1, :users)
WITH authors AS MATERIALIZED (
  SELECT f.followee_id AS id, newest.created_at
    FROM follows f CROSS JOIN LATERAL (
      SELECT created_at FROM tweets
       WHERE author_id = f.followee_id ORDER BY created_at DESC LIMIT 1) newest
   WHERE f.follower_id = :viewer ORDER BY newest.created_at DESC LIMIT 20),
oldest AS MATERIALIZED (
  SELECT CASE count(*) WHEN 20 THEN min(created_at) ELSE '-infinity' END AS at FROM authors)
SELECT t.id, t.content, t.created_at, t.favorites_count, u.id, u.username, u.first_name, u.last_name
  FROM (SELECT recent.* FROM authors CROSS JOIN LATERAL (
          SELECT * FROM tweets
           WHERE author_id = authors.id AND created_at >= (SELECT at FROM oldest)
           ORDER BY created_at DESC LIMIT 20) recent
         ORDER BY recent.created_at DESC LIMIT 20) t
  JOIN users u ON u.id = t.author_id ORDER BY t.created_at DESC;
