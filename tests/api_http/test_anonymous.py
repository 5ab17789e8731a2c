"""--anonymous-reads: the GET routes of users and tweets without a session, never a timeline."""

import unittest

from support.case import ApiCase


class AnonymousReads(ApiCase):
    arguments = ("--anonymous-reads",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.other = cls.new_user("alice"), cls.new_user("bob")
        cls.tweet = cls.user.tweet()
        cls.user.tweet()
        cls.other.follow(cls.user)
        cls.other.favorite(cls.tweet)
        cls.opened = ["/api/users?prefix=al", cls.user.path, cls.user.path + "/tweets",
                      cls.user.tweet_path(cls.tweet), cls.user.tweet_path(cls.tweet) + "/favorites",
                      cls.user.path + "/followers", cls.user.path + "/followees",
                      f"{cls.user.path}/followers/{cls.other.name}",
                      cls.other.path + "/favorites", cls.other.path + "/activity"]

    def test_they_answer_as_to_a_session_but_publicly(self):
        for target in self.opened:
            with self.subTest(target=target):
                answer = self.anonymous().get(target).expect(200)
                self.assertEqual(answer.body, self.user.get(target).body)
                self.assertEqual(answer.header("Cache-Control"), "public, no-cache")
                self.assertEqual(answer.header("Vary"), "Authorization, Cookie")
                self.anonymous().request("HEAD", target).expect(200)
                self.assertEqual(self.user.get(target).header("Cache-Control"),
                                 "private, no-cache")

    def test_entity_tags_work(self):
        for target in (self.user.path, self.user.tweet_path(self.tweet)):
            tag = self.anonymous().get(target).header("ETag")
            answer = self.anonymous().get(target, headers=[("If-None-Match", tag)]).expect(304)
            self.assertEqual(answer.header("Cache-Control"), "public, no-cache")

    def test_expand_is_ignored(self):
        for target in self.opened:
            separator = "&" if "?" in target else "?"
            answer = self.anonymous().get(f"{target}{separator}expand=viewer").expect(200)
            self.assertNotIn(b'"viewer"', answer.body)

    def test_walks_work(self):
        for by in ("cursor", "page"):
            items = self.anonymous().walk(self.user.path + "/tweets", by=by, limit=1)
            self.assertEqual(items, self.user.walk(self.user.path + "/tweets"))

    def test_what_is_unknown_is_404(self):
        for target in ("/api/users/nobody_here", "/api/users/nobody_here/tweets",
                       self.user.path + "/tweets/1",
                       f"{self.other.path}/followers/{self.user.name}"):
            self.anonymous().get(target).expect(404, "not_found")
        self.anonymous().get(self.user.path + "/tweets?limit=0").expect(400, "invalid_parameter")

    def test_timelines_sessions_and_writes_stay_closed(self):
        tweet = self.user.tweet_path(self.tweet)
        for method, target in (
                ("GET", self.user.path + "/timeline"), ("GET", "/api/users/nobody_here/timeline"),
                ("GET", "/api/sessions/current"), ("DELETE", "/api/sessions"),
                ("PATCH", self.user.path), ("DELETE", self.user.path),
                ("POST", self.user.path + "/tweets"), ("DELETE", tweet),
                ("POST", tweet + "/favorites"),
                ("DELETE", f"{tweet}/favorites/{self.other.name}"),
                ("POST", self.user.path + "/followers"),
                ("DELETE", f"{self.user.path}/followers/{self.other.name}")):
            with self.subTest(method=method, target=target):
                self.anonymous().request(method, target).expect(401, "unauthenticated")

    def test_a_dead_or_malformed_token_is_401_here_too(self):
        dead = self.user.clone().enter(self.user.name)
        dead.delete("/api/sessions/current").expect(204)
        for target in self.opened:
            for headers in ([("Authorization", f"Bearer {dead.token}")],
                            [("Authorization", "Bearer x")], [("Authorization", "Basic YTpi")],
                            [("Cookie", f"warble_session={dead.token}")],
                            [("Cookie", "warble_session=x")]):
                with self.subTest(target=target, headers=headers):
                    self.anonymous().get(target, headers=headers).expect(401, "unauthenticated")


if __name__ == "__main__":
    unittest.main()
