"""Parcels on the floor: packed, labelled, printed, handed over."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router, Status

from doorstep.api.v1 import show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.floor_shapes import HandOverIn, HandOverOut, LabelFileIn, ParcelDetailOut, PrintIn, PrintOut
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id
from doorstep.api.v1.wishes import wish_of
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import label_files as files
from doorstep.flows import printing, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.orders import queries as orders
from doorstep.shipping import actions as shipping
from doorstep.shipping import label_files, queries
from doorstep.shipping.values import NO_CARRIER, NOT_ON_THE_FLOOR

router = Router(tags=["Shipments"])


def detail(ctx: Ctx, parcel_id: int) -> dict[str, Any]:
    """One parcel with its contents, labels and what its carrier told."""
    labels = queries.labels_of(ctx, parcel_ids=[parcel_id])
    return show.parcel_detail(
        queries.get_parcel(ctx, parcel_id=parcel_id),
        queries.parcel_lines_of(ctx, parcel_ids=[parcel_id]),
        labels,
        queries.tracking_of(ctx, parcel_ids=[parcel_id]),
        label_files.files_of(ctx, label_ids=[label.id for label in labels]),
    )


@operation(
    router, "POST", "/fulfilment-orders/{fulfilment_order_id}/pack", scope="fulfilment:write",
    answers={201: ParcelDetailOut, 200: ParcelDetailOut},
)  # fmt: skip
def pack_fulfilment_order(request: Asked, fulfilment_order_id: Id) -> Status[dict[str, Any]]:
    """Puts all of a fulfilment order that lies in no parcel yet into one, and closes it, once every unit is picked; its label is
    bought at once. One that was packed before is answered 200; for several boxes see `close_box`."""
    ctx = request.ctx
    if fulfilment_order_id not in orders.fulfilment_orders_by_id(ctx, ids=[fulfilment_order_id]):
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": fulfilment_order_id})
    made = fulfilment.pack(ctx, fulfilment_order_id=fulfilment_order_id)
    if made is not None:
        return Status(201, detail(ctx, made))
    [parcels] = queries.live_parcels_of(ctx, fulfilment_order_ids=[fulfilment_order_id]).values()
    return Status(200, detail(ctx, parcels[-1].id))


@operation(
    router, "POST", "/shipments/{parcel_id}/label", scope="fulfilment:write", answers={200: ParcelDetailOut}
)  # fmt: skip
def want_label(request: Asked, parcel_id: Id) -> dict[str, Any]:
    """Asks the carrier for the label of a packed parcel, again if it declined before. A parcel never gets a second one:
    with a label that is wanted, bought or unknown this changes nothing."""
    ctx = request.ctx
    parcel = queries.get_parcel(ctx, parcel_id=parcel_id)
    carrier = queries.find_default_carrier(ctx)
    if carrier is None:
        raise Refused(NO_CARRIER)
    made = shipping.want_label(ctx, parcel_ids=[parcel_id], carrier_id=carrier.id)
    if not made and not queries.live_labels_of(ctx, parcel_ids=[parcel_id]):
        raise Refused(NOT_ON_THE_FLOOR, {"parcel": parcel_id, "state": parcel.state, "what": "parcel"})
    return detail(ctx, parcel_id)


@operation(router, "POST", "/shipments/{parcel_id}/void", scope="fulfilment:write", answers={202: ParcelDetailOut})
def void_label(request: Asked, parcel_id: Id) -> Status[dict[str, Any]]:
    """Asks the carrier to take the label of a parcel back. The parcel keeps it, and does not leave, until the carrier has
    answered; then it may get another. Saying it twice changes nothing."""
    shipping.want_void(request.ctx, parcel_ids=[parcel_id])
    return Status(202, detail(request.ctx, parcel_id))


@operation(router, "POST", "/shipments/{parcel_id}/label-file", scope="fulfilment:write", answers={202: ParcelDetailOut})
def fetch_label_file(request: Asked, parcel_id: Id, given: LabelFileIn) -> Status[dict[str, Any]]:
    """Has the carrier's own label fetched as PDF or ZPL, again where it did not come. Nothing is bought; one that is here stays."""
    queries.get_parcel(request.ctx, parcel_id=parcel_id)
    files.fetch_again(request.ctx, parcel_id=parcel_id, language=given.language)
    return Status(202, detail(request.ctx, parcel_id))


@operation(router, "POST", "/hand-overs", scope="fulfilment:write", answers={201: HandOverOut})
def hand_over(request: Asked, given: HandOverIn) -> Status[dict[str, Any]]:
    """Gives labelled parcels to the carrier, all or none: their stock leaves, and shops and customers are told. Parcels
    that left before are left alone."""
    wanted = sorted(set(given.shipments))
    known = queries.parcels_by_id(request.ctx, ids=wanted)
    for id in wanted:
        if id not in known:
            raise Refused(NOT_FOUND, {"what": "shipment", "key": id})
    return Status(201, {"handed_over": ship.hand_over(request.ctx, parcel_ids=wanted)})


@operation(router, "POST", "/shipments/{parcel_id}/print", scope="fulfilment:write", answers={201: PrintOut})
def print_again(request: Asked, parcel_id: Id, given: PrintIn) -> Status[dict[str, Any]]:
    """Prints the label or the packing slip again, at the printer of the parcel's location."""
    queries.get_parcel(request.ctx, parcel_id=parcel_id)
    jobs = printing.reprint(request.ctx, parcel_ids=[parcel_id], document=given.document, wish=wish_of(request))
    return Status(201, {"print_jobs": jobs})


@operation(
    router, "GET", "/shipments/{parcel_id}/label.pdf", scope="fulfilment:read", answers={200: None},
    kind="application/pdf",
)  # fmt: skip
def get_label_pdf(request: Asked, parcel_id: Id) -> HttpResponse:
    """The label of a parcel as a PDF page of 4×6 inch; the carrier's own file, byte for byte, where it draws its labels."""
    return _paper(request, parcel_id, "label", "pdf")


@operation(
    router, "GET", "/shipments/{parcel_id}/label.zpl", scope="fulfilment:read", answers={200: None},
    kind="application/zpl",
)  # fmt: skip
def get_label_zpl(request: Asked, parcel_id: Id) -> HttpResponse:
    """The label of a parcel as ZPL for a printer of 203 dpi; the carrier's own file, byte for byte, where it draws its labels."""
    return _paper(request, parcel_id, "label", "zpl")


@operation(
    router, "GET", "/shipments/{parcel_id}/slip.pdf", scope="fulfilment:read", answers={200: None},
    kind="application/pdf",
)  # fmt: skip
def get_slip_pdf(request: Asked, parcel_id: Id) -> HttpResponse:
    """The packing slip of a parcel as a PDF of 4×6 inch."""
    return _paper(request, parcel_id, "slip", "pdf")


def _paper(request: Asked, parcel_id: int, document: str, language: str) -> HttpResponse:
    data = printing.draw(request.ctx, document=document, subject_id=parcel_id, language=language)
    return HttpResponse(data, content_type=f"application/{language}")
