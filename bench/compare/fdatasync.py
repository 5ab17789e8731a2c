"""fdatasync: durable tweets beside bare syncs of the same disk, within the same minute.

How many tweets the server commits in the time of one sync of 4 KiB by one thread, into a file whose
blocks are all there, so that a sync writes data and nothing else.
"""
import contextlib
import os
import time
from pathlib import Path
from typing import Iterator

from measure import Figure, Rounds
from reading import Measurement, Reading
from warble import warble
from workspace import Workspace

PROGRAMS: list[str] = []
BLOCK_BYTES = 4096
FILE_BYTES = 64 << 20


@contextlib.contextmanager
def syncs(path: Path) -> Iterator[Measurement]:
    block = os.urandom(BLOCK_BYTES)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)

    def measure(seconds: int) -> Reading:
        count = 0
        begin = time.monotonic()
        elapsed = 0.0
        while elapsed < seconds:
            os.pwrite(file, block, count * BLOCK_BYTES % FILE_BYTES)
            os.fdatasync(file)
            count += 1
            elapsed = time.monotonic() - begin
        return Reading(count / elapsed)

    try:
        for offset in range(0, FILE_BYTES, BLOCK_BYTES):
            os.pwrite(file, block, offset)
        os.fsync(file)
        yield measure
    finally:
        os.close(file)
        path.unlink()


def measure(workspace: Workspace, rounds: Rounds) -> Iterator[Figure]:
    if not rounds.wants("post_tweet"):
        return
    with warble(workspace) as ours, syncs(workspace.run / "synced") as theirs:
        yield rounds.alternate(Figure("fdatasync", "post_tweet", "writes/s"),
                               ours.operation("post_tweet"), theirs)
