"""Fastify: a conventional web application on PostgreSQL, under the same load over HTTP.

It has no sessions to check. Node and PostgreSQL share the server's core, as one machine would.
"""
import contextlib
import shutil
from pathlib import Path
from typing import Iterator

import postgres
from measure import Figure, Rounds
from processes import Server, free_port, run, serve
from reading import say
from warble import Load, warble
from workspace import Workspace

PROGRAMS = [*postgres.PROGRAMS, "node", "npm"]
OPERATIONS = ["profile", "user_tweets", "followers", "timeline", "post_tweet"]
SOURCES = ["package.json", "package-lock.json", "server.js"]


class WithDatabase(Server):
    """The application's server, whose work is partly done by another one."""

    def __init__(self, application: Server, database: Server):
        super().__init__(application.process, application.name, application.log,
                         application.stop_signal)
        self.database = database

    def cpu_seconds(self) -> float:
        return super().cpu_seconds() + self.database.cpu_seconds()


def install(workspace: Workspace) -> Path:
    """The application with its packages, installed if they have changed."""
    directory = workspace.directory / "fastify"
    directory.mkdir(exist_ok=True)
    lock = directory / "node_modules" / ".package-lock.json"
    source = workspace.peers / "fastify"
    is_new = not lock.exists() or lock.stat().st_mtime < (
        source / "package-lock.json").stat().st_mtime
    for name in SOURCES:
        shutil.copy(source / name, directory / name)
    if is_new:
        say("installing the packages of Fastify")
        run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=directory)
    return directory


@contextlib.contextmanager
def fastify(workspace: Workspace) -> Iterator[Load]:
    directory = install(workspace)
    port = free_port()
    log = workspace.run / "fastify.log"
    with postgres.postgres(workspace) as database:
        environment = {"PORT": str(port), "PGHOST": str(database.sockets), "PGUSER": "postgres",
                       "PGDATABASE": postgres.DATABASE, "NODE_ENV": "production"}
        with serve(["node", "server.js"], "fastify", log, directory=directory,
                   environment=environment) as server:
            server.wait_until(lambda: "listening" in log.read_text())
            yield Load(workspace, WithDatabase(server, database.server), f"127.0.0.1:{port}")


def measure(workspace: Workspace, rounds: Rounds) -> Iterator[Figure]:
    operations = list(filter(rounds.wants, OPERATIONS))
    if not operations:
        return
    with fastify(workspace) as theirs:
        for operation in operations:
            with warble(workspace) as ours:  # anew for each, so that its caches are cold
                yield rounds.alternate(Figure("fastify", operation, "requests/s"),
                                       ours.operation(operation), theirs.operation(operation),
                                       ours.filling(operation))
