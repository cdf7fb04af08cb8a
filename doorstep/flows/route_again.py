"""Other rules, places that send otherwise, a new day: whoever waits because no place could send it is looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.orders import actions as orders
from doorstep.orders import facts
from doorstep.orders.values import HoldReason
from doorstep.stock import backorders

AT_ONCE = 50  # those that what is cancelled or moved may leave room for; whoever finds none waits for the next one, or the next day


@transaction.atomic
def react(ctx: Ctx, happened: Sequence[Event]) -> None:  # noqa: ARG001  # whatever changed, all who wait are looked at
    """Has parts looked at again, in their turn, that no place could send.  Locks: pool rows.  Emits: StockArrived."""
    variant_ids = facts.held_from_everywhere(ctx)
    if variant_ids:
        backorders.offer(ctx, variant_ids=variant_ids)


@transaction.atomic
def when_a_day_begins(ctx: Ctx) -> int:
    """Has parts looked at again, in their turn, for which every day was full, once a place begins with its next.

    Returns: how many.  Locks: the holds, then pool rows.  Emits: StockArrived.
    """
    return _offer(ctx, facts.held_until_now(ctx))


@transaction.atomic
def when_there_is_room(ctx: Ctx, happened: Sequence[Event]) -> None:  # noqa: ARG001  # whichever day has room
    """Has parts looked at again, in their turn, for which every day was full, once something that filled one is cancelled or goes
    from elsewhere.

    Locks: the holds, then pool rows.  Emits: StockArrived.
    """
    _offer(ctx, facts.held_for_days(ctx, limit=AT_ONCE))


def _offer(ctx: Ctx, parts: Mapping[int, Sequence[int]]) -> int:
    if not parts:
        return 0
    orders.note_holds(ctx, details={id: {"full_until": None} for id in parts}, reason=HoldReason.INVENTORY_OUT_OF_STOCK)
    backorders.offer(ctx, variant_ids=sorted({variant_id for some in parts.values() for variant_id in some}))
    return len(parts)
