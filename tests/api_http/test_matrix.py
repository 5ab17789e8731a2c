"""Every route against every kind of request, from one table; and the order of refusals."""

import itertools
import unittest

from support.case import ApiCase
from support.client import head

BAD = b"{"
NOT_FOUND = (404, "not_found")
FORBIDDEN = (403, "forbidden")
UNAUTHENTICATED = (401, "unauthenticated")
MALFORMED = (400, "malformed_json")
PARAMETER = (400, "invalid_parameter")
INVALID = (422, "invalid_fields")
MEDIA = (415, "unsupported_media_type")
TWEET = {"content": "x"}
LIST_PARAMETERS = [
    ("limit=0", PARAMETER), ("limit=1", 200), ("limit=100", 200), ("limit=101", PARAMETER),
    ("page=1", 200), ("page=0", PARAMETER), ("cursor=x", (400, "invalid_cursor")),
    ("expand=viewer", 200), ("expand=no", PARAMETER), ("other=1", 200),
    ("page=1&limit=100", 200), ("page=101&limit=100", (400, "page_too_deep"))]
# Per route: method, path, good body, and what is expected of
#   alice: the user of the path, herself; anonymous; bob: another user;
#   nobody: an unknown user in the place of alice; tweet: an unknown tweet;
#   queries: query strings, by alice; bodies: bodies, by alice.
# Placeholders: {a} alice, {b} bob, {t} a tweet of alice's. None: there is no such case.
# What destroys comes last, on a fresh alice for every row.
ROUTES = [
    dict(method="GET", path="/api/users/{a}", alice=200, bob=200,
         queries=[("expand=viewer", 200), ("expand=x", PARAMETER)]),
    dict(method="PATCH", path="/api/users/{a}", body={"first_name": "x"}, alice=200, bob=FORBIDDEN,
         bodies=[({}, 200), ({"first_name": "x" * 50}, 200), ({"first_name": "x" * 51}, INVALID),
                 ({"description": "x" * 160}, 200), ({"description": "x" * 161}, INVALID),
                 ({"password": "x" * 8}, INVALID),
                 ({"password": "x" * 8, "current_password": "wrong"},
                  (403, "invalid_credentials"))]),
    dict(method="DELETE", path="/api/users/{a}", body={"password": "correct horse battery"},
         alice=204, bob=FORBIDDEN,
         bodies=[({}, INVALID), ({"password": None}, INVALID),
                 ({"password": "x"}, (403, "invalid_credentials"))]),
    dict(method="GET", path="/api/users/{a}/tweets", alice=200, bob=200,
         queries=LIST_PARAMETERS + [
             ("since=2026-01-01T00:00:00Z", 200), ("since=x", PARAMETER),
             ("until=2026-01-01T00:00:00%2B01:00", 200), ("until=", PARAMETER),
             ("favorited=true", 200), ("favorited=x", PARAMETER),
             ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", 200)]),
    dict(method="POST", path="/api/users/{a}/tweets", body=TWEET, alice=201, bob=FORBIDDEN,
         bodies=[({"content": "x" * 140}, 201), ({"content": "x" * 141}, INVALID),
                 ({"content": ""}, INVALID), ({"content": " "}, INVALID), ({}, INVALID)]),
    dict(method="GET", path="/api/users/{a}/tweets/{t}", alice=200, bob=200, tweet=NOT_FOUND,
         queries=[("expand=viewer", 200), ("expand=x", PARAMETER)]),
    dict(method="DELETE", path="/api/users/{a}/tweets/{t}", alice=204, bob=FORBIDDEN,
         tweet=NOT_FOUND),
    dict(method="POST", path="/api/users/{a}/tweets/{t}/favorites", alice=201, bob=201,
         tweet=NOT_FOUND),
    dict(method="GET", path="/api/users/{a}/tweets/{t}/favorites", alice=200, bob=200,
         tweet=NOT_FOUND, queries=LIST_PARAMETERS),
    dict(method="DELETE", path="/api/users/{a}/tweets/{t}/favorites/{a}", alice=204, bob=FORBIDDEN,
         tweet=NOT_FOUND),
    dict(method="DELETE", path="/api/users/{a}/tweets/{t}/favorites/{b}", alice=FORBIDDEN, bob=204,
         tweet=NOT_FOUND),
    dict(method="POST", path="/api/users/{a}/followers", alice=(422, "cannot_follow_self"),
         bob=201),
    dict(method="GET", path="/api/users/{a}/followers", alice=200, bob=200,
         queries=LIST_PARAMETERS),
    dict(method="GET", path="/api/users/{a}/followees", alice=200, bob=200,
         queries=LIST_PARAMETERS),
    dict(method="GET", path="/api/users/{a}/followers/{b}", alice=NOT_FOUND, bob=NOT_FOUND),
    dict(method="DELETE", path="/api/users/{a}/followers/{b}", alice=FORBIDDEN, bob=204),
    dict(method="GET", path="/api/users/{a}/favorites", alice=200, bob=200,
         queries=LIST_PARAMETERS),
    dict(method="GET", path="/api/users/{a}/activity", alice=200, bob=200,
         queries=LIST_PARAMETERS),
    dict(method="GET", path="/api/users/{a}/timeline", alice=200, bob=FORBIDDEN,
         queries=[row for row in LIST_PARAMETERS if not row[0].startswith("page=101")]
         + [("include_self=true", 200), ("include_self=false", 200), ("include_self=x", PARAMETER),
            ("page=10&limit=100", 200), ("page=11&limit=100", (400, "page_too_deep"))]),
    dict(method="GET", path="/api/users", alice=PARAMETER, bob=PARAMETER, nobody=None,
         queries=[("prefix=a", 200), ("prefix=", PARAMETER), ("prefix=" + "a" * 30, 200),
                  ("prefix=" + "a" * 31, PARAMETER), ("prefix=a-", PARAMETER),
                  ("prefix=a&limit=50", 200), ("prefix=a&limit=51", PARAMETER),
                  ("prefix=a&limit=0", PARAMETER)]),
    dict(method="GET", path="/api/sessions/current", alice=200, bob=200, nobody=None),
    dict(method="DELETE", path="/api/sessions/current", alice=204, bob=204, nobody=None),
    dict(method="DELETE", path="/api/sessions", alice=204, bob=204, nobody=None),
    dict(method="POST", path="/api/users", body={"username": "a"}, alice=INVALID, bob=INVALID,
         anonymous=INVALID, nobody=None,
         bodies=[({"username": "a b", "password": "password"}, INVALID),
                 ({"username": "{a}", "password": "password"}, (409, "username_taken"))]),
    dict(method="POST", path="/api/sessions", body={"username": "a"}, alice=INVALID, bob=INVALID,
         anonymous=INVALID, nobody=None,
         bodies=[({"username": "{a}", "password": "x"}, (401, "invalid_credentials")),
                 ({"username": "nobody_here", "password": "x"}, (401, "invalid_credentials")),
                 ({"username": "{a}", "password": "correct horse battery"}, 201)]),
    dict(method="GET", path="/api/openapi.json", alice=200, bob=200, anonymous=200, nobody=None),
    dict(method="GET", path="/livez", alice=200, bob=200, anonymous=200, nobody=None),
    dict(method="GET", path="/readyz", alice=200, bob=200, anonymous=200, nobody=None),
    dict(method="GET", path="/metrics", alice=NOT_FOUND, bob=NOT_FOUND, anonymous=NOT_FOUND,
         nobody=None),
    dict(method="GET", path="/api/nowhere", alice=NOT_FOUND, bob=NOT_FOUND, anonymous=NOT_FOUND,
         nobody=None),
]


class Matrix(ApiCase):
    def check(self, answer, expected):
        answer.expect(*(expected if isinstance(expected, tuple) else (expected,)))

    def test_every_route_answers_as_the_table_says(self):
        bob = self.new_user("bob")
        for route in ROUTES:
            with self.subTest(route=f"{route['method']} {route['path']}"):
                self.check_route(route, self.new_user("alice"), bob)

    def check_route(self, route, alice, bob):
        tweet = alice.tweet()

        def send(client, what="path", json=None, body=None, **places):
            places = {"a": alice.name, "b": bob.name, "t": tweet["id"], **places}
            if json is not None:
                json = {key: alice.name if value == "{a}" else value
                        for key, value in json.items()}
            path = route["path"].format(**places)
            return client.request(route["method"], path + (what if what != "path" else ""), body,
                                  json=json)

        good = route.get("body")
        self.check(send(self.anonymous(), json=good), route.get("anonymous", UNAUTHENTICATED))
        if route.get("nobody", True):
            for client in (alice, bob):
                self.check(send(client, json=good, a="nobody_here"), NOT_FOUND)
                self.check(send(client, json=good, a="no-name"), NOT_FOUND)
        if "tweet" in route:
            for number in ("1", "x", "0" + tweet["id"], "99999999999999999999"):
                self.check(send(bob, t=number), NOT_FOUND)
        if "{b}" in route["path"]:
            self.check(send(alice, b="nobody_here"), NOT_FOUND)
        for query, expected in route.get("queries", ()):
            self.check(send(alice, "?" + query), expected)
        if good is not None:
            self.check(send(alice, body=BAD), MALFORMED)
            self.check(send(alice, body=b"[]"), MALFORMED)
            self.check(send(alice), MEDIA)
            for body, expected in route["bodies"]:
                self.check(send(alice, json=body), expected)
        last = [(bob, route["bob"]), (alice, route["alice"])]
        if route["path"].startswith("/api/sessions") and route["method"] == "DELETE":
            last[0] = (bob.clone().enter(bob.name), route["bob"])
            if route["path"] == "/api/sessions":
                last.pop(0)
        for client, expected in last:
            self.check(send(client, json=good), expected)


class Request:
    """A request that faults are put into, and its sending."""

    def __init__(self, user, method, path, body):
        self.user = user
        self.method = method
        self.path = path
        self.body = body
        self.fields = {}
        self.token = True
        self.content_type = "application/json"
        self.pad_to = 0

    def send(self):
        body = self.body
        if body is not None:
            body = body + b" " * (self.pad_to - len(body))
        fields = list(self.fields.items())
        if self.token and "Cookie" not in self.fields:
            fields.append(("Authorization", f"Bearer {self.user.token}"))
        if body is not None:
            fields += [("Content-Type", self.content_type), ("Content-Length", str(len(body)))]
        connection = self.user.connect()
        try:
            connection.send(head(self.method, self.path, self.user.host, fields) + (body or b""))
            return self.user.record(connection.read_answer(self.method, self.path))
        finally:
            connection.close()


class Order(ApiCase):
    """For any two faults in one request, the earlier in the contract's list is answered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.bob = cls.new_user("alice"), cls.new_user("bob")
        cls.own, cls.others = cls.alice.tweet(), cls.bob.tweet()
        cls.alice.favorite(cls.own, key="used").expect(201)
        cls.taken = cls.new_user("taken")

    # Faults, in the contract's order: (name, what it does to a request, expected). Faults with
    # the same group exclude each other.

    def head_faults(self):
        def chunked(request):
            request.fields["Transfer-Encoding"] = "chunked"

        def nowhere(request):
            request.path = request.path.replace("/api/", "/api/nowhere/", 1)

        def put(request):
            request.method = "PUT"
        return [("malformed", chunked, (411, "length_required")),
                ("path", nowhere, NOT_FOUND), ("method", put, (405, "method_not_allowed"))]

    def session_faults(self):
        def no_session(request):
            request.token = False
            request.fields.pop("Cookie", None)

        def cross_site(request):
            if request.token:
                request.fields["Cookie"] = f"warble_session={request.user.token}"
            request.fields["Sec-Fetch-Site"] = "cross-site"

        return [("anonymous", no_session, UNAUTHENTICATED),
                ("cross_site", cross_site, (403, "cross_site"))]

    @staticmethod
    def large(request):
        request.body = request.body or b""
        request.pad_to = 65537

    @staticmethod
    def bad_key(request):
        request.fields["Idempotency-Key"] = "bad key"

    @staticmethod
    def used_key(request):
        request.fields.setdefault("Idempotency-Key", "used")

    @staticmethod
    def media(request):
        request.content_type = "text/plain"

    @staticmethod
    def body(value):
        def change(request):
            if request.body != BAD:
                request.body = value
        return change

    @staticmethod
    def replace_in_path(old, new):
        def change(request):
            request.path = request.path.replace(old, new, 1)
        return change

    @staticmethod
    def query(text):
        def change(request):
            request.path += ("&" if "?" in request.path else "?") + text
        return change

    def check_pairs(self, new_request, faults):
        for name, fault, expected in faults:
            with self.subTest(fault=name):
                request = new_request()
                fault(request)
                request.send().expect(*expected)
        for (first, one, expected), (second, two, _) in itertools.combinations(faults, 2):
            if {first.split(":")[0]} == {second.split(":")[0]}:
                continue  # two of one group exclude each other
            with self.subTest(first=first, second=second):
                request = new_request()
                # The query goes last, so that a changed path stays before it.
                for fault in (one, two) if "query" not in first else (two, one):
                    fault(request)
                request.send().expect(*expected)

    def write_faults(self):
        return [("size", self.large, (413, "body_too_large")), ("key:bad", self.bad_key, PARAMETER),
                ("key:used", self.used_key, (422, "idempotency_key_reused"))]

    def test_writing_a_tweet(self):
        faults = [
            *self.head_faults(), *self.session_faults(), *self.write_faults(),
            ("user:unknown", self.replace_in_path(self.alice.name, "nobody_here"), NOT_FOUND),
            ("user:other", self.replace_in_path(self.alice.name, self.bob.name), FORBIDDEN),
            ("media", self.media, MEDIA), ("body:malformed", self.body(BAD), MALFORMED),
            ("body:fields", self.body(b"{}"), INVALID)]
        self.check_pairs(lambda: Request(self.alice, "POST", self.alice.path + "/tweets",
                                         b'{"content":"x"}'), faults)

    def test_changing_a_profile(self):
        wrong = b'{"password":"another password","current_password":"wrong"}'
        faults = [
            *self.head_faults(), *self.session_faults(), *self.write_faults(),
            ("user:unknown", self.replace_in_path(self.alice.name, "nobody_here"), NOT_FOUND),
            ("user:other", self.replace_in_path(self.alice.name, self.bob.name), FORBIDDEN),
            ("media", self.media, MEDIA), ("body:malformed", self.body(BAD), MALFORMED),
            ("body:fields", self.body(wrong[:-1] + b',"first_name":5}'), INVALID),
            ("body:password", self.body(wrong), (403, "invalid_credentials"))]
        self.check_pairs(lambda: Request(self.alice, "PATCH", self.alice.path,
                                         b'{"first_name":"x"}'), faults)

    def test_deleting_a_tweet(self):
        faults = [
            *self.head_faults(), *self.session_faults(), *self.write_faults(),
            ("user:unknown", self.replace_in_path(self.alice.name, "nobody_here"), NOT_FOUND),
            ("user:tweet", self.replace_in_path(self.own["id"], "1"), NOT_FOUND),
            ("user:other", self.replace_in_path(
                self.alice.tweet_path(self.own), self.bob.tweet_path(self.others)), FORBIDDEN)]
        self.check_pairs(lambda: Request(self.alice, "DELETE", self.alice.tweet_path(self.own),
                                         None), faults)

    def test_following(self):
        faults = [
            *self.head_faults(), *self.session_faults(), *self.write_faults(),
            ("user:unknown", self.replace_in_path(self.bob.name, "nobody_here"), NOT_FOUND),
            ("user:self", self.replace_in_path(self.bob.name, self.alice.name),
             (422, "cannot_follow_self"))]
        self.check_pairs(lambda: Request(self.alice, "POST", self.bob.path + "/followers", None),
                         faults)

    def test_unfollowing(self):
        path = f"{self.bob.path}/followers/{self.alice.name}"
        faults = [
            *self.head_faults(), *self.session_faults(), *self.write_faults(),
            ("user:unknown", self.replace_in_path(self.bob.name, "nobody_here"), NOT_FOUND),
            ("me:unknown", self.replace_in_path(self.alice.name, "nobody_here"), NOT_FOUND),
            ("me:other", self.replace_in_path(self.alice.name, self.taken.name), FORBIDDEN)]
        self.check_pairs(lambda: Request(self.alice, "DELETE", path, None), faults)

    def test_reading_a_timeline(self):
        faults = [
            *self.head_faults(), self.session_faults()[0],
            ("user:unknown", self.replace_in_path(self.alice.name, "nobody_here"), NOT_FOUND),
            ("user:other", self.replace_in_path(self.alice.name, self.bob.name), FORBIDDEN),
            ("query", self.query("limit=0"), PARAMETER)]
        self.check_pairs(lambda: Request(self.alice, "GET", self.alice.path + "/timeline", None),
                         faults)

    def test_reading_whether_one_follows(self):
        self.bob.unfollow(self.taken)
        path = f"{self.taken.path}/followers/{self.bob.name}"
        faults = [
            *self.head_faults(), self.session_faults()[0],
            ("user:unknown", self.replace_in_path(self.taken.name, "nobody_here"), NOT_FOUND),
            ("absent", lambda request: None, NOT_FOUND)]
        self.check_pairs(lambda: Request(self.alice, "GET", path, None), faults)

    def test_registering(self):
        name = self.taken.name
        faults = [
            *self.head_faults(), ("size", self.large, (413, "body_too_large")),
            ("media", self.media, MEDIA), ("body:malformed", self.body(BAD), MALFORMED),
            ("body:fields", self.body(b'{"username":"%s"}' % name.encode()), INVALID),
            ("body:taken", self.body(b'{"username":"%s","password":"password"}' % name.encode()),
             (409, "username_taken"))]
        self.check_pairs(lambda: Request(self.alice, "POST", "/api/users", b"{}"), faults)

    def test_signing_in(self):
        faults = [
            *self.head_faults(), ("size", self.large, (413, "body_too_large")),
            ("media", self.media, MEDIA), ("body:malformed", self.body(BAD), MALFORMED),
            ("body:fields", self.body(b'{"username":"a"}'), INVALID),
            ("body:wrong", self.body(b'{"username":"a","password":"x"}'),
             (401, "invalid_credentials"))]
        self.check_pairs(lambda: Request(self.alice, "POST", "/api/sessions", b"{}"), faults)

    def test_replays_come_before_what_would_refuse_them_now(self):
        gone = self.new_user()
        request = Request(self.alice, "POST", gone.path + "/followers", None)
        request.fields["Idempotency-Key"] = "replayed"
        request.send().expect(201)
        gone.leave()
        answer = request.send().expect(201)
        self.assertEqual(answer.header("Idempotency-Replayed"), "true")
        request.token = False
        request.send().expect(*UNAUTHENTICATED)
        request.token = True
        self.session_faults()[1][1](request)
        request.send().expect(403, "cross_site")


if __name__ == "__main__":
    unittest.main()
