"""Set-based inserts of payments and entries; actions hide them."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.payments.values import CreditRow, EntryKind, Opening, PaymentRow, PayState


def insert(ctx: Ctx, openings: Sequence[Opening], *, account_id: int | None) -> None:
    """The money of new orders with the first lines of their ledgers, in one statement.

    Shapes: `account_id` takes the money of those that came with a method and are not paid yet.
    """
    lines = []
    for o in openings:
        ours = o.method if o.state is PayState.PENDING and account_id is not None else ""
        worth = max(o.total_minor, 0)
        captured = worth if o.state is PayState.CAPTURED else 0
        authorised = worth if o.state is PayState.AUTHORISED else captured
        refunded = captured if o.refunded else 0
        lines.append(
            (o.order_id, account_id if ours else None, ours, o.currency, worth, authorised, captured, refunded,
             o.state.value)
        )  # fmt: skip
    db.send(
        """WITH u AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
                                           %s::bigint[], %s::bigint[], %s::text[])
                        u(o, account, method, currency, total, authorised, captured, refunded, state)),
                made AS (
             INSERT INTO payments_payment (organisation_id, order_id, account_id, method, currency, total_minor,
                                           authorised_minor, captured_minor, refunded_minor, refund_open_minor, vendor_id, state)
             SELECT %s, o, account, method, currency, total, authorised, captured, refunded, 0, '', state FROM u ORDER BY o)
           INSERT INTO payments_entry (organisation_id, order_id, kind, amount_minor, currency, by, at)
           SELECT %s, u.o, k.kind, k.minor, u.currency, %s, %s
             FROM u CROSS JOIN LATERAL (VALUES (1, 'authorisation', CASE u.captured WHEN 0 THEN u.authorised ELSE 0 END),
                                               (2, 'capture', u.captured), (3, 'refund', u.refunded)) k(n, kind, minor)
            WHERE k.minor > 0 ORDER BY u.o, k.n""",
        [*db.columns(lines, 9), ctx.organisation_id, ctx.organisation_id, ctx.actor.name[:120], ctx.now],
    )


def enter(ctx: Ctx, payment: PaymentRow, kind: EntryKind, amount_minor: int, *, call_id: int | None = None) -> None:
    """A line in an order's ledger; none for nothing."""
    if amount_minor > 0:
        db.execute(
            """INSERT INTO payments_entry (organisation_id, order_id, kind, amount_minor, currency, call_id, by, at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                ctx.organisation_id, payment.order_id, kind.value, amount_minor, payment.currency, call_id,
                ctx.actor.name[:120], ctx.now,
            ],
        )  # fmt: skip


def enter_credit(ctx: Ctx, credit: CreditRow) -> None:
    """The line of a credit in the ledger of the order that it is about."""
    db.execute(
        """INSERT INTO payments_entry (organisation_id, order_id, kind, amount_minor, currency, credit_id, by, at)
           VALUES (%s, %s, 'credit', %s, %s, %s, %s, %s)""",
        [ctx.organisation_id, credit.order_id, credit.amount_minor, credit.currency, credit.id, credit.by, credit.at],
    )
