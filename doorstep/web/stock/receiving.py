"""Receiving on a phone: what is scanned is kept there until it is booked, and booked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.locations import queries as locations
from doorstep.stock import deliveries, transfers
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import (
    MOST_UNITS,
    TAKING,
    UNDER_WAY,
    Answer,
    Arrived,
    Condition,
    DeliveryLineRow,
    TransferLineRow,
)
from doorstep.stock.tracked import reads as lots
from doorstep.web.fulfilment.scans import CLIENT_ID, CONTROLS
from doorstep.web.parts.given import day_of, object_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.stock import inbound_words as words

MOST = 200
BOTH = ("GET", "HEAD", "POST")


def _delivery_lines(ctx: Ctx, id: int) -> list[dict[str, Any]]:
    row = reads.get_delivery(ctx, delivery_id=id)
    lines = reads.lines_of_deliveries(ctx, delivery_ids=[id])
    return _shown(ctx, [(line, None if row.blind else line.expected, line.received) for line in lines])


def _transfer_lines(ctx: Ctx, id: int) -> list[dict[str, Any]]:
    lines = [line for line in reads.lines_of_transfers(ctx, transfer_ids=[id]) if line.shipped]
    found = _shown(ctx, [(line, line.shipped, line.received) for line in lines])
    return [line | {"by_lot": False, "by_serial": False} for line in found]  # they left with their lots


def _shown(
    ctx: Ctx, lines: Sequence[tuple[DeliveryLineRow | TransferLineRow, int | None, int]]
) -> list[dict[str, Any]]:
    tracking = lots.tracking_of(ctx, variant_ids=[line.variant_id for line, _, _ in lines])
    return [
        {
            "variant": line.variant_id, "sku": line.sku, "barcode": line.barcode, "title": line.title,
            "picture": reverse("products:picture", args=[line.picture]) if line.picture else "", "expected": expected,
            "received": received, "by_lot": tracking[line.variant_id].by_lot,
            "by_serial": tracking[line.variant_id].by_serial,
        }
        for line, expected, received in lines
    ]  # fmt: skip


@page("stock:write", methods=BOTH)
def receive_delivery(request: StaffRequest, id: int) -> HttpResponse:
    """What came with a delivery, scan by scan; POST books what a phone kept."""
    row = reads.get_delivery(request.ctx, delivery_id=id)
    if request.method == "POST":
        given = _given(request.body)
        answers = deliveries.receive(request.ctx, delivery_id=id, arrived=[one for _, one in given if one])
        return _answered(given, answers, _delivery_lines(request.ctx, id), is_blind=row.blind)
    facts = {
        "heading": row.document, "sub": row.supplier, "lines": _delivery_lines(request.ctx, id), "is_blind": row.blind,
        "place": locations.get(request.ctx, location_id=row.location_id), "is_open": row.state in TAKING,
        "url": reverse("deliveries:receive", args=[id]), "undo_url": reverse("deliveries:take_back", args=[id]),
        "back": reverse("deliveries:delivery", args=[id]), "key": f"delivery.{id}",
    }  # fmt: skip
    return _page(request, facts)


@page("stock:write", methods=BOTH)
def receive_transfer(request: StaffRequest, id: int) -> HttpResponse:
    """What arrived of a transfer, scan by scan; POST books what a phone kept."""
    row = reads.get_transfer(request.ctx, transfer_id=id)
    if request.method == "POST":
        given = _given(request.body)
        answers = transfers.receive(request.ctx, transfer_id=id, arrived=[one for _, one in given if one])
        return _answered(given, answers, _transfer_lines(request.ctx, id), is_blind=False)
    facts = {
        "heading": row.name, "sub": locations.get(request.ctx, location_id=row.origin_id).name,
        "lines": _transfer_lines(request.ctx, id), "is_blind": False, "is_open": row.state in UNDER_WAY,
        "place": locations.get(request.ctx, location_id=row.destination_id),
        "is_transfer": True,
        "url": reverse("transfers:receive", args=[id]), "undo_url": reverse("transfers:take_back", args=[id]),
        "back": reverse("transfers:transfer", args=[id]),
        "key": f"transfer.{id}",
    }  # fmt: skip
    return _page(request, facts)


def _page(request: StaffRequest, facts: dict[str, Any]) -> HttpResponse:
    conditions = [(value, word) for value, word in words.CONDITIONS.items()]
    return render(request, "stock/receive.html", {**facts, "says": words.receiving(), "conditions": conditions})


def _named(request: StaffRequest) -> str:
    client_id = object_of(request.body).get("client_id")
    if not (isinstance(client_id, str) and CLIENT_ID.fullmatch(client_id)):
        raise Refused(INVALID, {"field": "client_id", "problem": gettext_noop("No scan has such a name.")})
    return client_id


@page("stock:write", methods=("POST",))
def take_back_delivered(request: StaffRequest, id: int) -> HttpResponse:
    """Unbooks the receipt of a delivery that a phone names.  Refuses: names that no receipt has."""
    done = deliveries.take_back(request.ctx, delivery_id=id, client_id=_named(request))
    return JsonResponse({"done": done, "lines": _delivery_lines(request.ctx, id)})


@page("stock:write", methods=("POST",))
def take_back_transferred(request: StaffRequest, id: int) -> HttpResponse:
    """Unbooks the receipt of a transfer that a phone names.  Refuses: names that no receipt has."""
    done = transfers.take_back(request.ctx, transfer_id=id, client_id=_named(request))
    return JsonResponse({"done": done, "lines": _transfer_lines(request.ctx, id)})


def _answered(
    given: Sequence[tuple[str, Arrived | None]],
    answers: Sequence[Answer],
    lines: list[dict[str, Any]],
    *,
    is_blind: bool,
) -> HttpResponse:
    """What became of each scan; whoever receives blind is not told of a surplus either."""
    told = [
        {
            "client_id": a.client_id, "problem": a.problem, "variant": a.variant_id, "qty": a.qty,
            "over": 0 if is_blind else a.over,
        }
        for a in answers
    ]  # fmt: skip
    unread = [
        {"client_id": id, "problem": "unreadable", "variant": None, "qty": 0, "over": 0} for id, one in given if not one
    ]
    return JsonResponse({"answers": [*told, *unread], "lines": lines})


def _given(body: bytes) -> list[tuple[str, Arrived | None]]:
    """The receipts that a phone sent by their names; None for one that cannot be read, which stops no other.

    Refuses: what is no list of them.
    """
    found = object_of(body).get("receipts")
    if not isinstance(found, list) or len(found) > MOST:
        raise Refused(
            INVALID, {"field": "receipts", "problem": gettext_noop("A list of at most 200 scans is expected.")}
        )
    return [_one(given) for given in found]


def _one(given: Any) -> tuple[str, Arrived | None]:
    told = given if isinstance(given, dict) else {}
    client_id, qty, condition = told.get("client_id"), told.get("qty"), told.get("condition", Condition.GOOD)
    serials, code = told.get("serials", []), _text(told, "code", 120)
    if not isinstance(client_id, str) or CLIENT_ID.fullmatch(client_id) is None:
        return str(client_id)[:60], None
    is_fit = type(qty) is int and 0 < qty <= MOST_UNITS and condition in list(Condition) and isinstance(serials, list)
    if not (is_fit and code and len(serials) <= 1000):
        return client_id, None
    return client_id, Arrived(
        client_id, int(str(qty)), code, None, Condition(condition), _text(told, "reason", 200), _text(told, "lot", 60),
        day_of(_text(told, "expires_on", 10)),
        tuple(CONTROLS.sub("", text).strip()[:60] for text in serials if isinstance(text, str)),
    )  # fmt: skip


def _text(told: dict[str, Any], name: str, longest: int) -> str:
    found = told.get(name, "")
    return CONTROLS.sub("", found).strip()[:longest] if isinstance(found, str) else ""
