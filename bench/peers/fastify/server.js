// A conventional web application on the database of bench/peers/postgres: Fastify, a pool of
// connections, named prepared statements, schemas so that answers are written by compiled
// serializers. It serves some of Warble's routes, without sessions, as one process.
//
// Environment: PORT, and PGHOST, PGUSER and PGDATABASE for the database.
import Fastify from "fastify";
import pg from "pg";

const INT8_OID = 20;
pg.types.setTypeParser(INT8_OID, (text) => text); // ids are strings in the API

const pool = new pg.Pool({ max: 16 });
const app = Fastify();

const text = { type: "string" };
const count = { type: "integer" };
const object = (properties) => ({ type: "object", properties });
const summary = object({ id: text, username: text, first_name: text, last_name: text });
const profile = object({
  ...summary.properties,
  description: text,
  created_at: text,
  tweets_count: count,
  followers_count: count,
  followees_count: count,
  favorites_count: count,
});
const tweet = object({
  id: text,
  content: text,
  created_at: text,
  author: summary,
  favorites_count: count,
});
const follower = object({ user: summary, followed_at: text });
const answers = (status, schema) => ({ schema: { response: { [status]: schema } } });
const listOf = (item) => answers(200, object({ items: { type: "array", items: item } }));

const AUTHOR = "u.id AS author_id, u.username, u.first_name, u.last_name";

const FIND_USER = `
  SELECT id, username, first_name, last_name, description, created_at, tweets_count,
         followers_count, followees_count, favorites_count
    FROM users WHERE username = $1`;

const USER_TWEETS = `
  SELECT t.id, t.content, t.created_at, t.favorites_count, ${AUTHOR}
    FROM users u JOIN tweets t ON t.author_id = u.id
   WHERE u.username = $1 ORDER BY t.created_at DESC LIMIT 20`;

const FOLLOWERS = `
  SELECT ${AUTHOR}, f.followed_at
    FROM (SELECT follower_id, followed_at FROM follows
           WHERE followee_id = (SELECT id FROM users WHERE username = $1)
           ORDER BY followed_at DESC LIMIT 20) f
    JOIN users u ON u.id = f.follower_id ORDER BY f.followed_at DESC`;

// Explained in bench/peers/postgres/ops/timeline.sql.
const TIMELINE = `
  WITH authors AS MATERIALIZED (
    SELECT f.followee_id AS id, newest.created_at
      FROM follows f CROSS JOIN LATERAL (
        SELECT created_at FROM tweets
         WHERE author_id = f.followee_id ORDER BY created_at DESC LIMIT 1) newest
     WHERE f.follower_id = (SELECT id FROM users WHERE username = $1)
     ORDER BY newest.created_at DESC LIMIT 20),
  oldest AS MATERIALIZED (
    SELECT CASE count(*) WHEN 20 THEN min(created_at) ELSE '-infinity' END AS at FROM authors)
  SELECT t.id, t.content, t.created_at, t.favorites_count, ${AUTHOR}
    FROM (SELECT recent.* FROM authors CROSS JOIN LATERAL (
            SELECT * FROM tweets
             WHERE author_id = authors.id AND created_at >= (SELECT at FROM oldest)
             ORDER BY created_at DESC LIMIT 20) recent
           ORDER BY recent.created_at DESC LIMIT 20) t
    JOIN users u ON u.id = t.author_id ORDER BY t.created_at DESC`;

const POST_TWEET = `
  SELECT post_tweet(id, $2) AS id, now() AS created_at, id AS author_id, username, first_name,
         last_name
    FROM users WHERE username = $1`;

// The name makes it a prepared statement of the connection.
const query = async (name, sql, ...values) =>
  (await pool.query({ name, text: sql, values })).rows;

const summaryOf = (row) => ({
  id: row.author_id,
  username: row.username,
  first_name: row.first_name,
  last_name: row.last_name,
});
const tweetOf = (row) => ({
  id: row.id,
  content: row.content,
  created_at: row.created_at.toISOString(),
  author: summaryOf(row),
  favorites_count: row.favorites_count,
});
const followerOf = (row) => ({
  user: summaryOf(row),
  followed_at: row.followed_at.toISOString(),
});
const list = (name, sql, itemOf) => async (request) => ({
  items: (await query(name, sql, request.params.user)).map(itemOf),
});
const notFound = (reply) => reply.code(404).send({ code: "not_found" });

app.get("/api/users/:user", answers(200, profile), async (request, reply) => {
  const [row] = await query("profile", FIND_USER, request.params.user);
  return row ? { ...row, created_at: row.created_at.toISOString() } : notFound(reply);
});
app.get("/api/users/:user/tweets", listOf(tweet), list("tweets", USER_TWEETS, tweetOf));
app.get("/api/users/:user/followers", listOf(follower), list("followers", FOLLOWERS, followerOf));
app.get("/api/users/:user/timeline", listOf(tweet), list("timeline", TIMELINE, tweetOf));

const posting = answers(201, tweet);
posting.schema.body = {
  type: "object",
  required: ["content"],
  properties: { content: { type: "string", minLength: 1, maxLength: 140 } },
};
app.post("/api/users/:user/tweets", posting, async (request, reply) => {
  const { content } = request.body;
  const [row] = await query("post", POST_TWEET, request.params.user, content);
  if (!row) return notFound(reply);
  return reply.code(201).send(tweetOf({ ...row, content, favorites_count: 0 }));
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
console.log("listening");
