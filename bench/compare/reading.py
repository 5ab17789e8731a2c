"""Reading: one measurement of one side, and what is made of several."""
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Callable


@dataclass
class Reading:
    value: float
    cpu_us: float | None = None  # of the server's processes, a request
    misses: float | None = None  # of Warble's caches, a request


Measurement = Callable[[int], Reading]  # takes the seconds

STARTED = time.monotonic()


def say(text: str):
    print(f"[{time.monotonic() - STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


def median(readings: list[Reading]) -> float:
    return statistics.median(reading.value for reading in readings)


def median_known(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def median_cpu(readings: list[Reading]) -> float | None:
    return median_known([reading.cpu_us for reading in readings])


def median_misses(readings: list[Reading]) -> float | None:
    return median_known([reading.misses for reading in readings])
