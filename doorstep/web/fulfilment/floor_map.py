"""The floor as a drawing: aisles, what lies along them, and a walk.  Decides nothing; a table always stands beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.fulfilment import walks, wave_queries
from doorstep.fulfilment.values import PickListRow, PickTaskRow
from doorstep.locations import queries as locations
from doorstep.locations.values import BinRow, FloorPlan, Side

TALL = 200.0  # of an aisle, in the drawing's own units
LEAST, MOST = 14.0, 60.0  # from aisle to aisle
MARGIN = 18.0


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    wanted: bool
    code: str


@dataclass(frozen=True, slots=True)
class Aisle:
    number: int
    x: float
    left: float


@dataclass(frozen=True, slots=True)
class FloorMap:
    """`walk`: the points of a polyline; the front of the block is below."""

    width: float
    height: float
    top: float
    tall: float
    wide: float
    slot_high: float
    slot_wide: float
    aisles: tuple[Aisle, ...]
    marks: tuple[Mark, ...]
    walk: str
    depot_x: float
    depot_y: float


def draw(
    plan: FloorPlan, bins: Sequence[BinRow], *, wanted: Collection[str] = (), path: Sequence[tuple[int, int]] = ()
) -> FloorMap:
    """The block seen from above, aisle 1 on the left.  Shapes: `path` as aisle and distance from its front end."""
    apart = min(max(TALL * plan.apart_mm / plan.length_mm, LEAST), MOST)
    wide = apart * 0.34
    slot_wide = apart * 0.22

    def x(aisle: int) -> float:
        return MARGIN + (aisle - 0.5) * apart

    def y(along_mm: int) -> float:
        return MARGIN + TALL * (1 - min(max(along_mm / plan.length_mm, 0), 1))

    slot_high = max(min(TALL * plan.bay_mm / plan.length_mm * 0.82, 12.0), 1.6)
    marks: dict[tuple[float, float], Mark] = {}
    for row in bins:
        if row.aisle is None or row.along_mm is None or row.aisle > plan.aisles:
            continue
        side = 1 if row.side == Side.RIGHT else -1
        middle = x(row.aisle) + side * (wide / 2 + slot_wide / 2 + 0.6)
        at = (round(middle - slot_wide / 2, 1), round(y(row.along_mm) - slot_high / 2, 1))
        known = marks.get(at)
        if known is None or (row.code in wanted and not known.wanted):
            marks[at] = Mark(*at, row.code in wanted, row.code)
    ends = 10.0  # cross aisles lie outside the block
    points = [
        (x(aisle), y(along) + (ends if along <= 0 else -ends if along >= plan.length_mm else 0)) for aisle, along in path
    ]
    return FloorMap(
        round(2 * MARGIN + plan.aisles * apart, 1), TALL + 2 * MARGIN + 14, MARGIN, TALL, round(wide, 1), round(slot_high, 1),
        round(slot_wide, 1),
        tuple(Aisle(n, round(x(n), 1), round(x(n) - wide / 2, 1)) for n in range(1, plan.aisles + 1)),
        tuple(sorted(marks.values(), key=lambda mark: mark.wanted)), " ".join(f"{a:.1f},{b:.1f}" for a, b in points),
        round(x(plan.depot_aisle), 1), round(MARGIN + (-ends if plan.depot_at_back else TALL + ends), 1),
    )  # fmt: skip


def of_list(ctx: Ctx, row: PickListRow, tasks: Sequence[PickTaskRow]) -> FloorMap | None:
    """The walk of a list, where its location has a floor plan."""
    plan = locations.find_floor_plan(ctx, location_id=row.location_id)
    if plan is None or not tasks:
        return None
    rules = wave_queries.rules_of(ctx, location_ids=[row.location_id])[row.location_id]
    floor = wave_queries.floor_of(plan)
    path = walks.walk_of(ctx, pick_list_id=row.id, floor=floor, route=rules.route) if floor else ()
    bins = locations.bins(ctx, location_id=row.location_id)
    return draw(plan, bins, wanted={task.bin for task in tasks}, path=path)
