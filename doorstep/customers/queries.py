"""Reads of customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.customers.values import CustomerRow, IdentityRow

COLUMNS = "id, name, email, phone, language, country, accepts_marketing, note, version, created_at, updated_at, merged_into_id"


def get(ctx: Ctx, *, customer_id: int) -> CustomerRow:
    """One customer.  Refuses: unknown id."""
    found = db.one(
        CustomerRow,
        f"SELECT {COLUMNS} FROM customers_customer WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, customer_id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "customer", "key": customer_id})
    return found


def by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, CustomerRow]:
    """The customers that have these ids; others are left out."""
    found = db.rows(
        CustomerRow,
        f"SELECT {COLUMNS} FROM customers_customer WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, list(ids)],
    )
    return {row.id: row for row in found}


def list_customers(
    ctx: Ctx,
    *,
    query: str = "",
    country: str = "",
    consent: bool | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[CustomerRow]:
    """Customers, newest first; `before` is the last id of the page before.

    `query` matches any part of a word of name, e-mail or phone; a phone also as it is dialled at home, however it is parted.
    """
    matches, parameters = search.matches("search", query)
    if digits := search.dialled(query):
        as_dialled, more = search.matches("search", digits)
        matches, parameters = f"({matches} OR {as_dialled})", [*parameters, *more]
    return db.rows(
        CustomerRow,
        f"""SELECT {COLUMNS} FROM customers_customer
             WHERE organisation_id = %s AND merged_into_id IS NULL AND (%s::bigint IS NULL OR id < %s) AND (%s = '' OR country = %s)
               AND (%s::bool IS NULL OR accepts_marketing = %s) AND {matches}
             ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, before, before, country, country, consent, consent, *parameters, limit],
    )


def list_updated(
    ctx: Ctx, *, since: datetime, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[CustomerRow]:
    """Customers by when they last changed, oldest change first, those who were merged away among them.

    Shapes: keyset (updated_at, id).
    """
    return db.rows(
        CustomerRow,
        f"""SELECT {COLUMNS} FROM customers_customer WHERE organisation_id = %s AND updated_at >= %s
               AND (%s::timestamptz IS NULL OR (updated_at, id) > (%s, %s)) ORDER BY updated_at, id LIMIT %s""",
        [ctx.organisation_id, since, after and after[0], after and after[0], after and after[1], limit],
    )


def identities(ctx: Ctx, *, customer_id: int) -> list[IdentityRow]:
    """How one customer is recognised, oldest first."""
    return db.rows(
        IdentityRow,
        """SELECT id, customer_id, kind, value, created_at FROM customers_identity
            WHERE organisation_id = %s AND customer_id = %s ORDER BY id""",
        [ctx.organisation_id, customer_id],
    )


def find_by_identity(ctx: Ctx, *, kind: str, value: str) -> int | None:
    """The customer whom this identity names; give e-mail addresses normalised."""
    found: int | None = db.scalar(
        "SELECT customer_id FROM customers_identity WHERE organisation_id = %s AND kind = %s AND value = %s",
        [ctx.organisation_id, kind, value],
    )
    return found


def count(ctx: Ctx) -> int:
    """How many customers there are."""
    sql = "SELECT count(*) FROM customers_customer WHERE organisation_id = %s AND merged_into_id IS NULL"
    return int(db.scalar(sql, [ctx.organisation_id]))


def list_countries(ctx: Ctx) -> list[str]:
    """The countries that customers are in, by code."""
    return db.column(
        """WITH RECURSIVE seen AS (
               SELECT min(country) AS country FROM customers_customer WHERE organisation_id = %(org)s AND country > ''
               UNION ALL
               SELECT (SELECT min(country) FROM customers_customer WHERE organisation_id = %(org)s AND country > s.country)
                 FROM seen s WHERE s.country IS NOT NULL)
           SELECT country FROM seen WHERE country IS NOT NULL""",
        {"org": ctx.organisation_id},
    )


def known_emails(ctx: Ctx, *, emails: Sequence[str]) -> set[str]:
    """Which of these normalised e-mail addresses belong to somebody."""
    return set(
        db.column(
            "SELECT value FROM customers_identity WHERE organisation_id = %s AND kind = 'email' AND value = ANY(%s)",
            [ctx.organisation_id, list(emails)],
        )
    )
