"""The whole of warble-bench against a real server: load, measure, check, kill, check again.

Looks at exit statuses and at what was counted; never at how long anything took.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

WARBLED = os.environ["WARBLED"]
WARBLECTL = os.environ["WARBLECTL"]
BENCH = os.environ["WARBLE_BENCH"]
WORLD = ["--users", "400", "--follows", "15", "--tweets", "8", "--favorites", "1"]
# Loaded through the API, where every user costs two hashes of a password.
FEW_USERS = 40
FEW = ["--users", FEW_USERS, "--follows", "15", "--tweets", "60", "--favorites", "1"]
BUSIEST_OF_FEW = "user15"


class Server:
    def __init__(self, data: Path, rate_limit: str = "off"):
        self.process = subprocess.Popen(
            [WARBLED, "--data", data, "--listen", "127.0.0.1:0", "--threads", "1",
             "--rate-limit", rate_limit, "--anonymous-reads"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        self.address = re.search(r"127\.0\.0\.1:\d+", line).group()

    def stop(self, how: signal.Signals):
        self.process.send_signal(how)
        self.process.wait(60)

    def get(self, target: str) -> dict:
        with urllib.request.urlopen(f"http://{self.address}/api{target}", timeout=30) as answer:
            return json.load(answer)

    def items(self, target: str) -> list[dict]:
        items, cursor = [], ""
        while cursor is not None:
            page = self.get(f"{target}?limit=100" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next_cursor"]
        return items


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


def start_load_through(server: Server, *world) -> subprocess.Popen:
    return subprocess.Popen(
        [BENCH, "load", "--through", f"http://{server.address}", *map(str, world)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def load_through(server: Server, *world, expect: int = 0) -> str:
    loading = start_load_through(server, *world)
    out = "".join(loading.communicate(timeout=120))
    assert loading.returncode == expect, f"{world}: {loading.returncode}\n{out}"
    return out


def counts_of(out: str) -> dict[str, tuple[int, int]]:
    """What the world holds, and what was made, by kind."""
    rows = re.findall(r"^ *(\w+) +([\d,]+) +([\d,]+)$", out, re.MULTILINE)
    return {kind: (int(wanted.replace(",", "")), int(made.replace(",", "")))
            for kind, wanted, made in rows}


def wait_for_tweets(server: Server, more_than: int) -> int:
    """Waits until the busiest user has more tweets than that, and says how many."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        time.sleep(0.1)  # a request of ours is one less of the loader's
        try:
            count = server.get(f"/users/{BUSIEST_OF_FEW}")["tweets_count"]
        except urllib.error.HTTPError:  # not signed up yet, or too fast for the server
            continue
        if count > more_than:
            return count
    raise AssertionError(f"{BUSIEST_OF_FEW} has no more than {more_than} tweets")


def world_of(server: Server) -> dict[str, dict]:
    """All that a world says of its users, without what the server chose: ids and times."""
    world = {}
    for n in range(1, FEW_USERS + 1):
        target = f"/users/user{n}"
        profile = server.get(target)
        for chosen in ("id", "created_at", "updated_at"):
            del profile[chosen]
        tweets = server.items(target + "/tweets")
        world[target] = {
            "profile": profile,
            "tweets": [(tweet["content"], tweet["favorites_count"]) for tweet in tweets],
            "followees": sorted(item["user"]["username"]
                                for item in server.items(target + "/followees")),
            "favorites": sorted((item["author"]["username"], item["content"])
                                for item in server.items(target + "/favorites"))}
    return world


def check_load_through(directory: Path):
    """A loader that is killed, then a server: in the end the world is the bulk loader's."""
    # The busiest user's 391 tweets, of which 80 are let in at once, take until long after a kill.
    server = Server(directory / "through", rate_limit="20")
    try:
        loading = start_load_through(server, *FEW)
        wait_for_tweets(server, 0)
        loading.kill()
        loading.communicate()
        count = wait_for_tweets(server, 0)
        loading = start_load_through(server, *FEW)
        wait_for_tweets(server, count)
        server.stop(signal.SIGKILL)
        out = "".join(loading.communicate(timeout=60))
        assert loading.returncode == 1 and "same command again" in out, out
        server = Server(directory / "through")
        last = counts_of(load_through(server, *FEW))
        assert last["users"] == (FEW_USERS, 0), last
        assert 0 < last["tweets"][1] < last["tweets"][0], last
        out = load_through(server, *FEW)
        assert len(counts_of(out)) == 4, out
        assert all(made == 0 for _, made in counts_of(out).values()), out
        other = load_through(server, *FEW, "--seed", 2, expect=1)
        assert "not of this world" in other, other
        through = world_of(server)
    finally:
        server.stop(signal.SIGTERM)
    subprocess.run([WARBLECTL, "verify", "--data", directory / "through"], check=True,
                   stdout=subprocess.DEVNULL)
    # Without standard streams: what it says must not go into a file of the database.
    subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", BENCH, "load",
                    "--data", directory / "bulk", "--memory", "64MB", *map(str, FEW)], check=True)
    assert (directory / "bulk" / "lock").stat().st_size == 0
    server = Server(directory / "bulk")
    try:
        bulk = world_of(server)
    finally:
        server.stop(signal.SIGTERM)
    for target, wanted in bulk.items():
        assert through[target] == wanted, f"{target}: {through[target]}, but loaded as {wanted}"


def check_load_through_slow_server(directory: Path):
    """30 sign-ups and sign-ins, where 20 are let in at once and 5 more a second."""
    server = Server(directory / "slow", rate_limit="5")
    try:
        out = load_through(server, "--users", 15, "--follows", 2, "--tweets", 3)
        assert counts_of(out)["users"] == (15, 15), out
    finally:
        server.stop(signal.SIGTERM)


def check_storage(directory: Path):
    """The figures come from a db_bench of ours, which answers with the time it was built for."""
    program, calls = directory / "db_bench", directory / "calls"
    program.write_text(f"""#!/bin/sh
echo "$@" >> '{calls}'
for name in fillseq compact readrandom seekrandom; do
  echo "... finished 100 ops\r$name   :       9.000 micros/op 111111 ops/sec 1.0 seconds"
  echo "$name   :       4.000 micros/op 250000 ops/sec 1.0 seconds"
done
echo "fillrandom   :     800.000 micros/op 80000 ops/sec 1.0 seconds"
""")
    program.chmod(0o755)
    data, figures = directory / "bulk", directory / "storage.json"
    before = sorted(directory.iterdir())
    arguments = [BENCH, "storage", "--data", data, "--duration", "0.05", "--json", figures,
                 *map(str, FEW)]
    subprocess.run([*arguments, "--db-bench", program], check=True, capture_output=True)
    assert sorted(directory.iterdir()) == sorted([*before, calls, figures])  # nothing is left
    operations = {row["operation"]: row for row in json.loads(figures.read_text())["operations"]}
    assert operations["user"]["db_bench"] == {"per_s": 250000, "mean_us": 4}, operations
    assert operations["post tweet"]["db_bench"] == {"per_s": 80000, "mean_us": 800}, operations
    assert all(row["rows"]["per_s"] > 0 for row in operations.values()), operations
    filled = [line for line in calls.read_text().splitlines() if "fillseq" in line]
    assert any(f"--num={FEW_USERS} --key_size=5 " in line for line in filled), filled
    subprocess.run([WARBLECTL, "verify", "--data", data], check=True, stdout=subprocess.DEVNULL)
    other = subprocess.run([*arguments, "--world-seed", "2"], capture_output=True, text=True)
    assert other.returncode == 1 and "does not hold the world" in other.stderr, other.stderr


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
        check_load_through(directory)
        check_load_through_slow_server(directory)
        check_storage(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
