"""The money card of an order: where the money stands, what moved, what is under way, and a refund to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import pay
from doorstep.flows import refund as refund_flow
from doorstep.orders import queries as orders
from doorstep.payments import actions, queries, rules
from doorstep.payments.values import (
    OPEN_CALLS,
    Bill,
    CallKind,
    CallRow,
    CallState,
    EntryRow,
    Ledger,
    PaymentRow,
    PayState,
    RefundWish,
)
from doorstep.web.parts.given import id_of, keepable, wish_of
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.parts.views import go_back
from doorstep.web.payments.words import ASKED, METHODS, REASONS, problem_words, reason_words

ENTRIES: dict[str, Promise] = {
    "authorisation": _("Authorised"), "capture": _("Captured"), "void": _("Let go"), "refund": _("Refunded"),
    "credit": _("Store credit"),
}  # fmt: skip
CALLS: dict[str, Promise] = {
    "authorise": _("Authorisation"), "capture": _("Capture"), "void": _("Letting go"), "refund": _("Refund"),
}  # fmt: skip
PAID: Promise = _("Paid")
MOST_UNITS = 1_000_000
NOTHING_CHOSEN = Refusal(
    "nothing_chosen",
    gettext_noop("Nothing is chosen to refund."),
    gettext_noop("Choose units or the shipping, or give an amount."),
    status=422,
)
BOTH_CHOSEN = Refusal(
    "both_chosen",
    gettext_noop("Units are chosen and an amount is given: it is not clear which counts."),
    gettext_noop("Clear the amount, or choose no units."),
    status=422,
)


def facts_of(ctx: Ctx, *, order_id: int) -> dict[str, Any] | None:
    """What the card shows of one order; None where no money is known of."""
    ledger = queries.ledger_of(ctx, order_id=order_id)
    payment = ledger.payment
    if payment is None:
        return None
    askable, open_minor = _askable(ledger), _recordable(ledger)
    return {
        "ledger": ledger, "payment": payment, "currency": ledger.currency, "account": ledger.account_name,
        "held_minor": payment.authorised_minor - payment.captured_minor,
        "entries": [_entry(entry, payment) for entry in reversed(ledger.entries)],
        "calls": [_told(call, askable) for call in ledger.calls if call.state != CallState.SUCCEEDED],
        "open_minor": open_minor, "open_typed": str(money.Money(open_minor, ledger.currency).decimal),
        "methods": list(METHODS.items()), "record_wish": uuid4(),
        "bill": _lines(refund_flow.bill_of(ctx, order_id=order_id)), "wish": uuid4(),
        "reasons": [("", _("Choose a reason")), *((code, REASONS[code]) for code in ASKED)],
    }  # fmt: skip


def _entry(entry: EntryRow, payment: PaymentRow) -> dict[str, Any]:
    """A line of the ledger; what somebody else took was not captured by us, and nobody here did it."""
    is_told = payment.is_elsewhere and entry.kind == "capture"
    return {
        "row": entry, "word": PAID if is_told else ENTRIES[entry.kind], "by_shop": is_told and entry.call_id is None,
    }  # fmt: skip


def _recordable(ledger: Ledger) -> int:
    """What a person may record as paid: what is open, while no provider is being asked for it."""
    is_asked = any(c.state in OPEN_CALLS and c.kind != CallKind.REFUND for c in ledger.calls)
    return 0 if is_asked or ledger.payment is None else ledger.payment.open_minor


def _askable(ledger: Ledger) -> set[int]:
    """The newest wish, where it failed and asking once more may help."""
    state = {"authorise": PayState.DECLINED, "capture": PayState.AUTHORISED}
    newest = next(iter(ledger.calls), None)
    payment = ledger.payment
    if newest is None or payment is None or newest.state != CallState.FAILED or payment.is_elsewhere:
        return set()
    return {newest.id} if state.get(newest.kind) == payment.state else set()


def _told(call: CallRow, askable: Collection[int] = ()) -> dict[str, Any]:
    return {
        "row": call, "word": CALLS[call.kind], "look": "by_hand" if call.is_by_hand else call.word,
        "problem": problem_words(call.problem), "reason": reason_words(call.reason), "can_ask": call.id in askable,
    }  # fmt: skip


def _lines(bill: Bill) -> dict[str, Any]:
    left = {line.line_id: line.qty - bill.before.get(line.line_id, 0) for line in bill.lines}
    return {
        "lines": [{"row": line, "left": left[line.line_id]} for line in bill.lines if left[line.line_id] > 0],
        "shipping_minor": bill.shipping_minor,
        "has_shipping": bill.shipping_minor > 0 and not bill.shipping_before,
    }  # fmt: skip


def _asked(given: Mapping[str, str], currency: str) -> RefundWish:
    """What the dialog asks for: units and shipping at their worth, or an amount.  Refuses: both, neither, bad amounts."""
    units = {int(name[5:]): _units(text) for name, text in given.items() if name.startswith("line-") and id_of(name[5:])}
    back = {id: qty for id, qty in units.items() if qty}
    with_shipping, amount = given.get("shipping") == "on", given.get("amount", "").strip()
    if amount and (back or with_shipping):
        raise Refused(BOTH_CHOSEN)
    if amount:
        return RefundWish(amount_minor=money.typed(amount, currency).minor)
    if not back and not with_shipping:
        raise Refused(NOTHING_CHOSEN)
    return RefundWish(back, with_shipping)


def _units(text: str) -> int:
    return min(id_of(text.strip()), MOST_UNITS)


@page("payments:write")
def ask_refund(request: StaffRequest, order_id: int) -> HttpResponse:
    """The dialog of a refund without a return, for pages that do not show the money of the order."""
    facts = {
        "order": orders.get(request.ctx, id=order_id).order, "money": facts_of(request.ctx, order_id=order_id),
        "next": request.GET.get("next", ""),
    }  # fmt: skip
    return render(request, "payments/ask_refund.html", facts)


def why_no_refund(ctx: Ctx, *, order_id: int) -> str:
    """Why nothing of an order can be refunded; "" where something can."""
    payment = queries.ledger_of(ctx, order_id=order_id).payment
    if payment and payment.refundable_minor > 0:
        return ""
    return gettext("Everything is refunded.") if payment and payment.captured_minor else gettext("No money was taken yet.")


@page("payments:read")
def quote(request: StaffRequest, order_id: int) -> HttpResponse:
    """What a refund would be worth, before anybody grants it: by the same rule that grants it."""
    bill = refund_flow.bill_of(request.ctx, order_id=order_id)
    facts: dict[str, Any] = {"bill": bill}
    try:
        asked = rules.quote_wish(bill, _asked(request.GET, bill.currency))
        facts |= {"quote": asked, "left_minor": bill.refundable_minor - asked.total_minor}
    except Refused as refused:
        facts["says"] = " ".join(words_of(refused)) if refused.refusal is not NOTHING_CHOSEN else ""
    return render(request, "payments/quote.html", facts)


@page("payments:write", methods=("POST",))
def refund(request: StaffRequest, order_id: int) -> HttpResponse:
    """Grants a refund without a return; the same form sent twice grants it once."""
    given = {name: keepable(value) for name, value in request.POST.items() if isinstance(value, str)}
    order = orders.get(request.ctx, id=order_id).order
    granted = refund_flow.grant(
        request.ctx, order_id=order_id, wish=_asked(given, order.currency), key=f"page:{wish_of(request.POST)}",
        reason=_reason(given),
    )  # fmt: skip
    if granted.wanted_at == request.ctx.now:
        _say_granted(request, granted)
    return _back(request, granted.order_id)


def _reason(given: Mapping[str, str]) -> str:
    note = given.get("note", "").strip()[:200]
    code = given.get("reason", "other")
    return note or (code if code in ASKED else "other")


def _say_granted(request: StaffRequest, granted: CallRow) -> None:
    if granted.account_id is None:
        text = gettext("The refund is granted. Pay it out where the money was taken, then say so here.")
    else:
        text = gettext("The refund is granted; the provider is being asked.")
    messages.success(request, text)


@page("payments:write", methods=("POST",))
def paid_out(request: StaffRequest, order_id: int, refund_id: int) -> HttpResponse:
    """Notes that a person has paid a refund out."""
    row = _of_order(request.ctx, order_id, refund_id)
    actions.confirm_refund(request.ctx, refund_id=row.id)
    messages.success(request, gettext("The refund is noted as paid out."))
    return _back(request, order_id)


@page("payments:write", methods=("POST",))
def take_back(request: StaffRequest, order_id: int, refund_id: int) -> HttpResponse:
    """Takes a refund back that nobody has paid out."""
    row = _of_order(request.ctx, order_id, refund_id)
    actions.take_back_refund(request.ctx, refund_id=row.id)
    messages.success(request, gettext("The refund is taken back; its amount can be granted again."))
    return _back(request, order_id)


@page("payments:write", methods=("POST",))
def ask_again(request: StaffRequest, order_id: int, call_id: int) -> HttpResponse:
    """Asks the provider once more for what it declined."""
    row = queries.get_call(request.ctx, call_id=call_id)
    if row.order_id != order_id:
        raise Refused(NOT_FOUND, {"what": "payment call", "key": call_id})
    actions.ask_again(request.ctx, call_id=call_id)
    messages.success(request, gettext("The provider is being asked again."))
    return _back(request, order_id)


@page("payments:write", methods=("POST",))
def record(request: StaffRequest, order_id: int) -> HttpResponse:
    """Notes that a customer has paid what is open; the same form sent twice notes it once."""
    row = orders.get(request.ctx, id=order_id).order
    given = request.POST.get("amount", "")
    words = (keepable(request.POST.get(name, "")).strip() for name in ("method", "note"))
    pay.record(
        request.ctx, order_id=order_id, amount_minor=money.typed(given, row.currency).minor,
        method=" · ".join(word for word in words if word)[:300], key=f"page:{wish_of(request.POST)}",
    )  # fmt: skip
    messages.success(request, gettext("The payment is recorded."))
    return _back(request, order_id)


@page("payments:read")
def waiting(request: StaffRequest) -> HttpResponse:
    """Money that waits for a person: refunds to be paid out by hand, and captures that failed."""
    calls = queries.list_for_people(request.ctx)
    names = orders.orders_by_id(request.ctx, ids=[call.order_id for call in calls])
    lines = [_told(call) | {"order": names[call.order_id]} for call in calls]
    return render(request, "payments/waiting.html", {"lines": lines, "can_pay": request.may("payments:write")})


def _of_order(ctx: Ctx, order_id: int, refund_id: int) -> CallRow:
    row = queries.get_call(ctx, call_id=refund_id)
    if row.order_id != order_id or row.kind != CallKind.REFUND:
        raise Refused(NOT_FOUND, {"what": "refund", "key": refund_id})
    return row


def _back(request: StaffRequest, order_id: int) -> HttpResponse:
    """To the page that asked, else to the order."""
    return go_back(request, reverse("orders:order", args=[order_id]))
