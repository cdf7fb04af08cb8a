"""Writes to the till."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationKind, LocationRow
from doorstep.payments import events
from doorstep.payments.port import Told
from doorstep.payments.till import queries, vouchers
from doorstep.payments.till.queries import SHIFT
from doorstep.payments.till.values import (
    BAD_CHARGE,
    CHARGE_KEY_REUSED,
    NO_SHIFT,
    NOT_A_SHOP,
    SHIFT_OPEN,
    WHY_DIFFERENT,
    ChargeRow,
    Drawer,
    Given,
    ShiftRow,
    TillKind,
)
from doorstep.payments.values import CALLS, CallState

MOST_MINOR = 10**15


def shop_of(ctx: Ctx, *, location_id: int) -> LocationRow:
    """A shop that is in use.  Refuses: unknown locations, warehouses, those that were closed."""
    shop = locations.get(ctx, location_id=location_id)
    if shop.kind != LocationKind.SHOP or not shop.active:
        raise Refused(NOT_A_SHOP, {"shop": shop.name})
    return shop


@transaction.atomic
def open_shift(ctx: Ctx, *, location_id: int, currency: str, opening_minor: int) -> ShiftRow:
    """Opens the till of a shop with the cash that is in the drawer.

    Units: minor units.  Emits: TillOpened.  Refuses: what is not a shop, one whose till is open, no amount.
    """
    shop = shop_of(ctx, location_id=location_id)
    _check_cash("opening", opening_minor)
    made = db.column(
        """INSERT INTO payments_tillshift (organisation_id, location_id, currency, opening_minor, opened_by, opened_at)
           VALUES (%s, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, location_id) WHERE closed_at IS NULL DO NOTHING RETURNING id""",
        [ctx.organisation_id, location_id, currency, opening_minor, ctx.actor.name[:120], ctx.now],
    )
    if not made:
        raise Refused(SHIFT_OPEN, {"shop": shop.name})
    row = queries.get_shift(ctx, shift_id=made[0])
    _tell(ctx, events.TILL_OPENED, row, {"shop": shop.name, "opening_minor": opening_minor})
    return row


@transaction.atomic
def close_shift(ctx: Ctx, *, shift_id: int, counted_minor: int, reason: str = "") -> ShiftRow:
    """Closes a till with what was counted in its drawer; the same count once more changes nothing.

    Units: minor units.  Locks: the shift.  Emits: TillClosed.  Refuses: no amount, a difference without a reason, a shift
    that was closed with another count.
    """
    _check_cash("counted", counted_minor)
    row = _locked(ctx, shift_id, "NO KEY UPDATE")
    if not row.is_open:
        if row.counted_minor == counted_minor:
            return row
        raise Refused(NO_SHIFT, {"shop": locations.get(ctx, location_id=row.location_id).name})
    drawer = queries.drawer_of(ctx, shift_id=shift_id)
    expected, why = drawer.expected_minor, " ".join(reason.split())[:300]
    if counted_minor != expected and not why:
        facts = {"counted": Money(counted_minor, row.currency), "expected": Money(expected, row.currency)}
        raise Refused(WHY_DIFFERENT, facts)
    db.execute(
        """UPDATE payments_tillshift SET expected_minor = %s, counted_minor = %s, reason = %s, closed_by = %s, closed_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [
            expected, counted_minor, why if counted_minor != expected else "", ctx.actor.name[:120], ctx.now,
            ctx.organisation_id, shift_id,
        ],
    )  # fmt: skip
    fact = {"expected_minor": expected, "counted_minor": counted_minor, "currency": row.currency, "reason": why}
    _tell(ctx, events.TILL_CLOSED, row, fact)
    return queries.get_shift(ctx, shift_id=shift_id)


def expected(ctx: Ctx, *, shift_id: int) -> Drawer:
    """What a shift took so far, held still until the transaction ends.  Locks: the shift."""
    _locked(ctx, shift_id, "NO KEY UPDATE")
    return queries.drawer_of(ctx, shift_id=shift_id)


@transaction.atomic
def lock_open(ctx: Ctx, *, location_id: int) -> ShiftRow:
    """The open shift of a shop, kept from being closed until the transaction ends; sellers do not wait for each other.

    Locks: the shift, shared.  Refuses: a shop whose till is closed.
    """
    found = db.one(
        ShiftRow,
        f"{SHIFT} WHERE organisation_id = %s AND location_id = %s AND closed_at IS NULL FOR SHARE",
        [ctx.organisation_id, location_id],
    )
    if found is None:
        raise Refused(NO_SHIFT, {"shop": locations.get(ctx, location_id=location_id).name})
    return found


@transaction.atomic
def take(ctx: Ctx, *, shift: ShiftRow, order_id: int, given: Sequence[Given]) -> None:
    """Notes the money of an order that crossed the counter.  Needs: the shift locked as open.

    Units: minor units.  Locks: card payments, then store credit that pays, by code.
    Refuses: a card payment that did not succeed, of another amount or shop, or that paid for something before; as
    `vouchers.spend`.
    """
    for one in given:
        if one.kind is TillKind.CARD:
            _check_charge(ctx, shift, one)
    credit = [(one.code, one.amount_minor) for one in given if one.kind is TillKind.VOUCHER and one.amount_minor > 0]
    vouchers.spend(ctx, order_id=order_id, currency=shift.currency, wants=credit)
    db.execute(
        """INSERT INTO payments_tilltaking (organisation_id, shift_id, order_id, kind, amount_minor, handed_minor, charge_id,
                                            call_id, by, at)
           SELECT %s, %s, %s, u.*, %s, %s FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) u""",
        [
            ctx.organisation_id, shift.id, order_id, ctx.actor.name[:120], ctx.now,
            *db.columns(
                [(g.kind.value, g.amount_minor, max(g.handed_minor, g.amount_minor), g.charge_id, g.call_id)
                 for g in given if g.amount_minor],
                5,
            ),
        ],
    )  # fmt: skip


def _check_charge(ctx: Ctx, shift: ShiftRow, given: Given) -> None:
    charge = _locked_charge(ctx, given.charge_id) if given.charge_id else None
    sign = -1 if charge is not None and charge.kind == "refund" else 1
    if charge is None or charge.state != CallState.SUCCEEDED or charge.currency != shift.currency:
        raise Refused(BAD_CHARGE)
    is_here = queries.get_shift(ctx, shift_id=charge.shift_id).location_id == shift.location_id
    undone = queries.find_charge(ctx, key=f"undo:{charge.key}")
    is_used = queries.is_used(ctx, charge_id=charge.id)
    if not is_here or is_used or undone is not None or sign * charge.amount_minor != given.amount_minor:
        raise Refused(BAD_CHARGE)


def require_unused(ctx: Ctx, *, charge_id: int) -> None:
    """Refuses a card payment that paid for a sale, and money that went back.  Locks: the wish, against a sale that takes it."""
    charge = _locked_charge(ctx, charge_id)
    if charge.kind != "capture" or queries.is_used(ctx, charge_id=charge.id):
        raise Refused(BAD_CHARGE)


def _locked_charge(ctx: Ctx, charge_id: int) -> ChargeRow:
    key = [ctx.organisation_id, charge_id]
    db.execute("SELECT 1 FROM payments_tillcharge WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE", key)
    return queries.get_charge(ctx, charge_id=charge_id)


@transaction.atomic
def want_charge(
    ctx: Ctx, *, shift: ShiftRow, account_id: int, kind: str, key: str, amount_minor: int, method: str, payment: str = ""
) -> ChargeRow:
    """Wishes for money from a card, or back to one (`refund`, of what was taken as `payment`); one key, one wish.

    Units: minor units.  Refuses: no amount, a key that was used otherwise.
    """
    if not 0 < amount_minor < MOST_MINOR:
        raise Refused(INVALID, {"field": "amount", "problem": gettext_noop("This is not an amount.")})
    db.execute(
        """INSERT INTO payments_tillcharge (organisation_id, shift_id, account_id, kind, key, method, amount_minor, currency,
                                            state, payment, by, wanted_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'wanted', %s, %s, %s) ON CONFLICT (organisation_id, key) DO NOTHING""",
        [
            ctx.organisation_id, shift.id, account_id, kind, key[:120], method[:100], amount_minor, shift.currency, payment,
            ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip
    row = queries.find_charge(ctx, key=key[:120])
    if row is None or (row.kind, row.amount_minor, row.currency) != (kind, amount_minor, shift.currency):
        raise Refused(CHARGE_KEY_REUSED)
    return row


@transaction.atomic
def settle_charge(ctx: Ctx, *, charge_id: int, told: Told | None, payment: str = "", problem: str = "") -> ChargeRow:
    """Notes what a provider answered about a card; None when it did not.  What is settled stays so.

    Locks: the wish.  Emits: TillCharged or TillDeclined.
    """
    state = db.scalar(
        "SELECT state FROM payments_tillcharge WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, charge_id],
    )
    if state is None:
        raise Refused(NOT_FOUND, {"what": "card payment", "key": charge_id})
    to = CallState.UNKNOWN if told is None else told.state
    if not CALLS.can(CallState(state), to):
        return queries.get_charge(ctx, charge_id=charge_id)
    over = to in (CallState.SUCCEEDED, CallState.FAILED)
    db.execute(
        """UPDATE payments_tillcharge SET state = %s, vendor_id = %s, payment = CASE WHEN %s <> '' THEN %s ELSE payment END,
                  problem = %s, settled_at = %s WHERE organisation_id = %s AND id = %s""",
        [
            to.value, told.vendor_id[:80] if told else "", payment[:80], payment[:80],
            (told.reason if told else problem)[:500], ctx.now if over else None, ctx.organisation_id, charge_id,
        ],
    )  # fmt: skip
    row = queries.get_charge(ctx, charge_id=charge_id)
    if over:
        type_ = events.TILL_CHARGED if to is CallState.SUCCEEDED else events.TILL_DECLINED
        fact = {"kind": row.kind, "amount_minor": row.amount_minor, "currency": row.currency, "problem": row.problem}
        subject = f"till_charge:{row.id}"
        outbox.record(ctx, [Happened(type_, subject, f"till_shift:{row.shift_id}", fact)])
    return row


def _locked(ctx: Ctx, shift_id: int, strength: str) -> ShiftRow:
    found = db.one(
        ShiftRow, f"{SHIFT} WHERE organisation_id = %s AND id = %s FOR {strength}", [ctx.organisation_id, shift_id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "till shift", "key": shift_id})
    return found


def _check_cash(field: str, minor: int) -> None:
    if not 0 <= minor < MOST_MINOR:
        raise Refused(INVALID, {"field": field, "problem": gettext_noop("This is not an amount.")})


def _tell(ctx: Ctx, type_: str, row: ShiftRow, fact: dict[str, object]) -> None:
    subject = f"till_shift:{row.id}"
    outbox.record(ctx, [Happened(type_, subject, subject, fact)])
