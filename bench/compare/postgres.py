"""PostgreSQL 15 below HTTP: pgbench over a unix socket, prepared statements, no web application.

An upper bound for whatever is built on PostgreSQL: nobody checks a session or writes JSON. The
tables are read and written by ids where Warble looks names up.
"""
import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import parsers
from measure import Figure, Rounds, count_text
from processes import CompareError, Server, run, serve
from reading import Measurement, Reading, say
from warble import READS, WRITES, Load, warble
from workspace import Workspace

PROGRAMS = ["postgres", "initdb", "createdb", "psql", "pgbench", "pg_isready", "setpriv"]
DATABASE = "warble"
TABLES = ["users", "tweets", "follows", "favorites"]
# Warble's families with the rows and all that helps to find them.
FAMILIES = {
    "users": ["users", "usernames", "user_counters"],
    "tweets": ["tweets", "favorited_tweets"],
    "follows": ["follows_out", "follows_in"],
    "favorites": ["favorites_out", "favorites_in"],
}
NUMBERS_OF_CLIENTS = [8, 16, 32, 64]
TRIAL_SECONDS = 2
LONGEST_SOCKET_PATH = 107
MIB = 1 << 20


def as_database_user() -> list[str]:
    """What to put before a command: PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def give_to_database_user(directory: Path):
    directory.chmod(0o700)
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres", "postgres")


@dataclass
class Database:
    workspace: Workspace
    server: Server
    sockets: Path

    def psql(self, *arguments) -> str:
        return run(["psql", "-h", self.sockets, "-U", "postgres", "-d", DATABASE, "-X", "-q",
                    "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments])

    def file(self, name: str) -> str:
        return self.psql("-f", self.workspace.peers / "postgres" / name)

    def pgbench(self, operation: str, clients: int) -> Measurement:
        meta = self.workspace.meta()

        def measure(seconds: int) -> Reading:
            before = self.server.cpu_seconds()
            transactions, per_s = parsers.of_pgbench(run(
                ["pgbench", "-h", self.sockets, "-U", "postgres", "-n", "-M", "prepared",
                 "-c", clients, "-T", seconds,
                 "-D", f"users={meta['users']}", "-D", f"multiplier={meta['multiplier']}",
                 "-f", self.workspace.peers / "postgres" / "ops" / f"{operation}.sql", DATABASE]))
            return Reading(per_s, (self.server.cpu_seconds() - before) * 1e6 / transactions)
        return measure

    def best_clients(self, operation: str) -> int:
        """How many clients get most done, by one short trial of each number."""
        self.pgbench(operation, NUMBERS_OF_CLIENTS[0])(TRIAL_SECONDS)  # the first is warm, too
        rates = {clients: self.pgbench(operation, clients)(TRIAL_SECONDS).value
                 for clients in NUMBERS_OF_CLIENTS}
        best = max(rates, key=rates.__getitem__)
        listed = ", ".join(f"{clients}: {count_text(rate)}" for clients, rate in rates.items())
        say(f"postgres, {operation}, by clients: {listed}; taking {best}")
        return best


def memory_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def sockets_of(workspace: Workspace) -> Path:
    sockets = workspace.run / "sockets"
    if len(str(sockets / ".s.PGSQL.5432.lock")) > LONGEST_SOCKET_PATH:
        raise CompareError(f"{sockets} is too long a path for a socket: give a shorter --data")
    sockets.mkdir(exist_ok=True)
    give_to_database_user(sockets)
    if subprocess.run([*as_database_user(), "test", "-w", sockets], check=False).returncode != 0:
        raise CompareError(f"the user postgres cannot get to {sockets}: give a --data that is not "
                           "below anyone's private directory")
    return sockets


@contextlib.contextmanager
def serve_cluster(workspace: Workspace, cluster: Path) -> Iterator[Database]:
    sockets = sockets_of(workspace)
    buffers = min(4096, memory_bytes() // MIB // 4)
    template = (workspace.peers / "postgres" / "postgresql.conf").read_text()
    (cluster / "postgresql.conf").write_text(
        template.replace("@SOCKETS@", str(sockets)).replace("@SHARED_BUFFERS@", f"{buffers}MB")
        .replace("@CACHE@", f"{memory_bytes() // MIB // 2}MB"))
    command = [*as_database_user(), "postgres", "-D", cluster]
    with serve(command, "postgres", workspace.run / "postgres.log",
               stop_signal=signal.SIGINT) as server:
        server.wait_until(lambda: subprocess.run(
            ["pg_isready", "-q", "-h", sockets], check=False).returncode == 0)
        yield Database(workspace, server, sockets)


def fill(workspace: Workspace) -> dict[str, int]:
    """Makes the cluster if need be; bytes by table, with all indexes."""
    sizes_file = workspace.directory / "postgres.json"
    if sizes_file.exists():
        return json.loads(sizes_file.read_text())
    sockets_of(workspace)  # before the work, because it may be refused
    csv = workspace.csv()
    say("loading the tables into PostgreSQL")
    cluster = workspace.directory / "postgres"
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir()
    give_to_database_user(cluster)
    run([*as_database_user(), "initdb", "-D", cluster, "-U", "postgres", "-A", "trust",
         "-E", "UTF8", "--locale=C", "--no-sync"])
    with serve_cluster(workspace, cluster) as database:
        run(["createdb", "-h", database.sockets, "-U", "postgres", DATABASE])
        database.file("schema.sql")
        for table in TABLES:
            with (csv / f"{table}.csv").open() as rows:
                columns = rows.readline().strip()
            database.psql("-c", f"\\copy {table} ({columns}) FROM '{csv / table}.csv' CSV HEADER")
        database.file("indexes.sql")
        database.file("writes.sql")
        database.psql("-c", "VACUUM (FREEZE, ANALYZE)")
        rows = (line.split("|") for line in database.file("sizes.sql").split())
        sizes = {table: int(size) for table, size in rows}
    os.sync()
    sizes_file.write_text(json.dumps(sizes))
    return sizes


@contextlib.contextmanager
def postgres(workspace: Workspace) -> Iterator[Database]:
    """A server on a copy of the cluster, with everything in memory."""
    fill(workspace)
    with workspace.copy_of("postgres") as cluster, serve_cluster(workspace, cluster) as database:
        database.file("prewarm.sql")
        if database.psql("-c", "SHOW autovacuum").strip() != "off":
            raise CompareError("autovacuum is on and would disturb the measurements")
        yield database


def sizes(workspace: Workspace) -> Iterator[Figure]:
    meta = workspace.meta()
    ours = workspace.warble_families()
    for table, size in fill(workspace).items():
        missing = set(FAMILIES[table]) - set(ours)
        if missing:
            raise CompareError(f"{workspace.directory} was filled by another version, without "
                               f"{', '.join(missing)}: give another --data")
        bytes_in_all = sum(ours[family][1] for family in FAMILIES[table])
        yield Figure("postgres", f"size of {table}", "bytes/row",
                     [Reading(bytes_in_all / meta[table])], [Reading(size / meta[table])])


def measure(workspace: Workspace, rounds: Rounds) -> Iterator[Figure]:
    yield from (size for size in sizes(workspace) if rounds.wants(size.name))
    with postgres(workspace) as theirs:
        best_clients = functools.cache(theirs.best_clients)  # timelines are measured twice

        def beside(ours: Load, name: str, what: str) -> Figure:
            clients = best_clients(name)
            figure = Figure("postgres", what, "requests/s", note=f"{clients} clients")
            return rounds.alternate(figure, ours.operation(name), theirs.pgbench(name, clients),
                                    ours.filling(name))

        # All reads, their trials included, come before the first write: index-only scans are quick
        # as long as no row was changed since the vacuum.
        what = "timeline, no decoded cache"
        if rounds.wants(what):
            with warble(workspace, decoded_cache="0") as ours:
                yield beside(ours, "timeline", what)
        for name in filter(rounds.wants, READS + WRITES):
            with warble(workspace) as ours:  # anew for each, so that its caches are cold
                yield beside(ours, name, name)
