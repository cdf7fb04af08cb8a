"""How long numbers took to each channel, by what was booked and what became of each number."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench._channels.readers import quantile

RATE, BURST = 0.0083, 15.0  # of createFeed.  Source: Amazon's model of feeds
KEPT = 3.0  # calls that are left to feeds with something that is sold out
FOLLOWED_WITHIN_S = 1.0  # a number that was wanted so shortly before a feed was made may have been committed after it
Booked = dict[int, list[float]]  # when changes were committed, by variant, ascending


@dataclass(frozen=True, slots=True)
class One:
    """A number that a listing was told.  `due`: since when it could have gone: wanted, and the last one answered."""

    listing_id: int
    connection_id: int
    variant_id: int
    number: int
    sent: float
    wanted: float
    answered: float
    outcome: str
    due: float = 0.0


def newest() -> int:
    """The last number that was told so far."""
    from doorstep.base import db

    return int(db.scalar("SELECT COALESCE(max(id), 0) FROM channels_numbertold"))


def told(after: int) -> list[One]:
    """What was told since, as it was sent, with what nobody has answered yet."""
    from doorstep.base import db

    rows: list[dict[str, Any]] = db.dicts(
        """SELECT t.listing_id, t.connection_id, l.variant_id, t.number, extract(epoch FROM t.sent_at)::float AS sent,
                  extract(epoch FROM t.wanted_at)::float AS wanted, extract(epoch FROM t.answered_at)::float AS answered, t.outcome
             FROM channels_numbertold t JOIN channels_listing l ON l.id = t.listing_id WHERE t.id > %s
            UNION ALL
           SELECT e.listing_id, e.connection_id, l.variant_id, e.sent, extract(epoch FROM e.sent_at)::float,
                  extract(epoch FROM LEAST(e.wanted_at, e.sent_at))::float, 'infinity', 'under way'
             FROM channels_exposure e JOIN channels_listing l ON l.id = e.listing_id WHERE e.sent IS NOT NULL
            ORDER BY sent""",
        [after],
    )
    found: list[One] = []
    answered: dict[int, float] = {}
    for row in rows:
        one = One(**row)
        found.append(replace(one, due=max(one.wanted, answered.get(one.listing_id, 0.0))))
        answered[one.listing_id] = one.answered
    return found


def shops_ms(booked: Booked, numbers: Sequence[One], kinds: Mapping[int, str]) -> dict[str, list[float]]:
    """How long each change took until each kind of shop had taken a number that was sent after it."""
    waits: dict[str, list[float]] = defaultdict(list)
    taken: dict[tuple[int, int], list[One]] = defaultdict(list)
    for one in numbers:
        if one.outcome == "taken":
            taken[one.connection_id, one.variant_id].append(one)
    for (connection_id, variant_id), those in taken.items():
        moments = [one.sent for one in those]
        for at in booked.get(variant_id, ()):
            n = bisect_left(moments, at)
            if n < len(those):
                waits[kinds[connection_id]].append((those[n].answered - at) * 1000)
    return waits


def pushes_per_change(booked: Booked, numbers: Sequence[One]) -> float:
    """Numbers told per change, of the listing that has most."""
    pushed = Counter((one.connection_id, one.variant_id) for one in numbers)
    return max((count / len(booked[variant]) for (_, variant), count in pushed.items() if booked.get(variant)), default=0.0)


def feeds(numbers: Sequence[One], *, since: float) -> dict[str, float]:
    """How long feeds of all sellers waited for nothing, and whether what goes to zero went first.

    `since`: when somebody began to work on them.
    """
    numbers = [replace(one, due=max(one.due, since)) for one in numbers]
    waits: list[float] = []
    later = zeros = made = 0
    for seller in sorted({one.connection_id for one in numbers}):
        mine = [one for one in numbers if one.connection_id == seller]
        those = waits_of_feeds(mine)
        waits, made = waits + those, made + len(those)
        sold_out = [one for one in mine if not one.number]
        zeros += len(sold_out)
        later += sum(_is_overtaken(one, mine) for one in sold_out)
    return {
        "sync.amazon_wait_ms": quantile(waits, 0.99), "sync.amazon_feeds": float(made), "sync.amazon_zeros": float(zeros),
        "sync.amazon_zero_later": later / zeros if zeros else 0.0,
    }  # fmt: skip


def _is_overtaken(zero: One, mine: Sequence[One]) -> bool:
    """Whether a number that leaves something, and was due no earlier, rode in an earlier feed."""
    return any(
        one.number and one.sent < zero.sent and one.due >= zero.due and one.sent > zero.due + FOLLOWED_WITHIN_S for one in mine
    )


def waits_of_feeds(numbers: Sequence[One]) -> list[float]:
    """How many milliseconds each feed of a seller waited though something was due and a call was free for that.

    All of them, from the first, for each takes a call.  Source: Amazon's model of feeds, createFeed.
    """
    by_feed: dict[float, list[One]] = defaultdict(list)
    for one in numbers:
        by_feed[one.sent].append(one)
    left, last = BURST, 0.0
    waits: list[float] = []
    for sent, inside in sorted(by_feed.items()):
        kinds = {not one.number for one in inside}
        free = min(_free(inside, left, last, zero=zero) for zero in kinds)
        waits.append(max(sent - free, 0.0) * 1000)
        left, last = min(BURST, left + (sent - last) * RATE) - 1, sent
    return waits


def _free(inside: Sequence[One], left: float, last: float, *, zero: bool) -> float:
    """Since when those that go to zero, or the others, could have gone."""
    begin = max(min(one.due for one in inside if zero is not bool(one.number)), last)
    needed, there = 1 if zero else 1 + KEPT, min(BURST, left + (begin - last) * RATE)
    return begin if there >= needed else begin + (needed - there) / RATE
