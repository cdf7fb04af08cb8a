"""What a channel gets as a file: what it may sell, and what left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from doorstep.api.v1 import translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id
from doorstep.flows import channel_files

router = Router(tags=["Channels"])
CSV = "text/csv; charset=utf-8"
USUAL = timedelta(days=7)
LeftSince = Annotated[
    str,
    Query(
        max_length=40, description="What left at or after this RFC 3339 moment; without it, in the last 7 days.", format="date-time"
    ),
]


@operation(router, "GET", "/connections/{connection_id}/stock.csv", scope="channels:read", answers={200: None}, kind="text/csv")
def get_stock_file(request: Asked, connection_id: Id) -> HttpResponse:
    """What a channel that is spoken with by files may sell of everything on sale, in the columns that it wants."""
    return _sent("stock", channel_files.stock_file(request.ctx, connection_id=connection_id))


@operation(
    router, "GET", "/connections/{connection_id}/shipments.csv", scope="channels:read", answers={200: None}, kind="text/csv"
)
def get_shipments_file(request: Asked, connection_id: Id, since: LeftSince = "") -> HttpResponse:
    """What left of a channel's orders, in the columns that it wants."""
    now = request.ctx.now
    moment = translate.read_since(since, now, "since") if since else now - USUAL
    return _sent("shipments", channel_files.shipments_file(request.ctx, connection_id=connection_id, since=moment))


def _sent(name: str, pieces: Iterable[bytes]) -> HttpResponse:
    response = HttpResponse(b"".join(pieces), content_type=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
