"""What came in, raw, and what became of it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any, Literal

from ninja import Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, Limit, Out
from doorstep.base import arrivals
from doorstep.base.arrivals import Arrival
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows.arrivals import read_again

router = Router(tags=["Channels"])
# Mails are letters of people: whoever may read the inbox reads them there.
SHOWN = tuple(source for source in arrivals.SOURCES if source not in (arrivals.MAIL, arrivals.TEXT))
Outcome = Literal["", "received", "processed", "refused", "failed", "ignored"]


class ArrivalOut(Out):
    """`connection_id` is a shop's or a carrier's, as `source` says; a file's rows have that of their connection, or 0."""

    id: int
    source: Literal["channel", "carrier", "payment", "file", "warehouse"]
    connection_id: int
    external_id: str
    topic: str
    content_type: str
    outcome: str
    detail: dict[str, Any]
    repeats: int
    received_at: datetime
    processed_at: datetime | None
    forgotten_at: datetime | None


class ArrivalDetailOut(ArrivalOut):
    """`body_base64`: the bytes exactly as they came; none, and no headers, after `forgotten_at`."""

    headers: dict[str, str]
    body_base64: str


class ArrivalsOut(Out):
    arrivals: list[ArrivalOut]
    next: str | None


def _shown(row: Arrival) -> dict[str, Any]:
    return {
        "id": row.id, "source": row.source, "connection_id": row.connection_id, "external_id": row.external_id, "topic": row.topic,
        "content_type": row.content_type, "outcome": row.outcome, "detail": row.detail, "repeats": row.repeats,
        "received_at": row.received_at, "processed_at": row.processed_at,
        "forgotten_at": row.forgotten_at,
    }  # fmt: skip


def _detail(row: Arrival) -> dict[str, Any]:
    return _shown(row) | {"headers": row.headers, "body_base64": base64.b64encode(bytes(row.body)).decode()}


@operation(router, "GET", "/arrivals", scope="channels:read", answers={200: ArrivalsOut})
def list_arrivals(request: Asked, outcome: Outcome = "", cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Arrivals, newest first, without their bodies."""
    before = paging.by_id(cursor, "arrivals")
    rows = arrivals.list_recent(request.ctx, outcome=outcome, sources=SHOWN, before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="arrivals", key=lambda row: (row.id,))
    return {"arrivals": [_shown(row) for row in shown], "next": following}


@operation(router, "GET", "/arrivals/{arrival_id}", scope="channels:read", answers={200: ArrivalDetailOut})
def get_arrival(request: Asked, arrival_id: Id) -> dict[str, Any]:
    """One arrival with its raw bytes."""
    return _detail(_get(request, arrival_id))


@operation(router, "POST", "/arrivals/{arrival_id}/replay", scope="channels:write", answers={200: ArrivalDetailOut})
def replay_arrival(request: Asked, arrival_id: Id) -> dict[str, Any]:
    """Reads an arrival again; what it did before is not done twice."""
    _get(request, arrival_id)
    read_again(request.ctx, arrival_id=arrival_id)
    return _detail(_get(request, arrival_id))


def _get(request: Asked, arrival_id: int) -> Arrival:
    """An arrival that this door shows."""
    row = arrivals.get(request.ctx, id=arrival_id)
    if row.source not in SHOWN:
        raise Refused(NOT_FOUND, {"what": "arrival", "key": arrival_id})
    return row
