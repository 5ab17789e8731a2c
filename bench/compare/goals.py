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
    ("nginx", "GET user"): Goal(0.8),
    ("nginx", "GET tweet"): Goal(0.8),
    ("postgres", "timeline"): Goal(20),
    ("postgres", "timeline, no decoded cache"): Goal(4),
    ("redis", "timeline"): Goal(1.5),
    ("fdatasync", "post_tweet"): Goal(6),
    ("postgres", "post_tweet"): Goal(3),
    ("postgres", "follow"): Goal(2.5),
    ("postgres", "favorite"): Goal(2.5),
} | {
    ("postgres", page): Goal(3)
    for page in ("user_tweets", "followers", "followees", "favoriters", "favorites", "activity")
} | {
    ("postgres", f"size of {table}"): Goal(0.5, at_most=True)
    for table in ("users", "tweets", "follows", "favorites")
}


def goal_of(peer: str, figure: str) -> Goal | None:
    return GOALS.get((peer, figure))
