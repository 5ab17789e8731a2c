"""No single request is much work: what a client may send is bounded before it is looked into."""

import json
import unittest

from support.case import ApiCase

BODY_LIMIT = 65536
TIMES = 20
MOST_TICKS = 2 * TIMES  # 20 ms of processor time a request, of which none takes more than 2

FALLING_MARKS = [chr(mark) for mark in (0x345, 0x300, 0x316, 0x321, 0x334)]  # by their class


def marks(count, kinds=FALLING_MARKS):
    """A run of combining marks; `count` code points."""
    return "".join(kind * (count // len(kinds)) for kind in kinds)


def filled(piece, before, after):
    """`piece` as often as a body has room for it."""
    return before + piece * ((BODY_LIMIT - len(before) - len(after)) // len(piece)) + after


def many(piece):
    """A body that an anonymous client may send, with an unknown member full of `piece`."""
    return filled(piece + ",", '{"a":[', "0]}")


class Work(ApiCase):
    def work(self, request):
        """Ticks of the server's processor time for TIMES requests: others' work is not in them."""
        before = self.server.cpu_ticks()
        for _ in range(TIMES):
            request()
        return self.server.cpu_ticks() - before

    def test_marks_are_counted_before_they_are_put_in_order(self):
        user = self.new_user()
        texts = [marks(30_000), "x" + marks(30_000), "\u0f73" * 20_000,
                 marks(30_000, ["\u0345", "\u0334"]), "\u0345\u0334" * 15_000]
        fits = marks(200)  # four for each of 50 code points: normalised, and too long after it
        for text in (*texts, fits):
            self.assertLess(len(json.dumps({"content": text}, ensure_ascii=False).encode()),
                            BODY_LIMIT)
            for method, target, fields in (
                    ("POST", "/api/users", ("first_name", "last_name", "description")),
                    ("PATCH", user.path, ("first_name", "last_name", "description")),
                    ("POST", user.path + "/tweets", ("content",))):
                for field in fields:
                    body = {field: text}
                    if target == "/api/users":
                        body |= {"username": "someone", "password": "long password"}
                    body = json.dumps(body, ensure_ascii=False).encode()
                    with self.subTest(target=target, field=field, text=ascii(text[:3])):
                        ticks = self.work(lambda m=method, t=target, b=body: self.assertEqual(
                            user.request(m, t, body=b).field_errors(), {field: "too_long"}))
                        self.assertLess(ticks, MOST_TICKS)

    def test_no_json_takes_long(self):
        client = self.anonymous()
        for name, body in (
                ("long fractions", many("1.2345678901234567890123e290")),
                ("small ones", many("2.4703282292062327208e-324")),
                ("nineteen digits", many("8.907403552590739077e300")),
                ("very long ones", many("1." + "1" * 768 + "e-300")),
                ("one number", '{"a":1.' + "1" * 65_000 + "e-300}"),
                ("an exponent", '{"a":1e' + "0" * 65_000 + "1}"),
                ("nesting", '{"a":' + "[" * 1000 + "]" * 1000 + "}"),
                ("nests", many("[" * 500 + "]" * 500)),
                ("whole numbers", many("1")), ("strings", many('""')),
                ("members", filled('"":0,', "{", '"a":0}')),
                ("escapes", filled("\\u00e9", '{"a":"', '"}'))):
            with self.subTest(body=name):
                ticks = self.work(
                    lambda b=body: client.post("/api/users", body=b.encode()).expect(422))
                self.assertLess(ticks, MOST_TICKS)
        deep = '{"a":' + "[" * 30_000 + "]" * 30_000 + "}"
        self.assertLess(self.work(lambda: client.post("/api/users", body=deep.encode()).expect(
            400, "malformed_json")), MOST_TICKS)

    def test_no_head_takes_long(self):
        user = self.new_user()
        for name, target, headers in (
                ("parameters", user.path + "/tweets?" + "a&" * 2000, []),
                ("a known one", user.path + "/tweets?" + "limit&" * 650, []),
                ("encoded path", "/api/users/" + "%41" * 1300, []),
                ("segments", "/a" * 2000, []),
                ("encoded cursor", user.path + "/tweets?cursor=" + "%41" * 1300, []),
                ("cursor", user.path + "/tweets?cursor=" + "A" * 3900, []),
                ("time", user.path + "/tweets?since=2026-11-22T07:48:16." + "1" * 3900 + "Z", []),
                ("cookies", user.path, [("Cookie", "a=b;" * 1900)]),
                ("separators", user.path, [("Cookie", ";" * 7800)]),
                ("accept", "/nothing", [("Accept", "a;q=1," * 1300)]),
                ("parameters of a type", "/nothing", [("Accept", "a" + ";" * 7800)]),
                ("tags", user.path, [("If-None-Match", '"",' * 2500)]),
                ("lines of tags", user.path, [("If-None-Match", '"a",' * 25)] * 50),
                ("fields", user.path, [(f"X-{number}", "y" * 100) for number in range(60)])):
            with self.subTest(head=name):
                ticks = self.work(lambda t=target, h=headers: user.get(t, headers=h))
                self.assertLess(ticks, MOST_TICKS)


if __name__ == "__main__":
    unittest.main()
