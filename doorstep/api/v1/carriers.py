"""Carriers: what they ask for a parcel, their rate sheets, the ends of their days, and where orders can arrive."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Router, Status
from pydantic import Field, StrictInt, StrictStr

from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.floor_shapes import ParcelDetailOut
from doorstep.api.v1.operations import operation
from doorstep.api.v1.parcels import detail
from doorstep.api.v1.shapes import Cursor, Id, IdField, In, Limit, MoneyOut, Out, text
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import check_addresses, offers, ship
from doorstep.flows import manifests as closing
from doorstep.orders import queries as orders
from doorstep.shipping import addressing, checks, manifests, own, queries
from doorstep.shipping.choosing import Offer
from doorstep.shipping.manifests import ManifestRow, OnManifest
from doorstep.shipping.port import abilities_of

router = Router(tags=["Carriers"])


class OfferOut(Out):
    """One service, or a carrier without one; `verdict` says why it is the best, or why not."""

    carrier_id: int
    carrier: str
    service: str
    price: MoneyOut | None
    transit_days: int | None
    arrives_on: date | None
    verdict: str


class OffersOut(Out):
    promised_on: date | None
    offers: list[OfferOut]


class TakeIn(In):
    carrier_id: IdField
    service: Annotated[StrictStr, text(80, required=True)]
    number: Annotated[StrictStr, Field(max_length=60, description="For carriers whose numbers are typed by hand.")] = ""


class CarrierOut(Out):
    """An account with a carrier and what it can do; `rate_sheet`: the text that counts, for those priced by one."""

    id: int
    name: str
    provider: str
    active: bool
    can: list[str]
    void_days: int
    rate_sheet: str | None


class CarriersOut(Out):
    carriers: list[CarrierOut]
    next: str | None


class RateSheetIn(In):
    text: Annotated[StrictStr, text(200_000, required=True)]


class ManifestOut(Out):
    id: int
    location_id: int
    carrier_id: int
    carrier: str
    state: str
    number: str
    barcode: str
    url: str
    problem: str
    parcels: int
    wanted_at: datetime
    settled_at: datetime | None


class ManifestsOut(Out):
    manifests: list[ManifestOut]
    next: str | None


class ManifestParcelOut(Out):
    """`missed`: it is not on the manifest any more, and why."""

    parcel_id: int
    order_id: int
    tracking_number: str
    missed: bool
    problem: str


class ManifestDetailOut(ManifestOut):
    lines: list[ManifestParcelOut]


class CloseDayIn(In):
    location_id: IdField
    carrier_id: IdField


class FindingOut(Out):
    code: str
    field: str
    says: str


class AddressCheckOut(Out):
    """`state`: ok, suspicious, undeliverable, or unchecked.  `suggestion`: the address as it may be meant."""

    state: str
    findings: list[FindingOut]
    suggestion: dict[str, Any] | None
    source: str
    checked_at: datetime | None


class DecideIn(In):
    decision: Literal["accept", "keep", "check"]
    version: Annotated[StrictInt, Field(ge=0, description="Of the order; needed to accept.")] = 0


def _offer(row: Offer) -> dict[str, Any]:
    return {
        "carrier_id": row.carrier_id, "carrier": row.carrier, "service": row.service,
        "price": show.money(row.price.minor, row.price.currency) if row.price else None,
        "transit_days": row.transit_days, "arrives_on": row.arrives_on, "verdict": row.verdict,
    }  # fmt: skip


def _manifest(row: ManifestRow) -> dict[str, Any]:
    return {
        "id": row.id, "location_id": row.location_id, "carrier_id": row.carrier_id, "carrier": row.carrier_name,
        "state": row.state, "number": row.vendor_id, "barcode": row.barcode, "url": row.url, "problem": row.problem,
        "parcels": row.parcels, "wanted_at": row.wanted_at, "settled_at": row.settled_at,
    }  # fmt: skip


def _line(row: OnManifest) -> dict[str, Any]:
    return {
        "parcel_id": row.parcel_id, "order_id": row.order_id, "tracking_number": row.tracking_number, "missed": row.off,
        "problem": row.problem,
    }  # fmt: skip


@operation(router, "GET", "/shipments/{parcel_id}/rates", scope="fulfilment:read", answers={200: OffersOut})
def list_rates(request: Asked, parcel_id: Id) -> dict[str, Any]:
    """What each carrier in use asks for a packed parcel now, the best first, each with the reason."""
    parcel = queries.get_parcel(request.ctx, parcel_id=parcel_id)
    choice, promised = offers.offers_for(request.ctx, parcel=parcel, wish=ship.wish_of(request.ctx, None, parcel))
    return {"promised_on": promised, "offers": [_offer(row) for row in choice.offers]}


@operation(router, "POST", "/shipments/{parcel_id}/rates/take", scope="fulfilment:write", answers={200: ParcelDetailOut})
def take_rate(request: Asked, parcel_id: Id, given: TakeIn) -> dict[str, Any]:
    """Asks for the label of a packed parcel at this service instead of the best one. With a label that is wanted, bought or
    unknown this changes nothing."""
    parcel = queries.get_parcel(request.ctx, parcel_id=parcel_id)
    wish = ship.wish_of(request.ctx, None, parcel)
    offers.take(
        request.ctx, parcel=parcel, wish=wish, carrier_id=given.carrier_id, service=given.service, number=given.number
    )
    return detail(request.ctx, parcel_id)


@operation(router, "GET", "/carriers", scope="settings:read", answers={200: CarriersOut})
def list_carriers(request: Asked) -> dict[str, Any]:
    """Every carrier and what it can do."""
    found = []
    for row in queries.list_carriers(request.ctx):
        able = abilities_of(row.provider)
        sheet = own.find_sheet_row(request.ctx, carrier_id=row.id) if able.sells_by_sheet else None
        words = {
            "labels": able.sells, "void": able.voids, "tracking": able.tracks, "webhooks": able.pushes,
            "manifests": able.manifests, "addresses": able.checks_addresses,
        }  # fmt: skip
        found.append({
            "id": row.id, "name": row.name, "provider": row.provider, "active": row.active,
            "can": [word for word, on in words.items() if on], "void_days": able.void_days,
            "rate_sheet": sheet.text if sheet else None,
        })  # fmt: skip
    return {"carriers": found, "next": None}


@operation(router, "PUT", "/carriers/{carrier_id}/rate-sheet", scope="settings:write", answers={200: CarriersOut})
def set_rate_sheet(request: Asked, carrier_id: Id, given: RateSheetIn) -> dict[str, Any]:
    """Saves what a carrier without an interface charges; it counts from now on. A sheet that cannot be read is refused with the
    line and the reason, and the one before stays."""
    own.save_sheet(request.ctx, carrier_id=carrier_id, text=given.text)
    return list_carriers(request)


@operation(router, "GET", "/manifests", scope="fulfilment:read", answers={200: ManifestsOut})
def list_manifests(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Manifests, newest first."""
    rows = manifests.list_manifests(request.ctx, before=paging.by_id(cursor, "manifests"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="manifests", key=lambda row: (row.id,))
    return {"manifests": [_manifest(row) for row in shown], "next": following}


@operation(router, "POST", "/manifests", scope="fulfilment:write", answers={201: ManifestOut})
def close_day(request: Asked, given: CloseDayIn) -> Status[dict[str, Any]]:
    """Closes the day of a carrier at a location: every labelled parcel there that is on no manifest. The carrier is told at
    once; those that it does not take are named."""
    made = manifests.want(request.ctx, location_id=given.location_id, carrier_id=given.carrier_id)
    return Status(201, _manifest(manifests.get(request.ctx, manifest_id=made)))


@operation(router, "GET", "/manifests/{manifest_id}", scope="fulfilment:read", answers={200: ManifestDetailOut})
def get_manifest(request: Asked, manifest_id: Id) -> dict[str, Any]:
    """One manifest and its parcels, those that were missed too."""
    row = manifests.get(request.ctx, manifest_id=manifest_id)
    return _manifest(row) | {"lines": [_line(one) for one in manifests.parcels_on(request.ctx, manifest_id=manifest_id)]}


@operation(
    router, "GET", "/manifests/{manifest_id}/paper.pdf", scope="fulfilment:read", answers={200: None}, kind="application/pdf"
)
def get_manifest_pdf(request: Asked, manifest_id: Id) -> HttpResponse:
    """The paper of a closed manifest, for the driver to sign."""
    return HttpResponse(closing.draw(request.ctx, manifest_id=manifest_id), content_type="application/pdf")


def _check(request: Asked, order_id: int) -> dict[str, Any]:
    order = orders.get(request.ctx, id=order_id)
    row = checks.checks_of(request.ctx, order_ids=[order_id]).get(order_id)
    if row is None or row.address != checks.fingerprint(order.ship_to):
        return {"state": "unchecked", "findings": [], "suggestion": None, "source": "", "checked_at": None}
    found = [
        {"code": one["code"], "field": one["field"], "says": addressing.SAYS[one["code"]] % one["facts"]} for one in row.findings
    ]
    return {
        "state": row.state, "findings": found, "suggestion": row.suggestion, "source": row.source, "checked_at": row.checked_at,
    }  # fmt: skip


@operation(router, "GET", "/orders/{order_id}/address-check", scope="orders:read", answers={200: AddressCheckOut})
def get_address_check(request: Asked, order_id: Id) -> dict[str, Any]:
    """Whether an order can arrive where it goes, as far as that is known, and how its address may be meant."""
    return _check(request, order_id)


@operation(router, "POST", "/orders/{order_id}/address-check", scope="orders:write", answers={200: AddressCheckOut})
def decide_address(request: Asked, order_id: Id, given: DecideIn) -> dict[str, Any]:
    """Sends an order to the suggested address, keeps its address as right, or checks it anew."""
    if order_id not in orders.orders_by_id(request.ctx, ids=[order_id]):
        raise Refused(NOT_FOUND, {"what": "order", "key": order_id})
    if given.decision == "accept":
        check_addresses.accept(request.ctx, order_id=order_id, version=given.version)
    elif given.decision == "keep":
        check_addresses.keep(request.ctx, order_id=order_id)
    else:
        check_addresses.check(request.ctx, order_ids=[order_id])
    return _check(request, order_id)
