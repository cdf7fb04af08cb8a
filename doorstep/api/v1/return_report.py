"""What comes back most, and why: each product beside its category."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from ninja import Query, Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, Limit, Out
from doorstep.returns import queries
from doorstep.returns.reporting import ProductReturns
from doorstep.returns.rules import Share

router = Router(tags=["Returns"])
Days = Annotated[int, Query(ge=1, le=3650, description="Of products that were sold in so many days up to now.")]
Only = Literal["", "findings"]


class ShareOut(Out):
    """A share of units, with the interval in which it lies with 95 % confidence (Wilson)."""

    returned: int
    sold: int
    rate: float
    low: float
    high: float


class ReasonOut(Out):
    reason: str
    units: int


class ProductReturnsOut(Out):
    """`is_finding`: it comes back more often than its category does, beyond what chance explains."""

    product_id: int
    title: str
    category: str
    share: ShareOut
    category_share: ShareOut
    reasons: list[ReasonOut]
    is_finding: bool


class ReturnReportOut(Out):
    products: list[ProductReturnsOut]
    next: str | None


class ProductReportOut(ProductReturnsOut):
    since: datetime
    until: datetime


def _share(share: Share) -> dict[str, float]:
    return {"returned": share.hits, "sold": share.of, "rate": share.rate, "low": share.low, "high": share.high}


def _shown(row: ProductReturns) -> dict[str, Any]:
    return {
        "product_id": row.product_id, "title": row.title, "category": row.category, "share": _share(row.share),
        "category_share": _share(row.category_share), "is_finding": row.is_finding,
        "reasons": [{"reason": reason, "units": units} for reason, units in row.reasons.items()],
    }  # fmt: skip


@operation(router, "GET", "/returns/report", scope="returns:read", answers={200: ReturnReportOut})
def get_return_report(
    request: Asked, days: Days = 90, only: Only = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Products of which something came back or was asked back, by id, with reasons, interval and the share of their category;
    with `only=findings` those that come back more often than their category beyond what chance explains."""
    after, until = paging.by_id(cursor, "returns.report") or 0, request.ctx.now
    found = queries.report(request.ctx, since=until - timedelta(days=days), until=until)
    rows = sorted(
        (row for row in found if row.share.hits and row.product_id > after and (row.is_finding or not only)),
        key=lambda row: row.product_id,
    )
    shown, following = paging.cut(
        rows[: limit + 1], limit=limit, kind="returns.report", key=lambda row: (row.product_id,)
    )
    return {"products": [_shown(row) for row in shown], "next": following}


@operation(router, "GET", "/returns/report/{product_id}", scope="returns:read", answers={200: ProductReportOut})
def get_product_return_report(request: Asked, product_id: Id, days: Days = 90) -> dict[str, Any]:
    """How often one product comes back, and why, beside its category."""
    until = request.ctx.now
    since = until - timedelta(days=days)
    row = queries.report_of(request.ctx, product_id=product_id, since=since, until=until)
    return _shown(row) | {"since": since, "until": until}
