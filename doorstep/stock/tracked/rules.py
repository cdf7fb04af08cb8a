"""Decisions about lots that need no database: which goes first, and what a counted shelf leaves of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from doorstep.stock.tracked.values import LotLevelRow


@dataclass(frozen=True, slots=True)
class Step:
    """What a lot in a place gains or loses.  Units: signed whole units.  `assumed`: nobody said that it was this lot."""

    lot_id: int
    location_id: int
    on_hand: int
    set_aside: int = 0
    assumed: bool = False


def first_expired(levels: Sequence[LotLevelRow], today: date) -> list[LotLevelRow]:
    """Lots in the order in which they should go: first expired, first out, those without a date last, and what must not
    be sold any more after them."""
    return sorted(levels, key=lambda at: (at.is_expired(today), at.expires_on or date.max, at.lot_id))


def go(levels: Sequence[LotLevelRow], *, qty: int, named: Mapping[int, int], today: date) -> list[Step]:
    """From which lots units that leave are taken: those that somebody named, then first expired first out.

    Shapes: `levels` of one kind in one place; `named` units by lot.  What no lot holds was without one.
    """
    steps = []
    for at in levels:
        gone = min(named.get(at.lot_id, 0), at.free, qty)
        if gone > 0:
            steps.append(Step(at.lot_id, at.location_id, -gone))
            qty -= gone
    left = {at.lot_id: at.free + sum(s.on_hand for s in steps if s.lot_id == at.lot_id) for at in levels}
    for at in first_expired(levels, today):
        gone = min(left[at.lot_id], qty)
        if gone > 0:
            steps.append(Step(at.lot_id, at.location_id, -gone, assumed=True))
            qty -= gone
    return steps


def fit(levels: Sequence[LotLevelRow], *, on_hand: int, set_aside: int, today: date) -> list[Step]:
    """What lots must give up so that together they hold no more than lies in their place.

    Units that are gone are taken first from what was set aside, where that went too, then first expired first out; a unit
    that is no longer set aside stays where it lies.
    """
    excess = sum(at.on_hand for at in levels) - on_hand
    excess_aside = sum(at.set_aside for at in levels) - set_aside
    steps: list[Step] = []
    for at in first_expired(levels, today):
        released = min(at.set_aside, max(excess_aside, 0))
        gone = min(released, max(excess, 0))
        excess_aside -= released
        excess -= gone
        aside, here = at.set_aside - released, at.on_hand - gone
        more = min(here - aside, max(excess, 0))
        excess -= more
        if released or gone or more:
            steps.append(Step(at.lot_id, at.location_id, -gone - more, -released, assumed=True))
    return [*steps, *_rest(levels, steps, excess)]


def _rest(levels: Sequence[LotLevelRow], steps: Sequence[Step], excess: int) -> list[Step]:
    """What is still too much lies aside in every lot: it goes with its mark."""
    found = []
    for at in levels:
        mine = [step for step in steps if step.lot_id == at.lot_id]
        aside = at.set_aside + sum(step.set_aside for step in mine)
        gone = min(aside, max(excess, 0))
        if gone:
            excess -= gone
            found.append(Step(at.lot_id, at.location_id, -gone, -gone, assumed=True))
    return found
