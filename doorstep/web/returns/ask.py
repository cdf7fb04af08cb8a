"""A return that a colleague starts for a customer: by the same preview and the same policy as the portal."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.flows import send_back
from doorstep.orders import queries as orders
from doorstep.returns import actions, queries
from doorstep.returns.values import (
    OFFERED,
    REASONS,
    Action,
    LinePreview,
    Outcome,
    Preview,
    Reason,
    Returnable,
    Timing,
    Wish,
)
from doorstep.stock import queries as stock
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.returns import words
from doorstep.web.returns_portal import forms


@page("returns:write")
def choose(request: StaffRequest, order_id: int) -> HttpResponse:
    """What of an order can go back."""
    return _choose(request, order_id, [])


def _choose(
    request: StaffRequest, order_id: int, chosen: Sequence[Wish], *, problem: str = "", status: int = 200
) -> HttpResponse:
    ctx = request.ctx
    able = queries.returnable(ctx, order_id=order_id, takes_refunded=True)
    known = catalog.variants_by_id(ctx, ids=[line.variant_id for line in able])
    picked = {wish.order_line_id: wish for wish in chosen}
    facts = {
        "order": orders.orders_by_id(ctx, ids=[order_id])[order_id], "reasons": words.reasons(), "problem": problem,
        "lines": [
            {"line": line, "variant": known[line.variant_id], "wish": picked.get(line.order_line_id),
             "numbers": range(1, line.left + 1), "why": _why_not(line)}
            for line in able
        ],
        "can_send": any(line.left for line in able), "earlier": queries.returns_of(ctx, order_ids=[order_id]),
    }  # fmt: skip
    return render(request, "returns/choose.html", facts, status=status)


def _why_not(line: Returnable) -> str:
    if line.left:
        return ""
    return gettext("Not delivered yet") if not line.delivered else gettext("Sent back already")


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
    plain = [Wish(w.order_line_id, w.qty, w.reason, "", w.answer, stated=w.stated) for w in chosen]
    try:
        seen = actions.preview(request.ctx, order_id=order_id, wishes=plain, takes_refunded=True)
    except Refused as trouble:
        problem = " ".join(words_of(trouble))
        return _choose(request, order_id, chosen, problem=problem, status=trouble.refusal.status)
    facts = {
        "order": orders.orders_by_id(request.ctx, ids=[order_id])[order_id], "seen": seen,
        "lines": _told(request.ctx, seen, chosen), "timing": words.TIMINGS[Timing(seen.timing)],
        "key": request.POST.get("key", "")[:40] or secrets.token_hex(12), "stated": words.STATED.items(),
        "note": keepable(request.POST.get("note", ""))[:2000], "problem": " ".join(words_of(refused)) if refused else "",
    }  # fmt: skip
    return render(request, "returns/check.html", facts, status=refused.refusal.status if refused else 200)


def _told(ctx: Ctx, seen: Preview, chosen: Sequence[Wish]) -> list[dict[str, Any]]:
    known = catalog.variants_by_id(ctx, ids=[line.variant_id for line in seen.lines])
    return [
        {"line": line, "wish": wish, "variant": known[line.variant_id], "refused": line.action == Action.REJECT,
         "review": line.action == Action.REVIEW, "rule": gettext(line.rule), "must_answer": bool(line.question),
         "question": gettext(line.question or REASONS[Reason(wish.reason)].question), "reason": words.reason(wish.reason),
         "outcomes": [(o.value, words.OUTCOMES[o]) for o in OFFERED if o in line.outcomes], "swaps": _swaps(ctx, line)}
        for line, wish in zip(seen.lines, chosen, strict=True)
    ]  # fmt: skip


def _swaps(ctx: Ctx, line: LinePreview) -> list[tuple[int, str]]:
    """The other variants of the same product of which there are enough."""
    if Outcome.EXCHANGE_VARIANT not in line.outcomes:
        return []
    own = catalog.variants_by_id(ctx, ids=[line.variant_id])[line.variant_id]
    others = [v for v in catalog.variants_of(ctx, product_ids=[own.product_id])[own.product_id] if v.id != own.id]
    pool = stock.pool_of(ctx, variant_ids=[v.id for v in others])
    able = [v for v in others if not v.archived and v.id in pool and pool[v.id].available >= line.qty]
    return [(v.id, " / ".join(v.options) or v.title) for v in able]


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
