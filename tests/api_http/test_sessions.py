"""Sessions: signing in, the session itself, signing out."""

import datetime
import re
import unittest

from support.case import ApiCase

SESSION_DAYS = 30


def parse(time):
    return datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
        tzinfo=datetime.timezone.utc)


class SigningIn(ApiCase):
    def test_the_answer_holds_token_expiry_and_user(self):
        user = self.new_user(first_name="A")
        answer = user.sign_in(user.name).expect(201)
        session = answer.json()
        self.assertEqual(session.keys(), {"token", "expires_at", "user"})
        self.assertEqual(session["user"], user.profile())
        self.assertRegex(session["token"], r"^[A-Za-z0-9_-]{30,}$")
        life = parse(session["expires_at"]) - datetime.datetime.now(datetime.timezone.utc)
        self.assertLess(abs(life - datetime.timedelta(days=SESSION_DAYS)),
                        datetime.timedelta(minutes=1))
        self.assertEqual(answer.header("Cache-Control"), "no-store")

    def test_the_cookie_has_exactly_the_attributes_of_the_contract(self):
        user = self.new_user()
        answer = user.sign_in(user.name).expect(201)
        cookie, *attributes = re.split("; ?", answer.header("Set-Cookie"))
        self.assertEqual(cookie, f"warble_session={answer.json()['token']}")
        lowered = {attribute.lower() for attribute in attributes}
        lifetimes = {name for name in lowered if name.startswith(("max-age=", "expires="))}
        self.assertEqual(lowered - lifetimes, {"httponly", "samesite=lax", "path=/"})
        self.assertTrue(lifetimes)
        for lifetime in lifetimes:
            if lifetime.startswith("max-age="):
                self.assertEqual(lifetime, f"max-age={SESSION_DAYS * 86400}")

    def test_wrong_name_and_wrong_password_give_the_same_answer(self):
        user = self.new_user()
        wrong = []
        for name, password in ((user.name, "wrong password"), ("nobody_here", "wrong password"),
                               (user.name, "x"), ("not a name!", user.password),
                               ("x" * 300, "y" * 3000)):
            answer = user.sign_in(name, password).expect(401, "invalid_credentials")
            problem = answer.json()
            problem.pop("request_id")
            fields = [pair for pair in answer.headers if pair[0].lower() not in (
                "x-request-id", "date")]
            wrong.append((problem, fields))
        self.assertTrue(all(one == wrong[0] for one in wrong), wrong)

    def test_wrong_name_and_wrong_password_take_the_same_work(self):
        user = self.new_user()

        def work(name):
            """CPU time of the server, in its clock's ticks: other work on the machine is not in."""
            before = self.server.cpu_ticks()
            for _ in range(30):
                user.sign_in(name, "wrong password").expect(401)
            return self.server.cpu_ticks() - before
        known, unknown, no_name = work(user.name), work("nobody_here"), work("no name!")
        for other in (unknown, no_name):
            self.assertGreater(other, 0.5 * known)
            self.assertLess(other, 2 * known)

    def test_only_presence_and_type_are_checked(self):
        client = self.anonymous()
        for body, expected in (
                ({}, {"username": "required", "password": "required"}),
                ({"username": "a"}, {"password": "required"}),
                ({"password": "a"}, {"username": "required"}),
                ({"username": 1, "password": None}, {"username": "invalid",
                                                     "password": "invalid"})):
            with self.subTest(body=body):
                self.assertEqual(client.post("/api/sessions", json=body).field_errors(), expected)
        client.post("/api/sessions", body=b"[]").expect(400, "malformed_json")
        client.post("/api/sessions", body=b"{}", content_type="text/plain").expect(415)

    def test_tokens_are_never_the_same(self):
        user = self.new_user()
        tokens = {user.sign_in(user.name).expect(201).json()["token"] for _ in range(5)}
        self.assertEqual(len(tokens | {user.token}), 6)


class CurrentSession(ApiCase):
    def test_it_tells_expiry_and_user(self):
        user = self.new_user()
        expires_at = user.sign_in(user.name).json()["expires_at"]
        answer = user.get("/api/sessions/current").expect(200)
        self.assertEqual(answer.json().keys(), {"expires_at", "user"})
        self.assertEqual(answer.json()["user"], user.profile())
        self.assertLessEqual(answer.json()["expires_at"], expires_at)
        self.assertEqual(answer.header("Cache-Control"), "no-store")

    def test_expiry_is_fixed_at_sign_in(self):
        user = self.new_user()
        first = user.get("/api/sessions/current").json()["expires_at"]
        user.tweet()
        self.assertEqual(user.get("/api/sessions/current").json()["expires_at"], first)

    def test_signing_out_ends_this_session_alone_and_clears_the_cookie(self):
        user = self.new_user()
        other = user.clone().enter(user.name)
        answer = user.delete("/api/sessions/current").expect(204)
        cookie = answer.header("Set-Cookie").lower()
        self.assertRegex(cookie, r"^warble_session=;")
        self.assertRegex(cookie, r"max-age=0|expires=thu, 01 jan 1970")
        self.assertIn("path=/", cookie)
        user.get("/api/sessions/current").expect(401, "unauthenticated")
        user.delete("/api/sessions/current").expect(401, "unauthenticated")
        user.post(user.path + "/tweets", json={"content": "x"}).expect(401, "unauthenticated")
        other.get("/api/sessions/current").expect(200)

    def test_deleting_the_account_clears_the_cookie(self):
        user = self.new_user()
        answer = user.delete(user.path, json={"password": user.password}, token=False, headers=[
            ("Cookie", f"warble_session={user.token}"), ("Sec-Fetch-Site", "same-origin")])
        answer.expect(204)
        self.assertRegex(answer.header("Set-Cookie").lower(), r"^warble_session=;.*max-age=0")

    def test_of_several_cookies_the_first_living_one_counts(self):
        alice, bob, gone = self.new_user(), self.new_user(), self.new_user()
        gone.delete("/api/sessions/current").expect(204)

        def reader(*tokens):
            cookies = "; ".join(f"warble_session={token}" for token in tokens)
            answer = alice.get("/api/sessions/current", token=False, headers=[("Cookie", cookies)])
            return answer.json()["user"]["username"] if answer.status == 200 else answer.status

        self.assertEqual(reader(gone.token, alice.token), alice.name)
        self.assertEqual(reader("x", "", gone.token, alice.token), alice.name)
        self.assertEqual(reader(bob.token, alice.token), bob.name)
        self.assertEqual(reader(gone.token, "x"), 401)
        # The number of those that are looked at has a bound.
        self.assertEqual(reader(*["x"] * 50, alice.token), 401)

    def test_signing_out_everywhere_ends_all_sessions_of_this_user_alone(self):
        user, bystander = self.new_user(), self.new_user()
        others = [user.clone().enter(user.name) for _ in range(3)]
        answer = others[0].delete("/api/sessions").expect(204)
        self.assertRegex(answer.header("Set-Cookie").lower(), r"^warble_session=;")
        for client in (user, *others):
            client.get("/api/sessions/current").expect(401, "unauthenticated")
        bystander.get("/api/sessions/current").expect(200)
        user.enter(user.name).get("/api/sessions/current").expect(200)

    def test_a_new_password_ends_the_other_sessions(self):
        user = self.new_user()
        others = [user.clone().enter(user.name) for _ in range(2)]
        user.patch(user.path, json={"first_name": "still"}).expect(200)
        others[0].get("/api/sessions/current").expect(200)
        user.patch(user.path, json={"password": "a new password",
                                    "current_password": user.password}).expect(200)
        user.get("/api/sessions/current").expect(200)
        for client in others:
            client.get("/api/sessions/current").expect(401, "unauthenticated")

    def test_sessions_survive_a_restart_and_dead_ones_stay_dead(self):
        user = self.new_user()
        dead = user.clone().enter(user.name)
        dead.delete("/api/sessions/current").expect(204)
        for stop in (self.server.stop, self.server.kill):
            stop()
            self.server.start()
            user.get("/api/sessions/current").expect(200)
            dead.get("/api/sessions/current").expect(401, "unauthenticated")


if __name__ == "__main__":
    unittest.main()
