"""A return that a colleague starts for a customer: by the same preview and the same policy as the portal."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.refusals import Refused
from doorstep.flows import send_back
from doorstep.orders import queries as orders
from doorstep.returns import queries
from doorstep.returns.values import Timing, Wish
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.returns import asking, forms, words


@page("returns:write")
def choose(request: StaffRequest, order_id: int) -> HttpResponse:
    """What of an order can go back."""
    return _choose(request, order_id, [])


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


@page("returns:write", methods=("POST",))
def check(request: StaffRequest, order_id: int) -> HttpResponse:
    """What would become of it, by the very path that the request takes."""
    chosen = forms.read(request.POST, queries.returnable(request.ctx, order_id=order_id, takes_refunded=True))
    if not chosen or not all(forms.is_complete(wish) for wish in chosen):
        problem = gettext("Choose at least one item, and the reason for each.")
        return _choose(request, order_id, chosen, problem=problem, status=422)
    return _check(request, order_id, chosen)


def _check(
    request: StaffRequest, order_id: int, chosen: Sequence[Wish], *, refused: Refused | None = None
) -> HttpResponse:
    try:
        seen = asking.preview(request.ctx, order_id=order_id, chosen=chosen, takes_refunded=True)
    except Refused as trouble:
        problem = " ".join(words_of(trouble))
        return _choose(request, order_id, chosen, problem=problem, status=trouble.refusal.status)
    facts = {
        "order": orders.orders_by_id(request.ctx, ids=[order_id])[order_id], "seen": seen,
        "lines": asking.to_check(request.ctx, seen=seen, chosen=chosen), "timing": words.TIMINGS[Timing(seen.timing)],
        "key": request.POST.get("key", "")[:40] or secrets.token_hex(12), "stated": words.STATED.items(),
        "note": keepable(request.POST.get("note", ""))[:2000], "problem": " ".join(words_of(refused)) if refused else "",
    }  # fmt: skip
    return render(request, "returns/check.html", facts, status=refused.refusal.status if refused else 200)


@page("returns:write", methods=("POST",))
def send(request: StaffRequest, order_id: int) -> HttpResponse:
    """Asks for the return; twice is once."""
    ctx = request.ctx
    key = f"staff:{order_id}:{keepable(request.POST.get('key', ''))[:40]}"
    known = queries.find_by_key(ctx, key=key)
    able = queries.returnable(ctx, order_id=order_id, takes_refunded=True) if known is None else []
    chosen = forms.read(request.POST, able)
    if known is None and not chosen:
        return _choose(
            request, order_id, [], problem=gettext("Choose at least one item, and the reason for each."), status=422
        )
    try:
        return_id = known.id if known else send_back.request(
            ctx, order_id=order_id, wishes=chosen, key=key, note=keepable(request.POST.get("note", "")).strip(),
            takes_refunded=True,
        )  # fmt: skip
    except Refused as refused:
        return _check(request, order_id, chosen, refused=refused)
    messages.success(request, gettext("The return is there."))
    return redirect("returns:detail", return_id)
