"""Goods that come back over the counter: say what comes back, pay it out or put it towards more."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import receipt
from doorstep.flows.return_in_shop import Back, Kept, can_come_back, pay_out, take_back, taken_back
from doorstep.orders import queries as orders
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper, vouchers
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.values import TillKind
from doorstep.returns import queries as returns
from doorstep.web.parts.given import id_of, wish_of
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.returns import words
from doorstep.web.till.finding import require_found
from doorstep.web.till.here import require_here

KEPT_WORDS = {
    Kept.NOT_DELIVERED: _("has not arrived"), Kept.NOTHING_LEFT: _("nothing left"), Kept.POLICY: _("not by the return policy"),
}  # fmt: skip
WHOLE_ORDER = {
    Kept.NOT_DELIVERED: gettext_noop("Nothing of this order has arrived yet, so nothing can come back."),
    Kept.NOTHING_LEFT: gettext_noop("All of this order was returned or refunded already."),
    Kept.POLICY: gettext_noop("The return policy takes nothing of this order back, such as when its time is over. Ask a manager."),
    None: gettext_noop("Nothing of this order can come back; what keeps each item stands beside it."),
}


@page("till:write", methods=("GET", "HEAD", "POST"))
def choose(request: StaffRequest, location_id: int, order_id: int) -> HttpResponse:
    """What of an order comes back, and why.

    Shop staff open no order by its id: only what was sold in a shop of theirs, and what they found by its number and something
    that the buyer has, see `finding`.
    """
    require_found(request, order_id=order_id)
    if request.method == "POST":
        return _take(request, location_id, order_id)
    return _show(request, location_id, order_id)


def _show(request: StaffRequest, location_id: int, order_id: int, problem: str = "", status: int = 200) -> HttpResponse:
    lines, why = _what_can_come(request, order_id)
    facts: dict[str, Any] = {
        "shop": till.shop_of(request.ctx, location_id=location_id),
        "order": orders.get(request.ctx, id=order_id).order,
        "lines": lines,
        "why": why,
        "returned": [row for row in returns.returns_of(request.ctx, order_ids=[order_id]) if row.location_id == location_id],
        "reasons": [("", "–"), *words.reasons()],  # a reason that nobody chose would be counted as the customers'
        "wish": uuid.uuid4(),
        "problem": problem,
        "form": request.POST,
    }
    return render(request, "till/back.html", facts, status=status)


def _what_can_come(request: StaffRequest, order_id: int) -> tuple[list[dict[str, Any]], str]:
    """The lines of an order, each with why nothing of it can come back, and why nothing of the whole order can."""
    try:
        found = can_come_back(request.ctx, order_id=order_id)
    except Refused as refused:
        return [], " ".join(words_of(refused))
    lines = [{"row": one.line, "why": KEPT_WORDS[one.kept] if one.kept else ""} for one in found]
    whys = {one.kept for one in found}
    if None in whys:
        return lines, ""
    return lines, gettext(WHOLE_ORDER[whys.pop()] if len(whys) == 1 else WHOLE_ORDER[None])


def _take(request: StaffRequest, location_id: int, order_id: int) -> HttpResponse:
    units = {
        id_of(name.removeprefix("qty-")): id_of(str(value)) for name, value in request.POST.items() if name.startswith("qty-")
    }
    if not request.POST.get("reason"):
        return _show(request, location_id, order_id, gettext("Choose why it comes back."), 422)
    back = Back(order_id, units, request.POST.get("reason", ""), request.POST.get("condition") != "aside")
    try:
        taken = take_back(request.ctx, location_id=location_id, back=back, key=f"till-{wish_of(request.POST)}")
    except Refused as refused:
        return _show(request, location_id, order_id, " ".join(words_of(refused)), refused.refusal.status)
    return redirect("till:pay", location_id=location_id, return_id=taken.return_id)


@page("till:write", methods=("GET", "HEAD", "POST"))
def pay(request: StaffRequest, location_id: int, return_id: int) -> HttpResponse:
    """What is to be paid out for what came back: in cash, to the card, or towards the next sale."""
    shop = till.shop_of(request.ctx, location_id=location_id)
    at = returns.get_return(request.ctx, return_id=return_id).location_id
    require_here(request, location_id=at, what="return", key=return_id)
    if request.method == "POST":
        return _pay(request, location_id, return_id)
    taken = taken_back(request.ctx, return_id=return_id)
    paid_minor = sum(call.amount_minor for call in taken.calls if call.state == "succeeded")
    kinds = {t.kind for t in drawers.takings_of(request.ctx, order_ids=[taken.order_id])}
    mine = {call.id for call in taken.calls}
    issued = [row for row in paper.documents_of(request.ctx, order_ids=[taken.order_id]) if row.call_id in mine]
    name, registration = (issued[0].name, issued[0].registration) if issued else ("", "")
    facts = {
        "head": receipt.head_of(request.organisation.name, shop, name=name, registration=registration),
        "documents": receipt.documents_in(issued, shop=shop, language=request.LANGUAGE_CODE),
        "vouchers": vouchers.granted_for(request.ctx, call_ids=sorted(mine)),
        "shop": shop,
        "is_here": at == location_id,
        "taken": taken,
        "row": returns.get_return(request.ctx, return_id=return_id),
        "lines": returns.lines_of(request.ctx, return_ids=[return_id]),
        "paid_minor": paid_minor,
        "to_print": bool(paid_minor or taken.elsewhere_minor or not taken.here_minor),
        "by_card": TillKind.CARD in kinds,
        "by_own_terminal": TillKind.OWN_TERMINAL in kinds,
        "order": orders.orders_by_id(request.ctx, ids=[taken.order_id])[taken.order_id],
    }
    return render(request, "till/pay.html", facts)


def _pay(request: StaffRequest, location_id: int, return_id: int) -> HttpResponse:
    """Pays out as the page was told; an exchange is paid out with its sale, so that nothing is owed by a page that is left."""
    how, here = request.POST.get("how", "cash"), redirect("till:pay", location_id=location_id, return_id=return_id)
    if how == "exchange":
        left = taken_back(request.ctx, return_id=return_id).here_minor
        return redirect(f"{reverse('till:counter', args=[location_id])}?return={return_id}") if left else here
    kind = TillKind(how) if how in (TillKind.CARD, TillKind.OWN_TERMINAL, TillKind.VOUCHER) else TillKind.CASH
    pay_out(request.ctx, location_id=location_id, return_id=return_id, kind=kind)
    messages.success(request, gettext("It is paid out."))
    return here
