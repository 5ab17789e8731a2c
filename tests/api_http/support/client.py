"""A small, exact HTTP/1.1 client over a raw socket, and the API's calls on top of it.

It trusts nothing: its own parser asserts the framing of every answer. Every final answer is
appended to the recorder it was given, which the checks at the end of a test class read.
A Client is used by one thread at a time; clone() makes one for another thread.
"""

import dataclasses
import json as json_module
import re
import select
import socket
import urllib.parse

PASSWORD = "correct horse battery"
ANSWER_LIMIT_S = 30
MOST_PAGES = 20_000


class ConnectionEnded(ConnectionError):
    """The server closed the connection before a whole answer had come."""


@dataclasses.dataclass
class Answer:
    """One final answer, and the request that it answers.

    method and target are None when the request had no head that a server could read.
    """

    method: str | None
    target: str | None
    status: int
    reason: str
    headers: list
    body: bytes
    interim: list
    sent_request_id: str | None = None

    def all(self, name):
        return [value for field, value in self.headers if field.lower() == name.lower()]

    def header(self, name):
        """The one value of a field, or None; two such fields fail."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times in {self}"
        return values[0] if values else None

    def json(self):
        return json_module.loads(self.body.decode("utf-8"))

    @property
    def code(self):
        """The problem's code; None when the body is no problem."""
        try:
            return self.json().get("code")
        except ValueError:
            return None

    @property
    def items(self):
        return self.json()["items"]

    @property
    def closes(self):
        return (self.header("Connection") or "").lower() == "close"

    def field_errors(self):
        """{field: code} of an invalid_fields answer."""
        self.expect(422, "invalid_fields")
        errors = self.json()["errors"]
        fields = {error["field"]: error["code"] for error in errors}
        assert len(fields) == len(errors), f"a field is named twice: {self}"
        return fields

    def expect(self, status, code=None):
        """Returns self; fails unless the status, and the code if given, are these."""
        statuses = status if isinstance(status, tuple) else (status,)
        assert self.status in statuses, f"expected {status} {code or ''}, got {self}"
        if code is not None:
            assert self.code == code, f"expected code {code}, got {self}"
        return self

    def __str__(self):
        target = self.target if self.target is None or len(self.target) < 300 else (
            self.target[:300] + "…")
        return f"{self.method} {target} -> {self.status} {self.headers} {self.body[:600]!r}"


class Connection:
    """One TCP connection and the parser of the answers that come over it."""

    def __init__(self, address, source=None):
        self.socket = socket.create_connection(
            address, ANSWER_LIMIT_S, source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        """Sends all of it; a server that closed meanwhile is no error, its answer tells."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionEnded(f"closed after {self.buffer[:200]!r}")
        self.buffer += data

    def _read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        assert b"\n" not in head.replace(b"\r\n", b""), f"bare LF in {head!r}"
        status_line, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) ([\x20-\x7e]*)", status_line)
        assert match, f"bad status line {status_line!r}"
        headers = []
        for line in lines:
            field = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x1f\x7f]*)", line)
            assert field, f"bad field line {line!r}"
            headers.append((field[1], field[2].rstrip()))
        return int(match[1]), match[2], headers

    def read_interim(self):
        """The status of the next head, which must be a 1xx."""
        status, _, headers = self._read_head()
        assert 100 <= status < 200, f"expected an interim answer, got {status} {headers}"
        return status

    def read_answer(self, method=None, target=None):
        """The next final answer; asserts that it is framed by exactly one Content-Length."""
        interim = []
        while True:
            status, reason, headers = self._read_head()
            if status >= 200:
                break
            interim.append(status)
        answer = Answer(method, target, status, reason, headers, b"", interim)
        lengths = answer.all("Content-Length")
        assert not answer.all("Transfer-Encoding"), f"Transfer-Encoding in {answer}"
        if status == 204:
            assert not lengths, f"204 with Content-Length: {answer}"
        elif method != "HEAD" and status != 304:
            assert len(lengths) == 1 and re.fullmatch(r"\d+", lengths[0]), f"framing of {answer}"
            while len(self.buffer) < int(lengths[0]):
                self._more()
            answer.body = self.buffer[:int(lengths[0])]
            self.buffer = self.buffer[int(lengths[0]):]
        return answer

    def ended(self, timeout_s=5):
        """Whether the server closes the connection within the time; any further byte fails."""
        assert not self.buffer, f"stray bytes {self.buffer[:200]!r}"
        if not select.select([self.socket], [], [], timeout_s)[0]:
            return False
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return True
        assert not data, f"stray bytes {data[:200]!r}"
        return True

    def close(self):
        self.socket.close()


def head(method, target, host, fields=(), version="HTTP/1.1"):
    """The bytes of a request head."""
    lines = [f"{method} {target} {version}", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def query(path, **parameters):
    """`path` with the parameters that are not None, encoded."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urllib.parse.urlencode(given)}" if given else path


class Client:
    """A client of one server, with or without a session, over one kept-alive connection."""

    def __init__(self, server, recorder, source=None):
        self.server = server
        self.recorder = recorder
        self.source = source
        self.token = None
        self.user = None
        self.password = PASSWORD
        self._connection = None

    def clone(self):
        """The same session over a connection of its own."""
        other = Client(self.server, self.recorder, self.source)
        other.token, other.user, other.password = self.token, self.user, self.password
        return other

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __del__(self):
        self.close()

    @property
    def name(self):
        return self.user["username"]

    @property
    def path(self):
        return f"/api/users/{self.name}"

    @property
    def host(self):
        return "%s:%d" % self.server.address

    def connect(self):
        """A raw connection to the server, from this client's address."""
        return Connection(self.server.address, self.source)

    def record(self, answer):
        self.recorder.append(answer)
        return answer

    def request(self, method, target, body=None, *, json=None, headers=(), key=None,
                token=True, content_type="application/json"):
        """Sends one request and returns its answer.

        `json` is encoded as the body; `token` False leaves the session out, a string replaces it.
        """
        if json is not None:
            body = json_module.dumps(json).encode()
        fields = list(headers)
        token = self.token if token is True else token
        if token:
            fields.append(("Authorization", f"Bearer {token}"))
        if key is not None:
            fields.append(("Idempotency-Key", key))
        if body is not None:
            if content_type is not None:
                fields.append(("Content-Type", content_type))
            fields.append(("Content-Length", str(len(body))))
        connection = self._usable_connection()
        connection.send(head(method, target, self.host, fields) + (body or b""))
        try:
            answer = connection.read_answer(method, target)
        except (OSError, AssertionError):
            self.close()
            raise
        sent_ids = [value for name, value in fields if name.lower() == "x-request-id"]
        answer.sent_request_id = sent_ids[0] if sent_ids else None
        if answer.closes:
            self.close()
        return self.record(answer)

    def _usable_connection(self):
        if self._connection is not None:
            assert not self._connection.buffer, f"stray bytes {self._connection.buffer!r}"
            if select.select([self._connection.socket], [], [], 0)[0]:
                assert self._connection.ended(0)
                self.close()
        if self._connection is None:
            self._connection = self.connect()
        return self._connection

    def get(self, target, **options):
        return self.request("GET", target, **options)

    def post(self, target, **options):
        return self.request("POST", target, **options)

    def patch(self, target, **options):
        return self.request("PATCH", target, **options)

    def delete(self, target, **options):
        return self.request("DELETE", target, **options)

    # The API's calls. register() and sign_in() return whatever the answer is, all others fail on
    # any but the usual ones.

    def register(self, username, password=PASSWORD, **fields):
        body = {"username": username, "password": password, **fields}
        return self.post("/api/users", json=body, token=False)

    def sign_in(self, username, password=PASSWORD):
        """The raw answer of a sign-in; the client itself stays as it is."""
        body = {"username": username, "password": password}
        return self.post("/api/sessions", json=body, token=False)

    def join(self, username, password=PASSWORD, **fields):
        """Registers, signs in and keeps the session; returns self."""
        self.register(username, password, **fields).expect(201)
        return self.enter(username, password)

    def enter(self, username, password=PASSWORD):
        """Signs in and keeps the session; returns self."""
        session = self.sign_in(username, password).expect(201).json()
        self.token, self.user, self.password = session["token"], session["user"], password
        return self

    def tweet(self, content="hello", **options):
        return self.post(f"{self.path}/tweets", json={"content": content},
                         **options).expect(201).json()

    def tweet_path(self, tweet):
        return f"/api/users/{tweet['author']['username']}/tweets/{tweet['id']}"

    def delete_tweet(self, tweet, **options):
        return self.delete(self.tweet_path(tweet), **options).expect(204)

    def follow(self, other, **options):
        return self.post(f"/api/users/{other.name}/followers", **options).expect((200, 201))

    def unfollow(self, other, **options):
        return self.delete(f"/api/users/{other.name}/followers/{self.name}",
                           **options).expect(204)

    def favorite(self, tweet, **options):
        return self.post(self.tweet_path(tweet) + "/favorites", **options).expect((200, 201))

    def unfavorite(self, tweet, **options):
        return self.delete(f"{self.tweet_path(tweet)}/favorites/{self.name}",
                           **options).expect(204)

    def leave(self):
        """Deletes the account."""
        return self.delete(self.path, json={"password": self.password}).expect(204)

    def profile(self, username=None):
        return self.get(f"/api/users/{username or self.name}").expect(200).json()

    def walk(self, path, by="cursor", limit=None, between=lambda: None, **parameters):
        """All items of a list, page after page, following `Link`.

        Asserts what the contract says of pages: full unless last, no empty last page, `Link`
        exactly while there is a next page, the way of paging kept, known parameters kept.
        `between` runs after every page.
        """
        page_size = limit or 20
        number = 1
        target = query(path, limit=limit, page=1 if by == "page" else None, **parameters)
        items = []
        while True:
            answer = self.get(target).expect(200)
            page = answer.json()
            items += page["items"]
            link = answer.header("Link")
            assert (link is None) == (page["next_cursor"] is None), f"Link and cursor: {answer}"
            if link is None:
                assert len(page["items"]) <= page_size, f"page too long: {answer}"
                assert page["items"] or number == 1, f"an empty last page: {answer}"
                return items
            assert len(page["items"]) == page_size, f"a page with holes: {answer}"
            target = next_target(link)
            given = dict(urllib.parse.parse_qsl(target.partition("?")[2]))
            number += 1
            assert number < MOST_PAGES, f"the walk has no end: {answer}"
            expected = {"page": str(number)} if by == "page" else {"cursor": page["next_cursor"]}
            expected |= {name: str(value) for name, value in parameters.items()
                         if value is not None}
            expected |= {"limit": str(limit)} if limit else {}
            assert {**expected, "limit": str(page_size)} == {"limit": str(page_size), **given}, (
                f"Link {link!r}, expected {expected}")
            between()


def next_target(link):
    """The target of a Link field that holds exactly one rel="next"."""
    match = re.fullmatch(r'<(/[^<>\s]*)>; ?rel="next"', link)
    assert match, f"bad Link {link!r}"
    return match[1]
