"""Parcels that need a person, numbers of labels that were bought elsewhere, and codes that nobody knows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router
from pydantic import AwareDatetime, StrictBool, StrictStr

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.floor_shapes import ParcelDetailOut
from doorstep.api.v1.operations import operation
from doorstep.api.v1.parcels import detail
from doorstep.api.v1.shapes import Cursor, Id, IdField, In, Limit, Out, Search, text
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import exceptions, ship, tracking
from doorstep.flows.exceptions import What
from doorstep.shipping import codes, queries
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries as open_tasks
from doorstep.tasks.queries import OfKinds
from doorstep.tasks.values import TaskRow

router = Router(tags=["Shipments"])
Kind = Literal[
    "", "stalled", "never_scanned", "late", "missed_estimate", "customs", "attempt_failed", "exception", "return_to_sender",
    "expired", "not_collected", "others_scans", "label_file",
]  # fmt: skip
Wrong = Annotated[Kind, Query(description="Only parcels of which this is wrong.")]
Waiting = Annotated[bool, Query(description="Those that somebody waits with, instead of those that need somebody now.")]
Meaning = Literal[
    "", "pre_transit", "in_transit", "out_for_delivery", "available_for_pickup", "attempt_failed", "delivered", "delayed",
    "exception", "return_to_sender", "cancelled", "expired",
]  # fmt: skip


class ExceptionOut(Out):
    """`kind`: what is wrong; `said`: what the carrier said to it; `trouble`: in one of our words, where it says one."""

    id: int
    kind: Kind
    shipment_id: int
    order: str
    carrier: str
    tracking_number: str
    said: str
    trouble: str
    assignee_id: int | None
    created_at: datetime
    due_at: datetime | None
    wait_until: datetime | None
    state: Literal["open", "done", "dropped"]
    outcome: str


class ExceptionsOut(Out):
    exceptions: list[ExceptionOut]
    next: str | None


class WaitUntilIn(In):
    """`until`: it is left alone until then, unless something changes."""

    until: AwareDatetime


class DoneIn(In):
    """`outcome`: what came of it."""

    outcome: Annotated[StrictStr, text(2000)] = ""


class NumberIn(In):
    """`sent_on`: where it left before it was packed here; scans before that day are of another parcel. `left`: the carrier has
    it already."""

    carrier_id: IdField
    tracking_number: Annotated[StrictStr, text(60)]
    service: Annotated[StrictStr, text(40)] = ""
    sent_on: date | None = None
    left: StrictBool = False


class CodeOut(Out):
    provider: str
    code: str
    seen: int
    shipments: int
    description: str
    last_at: datetime


class CodesOut(Out):
    codes: list[CodeOut]


class CodeIn(In):
    """`status`: what the code means; empty, that it says nothing of where a parcel is."""

    provider: Annotated[StrictStr, text(30)]
    code: Annotated[StrictStr, text(40)]
    status: Meaning


class CodeNamedOut(Out):
    """`shipments`: how many were read anew."""

    shipments: int


def _shown(row: TaskRow) -> dict[str, Any]:
    facts = row.facts
    return {
        "id": row.id, "kind": exceptions.what_of(row).value, "shipment_id": int(facts.get("parcel_id", 0)),
        "order": str(facts.get("order", "")), "carrier": str(facts.get("carrier", "")),
        "tracking_number": str(facts.get("number", "")), "said": str(facts.get("said", "")),
        "trouble": str(facts.get("trouble", "")), "assignee_id": row.owner_id, "created_at": row.created_at, "due_at": row.due_at,
        "wait_until": facts.get("wait_until"), "state": row.state, "outcome": row.outcome,
    }  # fmt: skip


def _row(ctx: Ctx, id: int) -> TaskRow:
    row = open_tasks.get(ctx, task_id=id)
    if row.kind not in exceptions.KINDS:
        raise Refused(NOT_FOUND, {"what": "task", "key": id})
    return row


@operation(router, "GET", "/shipment-exceptions", scope="fulfilment:read", answers={200: ExceptionsOut})
def list_exceptions(
    request: Asked, kind: Wrong = "", waiting: Waiting = False, q: Search = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Parcels that need a person, newest first; `q` finds tracking numbers and orders."""
    where = OfKinds(exceptions.KINDS, what=What(kind).value if kind else "", text=q, waits=waiting)
    rows = open_tasks.list_of_kinds(request.ctx, where=where, before=paging.by_id(cursor, "exceptions"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="exceptions", key=lambda row: (row.id,))
    return {"exceptions": [_shown(row) for row in shown], "next": following}


@operation(router, "GET", "/shipment-exceptions/{exception_id}", scope="fulfilment:read", answers={200: ExceptionOut})
def get_exception(request: Asked, exception_id: Id) -> dict[str, Any]:
    """One of them, open or over."""
    return _shown(_row(request.ctx, exception_id))


@operation(router, "POST", "/shipment-exceptions/{exception_id}/wait", scope="fulfilment:write", answers={200: ExceptionOut})
def wait_with_exception(request: Asked, exception_id: Id, given: WaitUntilIn) -> dict[str, Any]:
    """Leaves one alone until a moment; it ends by itself when the parcel arrives."""
    _row(request.ctx, exception_id)
    tasks.put_off(request.ctx, task_id=exception_id, until=given.until)
    return _shown(_row(request.ctx, exception_id))


@operation(router, "POST", "/shipment-exceptions/{exception_id}/done", scope="fulfilment:write", answers={200: ExceptionOut})
def end_exception(request: Asked, exception_id: Id, given: DoneIn) -> dict[str, Any]:
    """Says what came of one."""
    _row(request.ctx, exception_id)
    tasks.end(request.ctx, task_id=exception_id, outcome=given.outcome)
    return _shown(_row(request.ctx, exception_id))


@operation(router, "POST", "/shipments/{parcel_id}/number", scope="fulfilment:write", answers={200: ParcelDetailOut})
def type_number(request: Asked, parcel_id: Id, given: NumberIn) -> dict[str, Any]:
    """Puts the number of a label that was bought elsewhere on a packed parcel, which is tracked from then on."""
    since = datetime.combine(given.sent_on, datetime.min.time(), tzinfo=request.ctx.now.tzinfo) if given.sent_on else None
    queries.get_parcel(request.ctx, parcel_id=parcel_id)
    ship.type_number(
        request.ctx, parcel_id=parcel_id, carrier_id=given.carrier_id, number=given.tracking_number, service=given.service,
        since=since, left=given.left,
    )  # fmt: skip
    return detail(request.ctx, parcel_id)


@operation(router, "POST", "/shipments/{parcel_id}/vouch", scope="fulfilment:write", answers={200: ParcelDetailOut})
def vouch_for_scans(request: Asked, parcel_id: Id) -> dict[str, Any]:
    """Says that every scan with a parcel's number is its own, though its carrier names another place or time."""
    queries.get_parcel(request.ctx, parcel_id=parcel_id)
    exceptions.take_back(request.ctx, parcel_id=parcel_id)
    return detail(request.ctx, parcel_id)


@operation(router, "GET", "/tracking-codes/unknown", scope="fulfilment:read", answers={200: CodesOut})
def list_unknown_codes(request: Asked) -> dict[str, Any]:
    """Carriers' codes that nobody knows, the most frequent first."""
    return {
        "codes": [
            {"provider": row.provider, "code": row.raw_code, "seen": row.seen, "shipments": row.parcels,
             "description": row.description, "last_at": row.last_at}
            for row in codes.list_unknown(request.ctx)
        ]
    }  # fmt: skip


@operation(router, "POST", "/tracking-codes", scope="fulfilment:write", answers={200: CodeNamedOut})
def name_tracking_code(request: Asked, given: CodeIn) -> dict[str, Any]:
    """Says what a code means for this brand; parcels that it was told of are read anew."""
    return {"shipments": tracking.name_code(request.ctx, provider=given.provider, raw_code=given.code, status=given.status)}
