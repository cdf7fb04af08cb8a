"""One order: what it is, what state, what next, and everything that happened to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.channels import queries as channels
from doorstep.channels.values import ConnectionRow
from doorstep.flows import bulk, shop_mail, tracking
from doorstep.flows.cancel import cancel as cancel_order
from doorstep.flows.notify import tracking_link
from doorstep.fulfilment import gifts
from doorstep.fulfilment import queries as floor
from doorstep.locations import queries as locations
from doorstep.messaging import queries as messaging
from doorstep.orders import actions as orders
from doorstep.orders import queries, recipients, sent_again
from doorstep.orders.opening import as_sold
from doorstep.orders.values import HoldReason, OrderDetail, OrderRow
from doorstep.returns import queries as returns
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ON_THE_FLOOR, ParcelRow
from doorstep.web.orders import origin, parking, rerouting, waiting, why
from doorstep.web.orders.changes import address_facts, opened
from doorstep.web.orders.why import OUT_OF_STOCK
from doorstep.web.parts import timeline
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.payments import money
from doorstep.web.routing import decided
from doorstep.web.shipments.addresses import address_check
from doorstep.web.shipments.views import label_facts
from doorstep.web.warehouses.asked import asked_of


@dataclass(frozen=True, slots=True)
class Next:
    """The one thing to do now: a link, or a dialog of the page."""

    word: str
    icon: str
    url: str = ""
    dialog: str = ""


@page("orders:read")
def order(request: StaffRequest, id: int) -> HttpResponse:
    """Everything about one order."""
    ctx = request.ctx
    detail = opened(ctx, id=id)
    parcels = shipping.parcels_of(ctx, order_ids=[id])
    to_map = why.to_map(ctx, detail)
    places = {at.id: at for at in locations.list_locations(ctx)}
    link, shop = tracking_link(ctx, order_id=id), _shop(ctx, detail.order.connection_id)
    facts: dict[str, Any] = {
        "detail": detail, "row": detail.order, "holds": why.holds(ctx, detail),
        "parts": why.parts(detail, places, parcels, decided.decisions(ctx, order_id=id, places=places)),
        "parcels": _parcels(ctx, parcels, request.LANGUAGE_CODE), "mails": messaging.messages_of(ctx, timelines=[f"order:{id}"]),
        "items": timeline.told(outbox.timeline(ctx, of=[f"order:{id}"])), "tracking_link": link,
        "arrival_id": queries.find_arrival_id(ctx, id=id), "shop": shop, "origin": _origin(ctx, detail.order, shop),
        "products": catalog.variants_by_id(ctx, ids=_variants(detail)), "sold": as_sold(detail.lines),
        "next": _next(ctx, detail, parcels, link, to_map), "can_write": request.may("orders:write"),
        "can_cancel": detail.order.state == "open" and detail.order.fulfilment_state == "unfulfilled",
        "can_hold": detail.order.state == "open" and _is_waiting(detail),
        "can_release": any(hold.reason != OUT_OF_STOCK for hold in detail.holds),
        "promised": _promised(detail), "picked": _picked(detail),
        "to_put_back": [row for row in floor.put_backs_of(ctx, order_id=id) if row.put_back_at is None],
        "money": money.facts_of(ctx, order_id=id) if request.may("payments:read") else None,
        "can_pay": request.may("payments:write"), "pay_first": request.may("payments:write") and _waits_for_money(detail),
        "can_ship": request.may("fulfilment:write"), "back": request.path, "can_edit": _can_edit(detail, parcels),
        "splittable": rerouting.movable(ctx, detail, places), **address_facts(detail.ship_to), **waiting.facts_of(ctx, detail),
        **rerouting.facts_of(ctx, detail, places), "can_reject": request.may("fulfilment:write"),
        **parking.facts_of(ctx, detail, places, timezone=request.organisation.timezone),
        "can_reship": any(one.left for one in sent_again.reshippable(ctx, order_id=id)),
        "reships": sent_again.reships_of(ctx, order_id=id), "bought": sent_again.find_bought(ctx, order_id=id),
        "writes_by_shop": shop_mail.find_writer(ctx, connection_id=detail.order.connection_id) is not None,
        "recipient": recipients.rows(ctx, order_ids=[id]).get(id), "buyer": recipients.opened(ctx, order_id=id),
        "to_map": to_map, "address_check": address_check(ctx, order_id=id, ship_to=detail.ship_to),
        "at_warehouse": asked_of(ctx, fulfilment_order_ids=[part.id for part in detail.fulfilment_orders]),
        "gift": gifts.gifts_of(ctx, order_ids=[id]).get(id),
        "returns": returns.returns_of(ctx, order_ids=[id]), "can_return": _can_return(request, detail),
    }  # fmt: skip
    return render(request, "orders/order.html", facts)


def _variants(detail: OrderDetail) -> list[int]:
    """The variants that its lines show, bundles among them."""
    return [id for line in detail.lines for id in (line.variant_id, line.bundle_variant_id) if id]


def _can_return(request: StaffRequest, detail: OrderDetail) -> bool:
    """Whether this person may start a return of something that has arrived."""
    if not request.may("returns:write") or detail.order.state == "cancelled":
        return False
    able = returns.returnable(request.ctx, order_id=detail.order.id, takes_refunded=True)
    return any(line.left for line in able)


def _is_waiting(detail: OrderDetail) -> bool:
    """Whether a part can still be stopped."""
    return any(part.state in ("open", "in_progress") for part in detail.fulfilment_orders)


def _can_edit(detail: OrderDetail, parcels: list[ParcelRow]) -> bool:
    """Whether nothing of it is picked yet."""
    is_waiting = detail.order.state == "open" and detail.order.fulfilment_state == "unfulfilled" and not detail.historical
    return is_waiting and not parcels and not _picked(detail)


def _promised(detail: OrderDetail) -> int:
    """Units that go back to stock when the order is cancelled."""
    short = {hold.fulfilment_order_id for hold in detail.holds if hold.reason == OUT_OF_STOCK}
    return sum(line.qty for line in detail.fulfilment_lines if line.fulfilment_order_id not in short)


def _picked(detail: OrderDetail) -> int:
    """Units that somebody has to put back when the order is cancelled."""
    return sum(line.picked for line in detail.fulfilment_lines)


def _parcels(ctx: Ctx, rows: list[ParcelRow], language: str) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    lines = shipping.parcel_lines_of(ctx, parcel_ids=ids)
    told = tracking.told_of(ctx, parcels=rows, language=language)
    return [
        {"row": row, "lines": [x for x in lines if x.parcel_id == row.id], "scans": told[row.id],
         "paper": label_facts(ctx, row) if row.state in ON_THE_FLOOR else None}
        for row in rows
    ]  # fmt: skip


def _shop(ctx: Ctx, connection_id: int) -> ConnectionRow | None:
    return channels.connections_by_id(ctx, ids=[connection_id]).get(connection_id) if connection_id else None


def _origin(ctx: Ctx, row: OrderRow, shop: ConnectionRow | None) -> str:
    return origin.words_of(ctx, rows=[row], shops={shop.id: shop.name} if shop else {})[row.id]


def _next(
    ctx: Ctx, detail: OrderDetail, parcels: list[ParcelRow], link: str, to_map: Mapping[str, why.ToMap]
) -> Next | None:
    """The step that brings an order on; none while Doorstep itself is at work, or when all is over."""
    if detail.order.state == "cancelled" or detail.historical:
        return None
    if detail.holds:
        if (step := _to_map(to_map)) is not None:
            return step
        by_hand = any(hold.reason != OUT_OF_STOCK for hold in detail.holds)
        return Next(gettext("Release the hold"), "player-play", dialog="release") if by_hand else _to_stock(detail)
    labelled = next((parcel for parcel in parcels if parcel.state == "labelled"), None)
    if labelled:
        door = _link(gettext("Hand over"), "truck-delivery", "fulfilment:hand_over")
        return door and replace(door, url=f"{door.url}#door-{labelled.location_id}")
    packed = next((parcel for parcel in parcels if parcel.state == "packed"), None)
    if packed:
        return _link(gettext("Look at the label"), "tag", "shipments:shipment", packed.id)
    if detail.order.fulfilment_state in ("fulfilled", "delivered"):
        return Next(gettext("Track"), "map-pin", url=link)
    able = [part.id for part in detail.fulfilment_orders if part.state in ("open", "in_progress")]
    tasks = floor.tasks_of_orders(ctx, fulfilment_order_ids=able)
    waiting = next((task for task in tasks if task.picked < task.qty), None)
    if waiting:
        return _link(gettext("Open the pick list"), "list-check", "fulfilment:pick_list", waiting.pick_list_id)
    return _link(gettext("Pack"), "package", "fulfilment:pack", tasks[0].fulfilment_order_id) if tasks else None


def _to_map(to_map: Mapping[str, why.ToMap]) -> Next | None:
    """What nobody has mapped comes before a release, after which it could not be sent either."""
    for one in to_map.values():
        if one.listing_id is not None:
            return Next(gettext("Map it"), "link", url=reverse("channels:listing", args=[one.listing_id]))
        if one.product_id is not None:
            return Next(gettext("Open the draft"), "tag", url=reverse("products:product", args=[one.product_id]))
    return None


def _to_stock(detail: OrderDetail) -> Next | None:
    shorts = [short for hold in detail.holds for short in hold.detail.get("short", [])]
    if not shorts:
        return None
    return Next(gettext("Look at the stock"), "packages", url=reverse("stock:variant", args=[shorts[0]["variant_id"]]))


def _waits_for_money(detail: OrderDetail) -> bool:
    """Whether nothing but its payment holds an order."""
    return bool(detail.holds) and all(hold.reason == HoldReason.AWAITING_PAYMENT for hold in detail.holds)


def _link(word: str, icon: str, name: str, *about: int) -> Next | None:
    """A step on the floor's pages; a house without them offers none."""
    for url_name, arguments in ((name, about), (name, ()), ("fulfilment:index", ())):
        try:
            return Next(word, icon, url=reverse(url_name, args=arguments))
        except NoReverseMatch:
            continue
    return None


@page("orders:write", methods=("POST",))
def hold(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps an order from moving on until a person releases it."""
    bulk.hold_order(request.ctx, order_id=id, note=request.POST.get("note", "").replace("\x00", "")[:500])
    messages.success(request, gettext("The order is on hold."))
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def release(request: StaffRequest, id: int) -> HttpResponse:
    """Lets an order move on."""
    bulk.release_order(request.ctx, order_id=id)
    messages.success(request, gettext("The hold is released."))
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def cancel(request: StaffRequest, id: int) -> HttpResponse:
    """Calls an order off; its stock is free again."""
    cancel_order(request.ctx, order_id=id, reason=request.POST.get("note", "").replace("\x00", "")[:500])
    messages.success(request, gettext("The order is cancelled and its stock is free again."))
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def fetch_recipient(request: StaffRequest, id: int) -> HttpResponse:
    """Asks the channel now who gets an order."""
    queries.get(request.ctx, id=id)
    recipients.want(request.ctx, order_ids=[id])
    messages.info(request, gettext("The channel is being asked who gets it."))
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def annotate(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps note and tags."""
    version = request.POST.get("version", "")
    tags = [
        tag.strip()[:60] for tag in re.split(r"[,\n]", request.POST.get("tags", "").replace("\x00", "")) if tag.strip()
    ]
    note = request.POST.get("note", "").replace("\x00", "")[:10_000]
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
    orders.annotate(request.ctx, order_id=id, version=number, note=note, tags=list(dict.fromkeys(tags))[:20])
    messages.success(request, gettext("Note and tags are saved."))
    return redirect("orders:order", id)
