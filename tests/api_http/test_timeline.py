"""The home timeline, held against a model while users follow, unfollow, write and delete."""

import os
import random
import unittest

from support.case import ApiCase, ids, in_order

SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(10 ** 9)))


class Model:
    """What every timeline must hold."""

    def __init__(self):
        self.tweets = {}     # id -> (author's name, tweet)
        self.followees = {}  # name -> set of names

    def timeline(self, name, include_self):
        wanted = self.followees[name] | ({name} if include_self else set())
        return in_order([tweet for author, tweet in self.tweets.values() if author in wanted])


class Timeline(ApiCase):
    def assert_right(self, model, client, rng):
        for include_self in (False, True):
            parameters = {"include_self": "true"} if include_self else {}
            if rng.random() < 0.3 and not include_self:
                parameters = {"include_self": "false"}
            walked = client.walk(client.path + "/timeline", by=rng.choice(("cursor", "page")),
                                 limit=rng.choice((None, 1, 3, 10, 100)), **parameters)
            self.assertEqual(walked, model.timeline(client.name, include_self), f"SEED={SEED}")

    def test_it_is_exactly_the_tweets_of_the_followees(self):
        print(f"SEED={SEED}")
        rng = random.Random(SEED)
        model = Model()
        clients = [self.new_user() for _ in range(8)]
        for client in clients:
            model.followees[client.name] = set()
        for step in range(1200):
            self.step(rng, model, clients)
            if step % 12 == 0:
                self.assert_right(model, rng.choice(clients), rng)
        for client in clients:
            self.assert_right(model, client, rng)
        self.server.kill()
        self.server.start()
        for client in clients:
            self.assert_right(model, client, rng)

    def step(self, rng, model, clients):
        actor, other = rng.sample(clients, 2)
        action = rng.choices(("tweet", "delete", "follow", "unfollow"), (50, 25, 20, 12))[0]
        own = [tweet for author, tweet in model.tweets.values() if author == actor.name]
        if action == "tweet":
            tweet = actor.tweet(str(rng.random()))
            model.tweets[tweet["id"]] = (actor.name, tweet)
        elif action == "delete" and own:
            # Often the newest: caches of newest tweets must not keep it.
            tweet = in_order(own)[0] if rng.random() < 0.5 else rng.choice(own)
            actor.delete_tweet(tweet)
            del model.tweets[tweet["id"]]
        elif action == "follow":
            actor.follow(other)
            model.followees[actor.name].add(other.name)
        elif action == "unfollow":
            actor.unfollow(other)
            model.followees[actor.name].discard(other.name)

    def test_an_author_who_deletes_all_the_newest_still_shows_the_older(self):
        author, reader = self.new_user(), self.new_user()
        reader.follow(author)
        tweets = [author.tweet(str(number)) for number in range(150)][::-1]
        reader.get(reader.path + "/timeline")
        for tweet in tweets[:120]:
            author.delete_tweet(tweet)
        self.assertEqual(reader.walk(reader.path + "/timeline"), tweets[120:])

    def test_many_authors_are_merged_in_order(self):
        reader = self.new_user()
        authors = [self.new_user() for _ in range(12)]
        written = []
        for number in range(120):
            author = authors[(number * number) % len(authors)]
            written.append(author.tweet(str(number)))
        for author in authors:
            reader.follow(author)
        for limit in (1, 20, 100):
            self.assertEqual(reader.walk(reader.path + "/timeline", limit=limit), in_order(written))

    def test_it_is_its_users_alone(self):
        owner, other = self.new_user(), self.new_user()
        other.get(owner.path + "/timeline").expect(403, "forbidden")
        self.anonymous().get(owner.path + "/timeline").expect(401, "unauthenticated")
        other.get("/api/users/nobody_here/timeline").expect(404, "not_found")

    def test_include_self_and_expand(self):
        owner, other = self.new_user(), self.new_user()
        mine, theirs = owner.tweet(), other.tweet()
        owner.follow(other)
        owner.favorite(theirs)
        items = owner.get(owner.path + "/timeline?include_self=true&expand=viewer").items
        self.assertEqual([(item["id"], item["viewer"]) for item in items],
                         [(tweet["id"], {"favorited": tweet is theirs})
                          for tweet in in_order([mine, theirs])])
        self.assertEqual(ids(owner.get(owner.path + "/timeline?include_self=false").items),
                         [theirs["id"]])
        for bad in ("", "1", "True", "yes"):
            owner.get(f"{owner.path}/timeline?include_self={bad}").expect(
                400, "invalid_parameter")
        answer = owner.get(owner.path + "/timeline").expect(200)
        self.assertEqual(answer.json().keys(), {"items", "next_cursor"})

    def test_profiles_and_counts_in_it_are_fresh(self):
        author, reader = self.new_user(first_name="before"), self.new_user()
        reader.follow(author)
        tweet = author.tweet()
        reader.get(reader.path + "/timeline")
        author.patch(author.path, json={"first_name": "after"}).expect(200)
        for expected in range(1, 4):
            self.new_user().favorite(tweet)
            item = reader.get(reader.path + "/timeline").items[0]
            self.assertEqual((item["favorites_count"], item["author"]["first_name"]),
                             (expected, "after"))


if __name__ == "__main__":
    unittest.main()
