"""Authentication: bearer and cookie, cross-site rules, dead tokens, what a 401 may tell."""

import string
import unittest

from support.case import ApiCase

MOST_SESSIONS = 64
ALPHABET = string.ascii_letters + string.digits + "-_"


def cookie(client, name="warble_session"):
    return ("Cookie", f"{name}={client.token}")


class Credentials(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.bob = cls.new_user("alice"), cls.new_user("bob")

    def whoami(self, *headers, token=False):
        answer = self.alice.get("/api/sessions/current", token=token, headers=headers)
        return answer.json()["user"]["username"] if answer.status == 200 else (
            answer.expect(401, "unauthenticated").status)

    def test_bearer_and_cookie_both_name_the_user(self):
        self.assertEqual(self.whoami(token=self.alice.token), self.alice.name)
        self.assertEqual(self.whoami(cookie(self.alice)), self.alice.name)
        self.assertEqual(self.whoami(("Cookie", f"a=b; warble_session={self.alice.token}; c=d")),
                         self.alice.name)
        for scheme in ("bearer", "BEARER"):
            self.assertEqual(self.whoami(("Authorization", f"{scheme} {self.alice.token}")),
                             self.alice.name)

    def test_authorization_wins_over_the_cookie(self):
        self.assertEqual(self.whoami(cookie(self.bob), token=self.alice.token), self.alice.name)
        for value in ("Bearer x", "Bearer", "Basic YTpi", "", "Bearer " + "A" * 40):
            with self.subTest(value=value):
                self.assertEqual(self.whoami(cookie(self.alice), ("Authorization", value)), 401)

    def test_malformed_tokens_are_401(self):
        token = self.alice.token
        for value in ("", "x", token[:-1], token + "A", token + "=", token.swapcase(), "\xe9" * 40,
                      "A" * 3000, token[1:], f'"{token}"', token + " x", token + "," + token):
            with self.subTest(value=value):
                self.assertEqual(self.whoami(("Authorization", f"Bearer {value}")), 401)
                if "," not in value and not value.startswith('"') and " " not in value:
                    self.assertEqual(self.whoami(("Cookie", f"warble_session={value}")), 401)

    def test_a_token_altered_at_any_position_is_401(self):
        token = self.alice.token
        for position, right in enumerate(token):
            for wrong in ALPHABET[position % 5::5]:
                if wrong != right:
                    altered = token[:position] + wrong + token[position + 1:]
                    self.assertEqual(self.whoami(token=altered), 401, altered)

    def test_other_cookies_are_no_session(self):
        self.assertEqual(self.whoami(cookie(self.alice, "session")), 401)
        self.assertEqual(self.whoami(cookie(self.alice, "xwarble_session")), 401)
        self.assertEqual(self.whoami(cookie(self.alice, "warble_sessionx")), 401)

    def test_a_cookie_may_write_only_from_the_same_origin(self):
        host = self.alice.host
        own = f"http://{host}"
        for headers, allowed in (
                ([], False),
                ([("Sec-Fetch-Site", "same-origin")], True),
                ([("Sec-Fetch-Site", "none")], True),
                ([("Sec-Fetch-Site", "same-site")], False),
                ([("Sec-Fetch-Site", "cross-site")], False),
                ([("Sec-Fetch-Site", "")], False),
                ([("Origin", own)], True),
                ([("Origin", "null")], False),
                ([("Origin", "")], False),
                ([("Origin", own + "0")], False),
                ([("Origin", "http://evil.example")], False),
                ([("Origin", f"http://evil.example/{host}")], False),
                ([("Origin", f"http://{host}.evil.example")], False),
                ([("Origin", "http://127.0.0.1")], False),
                ([("Referer", own + "/")], False),
                ([("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")], False)):
            with self.subTest(headers=headers):
                for method, target, body, right in (
                        ("POST", self.alice.path + "/tweets", {"content": "x"}, 201),
                        ("PATCH", self.alice.path, {"first_name": "x"}, 200),
                        ("POST", self.bob.path + "/followers", None, (200, 201)),
                        ("DELETE", f"{self.bob.path}/followers/{self.alice.name}", None, 204)):
                    answer = self.alice.request(method, target, json=body, token=False,
                                                headers=[cookie(self.alice), *headers])
                    if allowed:
                        answer.expect(right)
                    else:
                        answer.expect(403, "cross_site")

    def test_a_cookie_may_sign_out_only_from_the_same_origin(self):
        user = self.alice.clone().enter(self.alice.name)
        for target in ("/api/sessions/current", "/api/sessions"):
            user.delete(target, token=False, headers=[cookie(user)]).expect(403, "cross_site")
        user.get("/api/sessions/current").expect(200)
        user.delete("/api/sessions/current", token=False, headers=[
            cookie(user), ("Sec-Fetch-Site", "same-origin")]).expect(204)

    def test_reading_by_cookie_and_writing_by_bearer_are_free_of_the_rule(self):
        headers = [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")]
        self.alice.get(self.bob.path, token=False,
                       headers=[cookie(self.alice), *headers]).expect(200)
        self.alice.tweet(headers=headers)
        self.alice.tweet(headers=[*headers, cookie(self.bob)])

    def test_a_dead_token_is_ignored_where_nobody_needs_a_session(self):
        dead = self.alice.clone().enter(self.alice.name)
        dead.delete("/api/sessions/current").expect(204)
        for headers in ([("Authorization", f"Bearer {dead.token}")],
                        [("Authorization", "Bearer x")], [cookie(dead)]):
            client = self.anonymous()
            name = self.new_name()
            body = {"username": name, "password": "password"}
            client.post("/api/users", json=body, headers=headers).expect(201)
            client.post("/api/sessions", json=body, headers=headers).expect(201)
            client.get("/api/openapi.json", headers=headers).expect(200)
            client.get("/livez", headers=headers).expect(200)
            client.get("/readyz", headers=headers).expect(200)

    def test_the_token_of_a_deleted_user_is_dead(self):
        user = self.new_user()
        other = user.clone().enter(user.name)
        user.leave()
        for client in (user, other):
            client.get("/api/sessions/current").expect(401, "unauthenticated")
            client.post(self.bob.path + "/followers").expect(401, "unauthenticated")
        user.sign_in(user.name).expect(401, "invalid_credentials")


class Anonymity(ApiCase):
    def test_a_401_never_tells_whether_anything_exists(self):
        user = self.new_user()
        tweet = user.tweet()
        answers = []
        for name in (user.name, "nobody_here"):
            for tweet_id in (tweet["id"], "1"):
                base = f"/api/users/{name}"
                for method, target in (
                        ("GET", base), ("PATCH", base), ("DELETE", base),
                        ("GET", base + "/tweets"), ("POST", base + "/tweets"),
                        ("GET", f"{base}/tweets/{tweet_id}"),
                        ("DELETE", f"{base}/tweets/{tweet_id}"),
                        ("GET", f"{base}/tweets/{tweet_id}/favorites"),
                        ("POST", f"{base}/tweets/{tweet_id}/favorites"),
                        ("DELETE", f"{base}/tweets/{tweet_id}/favorites/{name}"),
                        ("GET", base + "/followers"), ("POST", base + "/followers"),
                        ("GET", base + "/followees"), ("GET", f"{base}/followers/{name}"),
                        ("DELETE", f"{base}/followers/{name}"), ("GET", base + "/favorites"),
                        ("GET", base + "/activity"), ("GET", base + "/timeline"),
                        ("GET", "/api/users?prefix=" + name)):
                    answer = self.anonymous().request(method, target)
                    problem = answer.expect(401, "unauthenticated").json()
                    problem.pop("request_id")
                    fields = [pair for pair in answer.headers
                              if pair[0].lower() not in ("date", "x-request-id")]
                    answers.append((problem, fields))
        self.assertTrue(all(answer == answers[0] for answer in answers), answers)


class ManySessions(ApiCase):
    def test_at_most_64_and_the_oldest_is_evicted(self):
        user = self.new_user()
        tokens = [user.token]
        tokens += [user.sign_in(user.name).expect(201).json()["token"]
                   for _ in range(MOST_SESSIONS - 1)]

        def alive():
            return [user.get("/api/sessions/current", token=token).status == 200
                    for token in tokens]

        self.assertEqual(alive(), [True] * MOST_SESSIONS)
        for evicted in (1, 2):
            tokens.append(user.sign_in(user.name).expect(201).json()["token"])
            self.assertEqual(alive(), [False] * evicted + [True] * MOST_SESSIONS)


if __name__ == "__main__":
    unittest.main()
