"""Activity: what a user wrote or favorited, each tweet once, by the tweet's own time."""

import os
import random
import unittest

from support.case import ApiCase, in_order

SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(10 ** 9)))


class Activity(ApiCase):
    def test_each_tweet_stands_once_with_both_flags(self):
        alice, bob = self.new_user(), self.new_user()
        mine, theirs, both, neither = alice.tweet(), bob.tweet(), alice.tweet(), bob.tweet()
        alice.favorite(theirs)
        alice.favorite(both)
        items = bob.get(alice.path + "/activity").expect(200).items
        flags = {both["id"]: (True, True), theirs["id"]: (False, True), mine["id"]: (True, False)}
        order = [tweet["id"] for tweet in in_order([both, theirs, mine])]
        self.assertEqual([item["tweet"]["id"] for item in items], order)
        self.assertEqual({item["tweet"]["id"]: (item["authored"], item["favorited"])
                          for item in items}, flags)
        self.assertEqual(items[0].keys(), {"tweet", "authored", "favorited"})
        self.assertEqual(items[order.index(theirs["id"])]["tweet"],
                         bob.get(bob.tweet_path(theirs)).json())
        self.assertNotIn(neither["id"], [item["tweet"]["id"] for item in items])
        items = bob.get(alice.path + "/activity?expand=viewer").items
        self.assertEqual({item["tweet"]["viewer"]["favorited"] for item in items}, {False})
        items = alice.get(alice.path + "/activity?expand=viewer").items
        self.assertEqual([item["tweet"]["viewer"]["favorited"] for item in items],
                         [flags[number][1] for number in order])

    def test_random_histories_match_a_model(self):
        print(f"SEED={SEED}")
        rng = random.Random(SEED)
        clients = [self.new_user() for _ in range(4)]
        tweets, favorites = {}, {client.name: set() for client in clients}
        for step in range(600):
            actor = rng.choice(clients)
            action = rng.choices(("tweet", "favorite", "unfavorite", "delete"),
                                 (40, 40, 15, 15))[0]
            own = [tweet for tweet in tweets.values() if tweet["author"]["username"] == actor.name]
            if action == "tweet":
                tweet = actor.tweet(str(step))
                tweets[tweet["id"]] = tweet
            elif action == "favorite" and tweets:
                tweet = rng.choice(list(tweets.values()))
                actor.favorite(tweet)
                favorites[actor.name].add(tweet["id"])
            elif action == "unfavorite" and tweets:
                tweet = rng.choice(list(tweets.values()))
                actor.unfavorite(tweet)
                favorites[actor.name].discard(tweet["id"])
            elif action == "delete" and own:
                tweet = rng.choice(own)
                actor.delete_tweet(tweet)
                del tweets[tweet["id"]]
                for liked in favorites.values():
                    liked.discard(tweet["id"])
            if step % 20 == 0 or step == 599:
                reader, user = rng.choice(clients), rng.choice(clients)
                self.assert_right(reader, user, tweets, favorites, rng)

    def assert_right(self, reader, user, tweets, favorites, rng):
        liked = favorites[user.name]
        shown = in_order([tweet for tweet in tweets.values()
                          if tweet["author"]["username"] == user.name or tweet["id"] in liked])
        expected = [(tweet["id"], tweet["author"]["username"] == user.name, tweet["id"] in liked,
                     sum(tweet["id"] in others for others in favorites.values()))
                    for tweet in shown]
        walked = [(item["tweet"]["id"], item["authored"], item["favorited"],
                   item["tweet"]["favorites_count"])
                  for item in reader.walk(user.path + "/activity",
                                          by=rng.choice(("cursor", "page")),
                                          limit=rng.choice((None, 1, 4, 100)))]
        self.assertEqual(walked, expected, f"SEED={SEED}")


if __name__ == "__main__":
    unittest.main()
