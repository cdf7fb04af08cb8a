"""Orders of people who turn out to be one, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx


def move(ctx: Ctx, *, keep_id: int, gone_id: int) -> list[int]:
    """Gives the orders of one customer to another.  Returns: the orders that moved."""
    return db.column(
        """UPDATE orders_order SET customer_id = %s, updated_at = %s WHERE organisation_id = %s AND customer_id = %s
           RETURNING id""",
        [keep_id, ctx.now, ctx.organisation_id, gone_id],
    )


def give_back(ctx: Ctx, *, ids: list[int], keep_id: int, gone_id: int) -> int:
    """Gives orders back that a merge moved.  Returns: how many."""
    return db.execute(
        """UPDATE orders_order SET customer_id = %s, updated_at = %s
            WHERE organisation_id = %s AND customer_id = %s AND id = ANY(%s)""",
        [gone_id, ctx.now, ctx.organisation_id, keep_id, ids],
    )


def count(ctx: Ctx, *, customer_id: int) -> int:
    """How many orders a customer has."""
    return int(
        db.scalar(
            "SELECT count(*) FROM orders_order WHERE organisation_id = %s AND customer_id = %s",
            [ctx.organisation_id, customer_id],
        )
    )


def move_cancelled(ctx: Ctx, *, keep_id: int, gone_id: int) -> list[int]:
    """Gives the cancelled lines of one customer to another.  Returns: the lines that moved."""
    return db.column(
        "UPDATE orders_cancelledline SET customer_id = %s WHERE organisation_id = %s AND customer_id = %s RETURNING id",
        [keep_id, ctx.organisation_id, gone_id],
    )


def give_back_cancelled(ctx: Ctx, *, ids: list[int], keep_id: int, gone_id: int) -> int:
    """Gives cancelled lines back that a merge moved.  Returns: how many."""
    return db.execute(
        "UPDATE orders_cancelledline SET customer_id = %s WHERE organisation_id = %s AND customer_id = %s AND id = ANY(%s)",
        [gone_id, ctx.organisation_id, keep_id, ids],
    )


def count_cancelled(ctx: Ctx, *, customer_id: int) -> int:
    """How many cancelled lines a customer has."""
    return int(
        db.scalar(
            "SELECT count(*) FROM orders_cancelledline WHERE organisation_id = %s AND customer_id = %s",
            [ctx.organisation_id, customer_id],
        )
    )


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


def count_since(ctx: Ctx, *, customer_id: int, since: datetime, emails: Sequence[str]) -> int:
    """How many orders of a customer came since then under one of these e-mail addresses."""
    return int(
        db.scalar(
            """SELECT count(*) FROM orders_order WHERE organisation_id = %s AND customer_id = %s AND received_at > %s
                  AND lower(email) = ANY(%s)""",
            [ctx.organisation_id, customer_id, since, list(emails)],
        )
    )
