"""What a shop front asks: how many units of each variant can be sold now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.catalog import components
from doorstep.catalog.values import ComponentRow
from doorstep.stock import bundles, lying, promising, queries
from doorstep.stock.reach import Places
from doorstep.stock.values import Selling, SellingRow

_ROW = """
SELECT v.id AS variant_id, v.sku, NOT v.archived AND p.status <> 'archived' AS on_sale, v.bundle,
       CASE WHEN v.archived OR p.status = 'archived' THEN 0
            ELSE COALESCE(s.on_hand - s.committed - s.reserved - s.damaged - s.quality_control - s.safety_stock, 0)
       END AS available, r.available_on,
       CASE WHEN r.max_units IS NULL OR r.max_units > (
                 SELECT COALESCE(sum(b.qty), 0) FROM stock_backorder b WHERE b.organisation_id = v.organisation_id
                    AND b.variant_id = v.id AND b.state = 'open' AND b.kind <> 'short')
            THEN COALESCE(r.kind, 'none') ELSE 'none' END AS selling
  FROM catalog_variant v
  JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
  LEFT JOIN stock_item s ON s.organisation_id = v.organisation_id AND s.variant_id = v.id
  LEFT JOIN stock_sellingrule r ON r.organisation_id = v.organisation_id AND r.variant_id = v.id
 WHERE v.organisation_id = %(org)s
"""


@dataclass(frozen=True, slots=True)
class Availability:
    """How a variant can be sold.  `available`: whole units, none where it is off sale, below zero where too many are promised.

    `selling`: as what it is sold beyond these; a bundle only where each component is.  `available_on`: the day of a pre-order.
    """

    variant_id: int
    sku: str
    on_sale: bool
    bundle: bool
    available: int
    selling: str
    available_on: date | None


def of_skus(ctx: Ctx, *, skus: Sequence[str], places: Places = None) -> dict[str, Availability]:
    """How the variants with these SKUs can be sold, by SKU; unknown ones are left out.

    `places`: only what can leave one of these, when all that is promised is kept and carts get what they hold from anywhere online.
    """
    rows = _read(ctx, "AND v.sku = ANY(%(skus)s::text[])", {"skus": db.array(skus)}, kept=True)
    return {row.sku: row for row in (rows if places is None else _from(ctx, rows, places))}


def of_variants(ctx: Ctx, *, variant_ids: Sequence[int], places: Places = None) -> list[Availability]:
    """How these variants can be sold, ascending by id; unknown ones are left out.  `places`: as in `of_skus`."""
    rows = _read(ctx, "AND v.id = ANY(%(ids)s::bigint[]) ORDER BY v.id", {"ids": db.array(variant_ids)}, kept=True)
    return rows if places is None else _from(ctx, rows, places)


def list_on_sale(ctx: Ctx, *, after: int = 0, limit: int = 1000) -> list[Availability]:
    """How every variant on sale can be sold, ascending by id, keyset-paged."""
    page = "AND v.id > %(after)s AND NOT v.archived AND p.status <> 'archived' ORDER BY v.id LIMIT %(limit)s"
    return _read(ctx, page, {"after": after, "limit": limit})


def _read(ctx: Ctx, which: str, facts: Mapping[str, object], *, kept: bool = False) -> list[Availability]:
    rows = db.rows(Availability, f"{_ROW} {which}", {"org": ctx.organisation_id, **facts}, kept=kept)
    return _opened(ctx, rows) if any(row.bundle for row in rows) else rows


def _opened(ctx: Ctx, rows: Sequence[Availability]) -> list[Availability]:
    """The same rows, with what the components of bundles allow."""
    ids = [row.variant_id for row in rows if row.bundle]
    inside = components.components_of(ctx, variant_ids=ids)
    enough = bundles.available_of(ctx, variant_ids=ids)
    known = promising.selling_of(ctx, variant_ids=sorted({part.variant_id for part in _all(inside)}))
    found = {id: _selling([known.get(part.variant_id) for part in parts]) for id, parts in inside.items()}
    return [
        replace(
            row, available=enough[row.variant_id] if row.on_sale else 0,
            selling=found[row.variant_id][0], available_on=found[row.variant_id][1],
        )
        if row.variant_id in found else row
        for row in rows
    ]  # fmt: skip


def _from(ctx: Ctx, rows: Sequence[Availability], places: frozenset[int]) -> list[Availability]:
    """The same rows, with what can leave these places."""
    inside = components.components_of(ctx, variant_ids=[row.variant_id for row in rows if row.bundle])
    ids = sorted({*(part.variant_id for part in _all(inside)), *(row.variant_id for row in rows if row.variant_id not in inside)})
    pool = queries.pool_of(ctx, variant_ids=ids)
    where = lying.of(ctx, ids, pool=pool)
    near = {id: where[id].reach(places, in_carts=pool[id].reserved) for id in ids}
    near |= {id: min(near[part.variant_id] // part.qty for part in parts) for id, parts in inside.items()}
    return [replace(row, available=min(row.available, near[row.variant_id])) for row in rows]


def _all(inside: Mapping[int, Sequence[ComponentRow]]) -> Iterable[ComponentRow]:
    return (part for parts in inside.values() for part in parts)


def _selling(rules: Sequence[SellingRow | None]) -> tuple[str, date | None]:
    """As what a bundle is sold beyond what is available: as its components are, if all of them are."""
    known = [rule for rule in rules if rule is not None]
    if len(known) < len(rules):
        return Selling.NONE, None
    days = [rule.available_on for rule in known if rule.kind == Selling.PREORDER and rule.available_on]
    return (Selling.PREORDER, max(days)) if days else (Selling.BACKORDER, None)
