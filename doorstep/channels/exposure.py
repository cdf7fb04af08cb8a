"""How many units a channel is shown of what could be sold, and why. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

MOST_SHOWN = 2**31 - 1


class Step(StrEnum):
    """What made a number what it is, in the order in which it is looked at."""

    AVAILABLE = "available"
    PLACES = "places"
    OFF_SALE = "off_sale"
    EXCLUDED = "excluded"
    BUFFER = "buffer"
    SALES_BUFFER = "sales_buffer"
    SHARE = "share"
    MOST = "most"
    OTHER_PLACES = "other_places"
    NOTHING_LEFT = "nothing_left"
    SET_ASIDE = "set_aside"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a person decided for a listing or for a whole connection; None leaves it to the connection, then to `PLAIN`.

    `buffer`: units kept back.  `share_pct`: of what is left, rounded down.  `most`: never more than this.  `places`: locations
    whose stock counts, empty for all.  `sized_by_sales`: a buffer as large as what is sold elsewhere while a number is under way.
    `apart`: what is shown is set aside for this channel, so that nobody else sells it.
    """

    buffer: int | None = None
    share_pct: int | None = None
    most: int | None = None
    excluded: bool | None = None
    places: tuple[int, ...] | None = None
    sized_by_sales: bool | None = None
    apart: bool | None = None

    def over(self, other: Rule) -> Rule:
        """This rule, with what it leaves open as `other` has it."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(other, **{name: value for name, value in mine.items() if value is not None})


PLAIN = Rule(buffer=0, share_pct=100, excluded=False, places=(), sized_by_sales=False, apart=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a number is made of.  `available`: in the places that count, and `everywhere` in the whole house.

    `sold_a_day`: units on all channels.  `lag_s`: from a change of stock to the channel showing it.  `set_aside`: what is, where
    that counts; the units of all channels that have theirs apart are among those that are available.  `shown_before`: by other
    places of the same item in the same shop, which adds them up.
    """

    available: int
    everywhere: int
    on_sale: bool = True
    sold_a_day: float = 0.0
    lag_s: float = 0.0
    set_aside: int | None = None
    shown_before: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """One step on the way to a number.  `number`: after it."""

    step: Step
    number: int
    facts: Mapping[str, int | float]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a listing is to show, and the steps to it."""

    number: int
    steps: tuple[Taken, ...]


def bounded(number: int) -> int:
    """A number of a shop as we keep it: one that is absurd stops none of the others."""
    return max(-MOST_SHOWN, min(number, MOST_SHOWN))


def shown(rule: Rule, facts: Facts) -> Shown:
    """The number that a listing is to show: whole units, never below zero.  `rule`: with nothing left open but `most`."""
    number, steps = facts.everywhere, [Taken(Step.AVAILABLE, facts.everywhere, {})]

    def step(what: Step, to: int, **why: int | float) -> None:
        nonlocal number
        if to != number:
            number = to
            steps.append(Taken(what, to, why))

    if rule.places:
        step(Step.PLACES, min(number, facts.available), places=len(rule.places))
    if not facts.on_sale:
        step(Step.OFF_SALE, min(number, 0))
    if rule.excluded:
        step(Step.EXCLUDED, min(number, 0))
    if number > 0:
        sized = math.ceil(facts.sold_a_day * facts.lag_s / 86_400) if rule.sized_by_sales else 0
        kept = max(rule.buffer or 0, sized)
        why = {"sold_a_day": facts.sold_a_day, "lag_s": facts.lag_s} if sized > (rule.buffer or 0) else {}
        step(Step.SALES_BUFFER if why else Step.BUFFER, number - kept, units=kept, **why)
    if number > 0 and rule.share_pct is not None:
        step(Step.SHARE, number * rule.share_pct // 100, pct=rule.share_pct)
    if rule.most is not None:
        step(Step.MOST, min(number, rule.most), most=rule.most)
    if facts.shown_before:
        step(Step.OTHER_PLACES, min(number, facts.everywhere - facts.shown_before))
    step(Step.NOTHING_LEFT, max(0, min(number, MOST_SHOWN)))
    if facts.set_aside is not None:
        step(Step.SET_ASIDE, min(number, facts.set_aside))
    return Shown(number, tuple(steps))
