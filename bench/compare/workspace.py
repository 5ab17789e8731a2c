"""Workspace: the directory of a comparison, with what can be used again.

    world            which world this is
    warble, csv, …   data as it was loaded, never served from
    run              what one comparison needs: copies of data, configurations, logs
"""
import contextlib
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Iterator

import parsers
from processes import CompareError, run
from reading import say


class Workspace:
    def __init__(self, directory: Path, world: str):
        self.directory = directory.resolve()
        self.world = world
        self.bench = Path(os.environ["WARBLE_BENCH"])
        self.warbled = self.bench.parent / "warbled"
        self.peers = Path(__file__).resolve().parent.parent / "peers"
        self.run = self.directory / "run"

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Takes the directory for this comparison alone."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CompareError(f"another comparison runs in {self.directory}") from None
            named = self.directory / "world"
            if named.exists() and named.read_text().strip() != self.world:
                raise CompareError(f"{self.directory} holds the world "
                                   f"{named.read_text().strip()}: give another --data")
            named.write_text(self.world + "\n")
            shutil.rmtree(self.run, ignore_errors=True)
            self.run.mkdir()
            yield

    def warble_families(self) -> dict[str, tuple[int, float]]:
        """Loads Warble's data if need be; rows and bytes by family."""
        sizes = self.directory / "warble.json"
        if not sizes.exists():
            say(f"loading {self.world} into Warble")
            shutil.rmtree(self.directory / "warble", ignore_errors=True)
            families = parsers.of_load(run(
                [self.bench, "load", "--data", self.directory / "warble", "--world", self.world]))
            sizes.write_text(json.dumps(families))
        return json.loads(sizes.read_text())

    def csv(self) -> Path:
        """The tables of the world, written if need be."""
        directory = self.directory / "csv"
        if not (directory / "meta.json").exists():
            say(f"writing {self.world} as CSV")
            run([self.bench, "generate", "--world", self.world, "--csv", directory])
        return directory

    def meta(self) -> dict:
        return json.loads((self.csv() / "meta.json").read_text())

    @contextlib.contextmanager
    def copy_of(self, name: str) -> Iterator[Path]:
        """A copy to serve from, so that every comparison starts with the same data."""
        copy = self.run / name
        run(["cp", "-a", self.directory / name, copy])
        os.sync()  # so that nothing of it is written back later
        try:
            yield copy
        finally:
            shutil.rmtree(copy, ignore_errors=True)
