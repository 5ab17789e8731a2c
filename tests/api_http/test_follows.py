"""Following: the edge, its lists, its counts."""

import random
import unittest

from support.case import ApiCase, names


def summary(client):
    return {member: client.user[member]
            for member in ("id", "username", "first_name", "last_name")}


class Following(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.new_user("alice", first_name="A")
        cls.bob = cls.new_user("bob")

    def counts(self, user):
        profile = user.profile()
        return profile["followers_count"], profile["followees_count"]

    def test_the_first_time_creates_and_a_repeat_changes_nothing(self):
        alice, bob = self.new_user(first_name="A"), self.new_user()
        first = alice.follow(bob).expect(201).json()
        self.assertEqual(first.keys(), {"follower", "followee", "followed_at"})
        self.assertEqual((first["follower"], first["followee"]), (summary(alice), summary(bob)))
        self.assertEqual(alice.follow(bob).expect(200).json(), first)
        upper = f"/api/users/{bob.name.upper()}/followers"
        self.assertEqual(alice.post(upper).expect(200).json(), first)
        self.assertEqual(self.counts(alice), (0, 1))
        self.assertEqual(self.counts(bob), (1, 0))
        self.assertEqual(bob.get(bob.path + "/followers").items,
                         [{"user": summary(alice), "followed_at": first["followed_at"]}])
        self.assertEqual(bob.get(alice.path + "/followees").items,
                         [{"user": summary(bob), "followed_at": first["followed_at"]}])
        self.assertEqual(bob.get(bob.path + "/followees").items, [])
        self.assertEqual(alice.get(f"{bob.path}/followers/{alice.name}").expect(200).json(),
                         {"user": summary(alice), "followed_at": first["followed_at"]})

    def test_unfollowing_undoes_and_may_be_repeated(self):
        alice, bob = self.new_user(), self.new_user()
        alice.unfollow(bob)
        alice.follow(bob)
        for _ in range(2):
            alice.unfollow(bob)
            self.assertEqual((self.counts(alice), self.counts(bob)), ((0, 0), (0, 0)))
            self.assertEqual(alice.get(bob.path + "/followers").items, [])
            self.assertEqual(alice.get(alice.path + "/followees").items, [])
            alice.get(f"{bob.path}/followers/{alice.name}").expect(404, "not_found")
        alice.follow(bob).expect(201)

    def test_nobody_follows_himself(self):
        for name in (self.alice.name, self.alice.name.upper()):
            self.alice.post(f"/api/users/{name}/followers").expect(422, "cannot_follow_self")
        self.alice.unfollow(self.alice)
        self.alice.get(f"{self.alice.path}/followers/{self.alice.name}").expect(404, "not_found")

    def test_only_the_follower_ends_it(self):
        self.alice.follow(self.bob)
        self.bob.delete(f"{self.bob.path}/followers/{self.alice.name}").expect(403, "forbidden")
        self.alice.get(f"{self.bob.path}/followers/{self.alice.name}").expect(200)
        self.alice.delete(f"{self.bob.path}/followers/{self.alice.name.upper()}").expect(204)

    def test_unknown_users_are_404(self):
        for method, target in (
                ("POST", "/api/users/nobody_here/followers"),
                ("GET", "/api/users/nobody_here/followers"),
                ("GET", "/api/users/nobody_here/followees"),
                ("GET", f"/api/users/nobody_here/followers/{self.alice.name}"),
                ("DELETE", f"/api/users/nobody_here/followers/{self.alice.name}"),
                ("GET", f"{self.bob.path}/followers/nobody_here"),
                ("DELETE", f"{self.bob.path}/followers/nobody_here")):
            with self.subTest(method=method, target=target):
                self.alice.request(method, target).expect(404, "not_found")

    def test_a_body_is_ignored(self):
        for body in (b"{", b"\xff", b"x" * 65536):
            self.alice.post(self.bob.path + "/followers", body=body,
                            content_type="text/plain").expect((200, 201))
            self.alice.delete(f"{self.bob.path}/followers/{self.alice.name}",
                              body=body).expect(204)
        for fields in ([("Content-Length", "0")], [("Content-Encoding", "gzip")],
                       [("Content-Type", "text/plain")]):
            self.alice.post(self.bob.path + "/followers", headers=fields).expect((200, 201))

    def test_concurrent_follows_of_one_pair_make_one_edge(self):
        alice, bob = self.new_user(), self.new_user()
        answers = self.together([lambda client=alice.clone(): client.follow(bob)
                                 for _ in range(10)])
        self.assertEqual(sorted(answer.status for answer in answers), [200] * 9 + [201])
        self.assertEqual(len({answer.json()["followed_at"] for answer in answers}), 1)
        self.assertEqual((self.counts(alice), self.counts(bob)), ((0, 1), (1, 0)))

    def test_counts_equal_the_lists_after_a_storm(self):
        users = [self.new_user() for _ in range(6)]
        seeds = [random.randrange(10 ** 9) for _ in range(8)]

        def storm(seed):
            rng = random.Random(seed)
            clients = [user.clone() for user in users]
            for _ in range(60):
                one, two = rng.sample(clients, 2)
                rng.choice((one.follow, one.follow, one.unfollow))(two)
        self.together([lambda seed=seed: storm(seed) for seed in seeds])
        edges = {(user.name, name) for user in users
                 for name in names(user.walk(user.path + "/followees", limit=4))}
        self.assertEqual({(name, user.name) for user in users
                          for name in names(user.walk(user.path + "/followers", limit=4))}, edges)
        for user in users:
            self.assertEqual(self.counts(user),
                             (sum(two == user.name for _, two in edges),
                              sum(one == user.name for one, _ in edges)), f"seeds {seeds}")

    def test_the_lists_are_newest_first_and_agree(self):
        users = [self.new_user() for _ in range(7)]
        star = users[0]
        for user in users[1:]:
            user.follow(star)
            star.follow(user)
        for path in (star.path + "/followers", star.path + "/followees"):
            items = star.walk(path, limit=2)
            self.assertEqual(sorted(names(items)), sorted(user.name for user in users[1:]))
            order = [(item["followed_at"], int(item["user"]["id"])) for item in items]
            self.assertEqual(order, sorted(order, reverse=True))
            self.assertEqual(star.walk(path, limit=2, by="page"), items)
        users[3].unfollow(star)
        users[3].follow(star)
        self.assertEqual(names(star.walk(star.path + "/followers"))[0], users[3].name)

    def test_expand_fills_each_summary(self):
        alice, bob, carol = self.new_user(), self.new_user(), self.new_user()
        alice.follow(carol)
        bob.follow(carol)
        bob.follow(alice)
        for client, path, expected in (
                (alice, carol.path + "/followers",
                 {alice.name: (False, False), bob.name: (False, True)}),
                (bob, carol.path + "/followers",
                 {alice.name: (True, False), bob.name: (False, False)}),
                (alice, bob.path + "/followees",
                 {alice.name: (False, False), carol.name: (True, False)})):
            seen = {item["user"]["username"]: tuple(item["user"]["viewer"][key] for key in (
                "following", "followed_by"))
                for item in client.get(path + "?expand=viewer").expect(200).items}
            self.assertEqual(seen, expected)
        self.assertNotIn("viewer", alice.get(carol.path + "/followers").items[0]["user"])
        one = f"{carol.path}/followers/{alice.name}?expand=viewer"
        self.assertNotIn("viewer", alice.get(one).expect(200).json()["user"])
        answer = alice.post(carol.path + "/followers?expand=viewer").expect(200).json()
        self.assertNotIn("viewer", answer["followee"])


if __name__ == "__main__":
    unittest.main()
