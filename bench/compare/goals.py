"""Goals: what a ratio of Warble's median by the peer's is asked to be."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    ratio: float
    at_most: bool = False  # else at least

    def text(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.ratio:g}"

    def is_met(self, ratio: float) -> bool:
        return ratio <= self.ratio if self.at_most else ratio >= self.ratio


# By peer and figure.
GOALS = {
    ("nginx", "GET user"): Goal(0.5),
    ("fdatasync", "post_tweet"): Goal(6),
}


def goal_of(peer: str, figure: str) -> Goal | None:
    return GOALS.get((peer, figure))
