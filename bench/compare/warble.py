"""Warble's side: the server, and the loads on it by warble-bench run and wrk."""
import contextlib
import http.client
import json
import re
from typing import Callable, Iterator

import parsers
from processes import CompareError, Server, run, serve
from reading import Measurement, Reading
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
MISSES = re.compile(r"^warble_storage_(?:block|decoded)_cache_misses_total (\S+)$", re.MULTILINE)


def mix_text(operation: str, users: str) -> str:
    """One operation on users drawn in that way; of tweets the newest of such a user."""
    return f"users {users}\nviewers uniform\ntweets one 0\n{operation} 1\n"


class Load:
    """Loads on anything that answers to Warble's routes."""

    def __init__(self, workspace: Workspace, server: Server, address: str, admin: str = ""):
        self.workspace = workspace
        self.server = server
        self.address = address
        self.admin = admin  # where metrics are; empty: another server than Warble's

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

    def misses(self) -> float:
        """Look-ups that missed Warble's caches so far."""
        connection = http.client.HTTPConnection(self.admin, timeout=10)
        try:
            connection.request("GET", "/metrics")
            found = MISSES.findall(connection.getresponse().read().decode())
        finally:
            connection.close()
        if len(found) != 2:
            raise CompareError(f"{self.server.name} does not tell the misses of both its caches")
        return sum(map(float, found))

    def filling(self, name: str) -> Measurement | None:
        """Brings all that a read may ask for into memory: the same read of all users alike.

        PostgreSQL and Redis have everything in memory from their start. By Zipf the many whom
        hardly anyone asks for would come into ours one by one, while it is measured. Nothing for
        writes, which would change users.
        """
        return self.operation(name, ALIKE) if name in READS else None

    def operation(self, name: str, users: str = POPULAR) -> Measurement:
        """As many of one operation as the server can answer."""
        mix = self.workspace.run / f"{name}-{users.replace(' ', '-')}.mix"
        mix.write_text(mix_text(name, users))
        figures = self.workspace.run / "run.json"

        def load(seconds: int) -> tuple[int, float]:
            run([self.workspace.bench, "run", "--server", self.address,
                 "--world", self.workspace.world, "--mix", mix, "--max",
                 "--connections", CONNECTIONS, "--duration", seconds, "--warmup", 0,
                 "--json", figures])
            return parsers.of_run(json.loads(figures.read_text()))
        return self.measurement(load)

    def page(self, path: str, token: str) -> Measurement:
        """As many of one GET by wrk as the server can answer."""
        def load(seconds: int) -> tuple[int, float]:
            return parsers.of_wrk(run(
                ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}",
                 "-H", f"Authorization: Bearer {token}", f"http://{self.address}{path}"]))
        return self.measurement(load)

    def measurement(self, load: Callable[[int], tuple[int, float]]) -> Measurement:
        """Of a load that gives its requests and their rate."""
        def measure(seconds: int) -> Reading:
            misses_before = self.misses() if self.admin else 0
            cpu_before = self.server.cpu_seconds()
            requests, per_s = load(seconds)
            cpu_us = (self.server.cpu_seconds() - cpu_before) * 1e6 / requests
            misses = (self.misses() - misses_before) / requests if self.admin else None
            return Reading(per_s, cpu_us, misses)
        return measure


@contextlib.contextmanager
def warble(workspace: Workspace, decoded_cache: str = DECODED_CACHE) -> Iterator[Load]:
    """A server on a copy of the data, with one thread and rates that are counted, not refused."""
    workspace.warble_families()
    log = workspace.run / "warbled.log"
    with workspace.copy_of("warble") as data:
        command = [workspace.warbled, "--data", data, "--listen", "127.0.0.1:0", "--threads", 1,
                   "--admin-listen", "127.0.0.1:0",
                   "--rate-limit", 1_000_000, "--block-cache", BLOCK_CACHE,
                   "--decoded-cache", decoded_cache]
        with serve(command, "warbled", log) as server:
            addresses = server.wait_until(lambda: re.search(
                r"listening on http://(\S+)\n(?:.*\n)*?admin on http://(\S+)\n",
                log.read_text()))
            yield Load(workspace, server, *addresses.groups())
