"""Measure: readings of two sides in turn, their medians, and the table of them."""
import textwrap
from dataclasses import dataclass, field

from goals import goal_of
from reading import Measurement, Reading, median, median_cpu, median_misses, say
from warming import RULE, Warming, warm


@dataclass
class Figure:
    peer: str
    name: str
    unit: str
    ours: list[Reading] = field(default_factory=list)
    theirs: list[Reading] = field(default_factory=list)
    note: str = ""
    warming: Warming | None = None  # of ours, where there is something to warm up

    def ratio(self) -> float:
        return median(self.ours) / median(self.theirs)

    def as_json(self) -> dict:
        goal = goal_of(self.peer, self.name)

        def side(readings: list[Reading]) -> dict:
            return {"median": median(readings), "cpu_us": median_cpu(readings),
                    "misses": median_misses(readings),
                    "readings": [vars(reading) for reading in readings]}
        return {"peer": self.peer, "figure": self.name, "unit": self.unit, "note": self.note,
                "warble": side(self.ours), "other": side(self.theirs), "ratio": self.ratio(),
                "warming": self.warming.as_json() if self.warming else None,
                "goal": goal.text() if goal else None,
                "met": goal.is_met(self.ratio()) if goal else None}


# The other side is warm when another measurement brings less than that; in noise, this ends too.
STILL_WARMING = 1.05
MOST_WARM_UPS = 12


@dataclass
class Rounds:
    count: int
    seconds: int
    warming_seconds: int  # of one figure, at most
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

    def alternate(self, figure: Figure, ours: Measurement, theirs: Measurement,
                  filling: Measurement | None = None) -> Figure:
        """Fills the figure: each side is warmed up, then they are measured in turn.

        `filling` brings all that `ours` may read into the caches.
        """
        figure.warming = warm(ours, filling, self.seconds, self.warming_seconds)
        self.warm_up(theirs)
        for number in range(1, self.count + 1):
            figure.ours.append(ours(self.seconds))
            figure.theirs.append(theirs(self.seconds))
            say(f"{figure.peer}, {figure.name}, round {number} of {self.count}: "
                f"Warble {count_text(figure.ours[-1].value)}, "
                f"{figure.peer} {count_text(figure.theirs[-1].value)} {figure.unit}")
        return figure


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


def misses_text(misses: float | None) -> str:
    return "-" if misses is None else f"{misses:.3g}"


def laid_out(rows: list[tuple[str, ...]], left: set[int]) -> str:
    """Rows in columns, of which those in `left` begin at their left ends."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if column in left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def table(figures: list[Figure]) -> str:
    """All figures, a line each; CPU is that of the server in µs a request."""
    rows = [("figure", "unit", "Warble", "peer", "ratio", "goal", "CPU", "peer's CPU", "note")]
    for figure in figures:
        rows.append((f"{figure.peer}: {figure.name}", figure.unit, spread_text(figure.ours),
                     spread_text(figure.theirs), f"{figure.ratio():.2f}", goal_text(figure),
                     cpu_text(figure.ours), cpu_text(figure.theirs), figure.note))
    return laid_out(rows, left={0, 1, 5, 8})


def warming_table(figures: list[Figure], rounds: Rounds) -> str:
    """Warble cold, warming and warm, a line for each figure that was warmed up."""
    rows = [("Warble, figure", "cold", "CPU", "misses", "warming for", "misses", "warm", "CPU",
             "misses", "note")]
    for figure in figures:
        if figure.warming is None:
            continue
        cold, steps = [figure.warming.cold], figure.warming.steps
        rows.append((f"{figure.peer}: {figure.name}", spread_text(cold), cpu_text(cold),
                     misses_text(median_misses(cold)), f"{figure.warming.seconds} s",
                     f"{misses_text(steps[0].misses)} to {misses_text(steps[-1].misses)}",
                     spread_text(figure.ours), cpu_text(figure.ours),
                     misses_text(median_misses(figure.ours)),
                     "" if figure.warming.is_warm else "still warming: the time was over"))
    if len(rows) == 1:
        return ""
    about = (f"Misses: of both caches, in a request. Cold: {rounds.seconds} s of the load, on a "
             "server just started unless others were measured on it. Warming: reads of all users "
             "alike (not for writes) and then the load, each in steps that double, "
             f"{RULE}; together {rounds.warming_seconds} s at most. Warm: the rounds above.")
    return f"\n{laid_out(rows, left={0, 9})}\n{textwrap.fill(about, 100)}\n"
