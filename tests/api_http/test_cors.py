"""Other origins: none by default, one with --cors-origin, and never credentials."""

import unittest

from support.case import ApiCase

ORIGIN = "https://app.example"
REQUEST_FIELDS = {"authorization", "content-type", "idempotency-key", "if-none-match",
                  "x-request-id"}
EXPOSED = {"etag", "link", "location", "retry-after", "x-request-id", "idempotency-replayed",
           "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}


def listed(answer, name):
    return {part.strip().lower() for part in (answer.header(name) or "").split(",")}


def cross_origin_fields(answer):
    return [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


class NoOrigin(ApiCase):
    def test_by_default_nothing_is_said(self):
        user = self.new_user()
        origin = ("Origin", ORIGIN)
        self.assertEqual(cross_origin_fields(user.get(user.path, headers=[origin])), [])
        answer = user.request("OPTIONS", user.path, token=False, headers=[
            origin, ("Access-Control-Request-Method", "GET")])
        self.assertEqual(cross_origin_fields(answer.expect(405)), [])


class OneOrigin(ApiCase):
    arguments = ("--cors-origin", ORIGIN)

    def preflight(self, target, method, origin=ORIGIN, headers="authorization,content-type"):
        return self.anonymous().request("OPTIONS", target, headers=[
            ("Origin", origin), ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", headers)])

    @classmethod
    def check_recorded(cls):
        # A preflight is CORS's own, no operation of the document.
        cls.recorder[:] = [answer for answer in cls.recorder
                           if (answer.method, answer.status) != ("OPTIONS", 204)]
        super().check_recorded()

    def test_a_preflight_tells_origin_methods_and_fields(self):
        for target, method in (("/api/users/a", "PATCH"), ("/api/users/a/tweets", "POST"),
                               ("/api/users/a", "GET"), ("/api/users/a", "DELETE"),
                               ("/api/sessions", "POST")):
            with self.subTest(target=target, method=method):
                answer = self.preflight(target, method).expect(204)
                self.assertEqual(answer.header("Access-Control-Allow-Origin"), ORIGIN)
                self.assertIn(method.lower(), listed(answer, "Access-Control-Allow-Methods"))
                self.assertEqual(listed(answer, "Access-Control-Allow-Headers"), REQUEST_FIELDS)
                self.assertIsNone(answer.header("Access-Control-Allow-Credentials"))

    def test_answers_expose_the_fields_of_the_contract(self):
        user = self.new_user()
        for answer in (user.get(user.path, headers=[("Origin", ORIGIN)]).expect(200),
                       user.get("/api/users/nobody_here", headers=[("Origin", ORIGIN)]),
                       user.get(user.path, token=False, headers=[("Origin", ORIGIN)]),
                       user.post(user.path + "/tweets", json={"content": "x"},
                                 headers=[("Origin", ORIGIN)]).expect(201)):
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), ORIGIN)
            self.assertEqual(listed(answer, "Access-Control-Expose-Headers"), EXPOSED)
            self.assertIsNone(answer.header("Access-Control-Allow-Credentials"))

    def test_answers_to_what_is_no_request_say_it_too(self):
        origin = f"Origin: {ORIGIN}\r\n"
        long = "x" * 9000
        for lines, status in (
                ("GET /livez HTTP/9.9\r\nHost: a\r\n" + origin, 400),
                ("GET /livez HTTP/1.1\r\n" + origin, 400),
                ("POST /api/users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + origin,
                 411),
                (f"GET /{long} HTTP/1.1\r\nHost: a\r\n" + origin, 414),
                ("GET /livez HTTP/1.1\r\nHost: a\r\n" + origin + f"X: {long}\r\n", 431),
                (f"GET /livez HTTP/1.1\r\nHost: a\r\nX: {long}\r\n" + origin, 431),
                ("GET /livez HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 70 + origin, 431)):
            with self.subTest(status=status, lines=lines[:60]):
                client = self.anonymous()
                connection = client.connect()
                self.addCleanup(connection.close)
                connection.send((lines + "\r\n").encode())
                answer = client.record(connection.read_answer())
                self.assertEqual(answer.expect(status).header("Access-Control-Allow-Origin"),
                                 ORIGIN)
                self.assertEqual(listed(answer, "Access-Control-Expose-Headers"), EXPOSED)
                self.assertIn("origin", listed(answer, "Vary"))

    def test_another_origin_is_not_let_in(self):
        user = self.new_user()
        for origin in ("https://evil.example", "https://app.example.evil", "null",
                       "http://app.example", "https://app.example:8443"):
            answer = user.get(user.path, headers=[("Origin", origin)]).expect(200)
            self.assertNotEqual(answer.header("Access-Control-Allow-Origin"), origin)
            self.assertNotEqual(answer.header("Access-Control-Allow-Origin"), "*")
            answer = self.preflight(user.path, "GET", origin)
            self.assertNotEqual(answer.header("Access-Control-Allow-Origin"), origin)

    def test_the_cookie_still_works_only_from_the_same_origin(self):
        user = self.new_user()
        user.post(user.path + "/tweets", json={"content": "x"}, token=False, headers=[
            ("Cookie", f"warble_session={user.token}"), ("Origin", ORIGIN)]).expect(
                403, "cross_site")


if __name__ == "__main__":
    unittest.main()
