"""Goods come back over the counter: asked for, received, judged and paid for in one go, whichever way they were sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import charge_card, refund_returns
from doorstep.orders import actions as order_actions
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper, vouchers
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.tax import Taxed
from doorstep.payments.till.values import Given, ShiftRow, TillKind
from doorstep.payments.values import OPEN_CALLS, CallRow, CallState
from doorstep.returns import actions, deciding, queries, receiving
from doorstep.returns.reasons import NOT_CHOSEN, REASONS
from doorstep.returns.refusals import BROUGHT_AGAIN, NOT_AT_THE_COUNTER
from doorstep.returns.values import Action, Arrived, Decision, Disposition, Grade, Returnable, Wish

UNDER_WAY = gettext_noop("It may be on its way back to the card: ask for that once more, until the provider answers.")
OTHER_CURRENCY = gettext_noop("This till counts another currency: a manager pays it out with its order.")
MOST_UNPAID = 20
NOT_WORTH_THAT = Refusal(
    "till_exchange_changed",
    gettext_noop("Of return %(number)s %(left)s are to be paid out, not %(worth)s: somebody has paid it out already."),
    gettext_noop("Take the money for this sale in another way."),
)


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back.  `units` by order line; `sellable`: whether it goes on the shelf again, or aside as damaged."""

    order_id: int
    units: Mapping[int, int]
    reason: str
    sellable: bool = True


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A return that is over.  `calls`: refunds that a person is to pay out here; `elsewhere`: what a provider gives back."""

    return_id: int
    order_id: int
    calls: tuple[CallRow, ...]
    elsewhere_minor: int
    currency: str

    @property
    def here_minor(self) -> int:
        """What is to be paid out over the counter."""
        return sum(call.amount_minor for call in self.calls if call.is_by_hand)


@dataclass(frozen=True, slots=True)
class Towards:
    """What came back and pays for a sale.  `worth_minor`: all that the return is to be paid out; `amount_minor`: what of the
    sale it pays.  The customer is given the difference in cash."""

    return_id: int
    amount_minor: int
    worth_minor: int


@dataclass(frozen=True, slots=True)
class PaidTowards:
    """A return that was paid out towards a sale; its receipts are not written yet."""

    towards: Towards
    calls: tuple[CallRow, ...]

    @property
    def given(self) -> Given:
        """What of the sale it pays: cash, since that is how it left the drawer."""
        one = self.towards
        return Given(TillKind.CASH, one.amount_minor, one.worth_minor, call_id=self.calls[0].id)


class Kept(StrEnum):
    """Why nothing of an order line can come back over a counter."""

    NOT_DELIVERED = "not_delivered"
    NOTHING_LEFT = "nothing_left"  # returned or refunded already
    POLICY = "policy"  # declined for every reason that can be given


@dataclass(frozen=True, slots=True)
class AtCounter:
    """What of an order line can come back over a counter; `kept` where nothing can."""

    line: Returnable
    kept: Kept | None


def can_come_back(ctx: Ctx, *, order_id: int) -> list[AtCounter]:
    """What of an order can come back over a counter now, by line.  Refuses: orders that only brought units again."""
    rows = queries.returnable(ctx, order_id=order_id)
    if (first := sent_again.find_bought(ctx, order_id=order_id)) is not None:
        raise Refused(BROUGHT_AGAIN, {"order": orders.get(ctx, id=order_id).order.name, "first": first.name})
    left = {row.order_line_id for row in rows if row.left}
    taken: set[int] = set()
    for reason in (reason for reason in REASONS if reason not in NOT_CHOSEN):
        if not left - taken:
            break
        wishes = [Wish(line_id, 1, reason) for line_id in sorted(left - taken)]
        seen = deciding.preview(ctx, order_id=order_id, wishes=wishes)
        taken |= {line.order_line_id for line in seen.lines if line.action != Action.REJECT and not line.keep_item}
    why = {row.order_line_id: Kept.NOTHING_LEFT if row.delivered else Kept.NOT_DELIVERED for row in rows if not row.left}
    return [AtCounter(row, None if row.order_line_id in taken else why.get(row.order_line_id, Kept.POLICY)) for row in rows]


@transaction.atomic
def take_back(ctx: Ctx, *, location_id: int, back: Back, key: str) -> TakenBack:
    """Takes goods back in a shop: a return that is asked for, approved, received and inspected here; the same key is one.

    What the policy leaves to a person is approved by who stands at the counter; what it declines is declined here too.
    What a provider took goes back the way it came; what was paid in a shop or elsewhere is to be paid out here, see `pay_out`.
    Locks: the shift, shared; the order; the return; the payment; then stock.
    Emits: what returns emit, StockArrived, RefundGranted.
    Refuses: a closed till, what the policy declines, more units than the buyer has, units that were returned before.
    """
    till.lock_open(ctx, location_id=location_id)
    till.shop_of(ctx, location_id=location_id)
    units = {line_id: qty for line_id, qty in back.units.items() if qty}
    if not units or any(qty < 0 for qty in units.values()):
        raise Refused(INVALID, {"field": "units", "problem": gettext_noop("Say what comes back.")})
    known = queries.find_by_key(ctx, key=key)
    if known is None:
        wishes = [Wish(line_id, qty, back.reason) for line_id, qty in sorted(units.items())]
        return_id = actions.request(ctx, order_id=back.order_id, wishes=wishes, key=key)
        _receive(ctx, return_id, location_id, key, back.sellable)
        refund_returns.grant(ctx, return_id=return_id)
    else:
        return_id = known.id
    return taken_back(ctx, return_id=return_id)


def taken_back(ctx: Ctx, *, return_id: int) -> TakenBack:
    """What a return came to.  Refuses: unknown ids."""
    row = queries.get_return(ctx, return_id=return_id)
    given = money.given_for(ctx, order_id=row.order_id, subject=f"return:{row.id}")
    by_hand = tuple(call for call in given.refunds if call.account_id is None)
    elsewhere = sum(call.amount_minor for call in given.refunds if call.account_id is not None)
    return TakenBack(row.id, row.order_id, by_hand, elsewhere, row.currency)


def _receive(ctx: Ctx, return_id: int, location_id: int, key: str, sellable: bool) -> None:
    row = queries.get_return(ctx, return_id=return_id)
    if row.decision == Decision.NEEDS_REVIEW:
        actions.decide(ctx, return_id=return_id, approve=True)
        row = queries.get_return(ctx, return_id=return_id)
    lines = queries.lines_of(ctx, return_ids=[return_id])
    if row.decision != Decision.APPROVED or row.keep_item or any(line.decision != Decision.APPROVED for line in lines):
        raise Refused(NOT_AT_THE_COUNTER, {"order": orders.orders_by_id(ctx, ids=[row.order_id])[row.order_id].name})
    receiving.take_in_at(ctx, return_id=return_id, location_id=location_id)
    receiving.receive(ctx, return_id=return_id, arrived=[Arrived(line.qty, line.id) for line in lines], key=key)
    grade, disposition = (Grade.A, Disposition.RESTOCKED) if sellable else (Grade.D, Disposition.PROCESSING_REQUIRED)
    for line in lines:
        receiving.inspect(
            ctx, line_id=line.id, qty=line.qty, grade=grade, disposition=disposition, key=f"{key}:{line.id}"
        )


def pay_out(ctx: Ctx, *, location_id: int, return_id: int, kind: TillKind) -> int:
    """Pays what is to be paid out here for a return, in cash, to the card that paid for it or as store credit; once.

    Call it with no transaction open: a card is asked for first.  Returns: what was paid, in minor units.
    Locks: the shift, shared; the order; the payment.  Emits: RefundSucceeded.
    Refuses: a closed till, a card that was not used for this order, or whose provider says no.
    """
    paid = 0
    for call in taken_back(ctx, return_id=return_id).calls:
        if call.is_by_hand:
            charge_id = _to_card(ctx, location_id, call) if kind is TillKind.CARD else None
            paid += _settle(ctx, location_id, return_id, call, kind, charge_id)
    return paid


def _card_key(call: CallRow) -> str:
    return f"back:{call.key}"[:120]


def _to_card(ctx: Ctx, location_id: int, call: CallRow) -> int | None:
    """The money that went back to the card; None where somebody else paid it out a moment ago.

    From the wish on it is paid out in no other way, unless the provider says no.
    """
    taken = [t for t in drawers.takings_of(ctx, order_ids=[call.order_id]) if t.kind == TillKind.CARD and t.amount_minor > 0]
    best = max(taken, key=lambda t: t.amount_minor, default=None)
    if best is None or best.charge_id is None or best.amount_minor < call.amount_minor:
        raise Refused(INVALID, {"field": "kind", "problem": gettext_noop("So much was not paid by card: pay it out in cash.")})
    with transaction.atomic():
        till.lock_open(ctx, location_id=location_id)
        payments.lock_payment(ctx, order_id=call.order_id)
        if not money.get_call(ctx, call_id=call.id).is_by_hand:
            return None
        charge_card.want_back(
            ctx, location_id=location_id, charge_id=best.charge_id, key=_card_key(call), amount_minor=call.amount_minor
        )
    row = charge_card.give_back(
        ctx, location_id=location_id, charge_id=best.charge_id, key=_card_key(call), amount_minor=call.amount_minor
    )
    if row.state in OPEN_CALLS:
        raise Refused(INVALID, {"field": "kind", "problem": UNDER_WAY})
    if row.state != CallState.SUCCEEDED:
        problem = gettext_noop("The provider did not give it back to the card: pay it out in cash.")
        raise Refused(INVALID, {"field": "kind", "problem": problem})
    return row.id


@transaction.atomic
def _settle(
    ctx: Ctx, location_id: int, return_id: int, call: CallRow, kind: TillKind, charge_id: int | None
) -> int:
    shift = till.lock_open(ctx, location_id=location_id)
    if not _confirm(ctx, shift, call, kind):
        return 0  # somebody else paid it out a moment ago
    _hand_out(ctx, shift, call, kind, charge_id)
    if kind is TillKind.VOUCHER:
        vouchers.grant(ctx, shift=shift, order_id=call.order_id, call_id=call.id, amount_minor=call.amount_minor)
    _write_receipt(ctx, shift, return_id, call)
    return call.amount_minor


def _confirm(ctx: Ctx, shift: ShiftRow, call: CallRow, kind: TillKind) -> bool:
    """Notes a refund as paid out.  Returns: whether it was still to be.  Locks: the order, then the payment."""
    order_actions.lock_order(ctx, order_id=call.order_id)
    payments.lock_payment(ctx, order_id=call.order_id)
    if not money.get_call(ctx, call_id=call.id).is_by_hand:
        return False
    if call.currency != shift.currency:
        raise Refused(INVALID, {"field": "kind", "problem": OTHER_CURRENCY})
    wish = drawers.find_charge(ctx, key=_card_key(call)) if kind is not TillKind.CARD else None
    if wish is not None and wish.state != CallState.FAILED:
        raise Refused(INVALID, {"field": "kind", "problem": UNDER_WAY})
    payments.confirm_refund(ctx, refund_id=call.id)
    return True


def _hand_out(ctx: Ctx, shift: ShiftRow, call: CallRow, kind: TillKind, charge_id: int | None = None) -> None:
    given = Given(kind, -call.amount_minor, charge_id=charge_id, call_id=call.id)
    till.take(ctx, shift=shift, order_id=call.order_id, given=[given])


def still_to_pay(ctx: Ctx, *, location_id: int) -> list[TakenBack]:
    """What came back in a shop and is still to be paid out there, oldest first."""
    about = [call.subject.removeprefix("return:") for call in money.list_for_people(ctx) if call.subject.startswith("return:")]
    rows = queries.returns_by_id(ctx, ids=[int(id) for id in dict.fromkeys(about)])
    here = [row.id for _, row in sorted(rows.items()) if row.location_id == location_id]
    found = [taken_back(ctx, return_id=id) for id in here[:MOST_UNPAID]]
    return [one for one in found if one.here_minor]


def to_exchange(ctx: Ctx, *, location_id: int, return_id: int) -> TakenBack:
    """What of a return that lies in a shop can be put towards a sale there: what nobody has paid out yet.

    Refuses: returns that are not there, as if there were none.
    """
    row = queries.returns_by_id(ctx, ids=[return_id]).get(return_id)
    if row is None or row.location_id != location_id:
        raise Refused(NOT_FOUND, {"what": "return", "key": return_id})
    return taken_back(ctx, return_id=return_id)


@transaction.atomic
def pay_towards(ctx: Ctx, *, shift: ShiftRow, towards: Sequence[Towards]) -> list[PaidTowards]:
    """Pays returns out in cash that the customer leaves on the counter for a sale: both are booked, or neither is.

    Call it in the transaction that books the sale, and `write_receipts` at its end.  Needs: the shift locked as open.
    Locks: the orders, each with its payment, by id.  Emits: RefundSucceeded.
    Refuses: returns of other shops, one that is named twice, what was paid out before or comes to something else.
    """
    found = [(one, to_exchange(ctx, location_id=shift.location_id, return_id=one.return_id)) for one in towards]
    paid = []
    for one, taken in sorted(found, key=lambda pair: (pair[1].order_id, pair[1].return_id)):
        calls = tuple(call for call in taken.calls if call.is_by_hand)
        if taken.here_minor != one.worth_minor or not all(_confirm(ctx, shift, call, TillKind.CASH) for call in calls):
            left = taken_back(ctx, return_id=one.return_id).here_minor
            number = queries.get_return(ctx, return_id=one.return_id).name
            amounts = {"left": Money(left, taken.currency), "worth": Money(one.worth_minor, taken.currency)}
            raise Refused(NOT_WORTH_THAT, {"number": number, **amounts})
        for call in calls:
            _hand_out(ctx, shift, call, TillKind.CASH)
        paid.append(PaidTowards(one, calls))
    return paid


def that_paid(ctx: Ctx, *, order_id: int) -> set[int]:
    """The returns that were put towards a sale."""
    paid = [one.call_id for one in drawers.takings_of(ctx, order_ids=[order_id]) if one.call_id and one.amount_minor > 0]
    return {int(money.get_call(ctx, call_id=id).subject.removeprefix("return:")) for id in paid}


def write_receipts(ctx: Ctx, *, shift: ShiftRow, paid: Sequence[PaidTowards]) -> None:
    """Writes the receipts of what was paid towards a sale.  Locks: the numbers of the shop, so call it last."""
    for one in paid:
        for call in one.calls:
            _write_receipt(ctx, shift, one.towards.return_id, call)


def _write_receipt(ctx: Ctx, shift: ShiftRow, return_id: int, call: CallRow) -> None:
    detail = orders.get(ctx, id=call.order_id)
    costs = {line.id: (line.total_minor, line.qty) for line in detail.lines}
    back = {
        line.order_line_id: costs[line.order_line_id][0] * line.qty // max(costs[line.order_line_id][1], 1)
        for line in queries.lines_of(ctx, return_ids=[return_id]) if line.order_line_id in costs
    }  # fmt: skip
    paper.issue_refund(
        ctx, shift=shift, order_id=call.order_id, code=till.shop_of(ctx, location_id=shift.location_id).code, call_id=call.id,
        amount_minor=call.amount_minor, back=back, included=Taxed(None, detail.order.total_minor, detail.tax_minor),
    )  # fmt: skip
