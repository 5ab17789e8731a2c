"""Processes: servers and clients on cores of their own, the CPU they use, and their end.

Servers run on core 0 and everything else, this program included, on core 1.
"""
import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Iterator, Sequence

SERVER_CORE = 0
CLIENT_CORE = 1
STOP_SECONDS = 60


class CompareError(Exception):
    """Why a comparison cannot go on: one line that says what to do."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parse_stat(text: str) -> tuple[int, int]:
    """The parent's id, and the ticks of CPU of a process and of those children it has waited for.

    The second field of /proc/PID/stat is a name in brackets and may hold anything.
    """
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), sum(int(field) for field in fields[11:15])


class Server:
    """A program that serves, with the processes it has forked."""

    def __init__(self, process: subprocess.Popen, name: str, log: Path, stop_signal: int):
        self.process = process
        self.name = name
        self.log = log
        self.stop_signal = stop_signal

    def cpu_seconds(self) -> float:
        """User and system time of all its processes since the start."""
        stats = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError, ValueError):
                    stats[int(entry.name)] = parse_stat((entry / "stat").read_text())
        family = {self.process.pid}
        while True:
            children = {pid for pid, (parent, _) in stats.items() if parent in family} - family
            if not children:
                break
            family |= children
        ticks = sum(stats[pid][1] for pid in family if pid in stats)
        return ticks / os.sysconf("SC_CLK_TCK")

    def check_alive(self):
        if self.process.poll() is not None:
            raise CompareError(f"{self.name} has ended; its last words: {self.last_words()}")

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "none"

    def wait_until(self, is_ready, seconds: float = 60):
        """Until is_ready() gives something true, which is returned."""
        deadline = time.monotonic() + seconds
        while True:
            self.check_alive()
            ready = is_ready()
            if ready:
                return ready
            if time.monotonic() > deadline:
                raise CompareError(f"{self.name} is not ready after {seconds:.0f} s; "
                                   f"its log is {self.log}")
            time.sleep(0.02)

    def wait_for_port(self, port: int):
        def answers() -> bool:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return True
            return False
        self.wait_until(answers)

    def stop(self):
        """Asks it to end, and ends what is left of its process group after that."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def serve(command: Sequence, name: str, log: Path, *, stop_signal: int = signal.SIGTERM,
          directory: Path | None = None, environment: dict[str, str] | None = None,
          ) -> Iterator[Server]:
    """A server on its core, which is stopped when the block is left in any way."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, cwd=directory, start_new_session=True,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}))
    server = Server(process, name, log, stop_signal)
    try:
        yield server
    finally:
        server.stop()


def run(command: Sequence, **options) -> str:
    """A client's standard output; a failure is an error with its last line."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          start_new_session=True, **options)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise CompareError(f"{Path(str(command[0])).name} failed with {done.returncode}: "
                           f"{lines[-1]}")
    return done.stdout
