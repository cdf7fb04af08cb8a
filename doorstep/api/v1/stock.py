"""Locations and the stock that lies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router, Status

from doorstep.api.refusals import not_together
from doorstep.api.v1 import paging, show, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.inbound import day, serials, variants_of
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import At, Cursor, Id, Limit
from doorstep.api.v1.stock_papers import paper_of, why_of
from doorstep.api.v1.stock_shapes import (
    AdjustmentIn,
    BookedOut,
    CountIn,
    LocationIn,
    LocationOut,
    LocationsOut,
    StockListOut,
    StockReceiptIn,
)
from doorstep.api.v1.translate import Mistakes
from doorstep.base.ctx import Ctx
from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.locations import actions as location_actions
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationDraft
from doorstep.stock import actions, adjustments, bundles, lots, queries
from doorstep.stock.tracked.values import Labelled
from doorstep.stock.values import Change, Count, LevelRow, PoolRow

router = Router(tags=["Stock"])
Skus = Annotated[list[str], Query(max_length=200, description="Only these SKUs; give it several times.")]


@operation(router, "GET", "/locations", scope="stock:read", answers={200: LocationsOut})
def list_locations(request: Asked) -> dict[str, Any]:
    """Every location, those in use first."""
    return {"locations": [show.location(row) for row in locations.list_locations(request.ctx)]}


@operation(router, "GET", "/locations/{location_id}", scope="stock:read", answers={200: LocationOut})
def get_location(request: Asked, location_id: Id) -> dict[str, Any]:
    """One location."""
    return show.location(locations.get(request.ctx, location_id=location_id))


@operation(router, "POST", "/locations", scope="settings:write", answers={201: LocationOut})
def create_location(request: Asked, location: LocationIn) -> Status[dict[str, Any]]:
    """Adds a warehouse or a shop; coordinates that are left out are looked up by postal code."""
    wrong = Mistakes()
    texts = {
        name: wrong.text(f"/{name}", getattr(location, name), longest=longest, required=name == "name")
        for name, longest in {
            "name": 120, "company": 120, "postal_code": 20, "city": 80, "region": 80, "phone": 40, "timezone": 60,
        }.items()
    }  # fmt: skip
    draft = LocationDraft(
        code=location.code, kind=location.kind, latitude=location.latitude, longitude=location.longitude,
        lines=tuple(wrong.text(f"/lines/{i}", line, longest=120) for i, line in enumerate(location.lines)),
        country=wrong.country("/country", location.country), fulfils_online=location.fulfils_online,
        serves=tuple(wrong.country(f"/serves/{i}", code) for i, code in enumerate(location.serves)), **texts,
    )  # fmt: skip
    wrong.refuse()
    made = location_actions.create(request.ctx, location=draft)
    return Status(201, show.location(locations.get(request.ctx, location_id=made)))


@operation(router, "GET", "/stock", scope="stock:read", answers={200: StockListOut})
def list_stock(
    request: Asked,
    sku: Skus = [],  # noqa: B006  # ninja reads the default, nobody changes it
    only: Literal["", "low", "out", "recount"] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
    at: At = "",
) -> dict[str, Any]:
    """The pool of each variant that ever had stock, and where it lies. A SKU asked for that never had any is zero; of a bundle
    only what is available is told, since it lies nowhere itself.

    With `at`, as the ledger tells it of that moment: `available` of any past moment; bins, recounts and what waits are then
    left out.
    """
    then = translate.read_since(at, request.ctx.now, "at") if at else None
    if then and only:
        raise not_together("only")
    if sku:
        if only or cursor:
            raise not_together("sku")
        ids = [row.id for row in catalog.find_variants(request.ctx, skus=sku).values()]
        return {
            "stock": standing(request.ctx, list(queries.pool_of(request.ctx, variant_ids=ids).values()), then),
            "next": None,
        }
    after = paging.by_id(cursor, "stock") or 0
    rows = queries.list_pool(request.ctx, only=only, after=after, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="stock", key=lambda row: (row.variant_id,))
    return {"stock": standing(request.ctx, shown, then), "next": following}


@operation(router, "POST", "/stock/receipts", scope="stock:write", answers={201: BookedOut})
def receive_stock(request: Asked, receipt: StockReceiptIn) -> Status[dict[str, Any]]:
    """Books units that arrived; orders that wait for them move on, first come first served."""
    ids = ids_at(request.ctx, receipt.location_id, [line.sku for line in receipt.lines])
    changes = [Change(ids[line.sku], receipt.location_id, on_hand=line.qty) for line in receipt.lines]
    units, reference = _labelled(receipt, ids), _words(receipt.reference)[0]
    lots.receive(request.ctx, changes=_merged(changes), units=units, reference=reference)
    return booked(request.ctx, ids.values())


@operation(router, "POST", "/stock/adjustments", scope="stock:write", answers={201: BookedOut})
def adjust_stock(request: Asked, adjustment: AdjustmentIn) -> Status[dict[str, Any]]:
    """Books what was found, lost or damaged. Units that are promised to orders cannot be taken.

    `reason` is one of the list, or your own words, which the ledger keeps as `other`.
    """
    ids = ids_at(request.ctx, adjustment.location_id, [line.sku for line in adjustment.lines])
    changes = [
        Change(ids[line.sku], adjustment.location_id, line.on_hand, line.damaged, line.quality_control)
        for line in adjustment.lines
    ]
    why, paper = why_of(adjustment.reason, adjustment.note), paper_of(adjustment.reference, adjustment.file)
    adjustments.adjust(request.ctx, changes=_merged(changes), why=why, paper=paper)
    return booked(request.ctx, ids.values())


@operation(router, "POST", "/stock/counts", scope="stock:write", answers={201: BookedOut})
def count_stock(request: Asked, count: CountIn) -> Status[dict[str, Any]]:
    """Sets what lies in a location to what was counted; fewer than are promised from there is refused."""
    ids = ids_at(request.ctx, count.location_id, [line.sku for line in count.lines])
    if len(ids) < len(count.lines):
        raise Mistaken([Mistake("/lines", "repeated", gettext_noop("names a SKU twice."))])
    counts = [Count(ids[line.sku], count.location_id, line.on_hand) for line in count.lines]
    actions.count(request.ctx, counts=counts, reference=_words(count.reference)[0])
    return booked(request.ctx, ids.values())


def _labelled(receipt: StockReceiptIn, ids: Mapping[str, int]) -> list[Labelled]:
    """Which lots and serial numbers the units of a receipt are, where that is said."""
    wrong = Mistakes()
    found = []
    for n, line in enumerate(receipt.lines):
        at = f"/lines/{n}"
        lot, codes = wrong.text(f"{at}/lot", line.lot, longest=60), serials(wrong, f"{at}/serials", line.serials)
        expires_on = day(wrong, f"{at}/expires_on", line.expires_on)
        if codes and len(codes) != line.qty:
            wrong.add(f"{at}/serials", "not_one_each", gettext_noop("names another number of units than `qty`."))
        if lot or codes:
            found.append(Labelled(ids[line.sku], receipt.location_id, line.qty, lot, expires_on, codes))
    wrong.refuse()
    return found


def ids_at(ctx: Ctx, location_id: int, skus: Sequence[str]) -> dict[str, int]:
    """Variant id per SKU.  Refuses: an unknown location, unknown SKUs."""
    locations.get(ctx, location_id=location_id)
    return variants_of(ctx, skus)


def _merged(changes: Sequence[Change]) -> list[Change]:
    """One change per variant."""
    found: dict[int, Change] = {}
    for c in changes:
        was = found.get(c.variant_id, Change(c.variant_id, c.location_id))
        found[c.variant_id] = Change(
            c.variant_id, c.location_id, was.on_hand + c.on_hand, was.damaged + c.damaged,
            was.quality_control + c.quality_control,
        )  # fmt: skip
    return list(found.values())


def _words(reference: str, reason: str = "") -> tuple[str, str]:
    wrong = Mistakes()
    found = wrong.text("/reference", reference, longest=60), wrong.text("/reason", reason, longest=60)
    wrong.refuse()
    return found


def booked(ctx: Ctx, variant_ids: Any) -> Status[dict[str, Any]]:
    """The answer to a booking: how the stock of these variants stands now."""
    return Status(201, {"stock": standing(ctx, list(queries.pool_of(ctx, variant_ids=sorted(variant_ids)).values()))})


def standing(ctx: Ctx, pool: Sequence[PoolRow], then: datetime | None = None) -> list[dict[str, Any]]:
    """Stock as documents; where `then` is given, as the ledger tells it of that moment."""
    ids = [row.variant_id for row in pool]
    variants = catalog.variants_by_id(ctx, ids=ids)
    free = bundles.available_of(ctx, variant_ids=[id for id in ids if variants[id].bundle]) if then is None else {}
    coming = queries.incoming_of(ctx, variant_ids=ids) if then is None else []
    if then is None:
        levels: Sequence[LevelRow] = queries.levels_of(ctx, variant_ids=ids)
    else:
        told = queries.as_of(ctx, variant_ids=ids, at=then)
        pool, levels = [told.pool[id] for id in ids], told.levels
    return [
        show.stock(
            row, variants[row.variant_id], [at for at in levels if at.variant_id == row.variant_id],
            [one for one in coming if one.variant_id == row.variant_id], free.get(row.variant_id, row.available),
        )
        for row in pool
    ]  # fmt: skip
