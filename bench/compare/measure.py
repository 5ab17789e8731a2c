"""Measure: readings of two sides in turn, their medians, and the table of them."""
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Callable

from goals import goal_of


@dataclass
class Reading:
    value: float
    cpu_us: float | None = None  # of the server's processes, a request


@dataclass
class Figure:
    peer: str
    name: str
    unit: str
    ours: list[Reading] = field(default_factory=list)
    theirs: list[Reading] = field(default_factory=list)
    note: str = ""

    def ratio(self) -> float:
        return median(self.ours) / median(self.theirs)

    def as_json(self) -> dict:
        goal = goal_of(self.peer, self.name)

        def side(readings: list[Reading]) -> dict:
            return {"median": median(readings), "cpu_us": median_cpu(readings),
                    "readings": [vars(reading) for reading in readings]}
        return {"peer": self.peer, "figure": self.name, "unit": self.unit, "note": self.note,
                "warble": side(self.ours), "other": side(self.theirs), "ratio": self.ratio(),
                "goal": goal.text() if goal else None,
                "met": goal.is_met(self.ratio()) if goal else None}


Measurement = Callable[[int], Reading]  # takes the seconds


# Caches are warm when another measurement brings less than that; in noise, this ends as well.
STILL_WARMING = 1.05
MOST_WARM_UPS = 12


@dataclass
class Rounds:
    count: int
    seconds: int
    parts: tuple[str, ...] = ()  # of figures' names; none: all figures

    def wants(self, name: str) -> bool:
        return not self.parts or any(part in name for part in self.parts)

    def warm_up(self, side: Measurement):
        last = side(self.seconds).value
        for _ in range(MOST_WARM_UPS - 1):
            value = side(self.seconds).value
            if value < last * STILL_WARMING:
                break
            last = value

    def alternate(self, figure: Figure, ours: Measurement, theirs: Measurement) -> Figure:
        """Fills the figure: each side is warmed up, then they are measured in turn."""
        self.warm_up(ours)
        self.warm_up(theirs)
        for number in range(1, self.count + 1):
            figure.ours.append(ours(self.seconds))
            figure.theirs.append(theirs(self.seconds))
            say(f"{figure.peer}, {figure.name}, round {number} of {self.count}: "
                f"Warble {count_text(figure.ours[-1].value)}, "
                f"{figure.peer} {count_text(figure.theirs[-1].value)} {figure.unit}")
        return figure


STARTED = time.monotonic()


def say(text: str):
    print(f"[{time.monotonic() - STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


def median(readings: list[Reading]) -> float:
    return statistics.median(reading.value for reading in readings)


def median_cpu(readings: list[Reading]) -> float | None:
    known = [reading.cpu_us for reading in readings if reading.cpu_us is not None]
    return statistics.median(known) if known else None


def count_text(value: float) -> str:
    """12,345 or, where whole numbers say too little, 12.3."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def spread_text(readings: list[Reading]) -> str:
    values = [reading.value for reading in readings]
    if len(values) == 1:
        return count_text(values[0])
    return f"{count_text(median(readings))} ({count_text(min(values))}..{count_text(max(values))})"


def cpu_text(readings: list[Reading]) -> str:
    cpu = median_cpu(readings)
    return "-" if cpu is None else f"{cpu:.1f}"


def goal_text(figure: Figure) -> str:
    goal = goal_of(figure.peer, figure.name)
    if goal is None:
        return "-"
    return f"{goal.text()} {'met' if goal.is_met(figure.ratio()) else 'missed'}"


def table(figures: list[Figure]) -> str:
    """All figures, a line each; CPU is that of the server in µs a request."""
    rows = [("figure", "unit", "Warble", "peer", "ratio", "goal", "CPU", "peer's CPU", "note")]
    for figure in figures:
        rows.append((f"{figure.peer}: {figure.name}", figure.unit, spread_text(figure.ours),
                     spread_text(figure.theirs), f"{figure.ratio():.2f}", goal_text(figure),
                     cpu_text(figure.ours), cpu_text(figure.theirs), figure.note))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    left = {0, 1, 5, 8}
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if column in left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"
