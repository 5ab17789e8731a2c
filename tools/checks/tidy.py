"""clang-tidy over the sources, several at a time; .clang-tidy says what it looks for."""

import concurrent.futures
import json
import os
import random
import re
import subprocess
import time

PRESET = "asan"  # the build that clang compiles
LONGEST_S = 300  # of one source


def check_sources(root, since, minutes):
    """Whether clang-tidy finds nothing in the sources below `root`, or in those changed since a
    commit; prints what it finds.

    After so many minutes, if any are given, no further source is begun. The order is random, so
    that another run looks at others.
    """
    end = time.monotonic() + 60 * minutes if minutes else float("inf")
    subprocess.run(["cmake", "--preset", PRESET], cwd=root, check=True, stdout=subprocess.DEVNULL)
    sources = compiled_sources(root)
    if since:
        sources &= changed_sources(root, since)
    faults = 0
    left = 0
    order = random.sample(sorted(sources), len(sources))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(tidy_until, end, root, source): source for source in order}
        for done, run in enumerate(concurrent.futures.as_completed(runs), 1):
            found = run.result()
            if found is None:
                left += 1
                continue
            faults += 1 if found else 0
            print(f"[{done}/{len(runs)}] {runs[run]}" + (f"\n{found}" if found else ""), flush=True)
    print(f"clang-tidy: {len(sources) - left} sources, faults in {faults}"
          + (f"; no time for {left} others" if left else ""))
    return faults == 0


def compiled_sources(root):
    """The sources of ours that the build compiles, as paths from the root."""
    commands = json.loads((root / "build" / PRESET / "compile_commands.json").read_text())
    paths = {os.path.relpath(command["file"], root) for command in commands}
    return {path for path in paths if not path.startswith(("build/", ".."))}


def changed_sources(root, since):
    """The sources that changed since a commit, and for a header those that include it."""
    git = ["git", "-C", str(root)]
    changed = subprocess.run([*git, "diff", "--name-only", "--diff-filter=d", since], check=True,
                             capture_output=True, text=True).stdout.splitlines()
    sources = {path for path in changed if path.endswith(".cc")}
    for header in (path for path in changed if path.endswith(".h")):
        pattern = f'#include "{re.escape(header)}"'
        users = subprocess.run([*git, "grep", "-lE", pattern, "--", "*.cc"], check=False,
                               capture_output=True, text=True).stdout.splitlines()
        # One that includes it is enough to look at it; its own source, where it has one.
        own = header[:-2] + ".cc"
        sources.update([own] if own in users else users[:1])
    return sources


def tidy_until(end, root, source):
    """The same as tidy(); None if it is too late to begin."""
    return tidy(root, source) if time.monotonic() < end else None


def tidy(root, source):
    """What clang-tidy says of a source; nothing if it finds nothing."""
    try:
        run = subprocess.run(["clang-tidy-14", "--quiet", "-p", f"build/{PRESET}", source],
                             cwd=root, capture_output=True, text=True, timeout=LONGEST_S,
                             check=False)
    except subprocess.TimeoutExpired:
        return f"clang-tidy took more than {LONGEST_S} s"
    return run.stdout.strip() or (run.stderr.strip() if run.returncode != 0 else "")
