"""Lists: cursors, pages, Link, limits, and walks while others write."""

import string
import threading
import time
import unittest

from support.case import ApiCase, ids, in_order
from support.client import query

ALPHABET = string.ascii_letters + string.digits + "-_"
DEEPEST_ROWS = 10_000
DEEPEST_TIMELINE_ROWS = 1_000


class Paging(ApiCase):
    """Parameters and cursors, the same on every list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.reader = cls.new_user(), cls.new_user()
        cls.others = [cls.new_user() for _ in range(5)]
        for other in cls.others:
            cls.user.follow(other)
            other.follow(cls.user)
            other.tweet()
        cls.tweets = [cls.user.tweet(str(number)) for number in range(6)]
        for other in cls.others:
            other.favorite(cls.tweets[0])
        for tweet in cls.tweets:
            cls.user.favorite(tweet)
        base = cls.user.path
        cls.lists = [base + end for end in (
            "/tweets", "/followers", "/followees", "/favorites", "/activity", "/timeline",
            f"/tweets/{cls.tweets[0]['id']}/favorites")]

    def test_bad_parameters_are_refused_on_every_list(self):
        for path in self.lists:
            for bad in ("limit=0", "limit=101", "limit=", "limit=x", "limit=-1", "limit=1.5",
                        "limit=99999999999999999999", "limit=5&limit=5", "limit=1+", "page=0",
                        "page=", "page=x", "page=-1", "page=1&page=1", "page=1.0",
                        "limit=%zz", "limit=%FF", "page=%22%0A", "cursor=a&cursor=a", "expand=x",
                        "expand="):
                with self.subTest(path=path, bad=bad):
                    self.user.get(f"{path}?{bad}").expect(400, "invalid_parameter")
            self.user.get(path + "?page=99999999999999999999").expect(400)

    def test_an_item_count_is_limited_and_20_by_default(self):
        writer = self.new_user()
        for number in range(101):
            writer.tweet(str(number))
        for limit, expected in ((None, 20), (1, 1), (99, 99), (100, 100)):
            answer = writer.get(query(writer.path + "/tweets", limit=limit)).expect(200)
            self.assertEqual(len(answer.items), expected)

    def test_pages_may_be_chosen_until_10000_rows_or_1000_on_the_timeline(self):
        for path in self.lists:
            most = DEEPEST_TIMELINE_ROWS if path.endswith("/timeline") else DEEPEST_ROWS
            for limit in (1, 7, 20, 100):
                deepest = most // limit
                with self.subTest(path=path, limit=limit):
                    answer = self.user.get(query(path, limit=limit, page=deepest)).expect(200)
                    self.assertEqual(answer.json(), {"items": [], "next_cursor": None})
                    self.user.get(query(path, limit=limit, page=deepest + 1)).expect(
                        400, "page_too_deep")
            self.user.get(query(path, page=most // 20 + 1)).expect(400, "page_too_deep")

    def test_both_ways_at_once_are_refused(self):
        for path in self.lists:
            cursor = self.user.get(path + "?limit=1").json()["next_cursor"]
            self.user.get(query(path, limit=1, cursor=cursor, page=2)).expect(
                400, "invalid_parameter")

    def test_every_list_walks_the_same_both_ways_and_with_any_limit(self):
        for path in self.lists:
            whole = self.user.walk(path, limit=100)
            self.assertGreaterEqual(len(whole), 5)
            for limit in (1, 2, 3, len(whole) - 1, len(whole)):
                for by in ("cursor", "page"):
                    with self.subTest(path=path, limit=limit, by=by):
                        self.assertEqual(self.user.walk(path, limit=limit, by=by), whole)

    def test_link_keeps_the_path_as_sent_and_all_known_parameters(self):
        encoded = f"/api/users/%75{self.user.name[1:]}/tweets"
        for path in (self.user.path.upper().replace("/API/USERS", "/api/users") + "/tweets",
                     encoded):
            for by in ("cursor", "page"):
                items = self.user.walk(path, by=by, limit=2, expand="viewer", favorited="true",
                                       since="2020-01-01T00:00:00+01:00")
                self.assertEqual(ids(items), ids(self.tweets[::-1]))

    def test_a_page_gives_a_cursor_that_goes_on_from_there(self):
        for path in self.lists:
            whole = self.user.walk(path, limit=100)
            page = self.user.get(path + "?limit=2&page=2").expect(200).json()
            self.assertEqual(page["items"], whole[2:4])
            rest = self.user.get(query(path, limit=100, cursor=page["next_cursor"])).items
            self.assertEqual(rest, whole[4:])

    def test_a_cursor_does_not_depend_on_limit_expand_or_session(self):
        for path in self.lists:
            whole = ids_of(self.user.walk(path, limit=100))
            first = self.user.get(path + "?limit=2").json()["next_cursor"]
            other = self.user.get(path + "?limit=2&expand=viewer").json()["next_cursor"]
            self.assertEqual(first, other)
            clients = [self.user, self.user.clone().enter(self.user.name)]
            if not path.endswith("/timeline"):
                clients.append(self.reader)
            for client in clients:
                for limit in (1, 3, 100):
                    answer = client.get(query(path, limit=limit, cursor=first, expand="viewer"))
                    self.assertEqual(ids_of(answer.expect(200).items), whole[2:2 + limit])

    def test_a_cursor_is_canonical_base64url(self):
        for path in self.lists:
            self.assertRegex(self.user.get(path + "?limit=1").json()["next_cursor"],
                             r"^[A-Za-z0-9_-]+$")

    def test_a_cursor_altered_at_any_position_is_refused(self):
        for path in self.lists:
            cursor = self.user.get(path + "?limit=1").json()["next_cursor"]
            altered = [cursor + extra for extra in ("A", "=", "==", "AAAA", "%20", "%00", "+")]
            altered += ["A" + cursor, cursor + cursor, cursor.swapcase()]
            for position in range(len(cursor)):
                before, after = cursor[:position], cursor[position + 1:]
                altered.append(before + after)
                altered += [before + wrong + after for wrong in ALPHABET[position % 4::4]
                            if wrong != cursor[position]]
            altered += [cursor[:-1] + wrong for wrong in ALPHABET if wrong != cursor[-1]]
            for bad in altered:
                self.user.get(f"{path}?limit=1&cursor={bad}").expect(400, "invalid_cursor")
            self.user.get(path + "?cursor=").expect(400)
            self.user.get(f"{path}?limit=1&cursor={cursor}&cursor={cursor}").expect(
                400, "invalid_parameter")

    def test_a_cursor_is_bound_to_its_list(self):
        other = self.others[0]
        other.follow(self.others[1])
        lists = self.lists + [other.path + end for end in (
            "/tweets", "/followers", "/followees", "/favorites", "/activity")]
        lists.append(f"{self.user.path}/tweets/{self.tweets[1]['id']}/favorites")
        for path in self.lists:
            cursor = self.user.get(path + "?limit=1").json()["next_cursor"]
            for elsewhere in lists:
                if elsewhere != path:
                    with self.subTest(path=path, elsewhere=elsewhere):
                        self.user.get(query(elsewhere, cursor=cursor)).expect(
                            400, "invalid_cursor")

    def test_a_cursor_is_bound_to_its_filters(self):
        path = self.user.path + "/tweets"
        variants = [{}, {"favorited": "true"}, {"since": "2020-01-01T00:00:00Z"},
                    {"until": "2100-01-01T00:00:00Z"}, {"since": "2020-01-01T00:00:01Z"},
                    {"favorited": "true", "since": "2020-01-01T00:00:00Z"}]
        for given in variants:
            cursor = self.user.get(query(path, limit=1, **given)).json()["next_cursor"]
            for other in variants:
                answer = self.user.get(query(path, limit=1, cursor=cursor, **other))
                if other == given:
                    answer.expect(200)
                else:
                    answer.expect(400, "invalid_cursor")
        path = self.user.path + "/timeline"
        for given, other in (({}, {"include_self": "true"}), ({"include_self": "true"}, {})):
            cursor = self.user.get(query(path, limit=1, **given)).json()["next_cursor"]
            self.user.get(query(path, cursor=cursor, **other)).expect(400, "invalid_cursor")
            self.user.get(query(path, cursor=cursor, **given)).expect(200)

    def test_a_cursor_is_bound_to_the_list_not_to_how_it_was_written(self):
        path = self.user.path + "/tweets"
        cursor = self.user.get(path + "?limit=1").json()["next_cursor"]
        for same in (f"/api/users/{self.user.name.upper()}/tweets?cursor=", path + "?cursor=",
                     f"/api/users/%75{self.user.name[1:]}/tweets?cursor=",
                     path + "?favorited=false&cursor="):
            self.assertEqual(ids(self.user.get(same + cursor).expect(200).items),
                             ids(self.tweets[-2::-1]))

    def test_cursors_outlive_restarts(self):
        cursors = [(path, self.user.get(path + "?limit=2").json()["next_cursor"],
                    ids_of(self.user.walk(path, limit=100))) for path in self.lists]
        for stop in (self.server.stop, self.server.kill):
            stop()
            self.server.start()
            for path, cursor, whole in cursors:
                rest = self.user.get(query(path, limit=100, cursor=cursor)).expect(200).items
                self.assertEqual(ids_of(rest), whole[2:])

    def test_an_empty_list_is_one_empty_page(self):
        loner = self.new_user()
        for end in ("/tweets", "/followers", "/followees", "/favorites", "/activity", "/timeline"):
            for mode in ("", "?page=1"):
                answer = loner.get(loner.path + end + mode).expect(200)
                self.assertEqual(answer.json(), {"items": [], "next_cursor": None})
                self.assertIsNone(answer.header("Link"))


def ids_of(items):
    """The identity of each item of any list."""
    return [(item.get("tweet") or item.get("user") or item)["id"] for item in items]


class Walks(ApiCase):
    """Walks over a list while others write."""

    def test_what_is_added_at_the_head_does_not_disturb(self):
        user, other = self.new_user(), self.new_user()
        other.follow(user)
        tweets = [user.tweet(str(number)) for number in range(50)][::-1]
        for tweet in tweets:
            other.favorite(tweet)
        for client, path in ((user, user.path + "/tweets"), (user, user.path + "/activity"),
                             (other, other.path + "/favorites"),
                             (other, other.path + "/timeline")):
            expected = ids_of(client.walk(path, limit=100))

            def add():
                for _ in range(3):
                    other.favorite(user.tweet("new"))
            walked = ids_of(client.walk(path, limit=7, between=add))
            self.assertEqual(walked, expected, path)

    def test_a_walk_under_concurrent_writers_is_exactly_the_list_that_was_there(self):
        user = self.new_user()
        follower = self.new_user()
        follower.follow(user)
        tweets = [user.tweet(str(number)) for number in range(200)][::-1]
        expected = ids(in_order(tweets))
        stop = threading.Event()

        def write(client):
            while not stop.is_set():
                client.tweet("new")

        def walk(client, path):
            try:
                return [ids(client.walk(path, limit=9)) for _ in range(4)]
            finally:
                stop.set()

        results = self.together(
            [lambda: walk(user.clone(), user.path + "/tweets"),
             lambda: write(user.clone()), lambda: write(user.clone()),
             lambda: [ids(client.walk(follower.path + "/timeline", limit=9))
                      for client in [follower.clone()] for _ in range(4)]])
        for walked in results[0] + results[3]:
            self.assertEqual(len(walked), len(set(walked)))
            self.assertEqual(walked[-len(expected):], expected)

    def test_rows_deleted_during_a_walk_leave_no_holes(self):
        user, other = self.new_user(), self.new_user()
        other.follow(user)
        for client, path in ((user, user.path + "/tweets"), (user, user.path + "/activity"),
                             (other, other.path + "/favorites"),
                             (other, other.path + "/timeline")):
            for tweet in user.walk(user.path + "/tweets", limit=100):
                user.delete_tweet(tweet)
            tweets = [user.tweet(str(number)) for number in range(60)][::-1]
            for tweet in tweets:
                other.favorite(tweet)
            doomed = tweets[3::4]

            def remove():
                for _ in range(3):
                    if doomed:
                        user.delete_tweet(doomed.pop())
            walked = ids_of(client.walk(path, limit=6, between=remove))
            kept = [tweet["id"] for index, tweet in enumerate(tweets) if index % 4 != 3]
            self.assertEqual(len(walked), len(set(walked)))
            self.assertEqual([number for number in walked if number in set(kept)], kept)

    def test_the_item_before_a_cursor_may_be_deleted(self):
        user, other = self.new_user(), self.new_user()
        other.follow(user)
        tweets = [user.tweet(str(number)) for number in range(12)][::-1]
        for tweet in tweets:
            other.favorite(tweet)
        for client, path in ((user, user.path + "/tweets"), (user, user.path + "/activity"),
                             (other, other.path + "/favorites"),
                             (other, other.path + "/timeline")):
            page = client.get(path + "?limit=2").expect(200).json()
            user.delete_tweet(tweets[1])
            rest = client.get(query(path, limit=100, cursor=page["next_cursor"])).expect(200).items
            self.assertEqual(ids_of(rest), ids(tweets[2:]))
            tweets = tweets[2:]
            user.delete_tweet(user.get(user.path + "/tweets?limit=1").items[0])

    def test_deleted_rows_are_skipped_and_the_last_page_is_never_empty(self):
        user, other = self.new_user(), self.new_user()
        other.follow(user)
        tweets = [user.tweet(str(number)) for number in range(40)][::-1]
        for tweet in tweets:
            other.favorite(tweet)
        for tweet in tweets[-10:] + tweets[5:15]:
            user.delete_tweet(tweet)
        kept = ids(tweets[:5] + tweets[15:-10])
        for client, path in ((user, user.path + "/tweets"), (user, user.path + "/activity"),
                             (other, other.path + "/favorites"),
                             (other, other.path + "/timeline"),
                             (user, user.path + "/tweets?favorited=true")):
            path, _, rest = path.partition("?")
            parameters = {"favorited": "true"} if rest else {}
            for limit in (4, 5, 10, 20):
                for by in ("cursor", "page"):
                    with self.subTest(path=path, limit=limit, by=by):
                        self.assertEqual(
                            ids_of(client.walk(path, limit=limit, by=by, **parameters)), kept)

    def test_followers_leaving_and_joining_during_a_walk(self):
        star = self.new_user()
        users = [self.new_user() for _ in range(16)]
        # Who came first stays and is the last row, whatever ids those of one millisecond have: so
        # the last page cannot be emptied between two pages.
        users[0].follow(star)
        time.sleep(0.002)
        for user in users[1:12]:
            user.follow(star)
        joining, leaving = users[12:], users[1:12:4]
        stay = [user.user["id"] for user in users[:12] if user not in leaving][::-1]

        def change():
            if joining:
                joining.pop().follow(star)
            if leaving:
                leaving.pop().unfollow(star)
        walked = ids_of(star.walk(star.path + "/followers", limit=3, between=change))
        self.assertEqual(len(walked), len(set(walked)))
        in_walk = [number for number in walked if number in set(stay)]
        self.assertEqual(sorted(in_walk), sorted(stay))
        self.assertFalse(set(walked) & {user.user["id"] for user in users[12:]})


class DeepPages(ApiCase):
    """The deepest page of a timeline, with rows behind it."""

    def test_the_deepest_page_has_a_cursor_but_no_link(self):
        author, reader = self.new_user(), self.new_user()
        reader.follow(author)
        self.together([lambda client=author.clone(): [client.tweet() for _ in range(127)]
                       for _ in range(8)])
        path = reader.path + "/timeline"
        whole = reader.walk(path, limit=100)
        self.assertEqual(len(whole), 8 * 127)
        self.assertEqual(whole, author.walk(author.path + "/tweets", by="page", limit=100))
        for limit in (100, 30):
            deepest = DEEPEST_TIMELINE_ROWS // limit
            answer = reader.get(query(path, limit=limit, page=deepest)).expect(200)
            end = limit * deepest
            self.assertEqual(answer.items, whole[end - limit:end])
            self.assertIsNone(answer.header("Link"))
            rest = reader.get(query(path, limit=100, cursor=answer.json()["next_cursor"]))
            self.assertEqual(rest.expect(200).items, whole[end:])
            self.assertIsNotNone(
                reader.get(query(path, limit=limit, page=deepest - 1)).header("Link"))


if __name__ == "__main__":
    unittest.main()
