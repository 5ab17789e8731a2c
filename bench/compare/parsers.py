"""Parsers: what the load generators print, as numbers. Whatever failed is an error."""
import csv
import io
import re

from processes import CompareError


def of_wrk(output: str) -> tuple[int, float]:
    """Requests, and requests a second."""
    for fault in ("Non-2xx or 3xx responses", "Socket errors"):
        match = re.search(rf"{fault}: .*", output)
        if match:
            raise CompareError(f"wrk: {match[0]}")
    requests = re.search(r"(\d+) requests in ", output)
    rate = re.search(r"Requests/sec: +([\d.]+)", output)
    if not requests or not rate:
        raise CompareError(f"wrk printed no figures: {output!r}")
    return int(requests[1]), float(rate[1])


def of_pgbench(output: str) -> tuple[int, float]:
    """Transactions, and transactions a second without the time to connect."""
    processed = re.search(r"number of transactions actually processed: (\d+)", output)
    failed = re.search(r"number of failed transactions: (\d+)", output)
    rate = re.search(r"tps = ([\d.]+) \(without initial connection time\)", output)
    if not processed or not failed or not rate:
        raise CompareError(f"pgbench printed no figures: {output!r}")
    if int(failed[1]) > 0:
        raise CompareError(f"pgbench: {failed[1]} transactions failed")
    return int(processed[1]), float(rate[1])


def of_run(figures: dict) -> tuple[int, float]:
    """Requests, and requests a second, from the JSON of warble-bench run."""
    total = figures["total"]
    if total["errors"]:
        raise CompareError(f"warble-bench run: answers that are errors: {total['errors']}")
    return total["succeeded"], total["succeeded_per_s"]


def of_redis_benchmark(output: str) -> float:
    """Requests a second, from --csv. An error answer ends the program with a status of its own."""
    rows = list(csv.DictReader(io.StringIO(output)))
    if len(rows) != 1 or "rps" not in rows[0]:
        raise CompareError(f"redis-benchmark printed no figures: {output!r}")
    return float(rows[0]["rps"])


def of_load(output: str) -> dict[str, tuple[int, float]]:
    """Rows and bytes on disk by family, from the table of warble-bench load."""
    families = {}
    for line in output.splitlines():
        match = re.fullmatch(r" *([a-z_]+) +(\d+) +[\d.]+ +([\d.]+)", line)
        if match:
            families[match[1]] = (int(match[2]), int(match[2]) * float(match[3]))
    if not families:
        raise CompareError(f"warble-bench load printed no table: {output!r}")
    return families
