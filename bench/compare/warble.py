"""Warble's side: the server, and the loads on it by warble-bench run and wrk."""
import contextlib
import http.client
import json
import re
from typing import Iterator

import parsers
from measure import Measurement, Reading
from processes import CompareError, Server, run, serve
from workspace import Workspace

CONNECTIONS = 64
# Together what PostgreSQL is given as shared buffers.
BLOCK_CACHE = "2GiB"
DECODED_CACHE = "2GiB"

# The operations of warble-bench run that are compared.
READS = ["profile", "timeline", "user_tweets", "followers", "followees", "favoriters", "favorites",
         "activity"]
WRITES = ["post_tweet", "follow", "favorite"]

# Distributions of users. pgbench draws by Zipf only with exponents above 1, so all draw with this.
POPULAR = "zipf 1.001"
ALIKE = "uniform"
# How many measurements long all users are read alike before the first.
FILLING = 5


def mix_text(operation: str, users: str) -> str:
    """One operation on users drawn in that way; of tweets the newest of such a user."""
    return f"users {users}\nviewers uniform\ntweets one 0\n{operation} 1\n"


class Load:
    """Loads on anything that answers to Warble's routes."""

    def __init__(self, workspace: Workspace, server: Server, address: str):
        self.workspace = workspace
        self.server = server
        self.address = address

    def get(self, path: str, token: str) -> tuple[list[tuple[str, str]], str]:
        """The header fields and the body of an answer, which must be 200."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise CompareError(f"{self.server.name}: GET {path}: {answer.status} {body}")
        return answer.getheaders(), body

    def filled_operation(self, name: str, seconds: int) -> Measurement:
        """The operation, with all that it reads in memory; a measurement is `seconds` long.

        PostgreSQL and Redis have everything in memory from their start. By Zipf the many whom
        hardly anyone asks for would come into ours one by one, while it is measured.
        """
        if name in READS:
            self.operation(name, ALIKE)(FILLING * seconds)
        return self.operation(name)

    def operation(self, name: str, users: str = POPULAR) -> Measurement:
        """As many of one operation as the server can answer."""
        mix = self.workspace.run / f"{name}.mix"
        mix.write_text(mix_text(name, users))
        figures = self.workspace.run / "run.json"

        def measure(seconds: int) -> Reading:
            before = self.server.cpu_seconds()
            run([self.workspace.bench, "run", "--server", self.address,
                 "--world", self.workspace.world, "--mix", mix, "--max",
                 "--connections", CONNECTIONS, "--duration", seconds, "--warmup", 0,
                 "--json", figures])
            requests, per_s = parsers.of_run(json.loads(figures.read_text()))
            return Reading(per_s, (self.server.cpu_seconds() - before) * 1e6 / requests)
        return measure

    def page(self, path: str, token: str) -> Measurement:
        """As many of one GET by wrk as the server can answer."""
        def measure(seconds: int) -> Reading:
            before = self.server.cpu_seconds()
            requests, per_s = parsers.of_wrk(run(
                ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}",
                 "-H", f"Authorization: Bearer {token}", f"http://{self.address}{path}"]))
            return Reading(per_s, (self.server.cpu_seconds() - before) * 1e6 / requests)
        return measure


@contextlib.contextmanager
def warble(workspace: Workspace, decoded_cache: str = DECODED_CACHE) -> Iterator[Load]:
    """A server on a copy of the data, with one thread and rates that are counted, not refused."""
    workspace.warble_families()
    log = workspace.run / "warbled.log"
    with workspace.copy_of("warble") as data:
        command = [workspace.warbled, "--data", data, "--listen", "127.0.0.1:0", "--threads", 1,
                   "--rate-limit", 10_000_000, "--block-cache", BLOCK_CACHE,
                   "--decoded-cache", decoded_cache]
        with serve(command, "warbled", log) as server:
            line = server.wait_until(
                lambda: re.search(r"listening.*?(127\.0\.0\.1:\d+)", log.read_text()))
            yield Load(workspace, server, line[1])
