"""A card in a shop: the wish is kept, the provider is asked, and what it said is kept, before a sale counts on it."""

from __future__ import annotations

import httpx
from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows.pay import provider_of
from doorstep.payments import queries as accounts
from doorstep.payments.port import Ask, PaymentPort, Told
from doorstep.payments.till import actions as till
from doorstep.payments.till import queries
from doorstep.payments.till.values import NO_CARDS, ChargeRow
from doorstep.payments.values import OPEN_CALLS, CallKind, CallState


def charge(ctx: Ctx, *, location_id: int, key: str, amount_minor: int, method: str) -> ChargeRow:
    """Takes money from a card; the same key takes it once.  Returns: what became of it: succeeded, failed, or unknown.

    Call it with no transaction open.  Units: minor units.  Emits: TillCharged or TillDeclined.
    Refuses: a till that is closed, a house without a payment provider, no amount, a key used otherwise.
    """
    account = accounts.find_default_account(ctx)
    if account is None:
        raise Refused(NO_CARDS)
    shift = till.lock_open(ctx, location_id=location_id)
    row = till.want_charge(
        ctx, shift=shift, account_id=account.id, kind="capture", key=key, amount_minor=amount_minor, method=method
    )
    return _settle(ctx, row)


def give_back(ctx: Ctx, *, location_id: int, charge_id: int, key: str, amount_minor: int) -> ChargeRow:
    """Gives money back to the card that it was taken from; the same key gives it once.

    Call it with no transaction open.  Units: minor units.  Refuses: as `charge`; the provider says no to more than was taken.
    """
    return _settle(ctx, want_back(ctx, location_id=location_id, charge_id=charge_id, key=key, amount_minor=amount_minor))


@transaction.atomic
def want_back(ctx: Ctx, *, location_id: int, charge_id: int, key: str, amount_minor: int) -> ChargeRow:
    """Wishes for money to go back to its card, which nobody is asked for yet.  Locks: the shift, shared.  Refuses: as `charge`."""
    shift = till.lock_open(ctx, location_id=location_id)
    was = queries.get_charge(ctx, charge_id=charge_id)
    return till.want_charge(
        ctx, shift=shift, account_id=was.account_id, kind="refund", key=key, amount_minor=amount_minor, method=was.method,
        payment=was.payment,
    )  # fmt: skip


def undo(ctx: Ctx, *, location_id: int, charge_id: int) -> ChargeRow:
    """Gives back what was taken from a card for a sale that did not come about.

    Call it with no transaction open.  Refuses: as `charge`, what paid for a sale, and what itself went back.
    """
    was = _settle(ctx, queries.get_charge(ctx, charge_id=charge_id))
    if was.state != CallState.SUCCEEDED:
        return was
    key = f"undo:{was.key}"[:120]
    with transaction.atomic():  # from here on no sale can be paid with it
        till.lock_open(ctx, location_id=location_id)
        till.require_unused(ctx, charge_id=charge_id)
        want_back(ctx, location_id=location_id, charge_id=charge_id, key=key, amount_minor=was.amount_minor)
    return give_back(ctx, location_id=location_id, charge_id=charge_id, key=key, amount_minor=was.amount_minor)


def give_up(ctx: Ctx, *, location_id: int, key: str) -> ChargeRow | None:
    """Ends a wish that somebody no longer waits for: what was taken goes back.  None where nothing ever reached us.

    Returns: the wish that failed, or that paid for a sale, or what gives it back; none is over while the provider is silent.
    """
    row = queries.find_charge(ctx, key=key)
    if row is not None and queries.is_used(ctx, charge_id=row.id):
        return row
    return undo(ctx, location_id=location_id, charge_id=row.id) if row is not None else None


def _settle(ctx: Ctx, row: ChargeRow) -> ChargeRow:
    """Asks for what is open; what was asked for before is looked up first, under the key of its own."""
    if row.state not in OPEN_CALLS:
        return row
    port = provider_of(ctx, row.account_id)
    try:
        if row.kind == "refund":
            told = _ask(port, row, CallKind.REFUND, "r", row.payment)
            return till.settle_charge(ctx, charge_id=row.id, told=told)
        held = _ask(port, row, CallKind.AUTHORISE, "a", "")
        if held.state != CallState.SUCCEEDED:
            return till.settle_charge(ctx, charge_id=row.id, told=held)
        told = _ask(port, row, CallKind.CAPTURE, "c", held.payment)
        return till.settle_charge(ctx, charge_id=row.id, told=told, payment=held.payment)
    except httpx.HTTPError as trouble:
        return till.settle_charge(ctx, charge_id=row.id, told=None, problem=f"{type(trouble).__name__}: {trouble}")


def _ask(port: PaymentPort, row: ChargeRow, kind: CallKind, step: str, payment: str) -> Told:
    key = f"{row.vendor_key}-{step}"
    known = port.find(key) if row.state == CallState.UNKNOWN else None
    if known is not None:
        return known
    return port.ask(Ask(kind, key, row.amount, f"till-{row.id}", method=row.method, payment=payment))
