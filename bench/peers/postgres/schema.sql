-- Counts are columns that every write keeps up, as in Warble. Room is left in the pages of the rows
-- that carry them, so that a new version of a row stays in its page and no index is touched. A
-- password's hash is left out: in a generated world all users have the same.
CREATE TABLE users (
  id              integer PRIMARY KEY,
  username        varchar(30) NOT NULL,
  first_name      varchar(50) NOT NULL,
  last_name       varchar(50) NOT NULL,
  description     varchar(160) NOT NULL,
  created_at      timestamptz NOT NULL,
  tweets_count    integer NOT NULL DEFAULT 0,
  followers_count integer NOT NULL DEFAULT 0,
  followees_count integer NOT NULL DEFAULT 0,
  favorites_count integer NOT NULL DEFAULT 0
) WITH (fillfactor = 80);

CREATE TABLE tweets (
  id              bigint NOT NULL,
  author_id       integer NOT NULL,
  content         varchar(140) NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  favorites_count integer NOT NULL DEFAULT 0
) WITH (fillfactor = 90);

CREATE TABLE follows (
  follower_id integer NOT NULL,
  followee_id integer NOT NULL,
  followed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE favorites (
  user_id      integer NOT NULL,
  tweet_id     bigint NOT NULL,
  favorited_at timestamptz NOT NULL DEFAULT now()
);
