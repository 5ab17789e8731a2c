"""What the deletion of a tweet and of a user does to every list, at once, and to every count."""

import unittest

from support.case import ApiCase, ids, in_order, names


class TweetDeletion(ApiCase):
    def test_it_leaves_every_list_at_once_and_counts_follow(self):
        author, fan, reader = self.new_user(), self.new_user(), self.new_user()
        reader.follow(author)
        kept, gone = author.tweet("kept"), author.tweet("gone")
        for client in (fan, author):
            client.favorite(gone)
            client.favorite(kept)
        author.delete_tweet(gone)
        for client, path in (
                (reader, author.path + "/tweets"), (reader, author.path + "/tweets?favorited=true"),
                (reader, fan.path + "/favorites"), (reader, author.path + "/favorites"),
                (reader, reader.path + "/timeline"),
                (author, author.path + "/timeline?include_self=true")):
            self.assertEqual(ids(client.get(path).expect(200).items), [kept["id"]], path)
        for user in (author, fan):
            items = reader.get(user.path + "/activity").items
            self.assertEqual([item["tweet"]["id"] for item in items], [kept["id"]])
        reader.get(reader.tweet_path(gone) + "/favorites").expect(404, "not_found")
        self.eventually(lambda: fan.profile()["favorites_count"] == 1)
        self.eventually(lambda: author.profile()["favorites_count"] == 1)
        self.eventually(lambda: author.profile()["tweets_count"] == 1)
        self.assertEqual(reader.get(reader.tweet_path(kept)).json()["favorites_count"], 2)

    def test_favorites_taken_back_meanwhile_are_counted_once(self):
        author, fan = self.new_user(), self.new_user()
        tweets = [author.tweet(str(number)) for number in range(10)]
        for tweet in tweets:
            fan.favorite(tweet)
        for tweet in tweets[:5]:
            author.delete_tweet(tweet)
            fan.delete(f"{fan.tweet_path(tweet)}/favorites/{fan.name}").expect(404, "not_found")
        fan.unfavorite(tweets[7])
        self.eventually(lambda: fan.profile()["favorites_count"] == 4)
        self.assertEqual(len(fan.walk(fan.path + "/favorites")), 4)


class UserDeletion(ApiCase):
    def test_the_user_is_gone_from_every_answer_at_once(self):
        gone, friend, fan, reader = (self.new_user(prefix) for prefix in (
            "gone", "friend", "fan", "reader"))
        own, friends = gone.tweet("own"), friend.tweet("friend's")
        gone.follow(friend)
        fan.follow(gone)
        fan.follow(friend)
        friend.follow(gone)
        fan.favorite(own)
        gone.favorite(friends)
        gone.favorite(own)
        fan.favorite(friends)
        gone.leave()

        base = gone.path
        for method, target in (
                ("GET", base), ("GET", base + "/tweets"), ("GET", base + "/followers"),
                ("GET", base + "/followees"), ("GET", base + "/favorites"),
                ("GET", base + "/activity"), ("GET", base + "/timeline"),
                ("GET", gone.tweet_path(own)), ("GET", gone.tweet_path(own) + "/favorites"),
                ("POST", gone.tweet_path(own) + "/favorites"), ("POST", base + "/followers"),
                ("DELETE", f"{base}/followers/{reader.name}"), ("POST", base + "/tweets"),
                ("GET", f"{base}/followers/{fan.name}"),
                ("GET", f"{friend.path}/followers/{gone.name}"),
                ("DELETE", f"{friend.path}/followers/{gone.name}"),
                ("DELETE", f"{gone.tweet_path(friends)}/favorites/{gone.name}"),
                ("PATCH", base), ("DELETE", base)):
            with self.subTest(method=method, target=target):
                reader.request(method, target).expect(404, "not_found")
        self.assertEqual(names(reader.get(friend.path + "/followers").items), [fan.name])
        self.assertEqual(names(reader.get(fan.path + "/followees").items), [friend.name])
        self.assertEqual(names(reader.get(friend.path + "/followees").items), [])
        self.assertEqual(names(reader.get(friend.tweet_path(friends) + "/favorites").items),
                         [fan.name])
        self.assertEqual(ids(fan.get(fan.path + "/timeline").items), [friends["id"]])
        self.assertEqual(ids(reader.get(fan.path + "/favorites").items), [friends["id"]])
        self.assertEqual([item["tweet"]["id"]
                          for item in reader.get(fan.path + "/activity").items], [friends["id"]])
        self.assertEqual(reader.get(f"/api/users?prefix={gone.name}").items, [])
        gone.get("/api/sessions/current").expect(401, "unauthenticated")
        gone.sign_in(gone.name).expect(401, "invalid_credentials")

        def counts(user):
            profile = user.profile()
            return [profile[f"{what}_count"] for what in (
                "tweets", "followers", "followees", "favorites")]
        self.eventually(lambda: counts(friend) == [1, 1, 0, 0])
        self.eventually(lambda: counts(fan) == [0, 0, 1, 1])
        self.eventually(
            lambda: reader.get(reader.tweet_path(friends)).json()["favorites_count"] == 1)

    def test_the_name_stays_taken_also_after_a_restart(self):
        user = self.new_user("Taken")
        user.leave()
        client = self.anonymous()
        for _ in range(2):
            for name in (user.name, user.name.lower(), user.name.upper()):
                client.register(name).expect(409, "username_taken")
            client.sign_in(user.name).expect(401, "invalid_credentials")
            self.server.kill()
            self.server.start()

    def test_lists_stay_full_where_the_deleted_stood(self):
        star, author = self.new_user(), self.new_user()
        tweet = author.tweet()
        users = [self.new_user() for _ in range(12)]
        for user in users:
            user.follow(star)
            star.follow(user)
            user.favorite(tweet)
            user.tweet()
        for user in users[2:9]:
            user.leave()
        kept = [user.name for user in users[9:][::-1] + users[:2][::-1]]
        for by in ("cursor", "page"):
            for path in (star.path + "/followers", star.path + "/followees",
                         author.tweet_path(tweet) + "/favorites"):
                walked = names(star.walk(path, limit=2, by=by))
                self.assertEqual(sorted(walked), sorted(kept), path)
            timeline = star.walk(star.path + "/timeline", limit=2, by=by)
            self.assertEqual(timeline, in_order(timeline))
            self.assertEqual(sorted(item["author"]["username"] for item in timeline), sorted(kept))
        self.eventually(lambda: star.profile()["followers_count"] == 5)
        self.eventually(lambda: star.profile()["followees_count"] == 5)
        self.eventually(
            lambda: star.get(star.tweet_path(tweet)).json()["favorites_count"] == 5)

    def test_favorited_true_follows_in_the_background(self):
        author, fan = self.new_user(), self.new_user()
        tweet = author.tweet()
        fan.favorite(tweet)
        fan.leave()
        self.assertEqual(author.get(author.tweet_path(tweet) + "/favorites").items, [])
        self.eventually(lambda: not author.get(author.path + "/tweets?favorited=true").items)
        self.eventually(
            lambda: author.get(author.tweet_path(tweet)).json()["favorites_count"] == 0)

    def test_all_agrees_after_a_user_was_deleted_in_a_storm(self):
        gone = self.new_user("gone")
        others = [self.new_user() for _ in range(4)]
        own = [gone.tweet(str(number)) for number in range(6)]
        theirs = [user.tweet() for user in others]

        def storm(user):
            for number in range(40):
                tweet = own[number % len(own)]
                for method, path in (("POST", gone.path + "/followers"),
                                     ("POST", user.tweet_path(tweet) + "/favorites"),
                                     ("DELETE", f"{gone.path}/followers/{user.name}")):
                    user.request(method, path).expect((200, 201, 204, 404))

        def act():
            client = gone.clone()
            for user, tweet in zip(others, theirs):
                client.follow(user)
                client.favorite(tweet)
            client.leave()
        self.together([lambda client=user.clone(): storm(client) for user in others] + [act])
        for user, tweet in zip(others, theirs):
            for end in ("/followers", "/followees", "/favorites"):
                self.assertEqual(user.get(user.path + end).items, [])
            self.eventually(lambda user=user: [user.profile()[f"{what}_count"] for what in (
                "tweets", "followers", "followees", "favorites")] == [1, 0, 0, 0])
            self.eventually(lambda user=user, tweet=tweet: user.get(
                user.tweet_path(tweet)).json()["favorites_count"] == 0)

    def test_the_purge_goes_on_after_a_kill(self):
        gone, other = self.new_user(), self.new_user()
        tweets = [other.tweet(str(number)) for number in range(300)]
        for tweet in tweets:
            gone.favorite(tweet)
        gone.leave()
        self.server.kill()
        self.server.start()
        self.eventually(lambda: not other.get(other.path + "/tweets?favorited=true").items)
        self.assertEqual({tweet["favorites_count"] for tweet in other.walk(
            other.path + "/tweets", limit=100)}, {0})


if __name__ == "__main__":
    unittest.main()
