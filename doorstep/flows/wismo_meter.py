"""Behind the figure: who asked where an order is, by which way, and what they had been told by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstep.base.ctx import Ctx
from doorstep.inbox import contacts
from doorstep.inbox.contacts import ChannelMeter, Meter
from doorstep.messaging.notices import book

NOTHING, NO_ORDER = "nothing", "no_order"
MOST = 5_000
SOON = timedelta(minutes=15)  # what was filed a moment ago is classed in a moment


@dataclass(frozen=True, slots=True)
class Story:
    """`told`: how many asked after which kind of notice, most first; `nothing` had been told, or `no_order` is known of them.

    `unclassed`: messages that wait to be classed; they are in none of these.
    """

    meter: Meter
    channels: Sequence[ChannelMeter]
    told: Sequence[tuple[str, int]]
    unclassed: int


def story(ctx: Ctx, *, since: datetime, until: datetime) -> Story:
    """The figure of a period with what it is made of."""
    asked = contacts.asked(ctx, since=since, until=until, limit=MOST)
    told = book.told_before(ctx, asked=[(one.order_id, one.at) for one in asked if one.order_id is not None])
    counted = Counter(
        NO_ORDER if one.order_id is None else told.get((one.order_id, one.at), NOTHING) for one in asked
    )
    missing = contacts.find_unclassed(ctx, since=since, before=ctx.now - SOON, limit=MOST)
    return Story(
        contacts.meter(ctx, since=since, until=until), contacts.by_channel(ctx, since=since, until=until),
        sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])), len(missing),
    )  # fmt: skip
