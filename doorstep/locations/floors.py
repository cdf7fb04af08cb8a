"""Writes to the floor of a location: its plan, and where its bins lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.locations import actions, events, placing, queries
from doorstep.locations.values import BinDraft, BinPlace, FloorPlan


@transaction.atomic
def lay_out(ctx: Ctx, *, location_id: int, plan: FloorPlan) -> None:
    """Says how the aisles of a location lie.  Emits: FloorLaidOut, where anything differs.  Refuses: what no building has."""
    queries.get(ctx, location_id=location_id)
    plan = placing.check_plan(plan)
    if queries.find_floor_plan(ctx, location_id=location_id) == plan:
        return
    values = asdict(plan)
    db.execute(
        f"""INSERT INTO locations_floorplan (organisation_id, location_id, {", ".join(values)})
            VALUES (%s, %s, {", ".join(["%s"] * len(values))})
            ON CONFLICT (organisation_id, location_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in values)}""",
        [ctx.organisation_id, location_id, *values.values()],
    )
    _tell(ctx, events.FLOOR_LAID_OUT, location_id, {"aisles": plan.aisles, "length_mm": plan.length_mm})


@transaction.atomic
def place_bins(ctx: Ctx, *, location_id: int, places: Sequence[BinPlace]) -> int:
    """Says where bins lie; bins that are not there yet are added behind the others.  Returns: how many changed or are new.

    Emits: BinsAdded, BinsPlaced.  Refuses: unknown location, places that no building has.
    """
    queries.get(ctx, location_id=location_id)
    given = {place.code: place for place in map(placing.check_place, places) if place.code}
    added = actions.add_bins(ctx, location_id=location_id, bins=[BinDraft(code) for code in given])
    changed = db.execute(
        """UPDATE locations_bin b SET aisle = u.aisle, along_mm = u.along, side = u.side, level = u.level, zone = u.zone
             FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[], %s::int[], %s::text[])
                  u(code, aisle, along, side, level, zone)
            WHERE b.organisation_id = %s AND b.location_id = %s AND b.code = u.code
              AND (b.aisle, b.along_mm, b.side, b.level, b.zone) IS DISTINCT FROM (u.aisle, u.along, u.side, u.level, u.zone)""",
        [
            *db.columns([(p.code, p.aisle, p.along_mm, p.side, p.level, p.zone) for p in given.values()], 6),
            ctx.organisation_id, location_id,
        ],
    )  # fmt: skip
    if changed:
        _tell(ctx, events.BINS_PLACED, location_id, {"count": changed})
    return max(changed, added)


@transaction.atomic
def place_by_code(ctx: Ctx, *, location_id: int) -> tuple[int, int]:
    """Places every bin whose code fits the pattern of the floor plan.

    Shapes: how many were placed, and how many codes do not fit.  Emits: BinsPlaced.  Refuses: a location without a plan.
    """
    plan = queries.find_floor_plan(ctx, location_id=location_id)
    if plan is None:
        raise Refused(NOT_FOUND, {"what": "floor plan", "key": location_id})
    bins = queries.bins(ctx, location_id=location_id)
    found = placing.read_codes([row.code for row in bins], plan=plan)
    place_bins(ctx, location_id=location_id, places=found)
    return len(found), len(bins) - len(found)


def _tell(ctx: Ctx, event: str, location_id: int, data: dict[str, object]) -> None:
    outbox.record(ctx, [Happened(event, f"location:{location_id}", f"location:{location_id}", data)])
