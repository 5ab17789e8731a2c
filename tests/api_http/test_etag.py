"""Caching: entity tags, If-None-Match, Cache-Control and Vary."""

import unittest

from support.case import ApiCase


def vary(answer):
    return {part.strip().lower() for value in answer.all("Vary") for part in value.split(",")}


class EntityTags(ApiCase):
    def tag(self, client, target):
        tag = client.get(target).expect(200).header("ETag")
        self.assertRegex(tag or "", r'^(W/)?"[\x21\x23-\x7e]+"$')
        return tag

    def test_they_change_whenever_the_representation_does(self):
        user, other = self.new_user(), self.new_user()
        tweet = user.tweet()
        changes = [
            lambda: user.patch(user.path, json={"description": "new"}).expect(200),
            lambda: other.follow(user), lambda: other.unfollow(user),
            lambda: user.follow(other), lambda: other.favorite(tweet),
            lambda: other.unfavorite(tweet), lambda: user.favorite(tweet),
            lambda: user.tweet(), lambda: user.patch(user.path, json={"first_name": "F"})]
        targets = [path + end for path in (user.path, user.tweet_path(tweet))
                   for end in ("", "?expand=viewer")]
        for number, change in enumerate(changes):
            before = [(other.get(target).body, self.tag(other, target)) for target in targets]
            change()
            for target, (body, tag) in zip(targets, before):
                with self.subTest(change=number, target=target):
                    changed = other.get(target).body != body
                    self.assertEqual(self.tag(other, target) != tag, changed)
                    answer = other.get(target, headers=[("If-None-Match", tag)])
                    answer.expect(200 if changed else 304)

    def test_the_viewer_is_part_of_it(self):
        user, other = self.new_user(), self.new_user()
        tweet = user.tweet()
        other.follow(user)
        other.favorite(tweet)
        for path in (user.path, user.tweet_path(tweet)):
            tags = [self.tag(other, path), self.tag(other, path + "?expand=viewer"),
                    self.tag(user, path + "?expand=viewer")]
            self.assertEqual(len(set(tags)), 3)

    def test_a_match_is_304_without_a_body(self):
        user = self.new_user()
        tweet = user.tweet()
        for path in (user.path, user.tweet_path(tweet)):
            whole = user.get(path)
            tag = whole.header("ETag")
            strong = tag.removeprefix("W/")
            for value in (tag, "*", f"W/{strong}", strong, f'"x", {tag}', f'{tag}, "x"',
                          f'"a,b" ,{tag}'):
                with self.subTest(value=value):
                    for method in ("GET", "HEAD"):
                        answer = user.request(method, path, headers=[("If-None-Match", value)])
                        answer.expect(304)
                        for field in ("ETag", "Cache-Control", "Vary"):
                            self.assertEqual(answer.header(field), whole.header(field))
            for value in ('"x"', '""', strong.strip('"'), f'"{strong}', "W/*", '"*"'):
                with self.subTest(value=value):
                    user.get(path, headers=[("If-None-Match", value)]).expect(200)

    def test_a_missing_thing_is_404_not_304(self):
        user = self.new_user()
        for path in ("/api/users/nobody_here", user.path + "/tweets/1"):
            user.get(path, headers=[("If-None-Match", "*")]).expect(404)
        user.get(user.path, token=False, headers=[("If-None-Match", "*")]).expect(401)


class CacheControl(ApiCase):
    def test_every_answer_to_a_session_is_private(self):
        user, other = self.new_user(), self.new_user()
        tweet = other.tweet()
        for method, target, body in (
                ("GET", other.path, None), ("GET", other.path + "/tweets", None),
                ("GET", user.path + "/timeline", None), ("GET", "/api/users?prefix=a", None),
                ("GET", other.tweet_path(tweet), None), ("POST", other.path + "/followers", None),
                ("GET", "/api/users/nobody_here", None), ("GET", other.path + "/timeline", None),
                ("GET", user.path + "/tweets?limit=0", None), ("PATCH", user.path, {}),
                ("PATCH", user.path, {"first_name": 1}), ("POST", user.path + "/tweets", {}),
                ("POST", user.path + "/tweets", {"content": "x"}),
                ("DELETE", f"{other.path}/followers/{user.name}", None)):
            with self.subTest(method=method, target=target):
                answer = user.request(method, target, json=body)
                self.assertEqual(answer.header("Cache-Control"), "private, no-cache")
                self.assertEqual(vary(answer), {"authorization", "cookie"})

    def test_sessions_are_never_stored(self):
        user = self.new_user()
        for answer in (user.sign_in(user.name), user.get("/api/sessions/current"),
                       user.delete("/api/sessions/current")):
            self.assertEqual(answer.header("Cache-Control"), "no-store")
            self.assertEqual(vary(answer), {"authorization", "cookie"})


if __name__ == "__main__":
    unittest.main()
