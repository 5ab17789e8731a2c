"""The whole of warble-bench run against a real server: load, measure, check, kill, check again.

Looks at exit statuses and at what was counted; never at how long anything took.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

WARBLED = os.environ["WARBLED"]
BENCH = os.environ["WARBLE_BENCH"]
WORLD = ["--users", "400", "--follows", "15", "--tweets", "8", "--favorites", "1"]


class Server:
    def __init__(self, data: Path):
        self.process = subprocess.Popen(
            [WARBLED, "--data", data, "--listen", "127.0.0.1:0", "--threads", "1",
             "--rate-limit", "off"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        self.address = re.search(r"127\.0\.0\.1:\d+", line).group()

    def stop(self, how: signal.Signals):
        self.process.send_signal(how)
        self.process.wait(60)


def bench(server: Server, *arguments, expect=(0,)) -> str:
    done = subprocess.run([BENCH, "run", "--server", server.address, *WORLD, *map(str, arguments)],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode in expect, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def check_peak_with_oracle(server: Server, directory: Path):
    journal, figures, page = (directory / name for name in ("journal", "run.json", "run.html"))
    out = bench(server, "--max", "--oracle", "--duration", 3, "--warmup", 0.5, "--connections", 8,
                "--server-pid", server.process.pid, "--journal", journal, "--json", figures,
                "--html", page)
    assert re.search(r"oracle +[\d,]+ checks, 0 failed", out), out
    run = json.loads(figures.read_text())
    assert run["loop"] == "closed" and run["total"]["errors"] == {}, run["total"]
    assert run["total"]["succeeded"] == run["total"]["sent"] > 0, run["total"]
    assert run["server"]["resident_bytes"] > 0
    assert {operation["operation"] for operation in run["operations"]} >= {"timeline", "follow"}
    assert page.read_text().count("<svg ") > 6
    assert "tweet 1 " in journal.read_text() and "follow 1 " in journal.read_text()


def check_open_loop(server: Server):
    out = bench(server, "--mix", "write-only", "--rate", 100, "--duration", 2, "--warmup", 0,
                expect=(0, 3))  # 3: the machine was too busy to measure on, and it says so
    assert "client lag" in out and "of a core" in out, out


def check_journal_after_kill(server: Server, directory: Path):
    journal = directory / "journal"
    assert " 0 failed" in bench(server, "--verify-journal", journal)
    forged = directory / "forged"
    forged.write_text(journal.read_text() + "tweet 1 7 4611686018427387904 1\n")
    assert "1 failed" in bench(server, "--verify-journal", forged, expect=(1,))
    forged.write_text(journal.read_text().replace("\ntweet", "\ntwit", 1))
    assert ": not a write" in bench(server, "--verify-journal", forged, expect=(1,))


def check_refusals(server: Server):
    assert "--rate R" in bench(server, expect=(2,))
    assert "no such file" in bench(server, "--mix", "nonsense", "--max", expect=(1,))
    other_world = bench(server, "--max", "--world-seed", 99, expect=(1,))
    assert "Was it started on a directory" in other_world, other_world


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="warble-bench-") as name:
        directory = Path(name)
        data = directory / "data"
        subprocess.run([BENCH, "load", "--data", data, "--memory", "64MB", *WORLD], check=True,
                       stdout=subprocess.DEVNULL)
        server = Server(data)
        try:
            check_refusals(server)
            check_peak_with_oracle(server, directory)
            check_open_loop(server)
            server.stop(signal.SIGKILL)
            server = Server(data)
            check_journal_after_kill(server, directory)
        finally:
            server.stop(signal.SIGTERM)
    return 0


if __name__ == "__main__":
    sys.exit(main())
