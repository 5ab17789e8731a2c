"""HTTP itself: framing, sizes with their exact boundaries, time limits, connections."""

import time
import unittest

from support.case import ApiCase
from support.client import ConnectionEnded

SECTION_LIMIT = 8 * 1024
FIELDS_LIMIT = 64
TARGET_LIMIT = 4 * 1024
BODY_LIMIT = 64 * 1024
GET = "GET /livez HTTP/1.1\r\n"


class HttpCase(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.new_user()
        cls.host_line = f"Host: {cls.user.host}\r\n"
        cls.session_line = f"Authorization: Bearer {cls.user.token}\r\n"

    def connection(self):
        connection = self.user.connect()
        self.addCleanup(connection.close)
        return connection

    def raw(self, data, method=None, target=None):
        """Sends bytes on a new connection; (its first answer, the connection)."""
        if isinstance(data, str):
            data = data.encode("latin-1")
        connection = self.connection()
        connection.send(data)
        answer = connection.read_answer(method, target)
        self.user.record(answer)
        return answer, connection

    def assert_refused(self, data, status, code):
        answer, connection = self.raw(data)
        answer.expect(status, code)
        self.assertTrue(connection.ended(), f"{status} must close the connection: {data[:200]!r}")

    def assert_served(self, data, status=200, method="GET", target="/livez"):
        """The request is answered, and the connection serves another one after it."""
        answer, connection = self.raw(data, method, target)
        answer.expect(status)
        connection.send((GET + self.host_line + "\r\n").encode())
        self.user.record(connection.read_answer("GET", "/livez").expect(200))

    def tweet_head(self, *lines):
        return (f"POST {self.user.path}/tweets HTTP/1.1\r\n{self.host_line}{self.session_line}"
                + "".join(line + "\r\n" for line in lines) + "\r\n")


class LongAnswers(HttpCase):
    def test_a_client_that_reads_late_gets_every_byte(self):
        target = "/api/openapi.json"
        document = self.user.get(target).expect(200).body
        head = f"GET {target} HTTP/1.1\r\n{self.host_line}\r\n".encode()
        connection = self.connection()
        answers = (32 << 20) // len(document)  # more than the buffers of two sockets hold
        connection.send(head * answers)
        time.sleep(0.3)
        for _ in range(answers):
            self.assertEqual(connection.read_answer("GET", target).expect(200).body, document)


class Framing(HttpCase):
    def test_malformed_request_lines(self):
        for line in ("GET /livez\r\n", "GET  /livez HTTP/1.1\r\n", "GET /livez  HTTP/1.1\r\n",
                     " GET /livez HTTP/1.1\r\n", "GET /livez HTTP/1.1 \r\n",
                     "GET /li vez HTTP/1.1\r\n", "GET\t/livez\tHTTP/1.1\r\n", "GET HTTP/1.1\r\n",
                     "/livez HTTP/1.1\r\n", "\x00\r\n", "G\x00T /livez HTTP/1.1\r\n",
                     "G(T /livez HTTP/1.1\r\n", "GET /li\x00vez HTTP/1.1\r\n",
                     "GET /li\x7fvez HTTP/1.1\r\n", "GET livez HTTP/1.1\r\n",
                     "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"):
            with self.subTest(line=line):
                self.assert_refused(line + self.host_line + "\r\n", 400, "bad_request")

    def test_other_versions(self):
        for version in ("HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3.0", "HTTP/11", "HTTP/1.",
                        "HTTP/1.10", "http/1.1", "HTTPS/1.1", "HTTP/01.1", "HTTP 1.1", "XTTP/1.1"):
            with self.subTest(version=version):
                self.assert_refused(f"GET /livez {version}\r\n{self.host_line}\r\n",
                                    400, "bad_request")
        self.assert_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "bad_request")

    def test_malformed_fields(self):
        for line in ("X\r\n", ": y\r\n", "X : y\r\n", "X\t: y\r\n", " X: y\r\n", "X y: z\r\n",
                     "X(: y\r\n", "X: a\x00b\r\n", "X: a\x01b\r\n", "X: a\x7fb\r\n",
                     "X\xe9: y\r\n", "X: y\r\n folded\r\n", "X: y\r\n\tfolded\r\n",
                     "X: y\r\n \r\n", "X: a\rb\r\n", "X: y\nZ: z\r\n", "X: y\n", "X: y\r\r\n"):
            with self.subTest(line=line):
                self.assert_refused(GET + self.host_line + line + "\r\n", 400, "bad_request")
        for whole in (GET + " " + self.host_line + "\r\n", GET + self.host_line + "\n",
                      "GET /livez HTTP/1.1\n" + self.host_line + "\r\n",
                      GET + self.host_line + "\r\r\n\r\n",
                      (GET + self.host_line + "\r\n").replace("\r\n", "\n")):
            with self.subTest(whole=whole):
                self.assert_refused(whole, 400, "bad_request")

    def test_unusual_fields_that_are_well_formed(self):
        for line in ("X:\r\n", "X: \t \r\n", "X:y\r\n", "X:\ty\t \r\n", "X: caf\xe9 \xff\r\n",
                     "!#$%&'*+-.^_`|~09aZ: y\r\n", "X: a\tb\r\n", "X: y\r\nX: y\r\n"):
            with self.subTest(line=line):
                self.assert_served(GET + self.host_line + line + "\r\n")

    def test_host_must_stand_once(self):
        self.assert_refused(GET + "\r\n", 400, "bad_request")
        self.assert_refused(GET + self.host_line * 2 + "\r\n", 400, "bad_request")

    def test_absolute_targets_are_understood(self):
        self.assert_served(f"GET http://{self.user.host}/livez HTTP/1.1\r\n{self.host_line}\r\n")

    def test_transfer_encoding_is_never_accepted(self):
        chunked = "4\r\nabcd\r\n0\r\n\r\n"
        for line in ("Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
                     "Transfer-Encoding: gzip, chunked\r\n", "transfer-encoding:chunked\r\n",
                     "Transfer-Encoding: \r\n", "Transfer-Encoding: xchunked\r\n",
                     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                     "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                     "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"):
            for start in (GET, "POST /api/users HTTP/1.1\r\n", "GET /nowhere HTTP/1.1\r\n",
                          "DELETE /api/sessions HTTP/1.1\r\n"):
                with self.subTest(line=line, start=start):
                    self.assert_refused(start + self.host_line + line + "\r\n" + chunked,
                                        411, "length_required")

    def test_of_two_faults_the_malformed_head_wins_over_transfer_encoding(self):
        coding = "Transfer-Encoding: chunked\r\n"
        for lines in ("Content-Length: 4\r\nContent-Length: 4\r\n", "Content-Length: x\r\n",
                      "X: y\r\n folded\r\n", "X : y\r\n", "X: y\n"):
            for both in (coding + lines, lines + coding):
                with self.subTest(both=both):
                    self.assert_refused("POST /api/users HTTP/1.1\r\n" + self.host_line + both
                                        + "\r\n", 400, "bad_request")

    def test_content_length_must_be_one_number(self):
        for value in ("+4", "-4", "4x", "0x4", "4,4", "4, 4", "", " ", "4.0", "4 4", "\xb2",
                      "1e1", "'4'"):
            with self.subTest(value=value):
                self.assert_refused(self.tweet_head(f"Content-Length: {value}") + "abcd",
                                    400, "bad_request")
        for two in (("4", "4"), ("4", "5"), ("0", "0")):
            self.assert_refused(
                self.tweet_head(*(f"Content-Length: {value}" for value in two)) + "abcd",
                400, "bad_request")

    def test_an_overlong_content_length_is_too_large(self):
        for value in ("65537", "4294967296", "18446744073709551615", "18446744073709551616",
                      "18446744073709551620", "9" * 100):
            with self.subTest(value=value):
                self.assert_refused(self.tweet_head(f"Content-Length: {value}"),
                                    413, "body_too_large")

    def test_http_1_0_is_served_and_closes_unless_it_is_to_be_kept(self):
        path = f"{self.user.path}/tweets"
        body = '{"content": "from a proxy"}'
        fields = (f"Authorization: Bearer {self.user.token}\r\nContent-Type: application/json\r\n"
                  f"Content-Length: {len(body)}\r\n")
        for host_line in (self.host_line, ""):
            answer, connection = self.raw(f"GET /livez HTTP/1.0\r\n{host_line}\r\n", "GET",
                                          "/livez")
            answer.expect(200)
            self.assertTrue(connection.ended())
            post = f"POST {path} HTTP/1.0\r\n{host_line}{fields}"
            for close_line in ("", "Connection: close\r\n"):
                answer, connection = self.raw(f"{post}{close_line}\r\n{body}", "POST", path)
                self.assertEqual(answer.expect(201).header("Connection"), "close")
                self.assertTrue(connection.ended())
            answer, connection = self.raw(f"{post}Connection: keep-alive\r\n\r\n{body}"
                                          f"{post}\r\n{body}", "POST", path)
            self.assertEqual(answer.expect(201).header("Connection"), "keep-alive")
            self.user.record(connection.read_answer("POST", path)).expect(201)
            self.assertTrue(connection.ended())

    def test_framing_is_as_strict_under_http_1_0(self):
        start = "POST /api/users HTTP/1.0\r\nContent-Type: application/json\r\n"
        for lines, status, code in (
                ("Content-Length: 2\r\nContent-Length: 2\r\n", 400, "bad_request"),
                ("Content-Length: 2x\r\n", 400, "bad_request"),
                ("Transfer-Encoding: chunked\r\n", 411, "length_required"),
                ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 411, "length_required"),
                ("Content-Length: 65537\r\n", 413, "body_too_large")):
            with self.subTest(lines=lines):
                self.assert_refused(start + lines + "\r\n{}", status, code)

    def test_a_post_without_content_length_has_no_body(self):
        path = f"{self.user.path}/tweets"
        self.assert_served(self.tweet_head("Content-Type: application/json"), 400, "POST", path)
        self.assert_served(self.tweet_head(), 415, "POST", path)

    def test_request_smuggling_by_a_body_of_a_get_is_not_possible(self):
        inner = "GET /smuggled HTTP/1.1\r\n\r\n"
        self.assert_served(f"{GET}{self.host_line}Content-Length: {len(inner)}\r\n\r\n{inner}")


class Sizes(HttpCase):
    def section(self, size, fields=1):
        """A GET whose field lines, with their CRLF, are `size` bytes in `fields` + 1 fields."""
        lines = self.host_line + "X: y\r\n" * (fields - 1)
        filler = size - len(lines) - len("F: \r\n")
        return GET + lines + "F: " + "x" * filler + "\r\n\r\n"

    def test_the_header_section_may_have_8_kib(self):
        self.assert_served(self.section(SECTION_LIMIT))
        self.assert_refused(self.section(SECTION_LIMIT + 1), 431, "headers_too_large")
        self.assert_served(self.section(SECTION_LIMIT, fields=40))
        self.assert_refused(self.section(SECTION_LIMIT + 1, fields=40), 431, "headers_too_large")
        for size in (2 * SECTION_LIMIT, 20 * SECTION_LIMIT):
            self.assert_refused(self.section(size), 431, "headers_too_large")
        self.assert_refused(GET + self.host_line + "F: " + "x" * 10 * SECTION_LIMIT,
                            431, "headers_too_large")

    def test_there_may_be_64_fields(self):
        for count, fits in ((FIELDS_LIMIT, True), (FIELDS_LIMIT + 1, False), (1000, False)):
            request = GET + self.host_line + "X: y\r\n" * (count - 1) + "\r\n"
            if fits:
                self.assert_served(request)
            else:
                self.assert_refused(request, 431, "headers_too_large")

    def test_a_target_may_have_4_kib(self):
        for size, status in ((TARGET_LIMIT, 200), (TARGET_LIMIT + 1, 414), (3 * TARGET_LIMIT, 414),
                             (30 * TARGET_LIMIT, 414)):
            target = "/livez?x=" + "y" * (size - len("/livez?x="))
            request = f"GET {target} HTTP/1.1\r\n{self.host_line}\r\n"
            if status == 200:
                self.assert_served(request)
                self.assert_served(f"GET /{'y' * (size - 1)} HTTP/1.1\r\n{self.host_line}\r\n",
                                   404, target=None)
            else:
                self.assert_refused(request, 414, "uri_too_long")

    def test_the_longest_target_and_the_longest_section_go_together(self):
        target = "/livez?x=" + "y" * (TARGET_LIMIT - len("/livez?x="))
        self.assert_served(self.section(SECTION_LIMIT).replace("/livez", target, 1))

    def test_a_body_may_have_64_kib(self):
        content = b'{"content": "big"}'
        body = content + b" " * (BODY_LIMIT - len(content))
        self.user.post(self.user.path + "/tweets", body=body).expect(201)
        self.user.post("/api/users", body=body).expect(422, "invalid_fields")
        for size in (BODY_LIMIT + 1, 2 * BODY_LIMIT, 20 * BODY_LIMIT):
            with self.subTest(size=size):
                connection = self.connection()
                connection.send(self.tweet_head("Content-Type: application/json",
                                                f"Content-Length: {size}").encode())
                connection.send(content + b" " * (size - len(content)))
                answer = connection.read_answer("POST", self.user.path + "/tweets")
                self.user.record(answer).expect(413, "body_too_large")
                self.assertTrue(connection.ended())

    def test_the_body_of_a_get_counts_too(self):
        self.user.get(self.user.path, body=b"x" * BODY_LIMIT).expect(200)
        self.user.get(self.user.path, body=b"x" * (BODY_LIMIT + 1)).expect(413, "body_too_large")

    def test_an_ignored_body_may_have_64_kib_too(self):
        other = self.new_user()
        path = other.path + "/followers"
        self.user.post(path, body=b"x" * BODY_LIMIT).expect(201)
        self.user.post(path, body=b"x" * (BODY_LIMIT + 1)).expect(413, "body_too_large")


class Connections(HttpCase):
    def test_pipelined_requests_are_answered_in_order(self):
        connection = self.connection()
        targets = []
        data = b""
        for number in range(60):
            target = ("/livez", self.user.path, "/nowhere", "/api/users?prefix=u")[number % 4]
            targets.append(target)
            data += (f"GET {target} HTTP/1.1\r\n{self.host_line}{self.session_line}"
                     f"X-Request-Id: r{number}\r\n\r\n").encode()
        connection.send(data)
        for number, target in enumerate(targets):
            answer = self.user.record(connection.read_answer("GET", target))
            self.assertEqual(answer.header("X-Request-Id"), f"r{number}")
            answer.expect(404 if target == "/nowhere" else 200)

    def test_pipelined_writes_have_their_effects_in_order(self):
        user = self.new_user()
        connection = self.connection()
        data = b""
        for number in range(20):
            body = f'{{"content":"{number}"}}'
            data += (f"POST {user.path}/tweets HTTP/1.1\r\n{self.host_line}"
                     f"Authorization: Bearer {user.token}\r\nContent-Type: application/json\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
        data += (f"GET {user.path}/tweets HTTP/1.1\r\n{self.host_line}"
                 f"Authorization: Bearer {user.token}\r\n\r\n").encode()
        connection.send(data)
        for _ in range(20):
            self.user.record(connection.read_answer("POST", user.path + "/tweets")).expect(201)
        answer = self.user.record(connection.read_answer("GET", user.path + "/tweets"))
        self.assertEqual([tweet["content"] for tweet in answer.items],
                         [str(number) for number in reversed(range(20))])

    def test_a_request_may_come_byte_by_byte(self):
        connection = self.connection()
        body = '{"content":"slow"}'
        for byte in (self.tweet_head("Content-Type: application/json",
                                     f"Content-Length: {len(body)}") + body).encode():
            connection.send(bytes([byte]))
        self.user.record(connection.read_answer("POST", self.user.path + "/tweets")).expect(201)

    def test_connection_close_is_honoured(self):
        for value in ("close", "Close", "keep-alive, close", "x, close"):
            answer, connection = self.raw(
                GET + self.host_line + f"Connection: {value}\r\n\r\n", "GET", "/livez")
            answer.expect(200)
            self.assertTrue(answer.closes)
            self.assertTrue(connection.ended())

    def test_a_client_that_half_closes_is_answered(self):
        connection = self.connection()
        connection.send((GET + self.host_line + "\r\n").encode())
        connection.socket.shutdown(1)
        self.user.record(connection.read_answer("GET", "/livez").expect(200))
        self.assertTrue(connection.ended())

    def test_an_answer_before_the_body_drains_it_or_closes(self):
        body = "GET /smuggled HTTP/1.1\r\n\r\n" * 100
        for start, status in (
                ("POST /nowhere HTTP/1.1\r\n", 404), ("PUT /api/users HTTP/1.1\r\n", 405),
                (f"POST {self.user.path}/tweets HTTP/1.1\r\n", 401),
                (f"POST {self.user.path}/tweets HTTP/1.1\r\n"
                 f"Cookie: warble_session={self.user.token}\r\n", 403)):
            with self.subTest(start=start):
                connection = self.connection()
                connection.send((f"{start}{self.host_line}Content-Length: {len(body)}\r\n\r\n"
                                 f"{body}").encode())
                method, target = start.split()[:2]
                answer = self.user.record(connection.read_answer(method, target)).expect(status)
                connection.send((GET + self.host_line + "\r\n").encode())
                try:
                    second = connection.read_answer("GET", "/livez")
                except (ConnectionEnded, ConnectionResetError):
                    self.assertTrue(answer.closes, "closed without saying so")
                else:
                    self.user.record(second).expect(200)

    def test_expect_100_continue_is_told_to_go_on(self):
        connection = self.connection()
        body = b'{"content":"expected"}'
        connection.send(self.tweet_head("Content-Type: application/json", "Expect: 100-continue",
                                        f"Content-Length: {len(body)}").encode())
        self.assertEqual(connection.read_interim(), 100)
        connection.send(body)
        self.user.record(connection.read_answer("POST", self.user.path + "/tweets")).expect(201)

    def test_expect_100_continue_is_refused_without_the_body(self):
        for start, length, status in (
                ("POST /nowhere HTTP/1.1\r\n", 10, 404),
                (f"POST {self.user.path}/tweets HTTP/1.1\r\n", 10, 401),
                (f"POST {self.user.path}/tweets HTTP/1.1\r\n{self.session_line}",
                 BODY_LIMIT + 1, 413)):
            with self.subTest(status=status):
                method, target = start.split()[:2]
                answer, _ = self.raw(f"{start}{self.host_line}Expect: 100-continue\r\n"
                                     f"Content-Length: {length}\r\n\r\n", method, target)
                answer.expect(status)
                self.assertEqual(answer.interim, [])

    def test_clients_that_vanish_do_no_harm(self):
        for data in ("", "GET", GET, GET + self.host_line,
                     self.tweet_head("Content-Length: 100") + "half",
                     self.tweet_head("Content-Type: application/json", "Content-Length: 15")
                     + '{"content":"x"}'):
            for _ in range(20):
                connection = self.user.connect()
                connection.send(data.encode())
                connection.close()
        self.user.get("/livez").expect(200)


class RequestIds(HttpCase):
    def test_a_good_one_is_kept_and_a_bad_one_replaced(self):
        for sent in ("a", "x" * 64, "A-Z_09", "-", "_"):
            for target in ("/livez", self.user.path, "/nowhere"):
                answer = self.user.get(target, headers=[("X-Request-Id", sent)])
                self.assertEqual(answer.header("X-Request-Id"), sent)
        for sent in ("", "x" * 65, "a b", "a.b", "caf\xe9", "a,b", "a;b", '"a"'):
            for target in ("/livez", self.user.path, "/nowhere"):
                answer = self.user.get(target, headers=[("X-Request-Id", sent)])
                self.assertRegex(answer.header("X-Request-Id"), r"^[A-Za-z0-9_-]{1,64}$")
                self.assertNotEqual(answer.header("X-Request-Id"), sent)

    def test_new_ones_differ(self):
        seen = {self.user.get("/livez").header("X-Request-Id") for _ in range(50)}
        self.assertEqual(len(seen), 50)

    def test_also_a_refused_head_keeps_it(self):
        for line in ("Transfer-Encoding: chunked\r\n",
                     "".join(f"X{number}: y\r\n" for number in range(70))):
            answer, _ = self.raw(GET + self.host_line + "X-Request-Id: kept\r\n" + line + "\r\n")
            self.assertEqual(answer.header("X-Request-Id"), "kept")


class TimeLimits(HttpCase):
    """The only tests that wait: all limits at once, so that it takes the longest of them."""

    HEAD_LIMIT_S = 5
    BODY_LIMIT_S = 10
    SLACK_S = 3.5

    def timed(self, first, then, limit_s, every_s=1.0):
        """Sends `first`, then `then` every second; asserts 408 and close at the limit."""
        connection = self.user.connect()
        try:
            connection.socket.settimeout(every_s)
            started = time.monotonic()
            connection.send(first.encode())
            while True:
                try:
                    answer = connection.read_answer()
                    break
                except TimeoutError:
                    self.assertLess(time.monotonic() - started, limit_s + self.SLACK_S)
                    connection.send(then.encode())
            self.assertGreater(time.monotonic() - started, limit_s - 0.5)
            self.user.record(answer).expect(408, "request_timeout")
            self.assertTrue(connection.ended())
        finally:
            connection.close()

    def idle(self):
        """A connection without a request lives on beyond both limits."""
        connection = self.user.connect()
        try:
            request = (GET + self.host_line + "\r\n").encode()
            connection.send(request)
            connection.read_answer("GET", "/livez").expect(200)
            time.sleep(self.BODY_LIMIT_S + 2)
            connection.send(request)
            connection.read_answer("GET", "/livez").expect(200)
        finally:
            connection.close()

    def test_a_slow_head_and_a_slow_body_are_408(self):
        self.together([
            lambda: self.timed(GET, "", self.HEAD_LIMIT_S),
            lambda: self.timed(GET, "X: y\r\n", self.HEAD_LIMIT_S),
            lambda: self.timed(GET + self.host_line, "", self.HEAD_LIMIT_S),
            lambda: self.timed(self.tweet_head("Content-Length: 100"), "", self.BODY_LIMIT_S),
            lambda: self.timed(self.tweet_head("Content-Length: 100"), "x", self.BODY_LIMIT_S),
            self.idle])


if __name__ == "__main__":
    unittest.main()
