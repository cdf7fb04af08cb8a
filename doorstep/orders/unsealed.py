"""Orders that were taken in before who gets them was kept apart (docs/adr/0034): what they say of people is taken out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import aging, db, search
from doorstep.base.aging import Turn
from doorstep.base.ctx import Ctx
from doorstep.orders import rules
from doorstep.orders.values import Address

# What facts of an order say of where it goes.
SAID_OF_PEOPLE = ("address", "address_was")


@dataclass(frozen=True, slots=True)
class Unsealed:
    organisation_id: int
    order_id: int
    connection_id: int


def look(*, connection_ids: Sequence[int], now: datetime, after: int, limit: int) -> tuple[Turn, list[Unsealed]]:
    """The next orders of any organisation that these connections sold and of which nothing is kept apart, after an id."""
    upto, is_last = aging.look("orders_order", "received_at", now, after, limit)
    found = db.rows(
        Unsealed,
        """SELECT organisation_id, id AS order_id, connection_id FROM orders_order o
            WHERE id > %s AND id <= %s AND connection_id = ANY(%s)
              AND NOT EXISTS (SELECT 1 FROM orders_recipient r WHERE r.organisation_id = o.organisation_id AND r.order_id = o.id)
            ORDER BY id""",
        [after, upto, list(connection_ids)],
    )
    return Turn(upto, len(found), is_last), found


@transaction.atomic
def strip(ctx: Ctx, *, abouts: Mapping[int, Address], skus: Mapping[int, Sequence[str]]) -> None:
    """Leaves to orders where about they go, under their number.  Shapes: by order, the SKUs of their lines among them.

    Locks: the orders, ascending.
    """
    for order_id, about in sorted(abouts.items()):
        key = [ctx.organisation_id, order_id]
        one = "SELECT external_id FROM orders_order WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE"
        external_id = str(db.scalar(one, key))
        text = " ".join(dict.fromkeys(f"{search.fold(external_id)} {rules.search_words(about, skus[order_id])}".split()))
        db.execute(
            """UPDATE orders_order SET ship_to = %s::jsonb, customer_name = %s, email = '', phone = '', note = '', search = %s
                WHERE organisation_id = %s AND id = %s""",
            [db.as_json(about.as_dict()), about.name, text, *key],
        )
        grams = list(search.grams_of(text))
        db.execute("UPDATE orders_ordersearch SET grams = %s WHERE organisation_id = %s AND order_id = %s", [grams, *key])


def buyers_of_only(ctx: Ctx, *, order_ids: Sequence[int], connection_ids: Sequence[int]) -> dict[int, int]:
    """Customers of these orders who bought by these connections alone.  Shapes: their newest of these orders, by customer."""
    found = db.dicts(
        """SELECT o.customer_id, max(o.id) AS order_id FROM orders_order o
            WHERE o.organisation_id = %s AND o.id = ANY(%s)
              AND NOT EXISTS (SELECT 1 FROM orders_order other WHERE other.organisation_id = o.organisation_id
                                 AND other.customer_id = o.customer_id AND other.connection_id <> ALL(%s))
            GROUP BY 1""",
        [ctx.organisation_id, list(order_ids), list(connection_ids)],
    )
    return {line["customer_id"]: line["order_id"] for line in found}
