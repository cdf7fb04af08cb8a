"""Units that a picker shall not fetch any more, since a customer in the shop has them."""

from __future__ import annotations

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.fulfilment import events, lists, queries


@transaction.atomic
def take_off(ctx: Ctx, *, fulfilment_order_id: int, fulfilment_line_id: int, qty: int) -> None:
    """Takes units that nobody has picked off their pick list; one that is on none is left alone.

    Units: whole units.  Needs: the pick list and the fulfilment order locked.  Emits: FulfilmentUnlisted, FulfilmentPicked.
    """
    rows = queries.tasks_of_orders(ctx, fulfilment_order_ids=[fulfilment_order_id])
    task = next((row for row in rows if row.fulfilment_line_id == fulfilment_line_id), None)
    if task is None:
        return
    kept = task.qty - qty
    db.execute(
        """UPDATE fulfilment_picktask SET qty = CASE WHEN %s > 0 THEN %s ELSE qty END, removed = %s
            WHERE organisation_id = %s AND id = %s""",
        [kept, kept, kept == 0, ctx.organisation_id, task.id],
    )
    subject = f"fulfilment_order:{task.fulfilment_order_id}"
    outbox.record(ctx, [Happened(events.UNLISTED, subject, f"order:{task.order_id}", {"to_put_back": 0})])
    lists.tell_if_picked(ctx, task=task)
    lists.settle(ctx, pick_list_ids=[task.pick_list_id])


def pick_lists_of(ctx: Ctx, *, fulfilment_order_ids: list[int]) -> set[int]:
    """The pick lists on which these fulfilment orders stand."""
    return {row.pick_list_id for row in queries.tasks_of_orders(ctx, fulfilment_order_ids=fulfilment_order_ids)}
