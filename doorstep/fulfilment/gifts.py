"""Orders that are presents: no prices on their slips, and what the giver writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import events
from doorstep.orders import actions as orders

TAG = "gift"  # whoever tags an order so, a shop among them, makes it one
LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class GiftRow:
    """`message`: empty where the giver writes nothing.  `is_tagged`: it is one by its tag, whatever is said here."""

    order_id: int
    message: str
    is_tagged: bool


def gifts_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, GiftRow]:
    """Those of these orders that are presents, by order."""
    found = db.rows(
        GiftRow,
        """SELECT o.id AS order_id, COALESCE(g.message, '') AS message, %s = ANY(o.tags) AS is_tagged FROM orders_order o
             LEFT JOIN fulfilment_gift g ON g.organisation_id = o.organisation_id AND g.order_id = o.id
            WHERE o.organisation_id = %s AND o.id = ANY(%s) AND (g.id IS NOT NULL OR %s = ANY(o.tags))""",
        [TAG, ctx.organisation_id, list(order_ids), TAG],
    )
    return {row.order_id: row for row in found}


@transaction.atomic
def set_gift(ctx: Ctx, *, order_id: int, is_gift: bool, message: str = "") -> None:
    """Says that an order is a present, with what the giver writes, or that it is none; saying it twice changes nothing.

    Locks: the order.  Emits: GiftChanged, where anything differs.  Refuses: unknown orders, messages of more than 500 characters.
    """
    orders.lock_order(ctx, order_id=order_id)
    words = "\n".join(" ".join(line.split()) for line in message.replace("\x00", "").splitlines()).strip()
    if len(words) > LONGEST_MESSAGE:
        raise Refused(INVALID, {"field": "message", "problem": gettext_noop("has room for 500 characters")})
    key = [ctx.organisation_id, order_id]
    was = db.column("SELECT message FROM fulfilment_gift WHERE organisation_id = %s AND order_id = %s", key)
    if was == ([words] if is_gift else []):
        return
    if is_gift:
        db.execute(
            """INSERT INTO fulfilment_gift (organisation_id, order_id, message, by, at) VALUES (%s, %s, %s, %s, %s)
               ON CONFLICT (organisation_id, order_id)
               DO UPDATE SET message = EXCLUDED.message, by = EXCLUDED.by, at = EXCLUDED.at""",
            [*key, words, ctx.actor.name[:120], ctx.now],
        )
    else:
        db.execute("DELETE FROM fulfilment_gift WHERE organisation_id = %s AND order_id = %s", key)
    outbox.record(ctx, [Happened(events.GIFT_CHANGED, f"order:{order_id}", f"order:{order_id}", {"gift": is_gift})])


@transaction.atomic
def erase_words(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Erases what givers wrote for these orders; that they are presents stays."""
    db.execute(
        "UPDATE fulfilment_gift SET message = '' WHERE organisation_id = %s AND order_id = ANY(%s)",
        [ctx.organisation_id, list(order_ids)],
    )
