"""Redis: home timelines that were pushed into lists when the tweets were written, all in memory.

Reading one is LRANGE and 20 HGETALL in one script. What pushing costs the writers is not measured.
"""
import contextlib
import csv
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator

import parsers
from measure import Figure, Rounds
from processes import CompareError, Server, free_port, run, serve
from reading import Measurement, Reading, say
from warble import CONNECTIONS, Load, warble
from workspace import Workspace

PROGRAMS = ["redis-server", "redis-cli", "redis-benchmark"]
TRIAL_REQUESTS = 2000


def command(*words: str) -> bytes:
    """As the protocol wants it: a count, then each word after its length in bytes."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


def timeline_key(user_id: int) -> str:
    """Numbers from 0 with 12 digits, as redis-benchmark draws them."""
    return f"timeline:{user_id - 1:012d}"


def table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as rows:
        yield from csv.DictReader(rows)


def commands(tables: Path) -> Iterator[bytes]:
    names = {row["id"]: row["username"] for row in table(tables / "users.csv")}
    for row in table(tables / "tweets.csv"):
        yield command("HSET", f"tweet:{row['id']}", "username", names[row["author_id"]],
                      "content", row["content"], "created_at", row["created_at"],
                      "favorites", row["favorites_count"])
    for row in table(tables / "timelines.csv"):
        if row["tweet_ids"]:
            yield command("RPUSH", timeline_key(int(row["user_id"])), *row["tweet_ids"].split())


@dataclass
class Store:
    workspace: Workspace
    server: Server
    port: int

    def cli(self, *words) -> str:
        return run(["redis-cli", "-e", "-p", self.port, *words]).strip()

    def pipe(self, stream: Iterable[bytes]):
        with subprocess.Popen(["redis-cli", "-p", str(self.port), "--pipe"], text=False,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              start_new_session=True) as client:
            try:
                for piece in stream:
                    client.stdin.write(piece)
                client.stdin.close()
                report = client.stdout.read().decode()
            except BaseException:
                client.kill()
                raise
        if "errors: 0," not in report:
            raise CompareError(f"redis-cli --pipe: {report.strip()}")

    def load_script(self) -> str:
        """The name by which the page of a timeline is called."""
        file = self.workspace.peers / "redis" / "timeline.lua"
        return self.cli("SCRIPT", "LOAD", file.read_text())

    def timelines(self, users: int) -> Measurement:
        """Pages of uniformly drawn users."""
        script = self.load_script()

        def some(requests: int) -> float:
            return parsers.of_redis_benchmark(run(
                ["redis-benchmark", "-p", self.port, "-c", CONNECTIONS, "-n", requests,
                 "-r", users, "--csv", "EVALSHA", script, 1, "timeline:__rand_int__"]))

        def measure(seconds: int) -> Reading:
            requests = round(some(TRIAL_REQUESTS) * seconds)  # it takes a number, not a time
            before = self.server.cpu_seconds()
            per_s = some(requests)
            return Reading(per_s, (self.server.cpu_seconds() - before) * 1e6 / requests)
        return measure


@contextlib.contextmanager
def serve_store(workspace: Workspace, directory: Path) -> Iterator[Store]:
    port = free_port()
    template = (workspace.peers / "redis" / "redis.conf").read_text()
    file = workspace.run / "redis.conf"
    file.write_text(template.replace("@PORT@", str(port)).replace("@DIRECTORY@", str(directory)))
    with serve(["redis-server", file], "redis", workspace.run / "redis.log") as server:
        store = Store(workspace, server, port)
        server.wait_until(lambda: "Ready to accept connections" in server.log.read_text())
        yield store


@contextlib.contextmanager
def redis(workspace: Workspace) -> Iterator[Store]:
    directory = workspace.directory / "redis"
    directory.mkdir(exist_ok=True)
    with serve_store(workspace, directory) as store:
        if not (directory / "dump.rdb").exists():
            tables = workspace.csv()
            say("loading tweets and timelines into Redis")
            store.pipe(commands(tables))
            store.cli("SAVE")
        yield store


def check(store: Store, ours: Load, meta: dict):
    """The page of the most popular user must be the one that Warble gives, text by text."""
    person = meta["popular"][0]
    _, body = ours.get(f"/api/users/{person['username']}/timeline", person["token"])
    wanted = [item["content"] for item in json.loads(body)["items"]]
    lines = store.cli("EVALSHA", store.load_script(), 1, timeline_key(user_id=1)).split("\n")
    found = [lines[place + 1] for place, line in enumerate(lines) if line == "content"]
    if found != wanted:
        raise CompareError(f"Redis has another timeline of {person['username']} than Warble: "
                           f"remove {store.workspace.directory / 'redis'}")


def measure(workspace: Workspace, rounds: Rounds) -> Iterator[Figure]:
    if not rounds.wants("timeline"):
        return
    meta = workspace.meta()
    with warble(workspace) as ours, redis(workspace) as store:
        check(store, ours, meta)
        yield rounds.alternate(Figure("redis", "timeline", "requests/s"),
                               ours.operation("timeline"), store.timelines(meta["users"]),
                               ours.filling("timeline"))
