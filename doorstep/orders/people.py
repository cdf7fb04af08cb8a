"""Orders of people who turn out to be one, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.customers.owned import Rows

ORDERS = Rows("orders_order", is_dated=True)
CANCELLED_LINES = Rows("orders_cancelledline")


def postal_codes_of(ctx: Ctx, *, customer_ids: Sequence[int]) -> dict[int, set[tuple[str, str]]]:
    """Where the orders of customers went.  Shapes: (country, postal code) by customer."""
    found: dict[int, set[tuple[str, str]]] = {id: set() for id in customer_ids}
    for line in db.dicts(
        """SELECT DISTINCT customer_id, country, postal_code FROM orders_order
            WHERE organisation_id = %s AND customer_id = ANY(%s) AND postal_code <> ''""",
        [ctx.organisation_id, list(customer_ids)],
    ):
        found[line["customer_id"]].add((line["country"], line["postal_code"]))
    return found


def customers_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """Whose orders these are, each once."""
    return db.column(
        "SELECT DISTINCT customer_id FROM orders_order WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, list(order_ids)],
    )


def owned_by(ctx: Ctx, *, customer_id: int, order_ids: Sequence[int]) -> list[int]:
    """Which of these orders are a customer's."""
    return db.column(
        "SELECT id FROM orders_order WHERE organisation_id = %s AND customer_id = %s AND id = ANY(%s) ORDER BY id",
        [ctx.organisation_id, customer_id, list(order_ids)],
    )


def count_since(
    ctx: Ctx, *, customer_id: int, since: datetime, emails: Sequence[str], but: Sequence[int]
) -> int:
    """How many orders of a customer came since then under one of these e-mail addresses, those in `but` left out."""
    return int(
        db.scalar(
            """SELECT count(*) FROM orders_order WHERE organisation_id = %s AND customer_id = %s AND received_at >= %s
                  AND lower(email) = ANY(%s) AND id <> ALL(%s)""",
            [ctx.organisation_id, customer_id, since, list(emails), list(but)],
        )
    )
