"""A return that a colleague starts for a customer: by the same preview and the same policy as the portal."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import refund_returns, send_back
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.orders.values import OrderDetail
from doorstep.returns import queries
from doorstep.returns.values import Decision, Timing, Wish
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.parts.views import go_back
from doorstep.web.returns import asking, forms, words

NOTHING_CHOSEN = Refusal(
    "nothing_to_return",
    gettext_noop("No item is chosen, or a reason is missing."),
    gettext_noop("Choose at least one item, and the reason for each."),
    status=422,
)


@page("returns:write")
def choose(request: StaffRequest, order_id: int) -> HttpResponse:
    """What of an order can go back; of one that brings units again, with the order that was bought."""
    first_id = sent_again.first_of(request.ctx, order_id=order_id)
    return redirect("returns:choose", first_id) if first_id != order_id else _choose(request, order_id, [])


def _choose(
    request: StaffRequest, order_id: int, chosen: Sequence[Wish], *, problem: str = "", status: int = 200
) -> HttpResponse:
    ctx = request.ctx
    able = queries.returnable(ctx, order_id=order_id, takes_refunded=True)
    facts = {
        "order": orders.orders_by_id(ctx, ids=[order_id])[order_id], "reasons": words.reasons(), "problem": problem,
        "lines": asking.to_choose(ctx, able=able, chosen=chosen),
        "can_send": any(line.left for line in able), "earlier": queries.returns_of(ctx, order_ids=[order_id]),
    }  # fmt: skip
    return render(request, "returns/choose.html", facts, status=status)


@page("returns:write")
def ask(request: StaffRequest, order_id: int) -> HttpResponse:
    """The dialog of a return, for pages beside an order."""
    ctx = request.ctx
    able = queries.returnable(ctx, order_id=order_id, takes_refunded=True)
    facts = {
        "order": orders.orders_by_id(ctx, ids=[order_id])[order_id], "reasons": words.reasons(),
        "is_single": sum(1 for line in able if line.left) == 1, "key": secrets.token_hex(12), "next": request.GET.get("next", ""),
        "lines": asking.to_choose(ctx, able=able, chosen=[]),
    }  # fmt: skip
    return render(request, "returns/ask.html", facts)


def why_not_returned(ctx: Ctx, detail: OrderDetail) -> str:
    """Why nothing of an order can be asked back; "" where something can."""
    first_id = sent_again.first_of(ctx, order_id=detail.order.id)
    if first_id != detail.order.id:
        first = orders.orders_by_id(ctx, ids=[first_id])[first_id]
        return gettext("It goes back with order %(order)s.") % {"order": first.name}
    if detail.order.state == "cancelled":
        return gettext("The order is cancelled.")
    able = queries.returnable(ctx, order_id=detail.order.id, takes_refunded=True)
    if any(line.left for line in able):
        return ""
    return gettext("Sent back already") if any(line.delivered for line in able) else gettext("Not delivered yet")


@page("returns:write", methods=("POST",))
def look(request: StaffRequest, order_id: int) -> HttpResponse:
    """What the policy says of what is chosen so far, as a fragment; a refusal stands in it."""
    chosen = forms.read(request.POST, queries.returnable(request.ctx, order_id=order_id, takes_refunded=True))
    if not chosen or not all(forms.is_complete(wish) for wish in chosen):
        return render(request, "returns/look.html", {"says": words_of(Refused(NOTHING_CHOSEN))[1]})
    try:
        facts = _seen(request.ctx, order_id, chosen)
    except Refused as refused:
        return render(request, "returns/look.html", {"says": " ".join(words_of(refused))})
    return render(request, "returns/look.html", facts)


@page("returns:write", methods=("POST",))
def check(request: StaffRequest, order_id: int) -> HttpResponse:
    """What would become of it, by the very path that the request takes."""
    chosen = forms.read(request.POST, queries.returnable(request.ctx, order_id=order_id, takes_refunded=True))
    if not chosen or not all(forms.is_complete(wish) for wish in chosen):
        return _choose(request, order_id, chosen, problem=words_of(Refused(NOTHING_CHOSEN))[1], status=422)
    return _check(request, order_id, chosen)


def _check(
    request: StaffRequest, order_id: int, chosen: Sequence[Wish], *, refused: Refused | None = None
) -> HttpResponse:
    try:
        seen = _seen(request.ctx, order_id, chosen)
    except Refused as trouble:
        problem = " ".join(words_of(trouble))
        return _choose(request, order_id, chosen, problem=problem, status=trouble.refusal.status)
    facts = seen | {
        "order": orders.orders_by_id(request.ctx, ids=[order_id])[order_id],
        "key": request.POST.get("key", "")[:40] or secrets.token_hex(12),
        "note": keepable(request.POST.get("note", ""))[:2000], "problem": " ".join(words_of(refused)) if refused else "",
    }  # fmt: skip
    return render(request, "returns/check.html", facts, status=refused.refusal.status if refused else 200)


def _seen(ctx: Ctx, order_id: int, chosen: Sequence[Wish]) -> dict[str, Any]:
    """What the policy says of wishes, and what they are worth, by the path that the request takes.  Refuses: as that."""
    seen = asking.preview(ctx, order_id=order_id, chosen=chosen, takes_refunded=True)
    return {
        "seen": seen, "lines": asking.to_check(ctx, seen=seen, chosen=chosen),
        "timing": words.TIMINGS[Timing(seen.timing)], "stated": words.STATED.items(),
        "worth": refund_returns.worth(ctx, seen=seen) if seen.decision != Decision.DECLINED else None,
    }  # fmt: skip


@page("returns:write", methods=("POST",))
def send(request: StaffRequest, order_id: int) -> HttpResponse:
    """Asks for the return; twice is once."""
    ctx = request.ctx
    key = f"staff:{order_id}:{keepable(request.POST.get('key', ''))[:40]}"
    known = queries.find_by_key(ctx, key=key)
    able = queries.returnable(ctx, order_id=order_id, takes_refunded=True) if known is None else []
    chosen = forms.read(request.POST, able)
    if known is None and not chosen:
        if request.htmx:
            raise Refused(NOTHING_CHOSEN)
        return _choose(request, order_id, [], problem=words_of(Refused(NOTHING_CHOSEN))[1], status=422)
    try:
        return_id = known.id if known else send_back.request(
            ctx, order_id=order_id, wishes=chosen, key=key, note=keepable(request.POST.get("note", "")).strip(),
            takes_refunded=True,
        )  # fmt: skip
    except Refused as refused:
        if request.htmx:
            raise
        return _check(request, order_id, chosen, refused=refused)
    messages.success(request, gettext("The return is there."))
    return go_back(request, reverse("returns:detail", args=[return_id]))
