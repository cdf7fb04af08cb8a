"""Reads of payment accounts, the money of orders, and store credit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.vendors import WebhookAccounts
from doorstep.orders import queries as orders
from doorstep.payments import rules
from doorstep.payments.port import payments
from doorstep.payments.rules import Sold
from doorstep.payments.values import (
    ACCOUNT_CODE_TAKEN,
    AccountRow,
    Bill,
    CallKind,
    CallRow,
    CallState,
    CreditRow,
    EntryRow,
    Given,
    Ledger,
    PaymentRow,
)

ACCOUNTS = WebhookAccounts[AccountRow](
    AccountRow, table="payments_account", kind="payment_account", called="payment account", vendors=payments,
    taken=ACCOUNT_CODE_TAKEN, job="subscribe_payment_account", id_name="account_id",
)  # fmt: skip
PAYMENT = """SELECT p.id, p.order_id, p.account_id, p.method, p.currency, p.total_minor, p.authorised_minor, p.captured_minor,
                    p.refunded_minor, p.refund_open_minor, p.credited_minor, p.capture_before, p.vendor_id, p.state
               FROM payments_payment p"""
_CALL = """
SELECT c.id, c.payment_id, p.order_id, p.account_id, c.kind, c.key, c.vendor_key, c.amount_minor, p.currency, c.subject,
       c.reason, c.shares, c.state, c.vendor_id, c.problem, c.asked_times, c.by, c.wanted_at, c.settled_at
  FROM payments_call c JOIN payments_payment p ON p.organisation_id = c.organisation_id AND p.id = c.payment_id
"""
_FOR_PEOPLE = """
 WHERE c.organisation_id = %s AND (
       (c.state = 'wanted' AND c.kind = 'refund' AND p.account_id IS NULL)
       OR (c.state = 'failed' AND c.kind = 'capture' AND p.state = 'authorised' AND NOT EXISTS (
           SELECT 1 FROM payments_call later WHERE later.organisation_id = c.organisation_id
              AND later.payment_id = c.payment_id AND later.id > c.id)))
"""
_ENTRY = "SELECT id, order_id, kind, amount_minor, currency, call_id, by, at FROM payments_entry"
_CREDIT = "SELECT id, customer_id, order_id, amount_minor, currency, key, subject, shares, by, at FROM payments_credit"


def list_accounts(ctx: Ctx) -> list[AccountRow]:
    """Every account, those in use first, then in the order in which they were connected."""
    return ACCOUNTS.list(ctx)


def get_account(ctx: Ctx, *, account_id: int) -> AccountRow:
    """One account.  Refuses: unknown ids."""
    return ACCOUNTS.get(ctx, id=account_id)


def find_default_account(ctx: Ctx) -> AccountRow | None:
    """The account that new orders are authorised with: the first connected of those in use."""
    return next((row for row in list_accounts(ctx) if row.active), None)


def find_unsettled(*, older_than: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Calls to providers whose fate is open since then, of every organisation; those asked longest ago first.

    Refunds that a person pays out are none.  Shapes: (organisation id, call id).
    """
    found = db.dicts(
        """SELECT c.organisation_id, c.id FROM payments_call c
             JOIN payments_payment p ON p.organisation_id = c.organisation_id AND p.id = c.payment_id
            WHERE c.state IN ('wanted', 'pending', 'unknown') AND p.account_id IS NOT NULL
              AND COALESCE(c.asked_at, c.wanted_at) < %s
            ORDER BY COALESCE(c.asked_at, c.wanted_at) LIMIT %s""",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def payments_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, PaymentRow]:
    """The money of orders, by order id; orders without any are left out."""
    rows = db.rows(
        PaymentRow,
        PAYMENT + " WHERE p.organisation_id = %s AND p.order_id = ANY(%s)",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row.order_id: row for row in rows}


def calls_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[CallRow]:
    """What providers or people were asked for orders, newest first."""
    return db.rows(
        CallRow,
        _CALL + " WHERE c.organisation_id = %s AND p.order_id = ANY(%s) ORDER BY c.id DESC",
        [ctx.organisation_id, list(order_ids)],
    )


def get_call(ctx: Ctx, *, call_id: int) -> CallRow:
    """One call.  Refuses: unknown ids."""
    found = db.one(CallRow, _CALL + " WHERE c.organisation_id = %s AND c.id = %s", [ctx.organisation_id, call_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "payment call", "key": call_id})
    return found


def list_for_people(ctx: Ctx, *, limit: int = 200) -> list[CallRow]:
    """What waits for a person, oldest first: refunds to be paid out by hand, and captures that failed and still are due."""
    return db.rows(
        CallRow,
        _CALL + _FOR_PEOPLE + " ORDER BY c.wanted_at, c.id LIMIT %s",
        [ctx.organisation_id, limit],
    )


def count_for_people(ctx: Ctx) -> int:
    """How much waits for a person."""
    return int(db.scalar("SELECT count(*) FROM (" + _CALL + _FOR_PEOPLE + ") waiting", [ctx.organisation_id]))


def find_call(ctx: Ctx, *, key: str) -> CallRow | None:
    """The wish with a key of ours."""
    return db.one(CallRow, _CALL + " WHERE c.organisation_id = %s AND c.key = %s", [ctx.organisation_id, key])


def calls_by_vendor_key(ctx: Ctx, *, account_id: int, vendor_keys: Sequence[str]) -> dict[str, CallRow]:
    """Calls to one account by the key that its provider got; keys of nobody here are left out."""
    rows = db.rows(
        CallRow,
        _CALL + " WHERE c.organisation_id = %s AND p.account_id = %s AND c.vendor_key = ANY(%s)",
        [ctx.organisation_id, account_id, list(vendor_keys)],
    )
    return {row.vendor_key: row for row in rows}


def credits_of(ctx: Ctx, *, customer_id: int, before: int | None = None, limit: int | None = None) -> list[CreditRow]:
    """Store credit that a customer was granted, newest first.  Shapes: `before` is the id of the last row shown."""
    return db.rows(
        CreditRow,
        f"""{_CREDIT} WHERE organisation_id = %s AND customer_id = %s AND (%s::bigint IS NULL OR id < %s)
            ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, customer_id, before, before, limit],
    )


def credit_balance(ctx: Ctx, *, customer_id: int) -> dict[str, int]:
    """Store credit that a customer has, by currency.  Units: minor units."""
    found = db.dicts(
        """SELECT currency, sum(amount_minor)::bigint AS minor FROM payments_credit
            WHERE organisation_id = %s AND customer_id = %s GROUP BY currency ORDER BY currency""",
        [ctx.organisation_id, customer_id],
    )
    return {line["currency"]: line["minor"] for line in found}


def find_credit(ctx: Ctx, *, key: str) -> CreditRow | None:
    """The grant with a key of ours."""
    return db.one(CreditRow, _CREDIT + " WHERE organisation_id = %s AND key = %s", [ctx.organisation_id, key])


def refunded_but_for(ctx: Ctx, *, order_id: int, subjects: str) -> dict[int, int]:
    """Units of each line that were refunded or credited, those left out whose subject begins so."""
    found = db.dicts(
        """SELECT (s->>'line_id')::bigint AS line_id, sum((s->>'qty')::int)::int AS qty
             FROM (SELECT c.shares, c.subject FROM payments_call c
                     JOIN payments_payment p ON p.organisation_id = c.organisation_id AND p.id = c.payment_id
                    WHERE p.organisation_id = %s AND p.order_id = %s AND c.kind = 'refund' AND c.state <> 'failed'
                    UNION ALL
                   SELECT shares, subject FROM payments_credit WHERE organisation_id = %s AND order_id = %s) given
            CROSS JOIN LATERAL jsonb_array_elements(COALESCE(given.shares->'lines', '[]')) s
            WHERE NOT starts_with(given.subject, %s) GROUP BY 1""",
        [ctx.organisation_id, order_id, ctx.organisation_id, order_id, subjects],
    )
    return {row["line_id"]: row["qty"] for row in found}


def units_given(ctx: Ctx, *, subject: str) -> dict[int, int]:
    """Units of each line of an order that one refund or credit ("refund:7", "credit:3") gave the worth of."""
    kind, _, id = subject.partition(":")
    table = {"refund": "payments_call", "credit": "payments_credit"}[kind]
    found = db.dicts(
        f"""SELECT (s->>'line_id')::bigint AS line_id, (s->>'qty')::int AS qty
              FROM {table} g CROSS JOIN LATERAL jsonb_array_elements(COALESCE(g.shares->'lines', '[]')) s
             WHERE g.organisation_id = %s AND g.id = %s""",
        [ctx.organisation_id, int(id)],
    )
    return {row["line_id"]: row["qty"] for row in found}


def given_for(ctx: Ctx, *, order_id: int, subject: str) -> Given:
    """Refunds and credits of an order that were granted for one subject ("return:12"), newest first."""
    refunds = [
        c for c in calls_of(ctx, order_ids=[order_id]) if c.kind == CallKind.REFUND and c.subject == subject
    ]
    credits = db.rows(
        CreditRow,
        _CREDIT + " WHERE organisation_id = %s AND order_id = %s AND subject = %s ORDER BY id DESC",
        [ctx.organisation_id, order_id, subject],
    )
    return Given(tuple(refunds), tuple(credits))


def ledger_of(ctx: Ctx, *, order_id: int) -> Ledger:
    """The money of one order, with all that moved it."""
    payment = payments_of(ctx, order_ids=[order_id]).get(order_id)
    entries = db.rows(
        EntryRow,
        _ENTRY + " WHERE organisation_id = %s AND order_id = %s ORDER BY id",
        [ctx.organisation_id, order_id],
    )
    account = get_account(ctx, account_id=payment.account_id).name if payment and payment.account_id else ""
    return Ledger(
        payment=payment,
        currency=payment.currency if payment else "",
        entries=tuple(entries),
        calls=tuple(calls_of(ctx, order_ids=[order_id])),
        account_name=account,
    )


def bill_of(ctx: Ctx, *, order_id: int) -> Bill:
    """What the customer paid for an order, part by part, and what of it was refunded or credited.  Refuses: unknown orders."""
    detail = orders.get(ctx, id=order_id)
    payment = payments_of(ctx, order_ids=[order_id]).get(order_id)
    given = _given_back(ctx, order_id)
    before: dict[int, int] = {}
    for shares in given:
        for line in shares.get("lines", ()):
            before[line["line_id"]] = before.get(line["line_id"], 0) + line["qty"]
    return rules.make_bill(
        order_id=order_id,
        currency=detail.order.currency,
        lines=[Sold(x.id, x.title, x.sku, x.qty, x.total_minor, x.part_of) for x in detail.lines],
        discount_minor=detail.discount_minor,
        shipping_minor=detail.shipping_minor,
        added_tax_minor=0 if detail.taxes_included else detail.tax_minor,
        refundable_minor=payment.refundable_minor if payment else 0,
        before=before,
        shipping_before=any(shares.get("with_shipping") for shares in given),
    )


def _given_back(ctx: Ctx, order_id: int) -> list[Mapping[str, Any]]:
    """The parts of every refund that did not fail and of every credit."""
    shares = [
        c.shares
        for c in calls_of(ctx, order_ids=[order_id])
        if c.kind == CallKind.REFUND and c.state != CallState.FAILED
    ]
    rows = db.rows(
        CreditRow, _CREDIT + " WHERE organisation_id = %s AND order_id = %s", [ctx.organisation_id, order_id]
    )
    return [*shares, *(row.shares for row in rows)]
