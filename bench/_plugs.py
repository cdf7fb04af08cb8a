"""Kill -9 of one process of a house after another, at seeded moments, and who may be excused by it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

AFTERWARDS_S = 3.0  # connections that died are noticed and renewed


class Plugs:
    """Pulls the plugs of these processes, and keeps when each was out."""

    def __init__(self, at: Any, *, victims: Sequence[str], seed: float) -> None:
        self.at, self.victims, self.random = at, victims, Random(seed)
        self.out: list[tuple[str, float, float]] = []

    def pull(self, *, waits_s: tuple[float, float]) -> None:
        """Waits, kills one, and starts it again: a kill of what is not up yet would prove nothing."""
        time.sleep(self.random.uniform(*waits_s))
        self.at.tend()
        name = self.random.choice(self.victims)
        self.out.append((name, time.monotonic(), float("inf")))
        self.at.kill(name)
        time.sleep(self.random.uniform(0, 0.3))
        self.at.revive(name)
        self.at.wait_ready()
        self.out[-1] = (name, self.out[-1][1], time.monotonic())

    def pull_while(self, going_on: Callable[[], bool], *, waits_s: tuple[float, float]) -> int:
        """Pulls one after another.  Returns: how many."""
        while going_on():
            self.pull(waits_s=waits_s)
        return len(self.out)

    def explain(self, began: float, ended: float, name: str = "") -> bool:
        """Whether what went on between these moments may have suffered from a kill, of that process or of any."""
        return any(
            began < back + AFTERWARDS_S and killed < ended for victim, killed, back in self.out if name in ("", victim)
        )
