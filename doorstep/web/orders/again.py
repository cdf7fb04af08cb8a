"""Sending again what was lost or damaged: a dialog with a live preview, from the order and from beside a conversation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import reship as reships
from doorstep.flows.reship import Reship
from doorstep.locations import queries as locations
from doorstep.orders import queries, sent_again
from doorstep.orders.reships import why_not
from doorstep.orders.values import FulfilmentState, OrderDetail, OrderRow, ReshipReason
from doorstep.payments import queries as payments
from doorstep.web.orders import why
from doorstep.web.orders.telling import RESHIP_REASONS
from doorstep.web.parts.given import id_of, keepable, wish_of
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.parts.views import go_back


def why_not_again(ctx: Ctx, detail: OrderDetail) -> str:
    """Why nothing of an order can be sent again; "" where something can."""
    problem = why_not(name=detail.order.name, able=sent_again.reshippable(ctx, order_id=detail.order.id))
    return words_of(problem)[0] if problem else ""


@page("orders:write")
def ask(request: StaffRequest, id: int) -> HttpResponse:
    """The dialog: which units, and why."""
    able = sent_again.reshippable(request.ctx, order_id=id)
    payment, row = payments.ledger_of(request.ctx, order_id=id).payment, queries.get(request.ctx, id=id).order
    facts = {
        "row": row, "able": able, "is_single": sum(1 for one in able if one.left) == 1,
        "reasons": [(reason.value, word) for reason, word in RESHIP_REASONS.items()], "wish": request.trace, "reason": _usual(row),
        "refunded_minor": payment.refunded_minor + payment.refund_open_minor if payment else 0, "next": request.GET.get("next", ""),
    }  # fmt: skip
    return render(request, "orders/ask_reship.html", facts)


def _usual(row: OrderRow) -> ReshipReason:
    """The likeliest reason: what has arrived came damaged, what has not is lost."""
    return ReshipReason.DAMAGED if row.fulfilment_state == FulfilmentState.DELIVERED else ReshipReason.LOST


def _read(post: QueryDict) -> Reship:
    named = {id: post.get(name, "") for name in post if name[:4] == "qty-" and (id := id_of(name[4:]))}
    units = {id: id_of(text.strip()) for id, text in named.items()}
    return Reship(units, post.get("reason", ""), keepable(post.get("note", "")))


@page("orders:write", methods=("POST",))
def preview(request: StaffRequest, id: int) -> HttpResponse:
    """What sending again would do, as a fragment; a refusal stands in it, since somebody is still typing."""
    try:
        sent = reships.preview(request.ctx, order_id=id, reship=_read(request.POST))
    except Refused as refused:
        says, next_step = words_of(refused)
        return render(request, "orders/reship_effects.html", {"says": says, "next_step": next_step})
    places = {at.id: at for at in locations.list_locations(request.ctx)}
    facts = {"sent": sent, "parts": why.parts(sent.order, places, [])}
    return render(request, "orders/reship_effects.html", facts)


@page("orders:write", methods=("POST",))
def reship(request: StaffRequest, id: int) -> HttpResponse:
    """Sends units again; the same form sent twice sends them once."""
    key = f"page:{wish_of(request.POST)}"
    sent = reships.apply(request.ctx, order_id=id, reship=_read(request.POST), key=key)
    if sent.short:
        said = gettext("It is sent again as %(name)s, as soon as there is stock.")
    else:
        said = gettext("It is sent again as %(name)s.")
    messages.success(request, said % {"name": sent.order.order.name})
    return go_back(request, reverse("orders:order", args=[id]))
