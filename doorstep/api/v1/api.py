"""Version 1: its operations behind one door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI

from doorstep.api import limits
from doorstep.api.v1 import (
    arrivals,
    availability,
    carriers,
    channel_files,
    conversations,
    count_sheets,
    credits,
    customers,
    customs,
    dispatch,
    drift,
    edits,
    exceptions,
    expected_deliveries,
    floors,
    listings,
    lots,
    macros,
    mailboxes,
    message_files,
    notice_choices,
    notices,
    openapi,
    orders,
    packing,
    parcels,
    parking,
    partner_warehouses,
    payments,
    pick_lists,
    products,
    promises,
    put_backs,
    rerouting,
    reservations,
    return_policy,
    return_report,
    returns,
    routing,
    service_hours,
    shipments,
    stock,
    stock_ledger,
    tasks,
    till,
    tracking_page,
    transfers,
    waves,
    webhooks,
)
from doorstep.api.v1.door import door, missing
from doorstep.api.v1.operations import StrictParser

ROUTERS = (
    orders.router, edits.router, products.router, customers.router, credits.router, stock.router, expected_deliveries.router,
    transfers.router, lots.router, pick_lists.router, partner_warehouses.router, put_backs.router, shipments.router,
    exceptions.router, parcels.router, payments.router, return_policy.router, return_report.router, returns.router,
    arrivals.router, conversations.router, webhooks.router, message_files.router, macros.router, mailboxes.router,
    service_hours.router, tasks.router, promises.router, stock_ledger.router, count_sheets.router, reservations.router,
    availability.router, listings.router, drift.router, channel_files.router, till.router, packing.router, rerouting.router,
    parking.router, routing.router, dispatch.router, waves.router, floors.router, carriers.router,
    notices.router, customs.router, notice_choices.router, tracking_page.router,
)  # fmt: skip
# Everything else takes one thing at a time.
LARGER = {
    "orders/batch": limits.BATCH, "conversations/<conversation_id>/reply": limits.WITH_FILES,
    "carriers/<carrier_id>/rate-sheet": limits.WITH_FILES,
    "stock/adjustments": limits.WITH_FILES, "stock/conditions": limits.WITH_FILES,
    "availability/query": limits.BATCH, "locations/<location_id>/bins": limits.BATCH,
}  # fmt: skip
# These call the network, or do much in many short transactions.
IN_STEPS = {
    "shipments/<parcel_id>/rates", "shipments/<parcel_id>/rates/take",
    "mailboxes/<mailbox_id>/test", "stock/count-sheets/<sheet_id>/approve", "till/charges", "till/charges/<charge_id>/undo",
}  # fmt: skip
ASKING = {"availability/query"}


def _build() -> NinjaAPI:
    api = NinjaAPI(
        title="Doorstep", version="1.0", description=openapi.DESCRIPTION, openapi_url=None, docs_url=None,
        urls_namespace="api-v1", parser=StrictParser(),
    )  # fmt: skip
    # The door says every error; ninja shall let them pass.
    api._exception_handlers.clear()
    for router in ROUTERS:
        api.add_router("", router)
    return api


api = _build()


def describe(_request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, open to anybody."""
    return JsonResponse(openapi.document(api), json_dumps_params={"ensure_ascii": False})


describe.public_page = True  # type: ignore[attr-defined]


def _patterns() -> Sequence[URLPattern]:
    found: list[URLPattern] = [path("openapi.json", describe, name="openapi")]
    patterns: Sequence[Any] = [p for router in api._get_bound_routers() for p in router.urls_paths(router.prefix)]
    for pattern in patterns:
        route = str(pattern.pattern)
        guarded = door(
            pattern.callback, most=LARGER.get(route, limits.ONE), steps=route in IN_STEPS, asks=route in ASKING
        )
        found.append(path(route, guarded, name=pattern.name))
    return [*found, re_path(r"^.*$", door(missing), name="missing")]


urlpatterns = _patterns()
