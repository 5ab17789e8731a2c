"""Rate limits: per user, per client address, and of sign-in attempts."""

import concurrent.futures
import resource
import subprocess
import threading
import time
import unittest

from support.case import ApiCase
from support.client import Client
from support.server import Server, binary

RATE = 5
MOST_REQUESTS = 400
MOST_ATTEMPTS = 60
MOST_AT_ONCE = 4 * RATE  # that the limit of an address itself lets through


class RateCase(ApiCase):
    rate_limit = str(RATE)
    _addresses = iter(range(2, 250))

    @classmethod
    def fresh(cls):
        """An anonymous client from an address that nobody used before."""
        return cls.anonymous(source=f"127.0.0.{next(RateCase._addresses)}")

    @classmethod
    def new_user(cls, prefix="user", **fields):
        return cls.fresh().join(cls.new_name(prefix), **fields)

    def exhaust(self, send):
        """Sends until 429; the answers."""
        answers = []
        for _ in range(MOST_REQUESTS):
            answers.append(send())
            if answers[-1].status == 429:
                answers[-1].expect(429, "rate_limited")
                return answers
        self.fail(f"no 429 in {MOST_REQUESTS} requests")


class Limits(RateCase):
    def assert_counted(self, answers):
        for answer in answers:
            limit, remaining, reset = (int(answer.header(f"RateLimit-{name}")) for name in (
                "Limit", "Remaining", "Reset"))
            self.assertGreaterEqual(limit, RATE)
            self.assertLessEqual(remaining, limit)
            self.assertLess(reset, 120)
        self.assertEqual(answers[-1].header("RateLimit-Remaining"), "0")
        self.assertGreaterEqual(int(answers[0].header("RateLimit-Remaining")),
                                int(answers[-2].header("RateLimit-Remaining")))
        self.assertGreaterEqual(len(answers), RATE)

    def test_a_user_is_limited_and_served_again_after_retry_after(self):
        user = self.new_user()
        answers = self.exhaust(lambda: user.get("/api/sessions/current"))
        self.assert_counted(answers)
        time.sleep(int(answers[-1].header("Retry-After")))
        user.get("/api/sessions/current").expect(200)

    def test_limits_are_per_user_not_per_session_or_address(self):
        user = self.new_user()
        second = self.fresh().enter(user.name)
        neighbour = self.new_user()
        neighbour.source = user.source
        neighbour.close()
        self.exhaust(lambda: user.get("/api/sessions/current"))
        second.get("/api/sessions/current").expect(429)
        neighbour.get("/api/sessions/current").expect(200)

    def test_an_anonymous_address_is_limited_and_others_are_not(self):
        client, other = self.fresh(), self.fresh()
        user = self.new_user()
        user.source = client.source
        user.close()
        answers = self.exhaust(lambda: client.get(user.path))
        self.assert_counted(answers)
        self.assertEqual({answer.status for answer in answers[:-1]}, {401})
        for method, target, body in (("GET", user.path, None), ("POST", "/api/users", {}),
                                     ("POST", "/api/sessions", {})):
            client.request(method, target, json=body).expect(429, "rate_limited")
        other.get(user.path).expect(401)
        user.get(user.path).expect(200)

    def test_a_bad_token_counts_for_the_address(self):
        client = self.fresh()
        answers = self.exhaust(lambda: client.get("/api/sessions/current", token="x" * 40))
        self.assertEqual({answer.status for answer in answers[:-1]}, {401})

    def test_health_answers_an_exhausted_address(self):
        client = self.fresh()
        self.exhaust(lambda: client.get("/api/users/x"))
        client.get("/livez").expect(200)
        client.get("/readyz").expect(200)

    def test_order_of_refusals_around_the_limits(self):
        client = self.fresh()
        self.exhaust(lambda: client.get("/api/users/x"))
        client.get("/api/nowhere").expect(404, "not_found")
        client.request("PUT", "/api/users").expect(405, "method_not_allowed")
        client.get("/api/users/x").expect(429, "rate_limited")
        user = self.new_user()
        self.exhaust(lambda: user.get("/api/sessions/current"))
        cookie = [("Cookie", f"warble_session={user.token}")]
        user.post(user.path + "/tweets", json={"content": "x"}, token=False,
                  headers=cookie).expect(429, "rate_limited")
        user.post(user.path + "/tweets", body=b"x" * 65537).expect(429, "rate_limited")
        user.post(user.path + "/tweets", key="bad key").expect(429, "rate_limited")
        user.get("/api/users/nobody_here").expect(429, "rate_limited")
        user.get("/api/nowhere").expect(404, "not_found")
        user.request("PUT", user.path).expect(405, "method_not_allowed")


class SignInLimits(RateCase):
    """Attempts are spaced so that the limit of the address itself is never reached."""

    def attempt(self, client, name, password):
        time.sleep(1.05 / RATE)
        return client.sign_in(name, password)

    def exhaust_sign_in(self, client, name):
        for number in range(MOST_ATTEMPTS):
            answer = self.attempt(client, name, f"wrong password {number}")
            if answer.status == 429:
                return number
            answer.expect(401, "invalid_credentials")
        self.fail(f"no 429 in {MOST_ATTEMPTS} attempts")

    def test_attempts_are_limited_per_account_and_address(self):
        user, other = self.new_user(), self.new_user()
        attacker, elsewhere = self.fresh(), self.fresh()
        self.assertGreaterEqual(self.exhaust_sign_in(attacker, user.name), 3)
        refused = self.attempt(attacker, user.name, user.password)
        refused.expect(429, "rate_limited")
        self.assertGreaterEqual(int(refused.header("Retry-After")), 1)
        self.attempt(attacker, user.name.upper(), user.password).expect(429, "rate_limited")
        self.attempt(attacker, other.name, other.password).expect(201)
        elsewhere.sign_in(user.name, user.password).expect(201)
        user.get("/api/sessions/current").expect(200)
        self.assertLessEqual(int(refused.header("Retry-After")), 30)
        # 422 and 400 come before it.
        time.sleep(1)
        attacker.post("/api/sessions", json={"username": user.name}).expect(422)
        attacker.post("/api/sessions", body=b"[").expect(400)

    def test_right_passwords_at_once_are_never_too_many(self):
        user = self.new_user()
        clients = [self.fresh() for _ in range(30)]
        for client in clients:
            client.source = clients[0].source
        for number in range(9):
            self.attempt(clients[0], user.name, f"wrong password {number}").expect(401)
        time.sleep(4 / RATE)
        # One place is left: each of those that come at once takes it and gives it back.
        with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
            answers = list(pool.map(lambda one: one.sign_in(user.name), clients[:MOST_AT_ONCE]))
        self.assertEqual([answer.status for answer in answers], [201] * MOST_AT_ONCE)
        self.attempt(clients[0], user.name, "wrong").expect(401)
        self.attempt(clients[0], user.name, user.password).expect(429, "rate_limited")


class SharedPool(ApiCase):
    """Without limits of rate, so that two addresses can ask for more than the pool can do."""

    def test_addresses_that_ask_for_much_do_not_keep_others_out(self):
        user = self.new_user()
        stop = threading.Event()

        def guess(number):
            client = self.anonymous(source=f"127.0.1.{1 + number % 2}")
            while not stop.is_set():
                client.sign_in(f"made_up_{number}", "a wrong password")

        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            guesses = [pool.submit(guess, number) for number in range(160)]
            try:
                client = self.anonymous(source="127.0.1.9")
                answers = [client.sign_in(user.name) for _ in range(20)]
            finally:
                stop.set()
        for done in guesses:
            done.result()
        self.assertEqual([answer.status for answer in answers], [201] * len(answers))


class LittleMemory(ApiCase):
    rate_limit = "50"

    def test_a_hash_that_cannot_be_computed_is_no_wrong_password(self):
        user = self.new_user()
        pid = self.server.process.pid
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            used = int(statm.read().split()[0]) * resource.getpagesize()
        unlimited = resource.prlimit(pid, resource.RLIMIT_AS, (used + (6 << 20), -1))
        try:
            # More than the ten wrong guesses that would be let through.
            for _ in range(12):
                answer = user.sign_in(user.name).expect(503, "unavailable")
                self.assertIs(answer.json()["executed"], False)
                self.assertEqual(answer.header("Retry-After"), "1")
            self.anonymous().register(self.new_name()).expect(503, "unavailable")
        finally:
            resource.prlimit(pid, resource.RLIMIT_AS, unlimited)
        user.sign_in(user.name).expect(201)
        self.new_user()


class Option(unittest.TestCase):
    def test_a_rate_that_cannot_work_is_refused(self):
        for rate in ("0", "-1", "1000001", "1073741824", "2000000000", "4294967296", "x", ""):
            with self.subTest(rate=rate):
                run = subprocess.run([binary("WARBLED", "warbled"), "--rate-limit", rate],
                                     capture_output=True, text=True, timeout=20, check=False)
                self.assertEqual(run.returncode, 2, run)
                self.assertIn("give a number from 1 to 1000000, or off", run.stderr)

    def test_the_highest_rate_serves(self):
        server = Server(rate_limit="1000000")
        self.addCleanup(server.remove)
        server.start()
        answer = Client(server, []).get("/api/users/nobody").expect(401)
        self.assertEqual(answer.header("RateLimit-Limit"), "4000000")
        server.stop()


if __name__ == "__main__":
    unittest.main()
