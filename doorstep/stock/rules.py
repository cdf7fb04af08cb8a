"""Decisions about stock that need no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from doorstep.stock.values import Change, Condition, Group, Short, Turn

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


DOCUMENT = "document:"


def id_of_reference(reference: str) -> int | None:
    """The id of the document that a movement names; None for one that names something else."""
    number = reference.removeprefix(DOCUMENT)
    is_document = reference.startswith(DOCUMENT) and number.isascii() and number.isdecimal() and len(number) < 19
    return int(number) if is_document else None


def change_of(turn: Turn) -> Change:
    """What a change of condition is in the books."""
    step = {Condition.DAMAGED: 0, Condition.QUALITY_CONTROL: 0, Condition.SELLABLE: 0}
    step[turn.was] -= turn.qty
    if turn.to is not None:
        step[turn.to] += turn.qty
    on_hand = 0 if turn.to is not None else -turn.qty
    return Change(turn.variant_id, turn.location_id, on_hand, step[Condition.DAMAGED], step[Condition.QUALITY_CONTROL])
