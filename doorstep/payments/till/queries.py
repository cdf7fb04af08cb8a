"""Reads of the till."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.payments.till.values import ChargeRow, Drawer, ShiftRow, TakingRow

SHIFT = """SELECT id, location_id, currency, opening_minor, opened_by, opened_at, expected_minor, counted_minor, reason, closed_by,
                  closed_at FROM payments_tillshift"""
CHARGE = """SELECT c.id, c.shift_id, c.account_id, c.kind, c.key, c.vendor_key, c.method, c.amount_minor, c.currency, c.state,
                   c.vendor_id, c.payment, c.problem, c.by, c.wanted_at, c.settled_at FROM payments_tillcharge c"""


def find_open(ctx: Ctx, *, location_id: int) -> ShiftRow | None:
    """The shift that is open in a shop."""
    return db.one(
        ShiftRow,
        f"{SHIFT} WHERE organisation_id = %s AND location_id = %s AND closed_at IS NULL",
        [ctx.organisation_id, location_id],
    )


def get_shift(ctx: Ctx, *, shift_id: int) -> ShiftRow:
    """One shift.  Refuses: unknown ids."""
    found = db.one(ShiftRow, f"{SHIFT} WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, shift_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "till shift", "key": shift_id})
    return found


def shift_of(ctx: Ctx, *, charge_id: int) -> ShiftRow:
    """The shift in which a card was asked for.  Refuses: unknown ids."""
    return get_shift(ctx, shift_id=get_charge(ctx, charge_id=charge_id).shift_id)


def list_shifts(ctx: Ctx, *, location_id: int | None = None, before: int | None = None, limit: int = 50) -> list[ShiftRow]:
    """Shifts, the newest first, of one shop or of all."""
    return db.rows(
        ShiftRow,
        f"""{SHIFT} WHERE organisation_id = %s AND (%s::bigint IS NULL OR location_id = %s)
               AND (%s::bigint IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, location_id, location_id, before, before, limit],
    )


def takings_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[TakingRow]:
    """What crossed the counter for these orders, in turn."""
    return db.rows(
        TakingRow,
        """SELECT id, shift_id, order_id, kind, amount_minor, handed_minor, charge_id, call_id, by, at FROM payments_tilltaking
            WHERE organisation_id = %s AND order_id = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, list(order_ids)],
    )


def list_takings(ctx: Ctx, *, shift_id: int, limit: int = 200) -> list[TakingRow]:
    """What crossed the counter in a shift, the newest first."""
    return db.rows(
        TakingRow,
        """SELECT id, shift_id, order_id, kind, amount_minor, handed_minor, charge_id, call_id, by, at FROM payments_tilltaking
            WHERE organisation_id = %s AND shift_id = %s ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, shift_id, limit],
    )


def drawer_of(ctx: Ctx, *, shift_id: int) -> Drawer:
    """What a shift took so far.  Refuses: unknown ids."""
    shift = get_shift(ctx, shift_id=shift_id)
    found = db.dicts(
        """SELECT kind, COALESCE(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS taken,
                  COALESCE(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS back
             FROM payments_tilltaking WHERE organisation_id = %s AND shift_id = %s GROUP BY kind""",
        [ctx.organisation_id, shift_id],
    )
    sales = db.scalar(
        """SELECT count(DISTINCT order_id) FROM payments_tilltaking
            WHERE organisation_id = %s AND shift_id = %s AND amount_minor > 0""",
        [ctx.organisation_id, shift_id],
    )
    idle = db.rows(
        ChargeRow,
        f"""{CHARGE} WHERE c.organisation_id = %s AND c.shift_id = %s AND c.kind = 'capture'
               AND c.state IN ('succeeded', 'unknown', 'wanted', 'pending')
               AND NOT EXISTS (SELECT 1 FROM payments_tilltaking t WHERE t.organisation_id = c.organisation_id
                                  AND t.charge_id = c.id)
               AND NOT EXISTS (SELECT 1 FROM payments_tillcharge r WHERE r.organisation_id = c.organisation_id
                                  AND r.kind = 'refund' AND r.state = 'succeeded' AND r.key = 'undo:' || c.key)
             ORDER BY c.id""",
        [ctx.organisation_id, shift_id],
    )
    return Drawer(
        shift, int(sales), {row["kind"]: row["taken"] for row in found}, {row["kind"]: row["back"] for row in found}, idle
    )


def find_charge(ctx: Ctx, *, key: str) -> ChargeRow | None:
    """The wish that was made under a key."""
    return db.one(ChargeRow, f"{CHARGE} WHERE c.organisation_id = %s AND c.key = %s", [ctx.organisation_id, key])


def get_charge(ctx: Ctx, *, charge_id: int) -> ChargeRow:
    """One wish.  Refuses: unknown ids."""
    found = db.one(ChargeRow, f"{CHARGE} WHERE c.organisation_id = %s AND c.id = %s", [ctx.organisation_id, charge_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "card payment", "key": charge_id})
    return found


def is_used(ctx: Ctx, *, charge_id: int) -> bool:
    """Whether a card payment paid for something."""
    key = [ctx.organisation_id, charge_id]
    return bool(db.scalar("SELECT count(*) FROM payments_tilltaking WHERE organisation_id = %s AND charge_id = %s", key))
