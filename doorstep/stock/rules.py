"""Decisions about stock that need no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from doorstep.stock.values import Group, Short

PlaceFree = Mapping[tuple[int, int], int]


def share_out(groups: Sequence[Group], available: Mapping[int, int], in_places: PlaceFree) -> list[tuple[Short, ...]]:
    """Decides, first come first served, which groups get all they want.

    Shapes: one answer per group, in order; an empty tuple means the group is served.  `in_places` gives, per
    (variant, location), the units lying there that nothing is pinned to.  Units: whole units.
    """
    left = dict(available)
    promised: Counter[int] = Counter()
    answers: list[tuple[Short, ...]] = []
    for group in groups:
        wanted: Counter[int] = Counter()
        for want in group.wants:
            wanted[want.variant_id] += want.qty
        shorts = []
        for variant, qty in sorted(wanted.items()):
            can = left.get(variant, 0)
            if group.places is not None:
                near = sum(free for (v, place), free in in_places.items() if v == variant and place in group.places)
                can = min(can, near - promised[variant])
            if can < qty:
                shorts.append(Short(variant, qty, max(can, 0)))
        answers.append(tuple(shorts))
        if not shorts:
            for variant, qty in wanted.items():
                left[variant] = left.get(variant, 0) - qty
                promised[variant] += qty
    return answers


def kept_of(wish: int, sound: int) -> int:
    """What a place really keeps back of what it wishes to: never more than lies there unharmed.

    So too little in one place never takes from another what may be promised there.  Source: docs/adr/0018.
    """
    return min(wish, max(sound, 0))
