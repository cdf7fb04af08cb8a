"""What comes back of each product, and why, beside its category."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.returns import rules
from doorstep.returns.rules import Share


@dataclass(frozen=True, slots=True)
class ProductReturns:
    """Units of one product that were sold in a time, and how many of those came back or were asked back by now.

    Shapes: `reasons` are units by reason, the most frequent first; `category_share` is that of all products of its category.
    """

    product_id: int
    title: str
    category: str
    reasons: dict[str, int]
    share: Share
    category_share: Share
    is_finding: bool


@dataclass(frozen=True, slots=True)
class _Sold:
    product_id: int
    title: str
    category: str
    sold: int
    returned: int


def report(ctx: Ctx, *, since: datetime, until: datetime) -> list[ProductReturns]:
    """Products sold in a time by how often they came back, most often for certain first.

    Cancelled orders do not count, and what was sent again at no charge was not sold again.

    Units: units.  Shapes: the interval is Wilson's at 95 %; a finding lies above its category beyond what chance explains.
    """
    rows = _sold(ctx, since, until)
    reasons = _reasons(ctx, since, until)
    sold, returned = Counter[str](), Counter[str]()
    for row in rows:
        sold[row.category] += row.sold
        returned[row.category] += row.returned
    categories = {name: rules.wilson(returned[name], sold[name]) for name in sold}
    answer = []
    for row in rows:
        share, category = rules.wilson(row.returned, row.sold), categories[row.category]
        answer.append(
            ProductReturns(
                row.product_id, row.title, row.category, reasons.get(row.product_id, {}), share, category,
                rules.is_finding(share, category),
            )
        )  # fmt: skip
    return sorted(answer, key=lambda found: (-found.share.low, found.product_id))


def report_of(ctx: Ctx, *, product_id: int, since: datetime, until: datetime) -> ProductReturns:
    """One product of the report, also where nothing of it was sold in the time.  Refuses: unknown ids."""
    product = catalog.get_product(ctx, product_id=product_id)
    every = report(ctx, since=since, until=until)
    found = next((row for row in every if row.product_id == product_id), None)
    nothing = rules.wilson(0, 0)
    beside = next((row.category_share for row in every if row.category == product.category), nothing)
    return found or ProductReturns(product_id, product.title, product.category, {}, nothing, beside, False)


def rate_of(ctx: Ctx, *, product_id: int, since: datetime, until: datetime) -> Share:
    """How many of a product's units that were sold in a time came back or were asked back by now.  Units: units."""
    back = f"LEFT JOIN LATERAL (SELECT sum(l.qty) AS qty FROM returns_line l WHERE {_STANDS}) b ON TRUE"
    found = db.dicts(
        f"""SELECT COALESCE(sum(n.qty), 0)::int AS sold, COALESCE(sum(b.qty), 0)::int AS returned
            {_FROM.format(joined=back)} AND v.product_id = %s""",
        [ctx.organisation_id, since, until, product_id],
    )[0]
    return rules.wilson(found["returned"], found["sold"])


_FROM = """
  FROM orders_order o
  JOIN orders_orderline n ON n.organisation_id = o.organisation_id AND n.order_id = o.id
  JOIN catalog_variant v ON v.organisation_id = n.organisation_id AND v.id = n.variant_id
  {joined}
 WHERE o.organisation_id = %s AND o.placed_at >= %s AND o.placed_at < %s AND o.state <> 'cancelled'
   AND NOT EXISTS (SELECT 1 FROM orders_reshippedline s WHERE s.organisation_id = o.organisation_id AND s.order_id = o.id)
"""
_STANDS = """l.organisation_id = n.organisation_id AND l.order_line_id = n.id
             AND l.decision NOT IN ('declined', 'cancelled', 'expired')"""


def _sold(ctx: Ctx, since: datetime, until: datetime) -> list[_Sold]:
    back = f"""LEFT JOIN LATERAL (SELECT sum(l.qty) AS qty FROM returns_line l WHERE {_STANDS}) b ON TRUE"""
    return db.rows(
        _Sold,
        f"""SELECT p.id AS product_id, p.title, p.category, s.sold, s.returned FROM (
                   SELECT v.product_id, sum(n.qty)::int AS sold, COALESCE(sum(b.qty), 0)::int AS returned
                   {_FROM.format(joined=back)} GROUP BY v.product_id) s
              JOIN catalog_product p ON p.organisation_id = %s AND p.id = s.product_id ORDER BY p.id""",
        [ctx.organisation_id, since, until, ctx.organisation_id],
    )


def _reasons(ctx: Ctx, since: datetime, until: datetime) -> dict[int, dict[str, int]]:
    found = db.dicts(
        f"""SELECT v.product_id, l.reason, sum(l.qty)::int AS units
            {_FROM.format(joined=f"JOIN returns_line l ON {_STANDS}")}
            GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2""",
        [ctx.organisation_id, since, until],
    )
    answer: dict[int, dict[str, int]] = {}
    for row in found:
        answer.setdefault(row["product_id"], {})[row["reason"]] = row["units"]
    return answer
