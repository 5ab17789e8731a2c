"""Methods: 405 with Allow, HEAD, unknown paths, and the admin listener's one route."""

import unittest

from support.case import ApiCase
from support.client import Connection


class Methods(ApiCase):
    ALLOWED = {
        "/api/users": "GET HEAD POST",
        "/api/users/{u}": "GET HEAD PATCH DELETE",
        "/api/users/{u}/tweets": "GET HEAD POST",
        "/api/users/{u}/tweets/{t}": "GET HEAD DELETE",
        "/api/users/{u}/tweets/{t}/favorites": "GET HEAD POST",
        "/api/users/{u}/tweets/{t}/favorites/{u}": "DELETE",
        "/api/users/{u}/followers": "GET HEAD POST",
        "/api/users/{u}/followers/{u}": "GET HEAD DELETE",
        "/api/users/{u}/followees": "GET HEAD",
        "/api/users/{u}/favorites": "GET HEAD",
        "/api/users/{u}/activity": "GET HEAD",
        "/api/users/{u}/timeline": "GET HEAD",
        "/api/sessions": "POST DELETE",
        "/api/sessions/current": "GET HEAD DELETE",
        "/api/openapi.json": "GET HEAD",
        "/livez": "GET HEAD",
        "/readyz": "GET HEAD",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.new_user()

    def test_another_method_is_405_with_exactly_the_allowed_ones(self):
        tweet = self.user.tweet()
        for pattern, allowed in self.ALLOWED.items():
            path = pattern.replace("{u}", self.user.name).replace("{t}", tweet["id"])
            methods = set(allowed.split())
            for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
                           "FOO", "get", "PROPFIND"} - methods:
                with self.subTest(path=path, method=method):
                    for token in (True, False):
                        answer = self.user.request(method, path, token=token)
                        answer.expect(405)
                        if method != "HEAD":
                            answer.expect(405, "method_not_allowed")
                        self.assertEqual(set(answer.header("Allow").split(", ")), methods)

    def test_head_equals_get(self):
        tweet = self.user.tweet()
        self.user.favorite(tweet)
        for pattern, allowed in self.ALLOWED.items():
            path = pattern.replace("{u}", self.user.name).replace("{t}", tweet["id"])
            if "HEAD" not in allowed:
                continue
            targets = [path + "?prefix=u"] if path == "/api/users" else [
                path, path + "?limit=0", path + "?limit=1"]
            for target in (*targets, "/nowhere", "/api/users/nobody_here"):
                for token in (True, False):
                    with self.subTest(target=target, token=token):
                        options = {"token": token, "headers": [("X-Request-Id", "same")]}
                        get = self.user.get(target, **options)
                        head = self.user.request("HEAD", target, **options)
                        self.assertEqual(head.status, get.status)

                        def fields(answer):
                            return sorted((name.lower(), value) for name, value in answer.headers
                                          if name.lower() not in ("date", "content-length"))
                        self.assertEqual(fields(head), fields(get))
                        self.assertIn(head.header("Content-Length"),
                                      (None, str(len(get.body))))

    def test_an_unknown_path_is_404_whatever_the_method(self):
        for method in ("GET", "POST", "PUT", "FOO", "OPTIONS", "DELETE"):
            for path in ("/nowhere", "/api/nowhere", "/api/users/a/b/c", "/api/sessions/other",
                         "/api/users/a/timeline/x"):
                with self.subTest(method=method, path=path):
                    for token in (True, False):
                        self.user.request(method, path, token=token).expect(404, "not_found")

    def test_outside_the_api_errors_are_pages_for_browsers(self):
        accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        answer = self.user.get("/nowhere", headers=[("Accept", accept)]).expect(404)
        self.assertEqual(answer.header("Content-Type").partition(";")[0], "text/html")
        for path in ("/%3Cscript%3E", "/<script>", "/x?<script>"):
            answer = self.user.get(path, headers=[("Accept", accept)])
            self.assertNotIn(b"<script>", answer.body)
        for accept in ("application/json", "*/*", "application/problem+json, text/html;q=0.5"):
            answer = self.user.get("/nowhere", headers=[("Accept", accept)]).expect(404)
            self.assertEqual(answer.header("Content-Type"), "application/problem+json")
        fields = [("Accept", "application/json;q=0.5"), ("Accept", "text/html")]  # one list
        answer = self.user.get("/nowhere", headers=fields).expect(404)
        self.assertEqual(answer.header("Content-Type").partition(";")[0], "text/html")
        for path in ("/%61pi/nowhere", "/%61pi/users/nobody_here", "/%61%70%69/%zz",
                     "/api%2Fusers/x"):  # spelled otherwise, it is still the API
            answer = self.user.get(path, headers=[("Accept", "text/html")]).expect(404)
            self.assertEqual(answer.header("Content-Type"), "application/problem+json")
        answer = self.user.get("/api/nowhere", headers=[("Accept", "text/html")]).expect(404)
        self.assertEqual(answer.header("Content-Type"), "application/problem+json")


class AdminListener(ApiCase):
    admin = True

    def test_metrics_are_on_the_admin_listener_alone(self):
        self.anonymous().get("/metrics").expect(404, "not_found")
        connection = Connection(self.server.admin_address)
        self.addCleanup(connection.close)
        connection.send(b"GET /metrics HTTP/1.1\r\nHost: admin\r\n\r\n")
        answer = connection.read_answer("GET", None).expect(200)
        self.assertTrue(answer.header("Content-Type").startswith("text/plain"))
        self.assertRegex(answer.body.decode(), r"(?m)^# TYPE \w+ \w+$")


if __name__ == "__main__":
    unittest.main()
