"""What may still be promised out of some places, when all that was promised before can be kept as well. Pure.

A promise without a place yet may come from any of the places that serve its buyer, so it weighs on none of them for certain. Units
flow from promises to places; what one more promise can have is what still flows when the others may make room.
Source: Ford and Fulkerson, Maximal flow through a network, 1956.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from itertools import pairwise

Places = frozenset[int] | None  # None: all of them


def reach(free: Mapping[int, int], promised: Mapping[Places, int], places: frozenset[int]) -> int:
    """Units that one more buyer may have from `places`.

    Shapes: `free` is units by location, `promised` is units by the places that they may come from.
    """
    flow = _Flow(free)
    for where, qty in sorted(promised.items(), key=lambda one: sorted(one[0]) if one[0] is not None else [-1]):
        flow.place(where, qty)
    return flow.place(places, sum(units for units in free.values() if units > 0))


class _Flow:
    def __init__(self, free: Mapping[int, int]) -> None:
        self._left = dict(free)
        self._sent: dict[Places, Counter[int]] = {}

    def place(self, where: Places, qty: int) -> int:
        """Finds room for units; others give way where they have another place.  Returns: how many found some."""
        placed = 0
        while placed < qty and (way := self._way(where)):
            units = min(qty - placed, self._left[way[-1][1]])
            for (_, before), (who, _) in pairwise(way):
                units = min(units, self._sent[who][before])
            for (_, before), (who, _) in pairwise(way):
                self._sent[who][before] -= units
            for who, to in way:
                self._sent.setdefault(who, Counter())[to] += units
            self._left[way[-1][1]] -= units
            placed += units
        return placed

    def _way(self, where: Places) -> list[tuple[Places, int]]:
        """The shortest chain to a place with room: who goes where, each taking the place of the next; empty: there is none."""
        came: dict[int, tuple[Places, int | None]] = dict.fromkeys(self._of(where), (where, None))
        ahead = deque(came)
        while ahead:
            place = ahead.popleft()
            if self._left[place] > 0:
                return self._chain(came, place)
            for who, sent in self._sent.items():
                for other in self._of(who) if sent[place] else ():
                    if other not in came:
                        came[other] = (who, place)
                        ahead.append(other)
        return []

    def _chain(self, came: Mapping[int, tuple[Places, int | None]], last: int) -> list[tuple[Places, int]]:
        chain: list[tuple[Places, int]] = []
        at: int | None = last
        while at is not None:
            who, before = came[at]
            chain.append((who, at))
            at = before
        return chain[::-1]

    def _of(self, where: Places) -> list[int]:
        return sorted(self._left if where is None else self._left.keys() & where)
