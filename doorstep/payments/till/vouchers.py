"""Store credit of the till: granted in place of money, and spent by whoever has its code; never below nought, never twice."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.payments.till.values import NO_VOUCHER, VOUCHER_EXPIRED, VOUCHER_SPENT, ShiftRow, VoucherRow

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 and O, no 1 and I: people type these from paper
LENGTH = 16  # 80 bits
VOUCHER = """SELECT id, code, currency, amount_minor, balance_minor, order_id, call_id, expires_on, by, at
               FROM payments_tillvoucher"""


def find(ctx: Ctx, *, code: str) -> VoucherRow | None:
    """The credit of a code, however it is typed."""
    return db.one(VoucherRow, f"{VOUCHER} WHERE organisation_id = %s AND code = %s", [ctx.organisation_id, bare(code=code)])


def granted_for(ctx: Ctx, *, call_ids: Sequence[int]) -> list[VoucherRow]:
    """The credit that was granted in place of these refunds."""
    return db.rows(
        VoucherRow, f"{VOUCHER} WHERE organisation_id = %s AND call_id = ANY(%s) ORDER BY id", [ctx.organisation_id, list(call_ids)]
    )


def spent_on(ctx: Ctx, *, order_id: int) -> list[VoucherRow]:
    """The credit that paid for an order, as it stands now."""
    return db.rows(
        VoucherRow,
        f"""{VOUCHER} WHERE organisation_id = %s AND id IN (SELECT voucher_id FROM payments_tillvoucheruse
                                                             WHERE organisation_id = %s AND order_id = %s) ORDER BY id""",
        [ctx.organisation_id, ctx.organisation_id, order_id],
    )


def bare(*, code: str) -> str:
    """A code without what people and scanners put between its parts."""
    return "".join(one for one in code.upper() if one in ALPHABET)[:40]


@transaction.atomic
def grant(ctx: Ctx, *, shift: ShiftRow, order_id: int, call_id: int, amount_minor: int) -> VoucherRow:
    """Grants store credit in place of a refund that is paid out now; it may be spent as long as the shop says.

    Units: minor units.  Needs: the refund's payment locked, so that one refund grants once.
    """
    days = db.scalar(
        "SELECT voucher_days FROM payments_tillpaper WHERE organisation_id = %s AND location_id = %s",
        [ctx.organisation_id, shift.location_id],
    )
    until = ctx.now.date() + timedelta(days=days) if days else None
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    db.execute(
        """INSERT INTO payments_tillvoucher (organisation_id, code, currency, amount_minor, balance_minor, order_id, call_id,
                                             expires_on, by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            ctx.organisation_id, code, shift.currency, amount_minor, amount_minor, order_id, call_id, until,
            ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip
    return require(ctx, code=code, currency=shift.currency, today=ctx.now.date())


def require(ctx: Ctx, *, code: str, currency: str, today: date) -> VoucherRow:
    """The credit of a code that can be spent here.  Refuses: unknown codes, another currency, credit that is over."""
    row = find(ctx, code=code)
    if row is None or row.currency != currency:
        raise Refused(NO_VOUCHER, {"code": code[:40]})
    if row.expires_on is not None and row.expires_on < today:
        raise Refused(VOUCHER_EXPIRED, {"code": row.called, "day": row.expires_on.isoformat()})
    return row


@transaction.atomic
def spend(ctx: Ctx, *, order_id: int, currency: str, wants: Sequence[tuple[str, int]]) -> None:
    """Pays for an order with store credit.  Shapes: `wants` are codes and amounts; the same code in several is summed.

    Units: minor units.  Locks: the credit, by code.  Refuses: as `require`, and more than is left.
    """
    sums: dict[str, int] = {}
    for code, amount in wants:
        sums[bare(code=code)] = sums.get(bare(code=code), 0) + amount
    for code, amount in sorted(sums.items()):
        row = require(ctx, code=code, currency=currency, today=ctx.now.date())
        done = db.column(
            """UPDATE payments_tillvoucher SET balance_minor = balance_minor - %s
                WHERE organisation_id = %s AND id = %s AND balance_minor >= %s RETURNING id""",
            [amount, ctx.organisation_id, row.id, amount],
        )
        if not done:
            left = require(ctx, code=code, currency=currency, today=ctx.now.date()).balance_minor
            raise Refused(VOUCHER_SPENT, {"code": row.called, "balance": Money(left, currency)})
        db.execute(
            """INSERT INTO payments_tillvoucheruse (organisation_id, voucher_id, order_id, amount_minor, by, at)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            [ctx.organisation_id, row.id, order_id, amount, ctx.actor.name[:120], ctx.now],
        )
