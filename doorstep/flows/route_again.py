"""Other rules, or places that send otherwise: whoever waits because no place could send it is looked at again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.orders import facts
from doorstep.stock import backorders


@transaction.atomic
def react(ctx: Ctx, happened: Sequence[Event]) -> None:  # noqa: ARG001  # whatever changed, all who wait are looked at
    """Has parts looked at again, in their turn, that no place could send.  Locks: pool rows.  Emits: StockArrived."""
    variant_ids = facts.held_from_everywhere(ctx)
    if variant_ids:
        backorders.offer(ctx, variant_ids=variant_ids)
