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


    def test_several_fields_are_one_list(self):
        user = self.new_user()
        tag = self.tag(user, user.path)
        for values in (['"a"', tag], [tag, '"a"'], ['"a", "b"', f'"c", {tag}', '"d"']):
            fields = [("If-None-Match", value) for value in values]
            user.get(user.path, headers=fields).expect(304)
        fields = [("If-None-Match", value) for value in ('"a"', '"b"')]
        user.get(user.path, headers=fields).expect(200)


class Conditions(ApiCase):
    """If-Match and If-None-Match of writes."""

    def tag(self, client, target):
        return client.get(target).expect(200).header("ETag")

    def write(self, user, tag, field="If-Match", **changes):
        headers = [(field, tag)] if isinstance(tag, str) else [(field, one) for one in tag]
        return user.patch(user.path, json=changes or {"description": "new"}, headers=headers)

    def test_a_change_based_on_an_older_state_does_not_happen(self):
        user, other = self.new_user(), self.new_user()
        tag = self.tag(user, user.path)
        self.write(user, tag, description="first").expect(200)
        self.write(user, tag, description="lost update").expect(412, "precondition_failed")
        self.assertEqual(user.profile()["description"], "first")
        tag = self.tag(user, user.path)
        other.follow(user)  # counts are a part of what is shown
        self.write(user, tag).expect(412, "precondition_failed")
        tag = self.tag(other, user.path)  # the tag is the same for every reader
        self.write(user, tag).expect(200)

    def test_tags_are_compared_strongly_over_lists_and_fields(self):
        user = self.new_user()
        for values, status in (
                (lambda tag: tag, 200), (lambda tag: "*", 200), (lambda tag: f'"x", {tag}', 200),
                (lambda tag: ['"x"', tag], 200), (lambda tag: [tag, '"x"'], 200),
                (lambda tag: "W/" + tag, 412), (lambda tag: '"x"', 412), (lambda tag: "", 412),
                (lambda tag: tag.strip('"'), 412), (lambda tag: ['"x"', "W/" + tag], 412)):
            sent = values(self.tag(user, user.path))
            with self.subTest(sent=sent):
                self.write(user, sent).expect(status)

    def test_it_is_the_tag_of_the_plain_get_whatever_the_write_expands(self):
        user = self.new_user()
        expanded = user.path + "?expand=viewer"
        self.write(user, self.tag(user, expanded)).expect(412)
        fields = [("If-Match", self.tag(user, user.path))]
        user.patch(expanded, json={"description": "x"}, headers=fields).expect(200)

    def test_a_write_that_must_find_something_else_does_not_happen(self):
        user = self.new_user()
        tag = self.tag(user, user.path)
        for sent in ("*", tag, "W/" + tag, ['"x"', tag]):
            self.write(user, sent, "If-None-Match").expect(412, "precondition_failed")
        self.write(user, '"x"', "If-None-Match").expect(200)

    def test_deletions_are_held_to_it_too(self):
        user, other = self.new_user(), self.new_user()
        tweet = user.tweet()
        path = user.tweet_path(tweet)
        tag = self.tag(user, path)
        other.favorite(tweet)
        user.delete(path, headers=[("If-Match", tag)]).expect(412, "precondition_failed")
        user.get(path).expect(200)
        user.delete(path, headers=[("If-Match", self.tag(other, path))]).expect(204)
        tag = self.tag(user, user.path)
        user.tweet()
        proof = {"password": user.password}
        user.delete(user.path, json=proof, headers=[("If-Match", tag)]).expect(412)
        tag = self.tag(user, user.path)
        user.delete(user.path, json=proof, headers=[("If-Match", tag)]).expect(204)

    def test_its_place_among_the_refusals(self):
        user, other = self.new_user(), self.new_user()
        stale = [("If-Match", '"stale"')]
        wrong = {"password": "another password", "current_password": "a wrong one"}
        user.patch(user.path, json={}, headers=stale, token=False).expect(401)
        user.patch("/api/users/nobody_here", json={}, headers=stale).expect(404)
        user.patch(other.path, json={}, headers=stale).expect(403, "forbidden")
        user.patch(user.path, body=b"{}", content_type="text/plain", headers=stale).expect(415)
        user.patch(user.path, body=b"[]", headers=stale).expect(400, "malformed_json")
        user.patch(user.path + "?expand=x", json={}, headers=stale).expect(400)
        user.patch(user.path, json={"first_name": 1}, headers=stale).expect(412)
        user.patch(user.path, json=wrong, headers=stale).expect(412)
        user.delete(user.path, json={"password": "a wrong one"}, headers=stale).expect(412)
        user.delete(user.path + "/tweets/1", headers=stale).expect(404)
        self.assertEqual(user.profile()["updated_at"], user.user["updated_at"])

    def test_a_replay_is_the_first_answer_though_the_tag_has_changed(self):
        user = self.new_user()
        fields = [("If-Match", self.tag(user, user.path))]
        first = user.patch(user.path, json={"description": "x"}, headers=fields, key="one")
        self.assertNotEqual(self.tag(user, user.path), fields[0][1])
        again = user.patch(user.path, json={"description": "x"}, headers=fields, key="one")
        self.assertEqual(again.expect(200).body, first.expect(200).body)
        self.assertEqual(again.header("Idempotency-Replayed"), "true")
        user.patch(user.path, json={"description": "x"}, headers=fields, key="two").expect(412)

    def test_of_changes_at_once_that_rest_on_the_same_state_one_happens(self):
        user = self.new_user()
        for _ in range(10):
            tag = self.tag(user, user.path)
            clients = [user.clone() for _ in range(6)]
            answers = self.together(
                lambda c=client, n=number: self.write(c, tag, description=f"{tag} {n}")
                for number, client in enumerate(clients))
            self.assertEqual(sorted(answer.status for answer in answers), [200] + [412] * 5)


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
