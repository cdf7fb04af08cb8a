"""The floor of a location changes, and lists that nobody has begun are walked so at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.fulfilment import walks
from doorstep.locations import floors
from doorstep.locations.values import BinPlace, FloorPlan


@transaction.atomic
def lay_out(ctx: Ctx, *, location_id: int, plan: FloorPlan) -> None:
    """Says how the aisles of a location lie.  Locks: its lists that nobody has begun.  Refuses: what no building has."""
    floors.lay_out(ctx, location_id=location_id, plan=plan)
    walks.arrange_open(ctx, location_id=location_id)


@transaction.atomic
def place_bins(ctx: Ctx, *, location_id: int, places: Sequence[BinPlace]) -> int:
    """Says where bins lie, and returns how many changed or are new.  Locks: the location's lists that nobody has begun."""
    changed = floors.place_bins(ctx, location_id=location_id, places=places)
    walks.arrange_open(ctx, location_id=location_id)
    return changed


@transaction.atomic
def place_by_code(ctx: Ctx, *, location_id: int) -> tuple[int, int]:
    """Places every bin whose code fits the pattern of the floor plan.

    Shapes: how many were placed, and how many codes do not fit.  Locks: the location's lists that nobody has begun.
    """
    found = floors.place_by_code(ctx, location_id=location_id)
    walks.arrange_open(ctx, location_id=location_id)
    return found
