-- The writes: rows and counts in one transaction and one round trip. Whatever many want to change
-- at once is locked last and held for the commit alone; rows of users are locked by ascending id,
-- so that no two wait for each other.
CREATE FUNCTION post_tweet(author integer, text varchar) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  tweet bigint;
BEGIN
  INSERT INTO tweets (author_id, content) VALUES (author, text) RETURNING id INTO tweet;
  UPDATE users SET tweets_count = tweets_count + 1 WHERE id = author;
  RETURN tweet;
END
$$;

-- False when it was so already.
CREATE FUNCTION follow(follower integer, followee integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO follows (follower_id, followee_id) VALUES (follower, followee)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF follower < followee THEN
    UPDATE users SET followees_count = followees_count + 1 WHERE id = follower;
  END IF;
  UPDATE users SET followers_count = followers_count + 1 WHERE id = followee;
  IF follower > followee THEN
    UPDATE users SET followees_count = followees_count + 1 WHERE id = follower;
  END IF;
  RETURN true;
END
$$;

-- False when it was so already, or when there is no such tweet.
CREATE FUNCTION favorite(viewer integer, tweet bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO favorites (user_id, tweet_id) SELECT viewer, id FROM tweets WHERE id = tweet
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE users SET favorites_count = favorites_count + 1 WHERE id = viewer;
  UPDATE tweets SET favorites_count = favorites_count + 1 WHERE id = tweet;
  RETURN true;
END
$$;
