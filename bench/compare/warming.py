"""Warming: Warble's caches are filled before it is measured, until they miss no less than before.

A fixed time would be too short on a slow machine and wasted on a fast one. So the warming-up goes
in steps, each twice as long as the one before, and the misses of both caches in a request of a step
decide. Because the steps grow, each shows its progress on a slow machine, too.
"""
from dataclasses import dataclass, field

from reading import Measurement, Reading, say

# Caches are warm when a step has at least this part of the misses of the step before, or so few
# misses in a request that they cost next to nothing.
NO_FEWER = 0.98
FEW = 0.01
FEWEST_STEPS = 3  # unless there are few misses: chance may decide between two short ones

RULE = (f"until a step has at least {NO_FEWER} of the step before's misses in a request, or at "
        f"most {FEW}")


def is_warm(misses: list[float]) -> bool:
    """`misses` in a request of each step so far."""
    if misses[-1] <= FEW:
        return True
    return len(misses) >= FEWEST_STEPS and misses[-1] >= NO_FEWER * misses[-2]


@dataclass
class Warming:
    cold: Reading  # of what is measured, in its first seconds
    steps: list[Reading] = field(default_factory=list)
    seconds: int = 0  # of all steps
    is_warm: bool = False  # if not, the time was over first

    def as_json(self) -> dict:
        return {"cold": vars(self.cold), "steps": [vars(step) for step in self.steps],
                "seconds": self.seconds, "is_warm": self.is_warm}


def warm(measured: Measurement, filling: Measurement | None, seconds: int,
         most_seconds: int) -> Warming:
    """Measures for `seconds` as the server is, and then warms it up.

    First by `filling`, if there is one, and then by what is measured, because a cache that is too
    small for all that fills it must still find out what is asked for most.
    """
    warming = Warming(measured(seconds))
    for load in filter(None, [filling, measured]):
        warming.is_warm = False
        misses: list[float] = []
        length = seconds
        while not warming.is_warm and warming.seconds < most_seconds:
            length = min(length, most_seconds - warming.seconds)
            warming.steps.append(load(length))
            warming.seconds += length
            misses.append(warming.steps[-1].misses)
            warming.is_warm = is_warm(misses)
            say(f"warming up for {warming.seconds} s: {misses[-1]:.3g} misses in a request")
            length *= 2
    return warming
