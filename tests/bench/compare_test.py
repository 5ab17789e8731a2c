"""warble-bench compare and generate: what can be told without a database or another server."""
import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench" / "compare"))

import goals  # noqa: E402
import main  # noqa: E402
import measure  # noqa: E402
import nginx  # noqa: E402
import parsers  # noqa: E402
import postgres  # noqa: E402
import processes  # noqa: E402
import redis  # noqa: E402
import warming  # noqa: E402
from measure import Figure, Rounds  # noqa: E402
from processes import CompareError  # noqa: E402
from reading import Reading  # noqa: E402
from warble import ALIKE, MISSES, POPULAR, READS, WRITES, Load  # noqa: E402

BENCH = os.environ["WARBLE_BENCH"]
USERS = 300

WRK = """Running 1s test @ http://127.0.0.1:38939/api/users/user9613
  1 threads and 64 connections
  80061 requests in 1.00s, 50.55MB read
Requests/sec:  79740.44
Transfer/sec:     50.34MB
"""
PGBENCH = """pgbench (15.18 (Debian 15.18-0+deb12u1))
number of transactions actually processed: 23287
number of failed transactions: 0 (0.000%)
initial connection time = 13.807 ms
tps = 23610.247904 (without initial connection time)
"""
REDIS = '''"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms"
"EVALSHA 08be 1 timeline:__rand_int__","9259.26","6.540","0.312","6.495"
'''
LOAD = """          family           rows         MB  bytes/row
           users             50        0.0     344.54
   favorited_tweets            918        0.0      21.20
1250 follows and 2054 favorites in 0.6 s: 0.01 M edges/s
"""
# Of a process whose name would mislead who splits at blanks.
STAT = "42 (a) b 9 9) S 7 42 42 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 1 0 5"


def ends(pid: int) -> bool:
    """Whether it does so within some seconds; its new parent need not have buried it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def run_figures(errors: dict) -> dict:
    return {"total": {"succeeded": 10, "succeeded_per_s": 2.5, "errors": errors}}


class Parsers(unittest.TestCase):
    def test_figures_are_read(self):
        self.assertEqual(parsers.of_wrk(WRK), (80061, 79740.44))
        self.assertEqual(parsers.of_pgbench(PGBENCH), (23287, 23610.247904))
        self.assertEqual(parsers.of_redis_benchmark(REDIS), 9259.26)
        self.assertEqual(parsers.of_run(run_figures({})), (10, 2.5))
        self.assertEqual(parsers.of_load(LOAD), {"users": (50, 50 * 344.54),
                                                 "favorited_tweets": (918, 918 * 21.20)})
        self.assertEqual(processes.parse_stat(STAT), (7, 110))

    def test_whatever_failed_is_an_error(self):
        for parse, output, reason in [
                (parsers.of_wrk, WRK + "  Non-2xx or 3xx responses: 3\n", "Non-2xx"),
                (parsers.of_wrk, "  Socket errors: connect 0, read 1, write 0, timeout 0\n" + WRK,
                 "Socket errors"),
                (parsers.of_wrk, "", "no figures"),
                (parsers.of_pgbench, PGBENCH.replace(": 0 (", ": 2 ("), "2 transactions"),
                (parsers.of_pgbench, "pgbench: error", "no figures"),
                (parsers.of_redis_benchmark, REDIS.splitlines()[0], "no figures"),
                (parsers.of_run, run_figures({"timeout": 1}), "timeout"),
                (parsers.of_load, "", "no table")]:
            with self.subTest(reason=reason), self.assertRaisesRegex(CompareError, reason):
                parse(output)


class Measuring(unittest.TestCase):
    def test_sides_take_turns_after_each_was_warmed_up(self):
        calls = []

        def side(name, values, misses):
            def measurement(seconds):
                calls.append((name, seconds))
                return Reading(values.pop(0), 5, misses.pop(0) if misses else None)
            return measurement
        figure = Figure("nginx", "GET user", "requests/s")
        with contextlib.redirect_stderr(io.StringIO()):
            Rounds(3, 2, 60).alternate(
                figure, side("W", [10, 20, 4, 1, 9], [7, 0.01, 0, 0, 0]),
                side("P", [10, 98, 99, 5, 8, 8], []), side("F", [3, 4], [5, 0]))
        warm_ups = [("W", 2), ("F", 2), ("F", 4), ("W", 2)]  # cold, filling, and the load itself
        warm_ups += [("P", 2)] * 3  # P gained more than a twentieth at first
        self.assertEqual(calls, warm_ups + [("W", 2), ("P", 2)] * 3)
        self.assertEqual([reading.value for reading in figure.ours], [4, 1, 9])
        self.assertEqual(figure.ratio(), 4 / 8)
        self.assertEqual(figure.warming.cold, Reading(10, 5, 7))
        self.assertEqual([step.misses for step in figure.warming.steps], [5, 0, 0.01])
        self.assertTrue(figure.as_json()["warming"]["is_warm"])

    def test_the_table_has_medians_spreads_ratios_and_goals(self):
        figure = Figure("nginx", "GET user", "requests/s",
                        [Reading(3000, 20), Reading(5000, 30), Reading(4000, 10)],
                        [Reading(9000), Reading(10000), Reading(11000)])
        size = Figure("postgres", "size of users", "bytes/row", [Reading(21.04)], [Reading(130)])
        header, first, second = measure.table([figure, size]).splitlines()
        self.assertTrue(header.startswith("figure"))
        self.assertEqual(first.split(), ["nginx:", "GET", "user", "requests/s",
                                         "4,000", "(3,000..5,000)", "10,000", "(9,000..11,000)",
                                         "0.40", "≥", "0.8", "missed", "20.0", "-"])
        self.assertEqual(second.split(), ["postgres:", "size", "of", "users", "bytes/row", "21.0",
                                          "130.0", "0.16", "≤", "0.5", "met", "-", "-"])
        self.assertIs(figure.as_json()["met"], False)
        self.assertIsNone(figure.as_json()["warming"])

    def test_cold_warming_and_warm_stand_apart(self):
        figure = Figure("redis", "timeline", "requests/s", [Reading(4000, 20, 0.004)],
                        [Reading(9000)], warming=warming.Warming(
                            Reading(900, 110, 61.5), [Reading(1, 1, 40), Reading(1, 1, 0.5)], 12))
        size = Figure("postgres", "size of users", "bytes/row", [Reading(21.04)], [Reading(130)])
        text = measure.warming_table([figure, size], Rounds(3, 4, 12))
        self.assertEqual(text.splitlines()[2].split(), [
            "redis:", "timeline", "900.0", "110.0", "61.5", "12", "s", "40", "to", "0.5",
            "4,000", "20.0", "0.004", "still", "warming:", "the", "time", "was", "over"])
        self.assertIn("12 s at most", text)
        self.assertNotIn("size of users", text)
        self.assertEqual(measure.warming_table([size], Rounds(3, 4, 12)), "")

    def test_a_goal_is_a_least_or_a_most_ratio(self):
        for goal, ratio, met in [(goals.Goal(2), 2.1, True), (goals.Goal(2), 1.9, False),
                                 (goals.Goal(2, at_most=True), 1.9, True),
                                 (goals.Goal(2, at_most=True), 2.1, False)]:
            self.assertEqual(goal.is_met(ratio), met, (goal, ratio))


class WarmingUp(unittest.TestCase):
    def warm(self, misses, seconds, most_seconds):
        """What was warmed up for how long, by loads with so many misses in their requests."""
        lengths = []

        def load(seconds):
            lengths.append(seconds)
            return Reading(1, misses=misses.pop(0))
        with contextlib.redirect_stderr(io.StringIO()):
            result = warming.warm(load, None, seconds, most_seconds)
        self.assertEqual(result.seconds, sum(lengths[1:]))
        return lengths, result.is_warm

    def test_caches_are_warm_when_they_miss_no_less_than_before_or_next_to_nothing(self):
        for misses, is_warm in [([40], False), ([40, 40], False), ([40, 30, 29], False),
                                ([40, 30, 29.5], True), ([40, 30, 31], True),
                                ([40, 40, 20], False), ([0.01], True), ([0], True),
                                ([0.04, 0.03, 0.02], False), ([0.04, 0.009], True)]:
            self.assertEqual(warming.is_warm(misses), is_warm, misses)

    def test_steps_double_until_the_caches_are_warm(self):
        self.assertEqual(self.warm([90, 60, 30, 7, 6.9], 2, 60), ([2, 2, 4, 8, 16], True))
        self.assertEqual(self.warm([90, 0], 2, 60), ([2, 2], True))

    def test_a_machine_too_slow_for_the_time_is_told(self):
        self.assertEqual(self.warm([90, 60, 50, 40], 2, 10), ([2, 2, 4, 4], False))

    def test_a_slow_machine_shows_its_progress_because_steps_double(self):
        # It reads 1,500 of 100,000 users in its first step.
        unread, misses, length = 1.0, [], 1
        while not misses or not warming.is_warm(misses):
            after = unread * (1 - 0.015) ** length
            misses.append((unread + after) / 2)
            unread, length = after, 2 * length
        self.assertLess(misses[-1], 0.05)

    def test_misses_of_both_caches_are_found_in_the_metrics(self):
        metrics = ("# TYPE warble_storage_block_cache_misses_total counter\n"
                   "warble_storage_block_cache_misses_total 7\n"
                   "warble_storage_decoded_cache_misses_total 1.5e+06\n"
                   "warble_storage_decoded_cache_bytes 9\n")
        self.assertEqual(MISSES.findall(metrics), ["7", "1.5e+06"])


class Peers(unittest.TestCase):
    def test_nginx_answers_with_as_many_fields_and_the_longest_of_them(self):
        fields = [("Server", "warbled"), ("Date", "now"), ("Content-Type", "application/json"),
                  ("Content-Length", "2"), ("ETag", '"it\'s"'), ("Vary", "Authorization, Cookie"),
                  ("X-Short", "1")]
        text = nginx.location("/api/users/a", fields, "{}")
        self.assertEqual(text.count("add_header"), len(fields) - len(nginx.OWN_FIELDS))
        self.assertIn("add_header Vary 'Authorization, Cookie';", text)
        self.assertIn("return 200 '{}';", text)
        self.assertEqual(nginx.quoted("it's \\"), "'it\\'s \\\\'")
        with self.assertRaisesRegex(CompareError, "dollar"):
            nginx.quoted("$1")

    def test_commands_to_redis_count_bytes(self):
        self.assertEqual(redis.command("SET", "ä"), b"*2\r\n$3\r\nSET\r\n$2\r\n\xc3\xa4\r\n")
        self.assertEqual(redis.timeline_key(43), "timeline:000000000042")

    def test_reads_of_all_users_alike_fill_memory_and_writes_change_nobody_for_that(self):
        class Recorded(Load):
            def __init__(self):
                pass

            def operation(self, name, users=POPULAR):
                return (name, users)
        load = Recorded()
        self.assertEqual(load.filling("profile"), ("profile", ALIKE))
        self.assertIsNone(load.filling("follow"))

    def test_every_operation_has_its_statements(self):
        for operation in READS + WRITES:
            self.assertTrue((ROOT / "bench/peers/postgres/ops" / f"{operation}.sql").is_file())

    def test_peers_are_named_and_ordered(self):
        self.assertEqual(main.names_of_peers("redis,nginx"), ["nginx", "redis"])
        with self.assertRaisesRegex(Exception, "'mysql' is none of"):
            main.names_of_peers("mysql")


class Processes(unittest.TestCase):
    def test_a_server_ends_with_its_block_and_its_children_count_and_end(self):
        with tempfile.TemporaryDirectory() as name:
            log = Path(name) / "log"
            with self.assertRaisesRegex(ValueError, "stop"), processes.serve(
                    ["sh", "-c", "while :; do :; done & echo $!; wait"], "burner", log) as server:
                child = int(server.wait_until(log.read_text))
                server.wait_until(lambda: server.cpu_seconds() > 0.2)
                raise ValueError("stop")
            self.assertIsNotNone(server.process.poll())
            self.assertTrue(ends(child))

    def test_the_last_words_of_a_dead_server_are_told(self):
        with tempfile.TemporaryDirectory() as name, \
                processes.serve(["sh", "-c", "echo no disk; exit 3"], "server",
                                Path(name) / "log") as server:
            with self.assertRaisesRegex(CompareError, "server has ended.*no disk"):
                server.wait_until(lambda: False)

    def test_a_failed_client_is_an_error(self):
        with self.assertRaisesRegex(CompareError, "sh failed with 3: bad"):
            processes.run(["sh", "-c", "echo bad >&2; exit 3"])


class Generate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        tables = Path(cls.directory.name) / "csv"
        subprocess.run([BENCH, "generate", "--users", str(USERS), "--follows", "12", "--tweets",
                        "2", "--favorites", "1.5", "--csv", tables], check=True,
                       stdout=subprocess.DEVNULL)
        cls.meta = json.loads((tables / "meta.json").read_text())
        cls.tables = {}
        for table in ["users", "tweets", "follows", "favorites", "timelines"]:
            with (tables / f"{table}.csv").open(newline="", encoding="utf-8") as rows:
                cls.tables[table] = list(csv.DictReader(rows))

    def newest_by_author(self) -> dict[int, dict]:
        newest = {}
        for tweet in self.tables["tweets"]:  # by time
            newest[int(tweet["author_id"])] = tweet
        return newest

    def test_meta_counts_the_lines(self):
        for table in ["users", "tweets", "follows", "favorites"]:
            self.assertEqual(self.meta[table], len(self.tables[table]), table)
        self.assertEqual(self.meta["users"], USERS)
        silent = sum(user["tweets_count"] == "0" for user in self.tables["users"])
        self.assertEqual(self.meta["users_without_tweets"], silent)

    def test_ids_follow_from_popularity(self):
        by_id = {int(user["id"]): user for user in self.tables["users"]}
        self.assertEqual(list(by_id), list(range(1, USERS + 1)))
        by_rank = [by_id[1 + rank * self.meta["multiplier"] % USERS] for rank in range(USERS)]
        self.assertEqual(len({user["id"] for user in by_rank}), USERS)
        writers = [user["username"] for user in by_rank if user["tweets_count"] != "0"]
        self.assertEqual([one["username"] for one in self.meta["popular"]], writers[:10])
        followers = [int(user["followers_count"]) for user in by_rank]
        self.assertGreater(sum(followers[:30]), 3 * sum(followers[-30:]))

    def test_the_newest_tweet_of_a_user_has_the_users_id(self):
        newest = self.newest_by_author()
        self.assertGreater(len(self.tables["tweets"]), len(newest))
        for author, tweet in newest.items():
            self.assertEqual(int(tweet["id"]), author)
        ids = {int(tweet["id"]) for tweet in self.tables["tweets"]}
        others = {number for number in ids if number > USERS}
        self.assertEqual(ids - others, set(newest))
        self.assertEqual(others, set(range(USERS + 1, USERS + 1 + len(others))))

    def test_rows_refer_to_rows_and_counts_agree(self):
        for table, counted, column, count in [
                ("tweets", "users", "author_id", "tweets_count"),
                ("follows", "users", "followee_id", "followers_count"),
                ("follows", "users", "follower_id", "followees_count"),
                ("favorites", "users", "user_id", "favorites_count"),
                ("favorites", "tweets", "tweet_id", "favorites_count")]:
            found = {row["id"]: 0 for row in self.tables[counted]}
            for row in self.tables[table]:
                found[row[column]] += 1  # a KeyError: refers to nothing
            self.assertEqual(found, {row["id"]: int(row[count]) for row in self.tables[counted]})

    def test_rows_come_in_the_order_of_their_times(self):
        for table, column in [("tweets", "created_at"), ("follows", "followed_at"),
                              ("favorites", "favorited_at")]:
            times = [row[column] for row in self.tables[table]]
            self.assertEqual(times, sorted(times), table)

    def test_timelines_are_the_newest_tweets_of_followees(self):
        followees = {user["id"]: set() for user in self.tables["users"]}
        for follow in self.tables["follows"]:
            followees[follow["follower_id"]].add(follow["followee_id"])
        newest_first = self.tables["tweets"][::-1]
        # Order among tweets of one millisecond is the world's own, so times are compared.
        time_of = {tweet["id"]: tweet["created_at"] for tweet in newest_first}
        for timeline in self.tables["timelines"]:
            expected = [tweet["created_at"] for tweet in newest_first
                        if tweet["author_id"] in followees[timeline["user_id"]]][:20]
            self.assertEqual([time_of[number] for number in timeline["tweet_ids"].split()],
                             expected)

    def test_a_world_beyond_memory_is_refused(self):
        done = subprocess.run([BENCH, "generate", "--follows", "100000", "--csv",
                               Path(self.directory.name) / "no"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is not sorted in memory", done.stderr)


class CommandLine(unittest.TestCase):
    def compare(self, *words) -> subprocess.CompletedProcess:
        return subprocess.run([BENCH, "compare", *words], capture_output=True, text=True)

    def test_figures_are_chosen_by_parts_of_their_names(self):
        self.assertTrue(Rounds(1, 1, 1).wants("GET user"))
        chosen = Rounds(1, 1, 1, ("timeline", "tweet"))
        self.assertEqual([name for name in ("timeline", "GET tweet", "post_tweet", "follow")
                          if chosen.wants(name)], ["timeline", "GET tweet", "post_tweet"])

    def test_parts_that_no_figure_has_are_an_error(self):
        arguments = main.read_arguments(["--only", "nginx,redis", "--figures", "timelin,twet"])
        with self.assertRaisesRegex(CompareError, "nginx, redis has timelin or twet in its name"):
            main.check_found([], arguments)
        main.check_found([Figure("nginx", "GET user", "requests/s")], arguments)

    def test_options_go_through(self):
        help_text = self.compare("--help")
        self.assertEqual(help_text.returncode, 0)
        self.assertIn("--only PEER", help_text.stdout)
        for words, reason in [(["--only", "mysql"], "'mysql' is none of"),
                              (["--rounds", "0"], "not a whole number"),
                              (["--world", "brief"], "invalid choice")]:
            refused = self.compare(*words)
            self.assertEqual(refused.returncode, 2, words)
            self.assertIn(reason, refused.stderr)


if __name__ == "__main__":
    unittest.main()
