"""Favorites: the edge, its lists, its counts."""

import unittest

from support.case import ApiCase, ids, in_order, names


def summary(client):
    return {member: client.user[member]
            for member in ("id", "username", "first_name", "last_name")}


class Favoriting(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.bob = cls.new_user("alice", last_name="L"), cls.new_user("bob")

    def count(self, tweet):
        return self.alice.get(self.alice.tweet_path(tweet)).expect(200).json()["favorites_count"]

    def test_the_first_time_creates_and_a_repeat_changes_nothing(self):
        alice = self.new_user(last_name="L")
        tweet = self.bob.tweet()
        first = alice.favorite(tweet).expect(201).json()
        self.assertEqual(first.keys(), {"user", "tweet_id", "favorited_at"})
        self.assertEqual((first["user"], first["tweet_id"]), (summary(alice), tweet["id"]))
        self.assertEqual(alice.favorite(tweet).expect(200).json(), first)
        self.assertEqual(self.count(tweet), 1)
        self.assertEqual(alice.profile()["favorites_count"], 1)
        path = alice.tweet_path(tweet) + "/favorites"
        self.assertEqual(self.bob.get(path).items,
                         [{"user": summary(alice), "favorited_at": first["favorited_at"]}])
        self.assertEqual(self.bob.get(alice.path + "/favorites").items,
                         [{**tweet, "favorites_count": 1}])

    def test_undoing_may_be_repeated(self):
        alice = self.new_user()
        tweet = self.bob.tweet()
        alice.unfavorite(tweet)
        alice.favorite(tweet)
        for _ in range(2):
            alice.unfavorite(tweet)
            self.assertEqual(self.count(tweet), 0)
            self.assertEqual(alice.profile()["favorites_count"], 0)
            self.assertEqual(alice.get(alice.path + "/favorites").items, [])
            self.assertEqual(alice.get(alice.tweet_path(tweet) + "/favorites").items, [])
        alice.favorite(tweet).expect(201)

    def test_ones_own_tweet_may_be_favorited(self):
        tweet = self.alice.tweet()
        self.alice.favorite(tweet).expect(201)
        self.assertEqual(self.count(tweet), 1)

    def test_only_the_user_takes_it_back(self):
        tweet = self.bob.tweet()
        self.alice.favorite(tweet)
        self.bob.delete(f"{self.bob.tweet_path(tweet)}/favorites/{self.alice.name}").expect(
            403, "forbidden")
        self.assertEqual(self.count(tweet), 1)

    def test_unknown_users_and_tweets_are_404(self):
        tweet = self.bob.tweet()
        for base in (f"/api/users/nobody_here/tweets/{tweet['id']}",
                     f"{self.alice.path}/tweets/{tweet['id']}", f"{self.bob.path}/tweets/1",
                     f"{self.bob.path}/tweets/0{tweet['id']}"):
            for method, end in (("POST", ""), ("GET", ""), ("DELETE", f"/{self.alice.name}")):
                with self.subTest(method=method, base=base):
                    self.alice.request(method, f"{base}/favorites{end}").expect(404, "not_found")
        self.alice.delete(f"{self.bob.tweet_path(tweet)}/favorites/nobody_here").expect(
            404, "not_found")

    def test_a_body_is_ignored(self):
        tweet = self.bob.tweet()
        path = self.alice.tweet_path(tweet) + "/favorites"
        self.alice.post(path, body=b"{", content_type="text/plain").expect(201)
        self.alice.delete(f"{path}/{self.alice.name}", body=b"[").expect(204)

    def test_concurrent_favorites_count_once_each(self):
        tweet = self.bob.tweet()
        users = [self.new_user() for _ in range(4)]
        answers = self.together([lambda client=user.clone(): client.favorite(tweet)
                                 for user in users for _ in range(3)])
        self.assertEqual(sorted(answer.status for answer in answers), [200] * 8 + [201] * 4)
        self.assertEqual(self.count(tweet), 4)
        items = self.bob.walk(self.bob.tweet_path(tweet) + "/favorites", limit=1)
        self.assertEqual(sorted(names(items)), sorted(user.name for user in users))
        order = [(item["favorited_at"], int(item["user"]["id"])) for item in items]
        self.assertEqual(order, sorted(order, reverse=True))
        self.together([lambda client=user.clone(): client.unfavorite(tweet)
                       for user in users for _ in range(2)])
        self.assertEqual(self.count(tweet), 0)

    def test_the_list_of_a_user_is_by_the_tweets_own_time(self):
        user = self.new_user()
        tweets = [author.tweet(str(number)) for number in range(9)
                  for author in (self.alice, self.bob)]
        for tweet in sorted(tweets, key=lambda tweet: hash(tweet["id"])):
            user.favorite(tweet)
        expected = [tweet["id"] for tweet in in_order(tweets)]
        for by in ("cursor", "page"):
            self.assertEqual(ids(self.bob.walk(user.path + "/favorites", by=by, limit=4)), expected)

    def test_expand_fills_tweets_and_favoriters(self):
        user, other = self.new_user(), self.new_user()
        tweet = self.bob.tweet()
        user.favorite(tweet)
        other.follow(user)
        path = user.tweet_path(tweet) + "/favorites"
        self.assertEqual(other.get(path + "?expand=viewer").items[0]["user"]["viewer"],
                         {"following": True, "followed_by": False})
        self.assertNotIn("viewer", other.get(path).items[0]["user"])
        for client, favorited in ((user, True), (other, False)):
            item = client.get(user.path + "/favorites?expand=viewer").items[0]
            self.assertEqual(item["viewer"], {"favorited": favorited})
        answer = user.post(path + "?expand=viewer").expect(200).json()
        self.assertNotIn("viewer", answer["user"])


if __name__ == "__main__":
    unittest.main()
