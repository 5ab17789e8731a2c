"""Tweets: writing, reading, deleting, time frames, and the rules of their content."""

import datetime
import unicodedata
import unittest

from support.case import ApiCase, ids, in_order
from support.client import query

BIRD = "\U0001f426"
# (content as sent, content as stored), all accepted.
ACCEPTED = [
    ("x", "x"),
    ("x" * 140, "x" * 140),
    (BIRD * 140, BIRD * 140),
    ("e\u0301" * 140, "\u00e9" * 140),
    ("A\u030a", "\u00c5"),
    ("\u212b\u2126", "\u00c5\u03a9"),
    ("\u1100\u1161\u11a8" * 140, "\uac01" * 140),
    ("q\u0307\u0323", "q\u0323\u0307"),
    ("\u0958" * 70, "\u0915\u093c" * 70),
    ("line\nline\n\n", "line\nline\n\n"),
    ("  padded  ", "  padded  "),
    ("\u200b", "\u200b"),
    ("\ufeff", "\ufeff"),
    ("\u180e", "\u180e"),
    ("\u2060", "\u2060"),
    ("\u0301", "\u0301"),
    ("\u00ad", "\u00ad"),
    ("\U0010ffff\ufffe", "\U0010ffff\ufffe"),
    ("\u202eabc", "\u202eabc"),
    ('"\\/\u007e', '"\\/\u007e'),
    ("<script>&amp;", "<script>&amp;"),
    ("\n" * 139 + "x", "\n" * 139 + "x"),
    ("\U0001f468\u200d\U0001f469\u200d\U0001f467" * 28,
     "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 28),
]
# (content, its field code)
REFUSED = [
    ("", "required"),
    (None, "invalid"),
    (5, "invalid"),
    (["x"], "invalid"),
    ({"x": 1}, "invalid"),
    (False, "invalid"),
    ("a\tb", "invalid"),
    ("a\r\nb", "invalid"),
    ("a\x00b", "invalid"),
    ("a\x1fb", "invalid"),
    ("a\x7fb", "invalid"),
    ("a\x80b", "invalid"),
    ("a\x9fb", "invalid"),
    ("\x85", "invalid"),
    ("\t", "invalid"),
    ("\t" * 141, "invalid"),
    ("\x0b" + "x" * 140, "invalid"),
    (" ", "blank"),
    ("\n", "blank"),
    ("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", "blank"),
    ("\u2028\u2029\u202f\u205f\u3000", "blank"),
    (" \n" * 100, "blank"),
    ("x" * 141, "too_long"),
    (BIRD * 141, "too_long"),
    ("e\u0301" * 140 + "x", "too_long"),
    ("\u0958" * 70 + "x", "too_long"),
    ("\U0001d160" * 71, "too_long"),
    (" " * 140 + "x", "too_long"),
]


class Writing(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.new_user("alice", first_name="A", last_name="L")
        cls.bob = cls.new_user("bob")

    def test_a_tweet_is_answered_as_it_will_be_read(self):
        answer = self.alice.post(self.alice.path + "/tweets", json={"content": "hello"}).expect(201)
        tweet = answer.json()
        self.assertEqual(answer.header("Location"), f"{self.alice.path}/tweets/{tweet['id']}")
        self.assertEqual(tweet.keys(), {"id", "content", "created_at", "author",
                                        "favorites_count"})
        self.assertEqual(tweet["author"], {"id": self.alice.user["id"],
                                           "username": self.alice.name,
                                           "first_name": "A", "last_name": "L"})
        self.assertEqual((tweet["content"], tweet["favorites_count"]), ("hello", 0))
        self.assertEqual(self.bob.get(answer.header("Location")).expect(200).json(), tweet)

    def test_the_author_in_a_tweet_follows_its_user(self):
        user = self.new_user(first_name="before")
        tweet = user.tweet()
        user.patch(user.path, json={"first_name": "after"}).expect(200)
        self.assertEqual(user.get(user.tweet_path(tweet)).json()["author"]["first_name"], "after")
        self.assertEqual(user.get(user.path + "/tweets").items[0]["author"]["first_name"], "after")

    def test_content_is_stored_in_nfc_and_counted_in_code_points(self):
        for sent, stored in ACCEPTED:
            with self.subTest(content=sent):
                tweet = self.alice.tweet(sent)
                self.assertEqual(tweet["content"], stored)
                self.assertEqual(self.alice.get(self.alice.tweet_path(tweet)).json()["content"],
                                 stored)

    def test_hangul_is_composed_as_elsewhere(self):
        # Every syllable without a final consonant, before the vowel that precedes these, the first
        # and last of them, and what follows them.
        syllables = [chr(code) for code in range(0xAC00, 0xD7A4, 28)]
        sent = [syllable + chr(final) for syllable in syllables
                for final in (0x11A7, 0x11A8, 0x11C2, 0x11C3)]
        for start in range(0, len(sent), 46):
            content = "|".join(sent[start:start + 46])
            self.assertEqual(self.alice.tweet(content)["content"],
                             unicodedata.normalize("NFC", content))

    def test_bad_content_gets_its_code(self):
        count = self.alice.profile()["tweets_count"]
        for content, code in REFUSED:
            with self.subTest(content=content):
                answer = self.alice.post(self.alice.path + "/tweets", json={"content": content})
                self.assertEqual(answer.field_errors(), {"content": code})
        answer = self.alice.post(self.alice.path + "/tweets", json={})
        self.assertEqual(answer.field_errors(), {"content": "required"})
        self.assertEqual(self.alice.profile()["tweets_count"], count)

    def test_only_the_author_writes_and_deletes(self):
        tweet = self.alice.tweet()
        self.bob.post(self.alice.path + "/tweets", json={"content": "x"}).expect(403, "forbidden")
        self.bob.delete(self.alice.tweet_path(tweet)).expect(403, "forbidden")
        self.bob.get(self.alice.tweet_path(tweet)).expect(200)

    def test_a_deleted_tweet_is_gone(self):
        user = self.new_user()
        kept, tweet = user.tweet("kept"), user.tweet("gone")
        self.assertEqual(user.profile()["tweets_count"], 2)
        user.delete_tweet(tweet)
        for method, end in (("GET", ""), ("DELETE", ""), ("GET", "/favorites"),
                            ("POST", "/favorites"), ("DELETE", f"/favorites/{user.name}")):
            user.request(method, user.tweet_path(tweet) + end).expect(404, "not_found")
        self.assertEqual(ids(user.walk(user.path + "/tweets")), [kept["id"]])
        self.eventually(lambda: user.profile()["tweets_count"] == 1)

    def test_a_tweet_is_found_only_by_its_own_path(self):
        tweet = self.alice.tweet()
        number = tweet["id"]
        upper = f"/api/users/{self.alice.name.upper()}/tweets/{number}"
        self.assertEqual(self.bob.get(upper).expect(200).json(), tweet)
        for bad in ("0" + number, number + "0", "-" + number, "+" + number, number + ".0", "x", "0",
                    "9223372036854775807", "9223372036854775808", "18446744073709551616",
                    "9" * 60, hex(int(number)), number + "%20", "%20" + number,
                    str(int(number) + 2 ** 64)):
            with self.subTest(bad=bad):
                self.bob.get(f"{self.alice.path}/tweets/{bad}").expect(404, "not_found")
        self.bob.get(f"{self.bob.path}/tweets/{number}").expect(404, "not_found")
        self.bob.get(f"/api/users/nobody_here/tweets/{number}").expect(404, "not_found")

    def test_ids_and_times_never_fall(self):
        user = self.new_user()
        tweets = [user.tweet(str(number)) for number in range(50)]
        self.assertEqual(len(set(ids(tweets))), 50)
        self.assertEqual(in_order(tweets), tweets[::-1])
        self.assertEqual(ids(user.walk(user.path + "/tweets")), ids(tweets[::-1]))

    def test_concurrent_tweets_of_a_user_are_all_kept_once(self):
        user = self.new_user()
        written = self.together(
            [lambda client=user.clone(): [client.tweet() for _ in range(20)] for _ in range(8)])
        expected = in_order([tweet for tweets in written for tweet in tweets])
        self.assertEqual(user.walk(user.path + "/tweets", limit=100), expected)
        self.assertEqual(user.profile()["tweets_count"], 160)

    def test_expand_tells_whether_the_viewer_favorited(self):
        tweet = self.alice.tweet()
        self.bob.favorite(tweet)
        path = self.alice.tweet_path(tweet)
        self.assertEqual(self.bob.get(path + "?expand=viewer").json()["viewer"],
                         {"favorited": True})
        self.assertEqual(self.alice.get(path + "?expand=viewer").json()["viewer"],
                         {"favorited": False})
        listed = self.bob.get(self.alice.path + "/tweets?expand=viewer&limit=1").items[0]
        self.assertEqual(listed["viewer"], {"favorited": True})
        self.assertNotIn("viewer", listed["author"])
        self.assertNotIn("viewer", self.bob.get(path).json())
        self.assertNotIn("viewer", self.bob.get(self.alice.path + "/tweets?limit=1").items[0])


class TimeFrames(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.new_user()
        cls.tweets = [cls.user.tweet(str(number)) for number in range(30)][::-1]

    def frame(self, **parameters):
        return self.user.walk(self.user.path + "/tweets", limit=7, **parameters)

    def test_since_is_inclusive_and_until_exclusive(self):
        times = [tweet["created_at"] for tweet in self.tweets]
        for since, until in ((times[20], times[5]), (times[-1], times[0]), (times[3], times[3]),
                             (None, times[10]), (times[10], None), (times[2], times[25]),
                             ("2006-01-01T00:00:00Z", "2050-01-01T00:00:00Z"),
                             ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"),
                             ("2050-01-01T00:00:00Z", None), (None, "1970-01-01T00:00:00Z")):
            with self.subTest(since=since, until=until):
                expected = [tweet for tweet in self.tweets
                            if (since is None or tweet["created_at"] >= since)
                            and (until is None or tweet["created_at"] < until)]
                for by in ("cursor", "page"):
                    self.assertEqual(self.frame(by=by, since=since, until=until), expected)

    def test_any_offset_and_precision_is_understood(self):
        middle = self.tweets[15]["created_at"]
        expected = [tweet for tweet in self.tweets if tweet["created_at"] >= middle]
        time = datetime.datetime.strptime(middle, "%Y-%m-%dT%H:%M:%S.%f%z")
        for hours in (-11, -3.5, 0, 5.75, 14):
            zone = datetime.timezone(datetime.timedelta(hours=hours))
            since = time.astimezone(zone).isoformat(timespec="milliseconds")
            self.assertEqual(self.frame(since=since), expected)
        for since in (middle.lower(), middle[:-1] + "000Z", middle[:-1] + "-00:00"):
            self.assertEqual(self.frame(since=since), expected)

    def test_bad_times_are_refused(self):
        for value in ("", "yesterday", "2026-11-22", "2026-11-22T07:48:16", "2026-13-01T00:00:00Z",
                      "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T07:60:00Z",
                      "2026-11-22T07:48:16.Z", "2026-11-22T07:48:16+0100", "1234567890",
                      "2026-11-22T07:48:16Zx", " 2026-11-22T07:48:16Z", "2026-11-22T07:48Z",
                      "2026-11-22T07:48:16+25:00", "2026-00-01T00:00:00Z"):
            for name in ("since", "until"):
                with self.subTest(name=name, value=value):
                    self.user.get(query(self.user.path + "/tweets", **{name: value})).expect(
                        400, "invalid_parameter")
        self.user.get(self.user.path + "/tweets?since=2026-11-22T07:48:16+01:00").expect(
            400, "invalid_parameter")  # a plus is a space


class FavoritedOnes(ApiCase):
    def test_favorited_true_lists_those_favorited_now(self):
        author, one, two = self.new_user(), self.new_user(), self.new_user()
        tweets = [author.tweet(str(number)) for number in range(25)][::-1]
        liked = tweets[::3]

        def listed(**parameters):
            return [tweet["content"] for tweet in author.walk(
                author.path + "/tweets", limit=4, **parameters)]

        self.assertEqual(listed(favorited="true"), [])
        for tweet in liked:
            one.favorite(tweet)
        two.favorite(liked[0])
        self.assertEqual(listed(favorited="true"), [tweet["content"] for tweet in liked])
        self.assertEqual(listed(favorited="true", by="page"),
                         [tweet["content"] for tweet in liked])
        self.assertEqual(listed(favorited="false"), [tweet["content"] for tweet in tweets])
        since, until = liked[6]["created_at"], liked[1]["created_at"]
        self.assertEqual(listed(favorited="true", since=since, until=until),
                         [tweet["content"] for tweet in liked
                          if since <= tweet["created_at"] < until])
        one.unfavorite(liked[0])
        one.unfavorite(liked[1])
        self.assertEqual(listed(favorited="true"),
                         [tweet["content"] for tweet in liked if tweet != liked[1]])
        two.unfavorite(liked[0])
        self.assertEqual(listed(favorited="true"), [tweet["content"] for tweet in liked[2:]])
        for bad in ("", "1", "TRUE", "yes"):
            author.get(query(author.path + "/tweets", favorited=bad)).expect(
                400, "invalid_parameter")


if __name__ == "__main__":
    unittest.main()
