"""What can be done to the linked order from its conversation: previewed in a dialog, done by the flow of anywhere."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import bulk, notify
from doorstep.flows.cancel import cancel
from doorstep.inbox import queries
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderDetail
from doorstep.shipping import queries as shipping
from doorstep.web.inbox import actions
from doorstep.web.inbox.actions import InPlace
from doorstep.web.orders.why import OUT_OF_STOCK
from doorstep.web.parts.given import keepable, wish_of
from doorstep.web.parts.pages import StaffRequest, page


def _preview(what: str, fits: Callable[[Ctx, OrderDetail], bool]) -> actions.Preview:
    def url(ctx: Ctx, order: OrderDetail, conversation_id: int) -> str:
        return reverse("inbox:preview", args=[conversation_id, what]) if fits(ctx, order) else ""

    return url


def _can_cancel(ctx: Ctx, order: OrderDetail) -> bool:
    return not _why_not_cancelled(ctx, order)


def _why_not_cancelled(_ctx: Ctx, order: OrderDetail) -> str:
    if order.order.state == "cancelled":
        return gettext("The order is cancelled.")
    is_here = order.order.state == "open" and order.order.fulfilment_state == "unfulfilled"
    return "" if is_here else gettext("It has left the warehouse.")


def _can_hold(_ctx: Ctx, order: OrderDetail) -> bool:
    return order.order.state == "open" and any(p.state in ("open", "in_progress") for p in order.fulfilment_orders)


def _can_confirm(_ctx: Ctx, order: OrderDetail) -> bool:
    return bool(order.order.email) and order.order.state != "cancelled"


def _can_track(ctx: Ctx, order: OrderDetail) -> bool:
    return bool(order.order.email) and any(
        p.state == "handed_over" for p in shipping.parcels_of(ctx, order_ids=[order.order.id])
    )


def register() -> None:
    """Offers what orders and mails can do already."""
    actions.register(
        InPlace(
            "confirmation",
            _("Send the confirmation again"),
            "send",
            "inbox:write",
            _preview("confirmation", _can_confirm),
        )
    )
    actions.register(
        InPlace("tracking", _("Send the tracking mail again"), "truck", "inbox:write", _preview("tracking", _can_track))
    )
    actions.register(InPlace("hold", _("Hold the order"), "hand-stop", "orders:write", _preview("hold", _can_hold)))
    actions.register(
        InPlace(
            "cancel", _("Cancel the order"), "circle-x", "orders:write", _preview("cancel", _can_cancel), is_danger=True,
            why_not=_why_not_cancelled,
        )
    )


def _order_of(request: StaffRequest, id: int) -> OrderDetail:
    """The order beside a conversation.  Refuses: conversations without one."""
    row = queries.get(request.ctx, conversation_id=id)
    if row.order_id is None:
        raise Refused(NOT_FOUND, {"what": "order", "key": ""})
    return orders.get(request.ctx, id=row.order_id)


@page("inbox:read")
def preview(request: StaffRequest, id: int, what: str) -> HttpResponse:
    """The dialog of one action, which says what would happen."""
    if what not in DOINGS:
        raise Refused(NOT_FOUND, {"what": "action", "key": what[:20]})
    order = _order_of(request, id)
    short = {hold.fulfilment_order_id for hold in order.holds if hold.reason == OUT_OF_STOCK}
    facts = {
        "order": order.order, "what": what, "id": id, "wish": request.trace,
        "promised": sum(line.qty for line in order.fulfilment_lines if line.fulfilment_order_id not in short),
        "picked": sum(line.picked for line in order.fulfilment_lines),
        "do_url": reverse(f"inbox:do_{what}", args=[id]),
    }  # fmt: skip
    return render(request, "inbox/in_place.html", facts)


@page("orders:write", methods=("POST",))
def do_cancel(request: StaffRequest, id: int) -> HttpResponse:
    """Calls the order off; its stock is free again."""
    cancel(request.ctx, order_id=_order_of(request, id).order.id, reason=_note(request))
    messages.success(request, gettext("The order is cancelled and its stock is free again."))
    return redirect(f"{reverse('inbox:conversation', args=[id])}?done=cancel")


@page("orders:write", methods=("POST",))
def do_hold(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps the order from moving on."""
    bulk.hold_order(request.ctx, order_id=_order_of(request, id).order.id, note=_note(request))
    messages.success(request, gettext("The order is on hold."))
    return redirect("inbox:conversation", id)


@page("inbox:write", methods=("POST",))
def do_confirmation(request: StaffRequest, id: int) -> HttpResponse:
    """Sends the confirmation again, to the address on the order."""
    notify.confirm_again(request.ctx, order_id=_order_of(request, id).order.id, wish=wish_of(request.POST))
    messages.success(request, gettext("The mail is on its way."))
    return redirect("inbox:conversation", id)


@page("inbox:write", methods=("POST",))
def do_tracking(request: StaffRequest, id: int) -> HttpResponse:
    """Sends the newest tracking mail again, to the address on the order."""
    notify.shipped_again(request.ctx, order_id=_order_of(request, id).order.id, wish=wish_of(request.POST))
    messages.success(request, gettext("The mail is on its way."))
    return redirect("inbox:conversation", id)


def _note(request: StaffRequest) -> str:
    return keepable(request.POST.get("note", ""))[:500]


DOINGS = ("confirmation", "tracking", "hold", "cancel")
