"""Starts, stops, kills and restarts a `warbled` process on a data directory of its own."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[3]
STOP_LIMIT_S = 10
START_LIMIT_S = 30


def binary(variable, name):
    """The path of one of the tree's programs: from the environment, else the release build."""
    return os.environ.get(variable, str(TREE / "build" / "release" / "bin" / name))


def wait_until_exit(process, limit_s):
    """The exit code, or None when the process still runs after `limit_s` seconds."""
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return None


class Server:
    """One data directory and, between start() and stop() or kill(), one process that serves it.

    `address` and `admin_address` are (host, port) and change with every start. Not thread-safe,
    but `address` may be read from any thread.
    """

    def __init__(self, *arguments, rate_limit="off", admin=False, environment=None):
        self.directory = tempfile.mkdtemp(prefix="warble-api-")
        self.data = os.path.join(self.directory, "data")
        self.arguments = ["--rate-limit", rate_limit, *arguments]
        self.admin = admin
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.address = None
        self.admin_address = None
        self._starts = 0

    def _path(self, name):
        return os.path.join(self.directory, f"{name}.{self._starts}")

    def cpu_ticks(self):
        """CPU time of the process so far, of all its threads, in ticks of 10 ms."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def command(self):
        command = [binary("WARBLED", "warbled"), "--data", self.data, "--listen", "127.0.0.1:0"]
        if self.admin:
            command += ["--admin-listen", "127.0.0.1:0"]
        return command + self.arguments

    def start(self, **options):
        """Returns self once the server said where it listens. `options` are those of Popen."""
        self._starts += 1
        with open(self._path("stdout"), "wb") as out, open(self._path("stderr"), "wb") as err:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err,
                       "env": self.environment}
            self.process = subprocess.Popen(self.command(), **(streams | options))
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            exited = self.process.poll() is not None
            self.address = self._announced(r"^warbled listening on http://([^\s/]+):(\d+)\n")
            self.admin_address = self._announced(r"^admin on http://([^\s/]+):(\d+)\n")
            if self.address and (self.admin_address or not self.admin):
                return self
            if exited:
                break
            time.sleep(0.01)
        code = self.process.poll()
        self.kill()
        raise AssertionError(f"warbled did not start (exit {code})\n{self.output()}")

    def _announced(self, pattern):
        with open(self._path("stdout"), encoding="utf-8") as out:
            match = re.search(pattern, out.read(), re.MULTILINE)
        return (match[1].strip("[]"), int(match[2])) if match else None

    def output(self):
        """What the present process wrote, for the message of a failure."""
        parts = []
        for name in ("stdout", "stderr"):
            with open(self._path(name), encoding="utf-8", errors="replace") as file:
                parts.append(f"--- {name} of warbled ---\n{file.read()[-8000:]}")
        return "\n".join(parts)

    def log(self):
        """What the present process has logged so far, in lines."""
        with open(self._path("stderr"), encoding="utf-8") as file:
            return file.read().splitlines()

    def terminate(self):
        """Sends SIGTERM and does not wait."""
        self.process.send_signal(signal.SIGTERM)

    def wait_stopped(self):
        """After terminate(): asserts exit 0 in time."""
        code = wait_until_exit(self.process, STOP_LIMIT_S)
        if code != 0:
            self.kill()
            raise AssertionError(f"after SIGTERM: exit {code}, not 0\n{self.output()}")
        self.process = None

    def stop(self):
        """SIGTERM; asserts exit 0 within STOP_LIMIT_S seconds."""
        self.terminate()
        self.wait_stopped()

    def kill(self):
        """SIGKILL; does nothing when no process runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def remove(self):
        """Kills what still runs and deletes the directory."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
