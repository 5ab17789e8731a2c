"""warble-bench compare: Warble beside what people would use instead, on one machine, in one go."""
import argparse
import contextlib
import importlib
import json
import os
import platform
import re
import shutil
import signal
import sys
from pathlib import Path

from measure import Figure, Rounds, table, warming_table
from processes import CLIENT_CORE, SERVER_CORE, CompareError
from reading import say
from workspace import Workspace

# What can be compared with, in the order of measuring: a module each, with PROGRAMS that it needs
# and measure(workspace, rounds), which yields figures.
PEERS = ["nginx", "postgres", "fdatasync", "redis", "fastify"]

# Where Debian keeps some of the programs, out of an ordinary user's way.
PROGRAM_DIRECTORIES = ["/usr/lib/postgresql/15/bin", os.environ["PATH"], "/usr/sbin"]

ABOUT = """\
Measures Warble and, in turn with it, what people would use instead: each server on core 0,
the client on core 1, medians of several rounds.

  nginx      the same answers as constants: what a request costs without any work
  postgres   PostgreSQL 15 by pgbench over a unix socket, without a web application
  fdatasync  durable tweets beside bare syncs of the same disk
  redis      home timelines kept ready in lists in memory
  fastify    a conventional web application, Fastify with pg, on that PostgreSQL
"""

FOOTER = """\
Users are drawn by Zipf with the exponent 1.001 on both sides (pgbench takes none up to 1).
The directory is filled at the first run and used again by the next ones, which measure on
copies; take a file system with 10 GB to spare. tools/setup compare installs the programs.

Exit status: 0 measured, 1 something failed, 2 wrong usage.
"""


def names_of_peers(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(PEERS)}")
    return [name for name in PEERS if name in names]


def at_least_one(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1")
    return int(text)


def read_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="warble-bench compare", description=ABOUT, epilog=FOOTER,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", choices=["small", "medium"], default="medium",
                        help="small (10,000 users) or medium (100,000) [medium]")
    parser.add_argument("--data", type=Path, default=Path("compare-data"), metavar="DIR",
                        help="the directory to work in; made if absent [./compare-data]")
    parser.add_argument("--rounds", type=at_least_one, default=3, metavar="N",
                        help="measurements of each side [3]")
    parser.add_argument("--seconds", type=at_least_one, default=5, metavar="S",
                        help="of one measurement [5]; before the first, the other side is warmed "
                             "up until measurements differ by less than a twentieth, and Warble "
                             "until its caches miss no less than before")
    parser.add_argument("--warming", type=at_least_one, default=300, metavar="S",
                        help="Warble is warmed up for one figure so long at most [300]")
    parser.add_argument("--only", type=names_of_peers, default=PEERS, metavar="PEER,…",
                        help="compare only with these")
    parser.add_argument("--figures", type=lambda text: tuple(text.split(",")), default=(),
                        metavar="PART,…", help="measure only figures in whose names one of these "
                                               "is, as 'timeline' or 'tweet' [all]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args(words)


def check_machine(modules: list):
    if not {SERVER_CORE, CLIENT_CORE} <= os.sched_getaffinity(0):
        raise CompareError("a comparison needs cores 0 and 1: one for the server and one for the "
                           "client")
    missing = [program for module in modules for program in module.PROGRAMS
               if not shutil.which(program)]
    if missing:
        hint = "tools/setup compare installs them"
        if {"node", "npm"} & set(missing):
            hint += " but for node and npm: install Node.js 20, or leave fastify out with --only"
        raise CompareError(f"not found: {', '.join(dict.fromkeys(missing))}; {hint}")


def processor() -> str:
    match = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return match[1] if match else platform.machine()


def write_json(arguments: argparse.Namespace, figures: list[Figure]):
    if arguments.json:
        arguments.json.write_text(json.dumps({
            "format": 2, "world": arguments.world, "rounds": arguments.rounds,
            "seconds": arguments.seconds, "warming_seconds": arguments.warming,
            "kernel": platform.release(),
            "processors": os.cpu_count(), "processor": processor(),
            "figures": [figure.as_json() for figure in figures]}, indent=1) + "\n")


def check_found(figures: list[Figure], arguments: argparse.Namespace):
    if not figures:
        raise CompareError(f"no figure of {', '.join(arguments.only)} has "
                           f"{' or '.join(arguments.figures)} in its name")


def compare(arguments: argparse.Namespace):
    os.environ["PATH"] = os.pathsep.join(PROGRAM_DIRECTORIES)
    modules = [importlib.import_module(name) for name in arguments.only]
    check_machine(modules)
    os.sched_setaffinity(0, {CLIENT_CORE})
    workspace = Workspace(arguments.data, arguments.world)
    rounds = Rounds(arguments.rounds, arguments.seconds, arguments.warming, arguments.figures)
    figures: list[Figure] = []
    try:
        with workspace.open():
            for module in modules:
                say(f"comparing with {module.__name__}")
                with contextlib.closing(module.measure(workspace, rounds)) as measured:
                    for figure in measured:
                        figures.append(figure)
                        write_json(arguments, figures)
        check_found(figures, arguments)
    finally:  # what was measured before a failure stays true
        if figures:
            print(table(figures) + warming_table(figures, rounds), end="", flush=True)


def main() -> int:
    # The end of this program is the end of everything it has started, however it comes.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = read_arguments(sys.argv[1:])
    try:
        compare(arguments)
    except (CompareError, OSError) as error:
        print(f"warble-bench compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("warble-bench compare: interrupted", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
