"""Idempotency-Key: replays, conflicts, restarts, concurrent duplicates."""

import itertools
import unittest

from support.case import ApiCase, ids
from support.client import head

KEYS = (f"key-{number}" for number in itertools.count())


def replayed(answer):
    value = answer.header("Idempotency-Replayed")
    assert value in (None, "true"), answer
    return value == "true"


class Keys(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.bob = cls.new_user("alice"), cls.new_user("bob")

    def post(self, content, key, client=None, **options):
        client = client or self.alice
        return client.post(client.path + "/tweets", json={"content": content}, key=key, **options)

    def assert_same(self, first, again):
        self.assertFalse(replayed(first))
        self.assertTrue(replayed(again), again)
        for what in ("status", "body"):
            self.assertEqual(getattr(again, what), getattr(first, what))
        for field in ("Location", "Content-Type"):
            self.assertEqual(again.header(field), first.header(field))

    def test_a_repeat_is_the_first_answer_again_and_has_no_effect(self):
        user = self.new_user()
        key = next(KEYS)
        first = self.post("once", key, user).expect(201)
        for _ in range(3):
            self.assert_same(first, self.post("once", key, user))
        other_session = user.clone().enter(user.name)
        self.assert_same(first, self.post("once", key, other_session))
        self.assertEqual(len(user.walk(user.path + "/tweets")), 1)
        self.assertEqual(user.profile()["tweets_count"], 1)

    def test_without_a_key_nothing_is_replayed(self):
        first, second = self.alice.tweet(), self.alice.tweet()
        self.assertNotEqual(first["id"], second["id"])

    def test_every_write_of_a_user_is_replayed(self):
        user = self.new_user()
        tweet, doomed = self.bob.tweet(), user.tweet()
        writes = [
            ("POST", self.bob.path + "/followers", None, 201),
            ("DELETE", f"{self.bob.path}/followers/{user.name}", None, 204),
            ("POST", user.tweet_path(tweet) + "/favorites", None, 201),
            ("DELETE", f"{user.tweet_path(tweet)}/favorites/{user.name}", None, 204),
            ("PATCH", user.path, {"first_name": "x"}, 200),
            ("DELETE", user.tweet_path(doomed), None, 204),
            ("PATCH", user.path, {"password": "another password",
                                  "current_password": user.password}, 200)]
        for method, target, body, status in writes:
            with self.subTest(method=method, target=target):
                key = next(KEYS)
                first = user.request(method, target, json=body, key=key).expect(status)
                self.assert_same(first, user.request(method, target, json=body, key=key))

    def test_a_replay_of_following_does_not_follow_again(self):
        user = self.new_user()
        key = next(KEYS)
        first = user.follow(self.bob, key=key).expect(201)
        user.unfollow(self.bob)
        self.assert_same(first, user.follow(self.bob, key=key))
        user.get(f"{self.bob.path}/followers/{user.name}").expect(404)

    def test_the_same_key_with_another_request_is_refused(self):
        user = self.new_user()
        key = next(KEYS)
        self.post("one", key, user).expect(201)
        tweets = user.path + "/tweets"
        for method, target, body in (
                ("POST", tweets, b'{"content": "two"}'),
                ("POST", tweets, b'{"content":"one"}'),
                ("POST", tweets, b'{"content": "one"} '),
                ("POST", tweets, b"{"),
                ("POST", tweets, None),
                ("POST", tweets + "?x=1", b'{"content": "one"}'),
                ("POST", f"/api/users/{user.name.upper()}/tweets", b'{"content": "one"}'),
                ("POST", self.bob.path + "/followers", None),
                ("PATCH", user.path, b'{"first_name": "x"}'),
                ("DELETE", user.path, b'{"password": "x"}'),
                ("DELETE", f"{self.bob.path}/followers/{user.name}", None),
                ("POST", "/api/users/nobody_here/followers", None),
                ("POST", self.bob.path + "/tweets", b'{"content": "one"}')):
            with self.subTest(method=method, target=target, body=body):
                user.request(method, target, body, key=key).expect(422, "idempotency_key_reused")
        self.assertTrue(replayed(self.post("one", key, user)))

    def test_keys_of_different_users_are_different(self):
        key = next(KEYS)
        one = self.post("same", key, self.alice).expect(201)
        two = self.post("same", key, self.bob).expect(201)
        self.assertFalse(replayed(two))
        self.assertNotEqual(one.json()["id"], two.json()["id"])

    def test_keys_are_compared_exactly(self):
        self.post("case", "Case-Key").expect(201)
        self.assertFalse(replayed(self.post("case", "case-key").expect(201)))

    def test_refusals_are_not_kept(self):
        user = self.new_user()
        target = user.path + "/tweets"
        for body, options, status in (
                (b'{"content": " "}', {}, 422), (b"{", {}, 400),
                (b"{}", {"content_type": "text/plain"}, 415)):
            key = next(KEYS)
            for _ in range(2):
                answer = user.post(target, body=body, key=key, **options).expect(status)
                self.assertFalse(replayed(answer))
            self.assertFalse(replayed(self.post("good now", key, user).expect(201)))
        key = next(KEYS)
        user.post("/api/users/nobody_here/followers", key=key).expect(404)
        user.post(self.bob.path + "/tweets", json={"content": "x"}, key=key).expect(403)
        user.post(user.path + "/followers", key=key).expect(422, "cannot_follow_self")
        self.assertFalse(replayed(user.follow(self.bob, key=key).expect(201)))

    def test_a_refusal_may_become_a_success_under_the_same_request(self):
        user = self.new_user()
        later = self.new_name("later")
        key = next(KEYS)
        user.post(f"/api/users/{later}/followers", key=key).expect(404)
        self.anonymous().register(later).expect(201)
        first = user.post(f"/api/users/{later}/followers", key=key).expect(201)
        self.assert_same(first, user.post(f"/api/users/{later}/followers", key=key))

    def test_bad_keys_are_refused_and_the_longest_good_one_works(self):
        for key in ("", " ", "a b", "x" * 65, "caf\xe9", "\x80", "a\tb"):
            with self.subTest(key=key):
                self.post("bad key", key).expect(400, "invalid_parameter")
        for key in ("x" * 64, "!", "~", '"quoted,;"'):
            with self.subTest(key=key):
                self.assert_same(self.post("good", key).expect(201), self.post("good", key))

    def test_two_keys_are_refused(self):
        for second in ("other", "same"):
            self.post("two keys", "same", headers=[("Idempotency-Key", second)]).expect(
                400, "invalid_parameter")

    def test_reads_ignore_keys(self):
        for key in ("k", "bad key", "x" * 65):
            for _ in range(2):
                answer = self.alice.get(self.alice.path, key=key).expect(200)
                self.assertFalse(replayed(answer))

    def test_registering_and_signing_in_ignore_keys_bad_ones_too(self):
        client = self.anonymous()
        for key in (next(KEYS), "bad key", "x" * 65):
            body = {"username": self.new_name(), "password": "password"}
            client.post("/api/users", json=body, key=key).expect(201)
            again = client.post("/api/users", json=body, key=key).expect(409, "username_taken")
            self.assertFalse(replayed(again))
            first = client.post("/api/sessions", json=body, key=key).expect(201)
            second = client.post("/api/sessions", json=body, key=key).expect(201)
            self.assertFalse(replayed(second))
            self.assertNotEqual(first.json()["token"], second.json()["token"])

    def test_what_ends_its_own_session_is_not_replayed(self):
        user = self.new_user()
        for target in ("/api/sessions/current", "/api/sessions"):
            client = user.clone().enter(user.name)
            key = next(KEYS)
            client.delete(target, key=key).expect(204)
            client.delete(target, key=key).expect(401, "unauthenticated")
            # With a new session the retry is a request like any other.
            client.enter(user.name)
            self.assertFalse(replayed(client.delete(target, key=key).expect(204)))
        user.enter(user.name)
        key = next(KEYS)
        body = {"password": user.password}
        user.delete(user.path, json=body, key=key).expect(204)
        user.delete(user.path, json=body, key=key).expect(401, "unauthenticated")

    def test_a_replay_comes_before_404_and_403(self):
        user, target = self.new_user(), self.new_user()
        tweet = target.tweet()
        follow, favorite = next(KEYS), next(KEYS)
        followed = user.follow(target, key=follow).expect(201)
        favorited = user.favorite(tweet, key=favorite).expect(201)
        target.leave()
        self.assert_same(followed, user.follow(target, key=follow))
        self.assert_same(favorited, user.favorite(tweet, key=favorite))
        user.post(target.path + "/followers", key=next(KEYS)).expect(404)

    def test_replays_survive_restarts(self):
        user = self.new_user()
        kept = []
        for stop in (self.server.stop, self.server.kill):
            for number in range(5):
                key = next(KEYS)
                kept.append((number, key, self.post(str(number), key, user).expect(201)))
            stop()
            self.server.start()
            for number, key, first in kept:
                self.assert_same(first, self.post(str(number), key, user))
                self.post("other", key, user).expect(422, "idempotency_key_reused")
        self.assertEqual(len(user.walk(user.path + "/tweets")), len(kept))

    def test_concurrent_duplicates_have_one_effect_and_identical_answers(self):
        user = self.new_user()
        for round_number in range(10):
            key, content = next(KEYS), str(round_number)
            answers = self.together(
                [lambda client=user.clone(): self.post(content, key, client) for _ in range(20)])
            self.assertEqual({answer.status for answer in answers}, {201})
            self.assertEqual(len({answer.body for answer in answers}), 1)
            self.assertEqual(len({answer.header("Location") for answer in answers}), 1)
            self.assertEqual(sum(replayed(answer) for answer in answers), 19)
        self.assertEqual(len(ids(user.walk(user.path + "/tweets"))), 10)
        self.assertEqual(user.profile()["tweets_count"], 10)

    def test_a_retry_after_a_lost_connection_has_no_second_effect(self):
        user = self.new_user()
        for number in range(30):
            key, body = next(KEYS), b'{"content": "%d"}' % number
            connection = user.connect()
            connection.send(head("POST", user.path + "/tweets", user.host, [
                ("Authorization", f"Bearer {user.token}"), ("Idempotency-Key", key),
                ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]) + body)
            connection.close()
            user.post(user.path + "/tweets", body=body, key=key).expect(201)
        contents = [tweet["content"] for tweet in user.walk(user.path + "/tweets")]
        self.assertEqual(contents, [str(number) for number in reversed(range(30))])

    def test_concurrent_slow_duplicates_wait_for_the_first(self):
        user = self.new_user()
        key = next(KEYS)
        body = {"password": "another password", "current_password": user.password}
        answers = self.together(
            [lambda client=user.clone(): client.patch(user.path, json=body, key=key)
             for _ in range(6)])
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len({answer.body for answer in answers}), 1)
        self.assertEqual(sum(replayed(answer) for answer in answers), 5)

    def test_concurrent_different_requests_with_one_key_have_one_effect(self):
        user = self.new_user()
        key = next(KEYS)
        answers = self.together(
            [lambda client=user.clone(), content=str(number): self.post(content, key, client)
             for number in range(10)])
        self.assertEqual(sorted(answer.status for answer in answers), [201] + [422] * 9)
        self.assertEqual(len(user.walk(user.path + "/tweets")), 1)


if __name__ == "__main__":
    unittest.main()
