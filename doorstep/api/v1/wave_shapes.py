"""The documents of planned picking: floor plans, bins, rules, waves, put-away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.floor_shapes import ClientId, PickListOut, When
from doorstep.api.v1.shapes import IdField, In, Moment, Out, Qty, text

Method = Literal["single", "cluster", "batch"]
Millimetres = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
Clock = Annotated[StrictStr, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["16:30"])]
Aisle = Annotated[StrictInt, Field(ge=1, le=500)]


class FloorPlanIn(In):
    """One block of parallel aisles between a cross aisle at the front and one at the back; walks start and end at the front or
    back end of `depot_aisle`. `pattern` says how codes name places: {aisle} and {bay}, and {zone}, {side}, {level}, {*}."""

    aisles: Aisle
    length_mm: Millimetres
    apart_mm: Millimetres
    depot_aisle: Aisle = 1
    depot_at_back: StrictBool = False
    pattern: Annotated[StrictStr, text(80, required=True)] = "{aisle}-{bay}-{level}"
    bay_mm: Millimetres = 1_000
    odd_even: Annotated[StrictBool, Field(description="Odd bays on the left, even ones on the right.")] = False


class FloorPlanOut(Out):
    aisles: int
    length_mm: int
    apart_mm: int
    depot_aisle: int
    depot_at_back: bool
    pattern: str
    bay_mm: int
    odd_even: bool


class FloorOut(Out):
    """`floor_plan` is empty where nobody has drawn one: lists are walked by the bins' positions then."""

    floor_plan: FloorPlanOut | None


class BinIn(In):
    code: Annotated[StrictStr, text(30, required=True)]
    aisle: Aisle | None = None
    along_mm: Annotated[Millimetres | None, Field(description="From the front end of the aisle.")] = None
    side: Literal["", "left", "right"] = ""
    level: Annotated[StrictInt, Field(ge=0, le=999)] | None = None
    zone: Annotated[StrictStr, text(30)] = ""


class BinsIn(In):
    """Bins that are there are moved, others are added; none is removed."""

    bins: Annotated[list[BinIn], Field(min_length=1, max_length=5_000)]


class BinOut(Out):
    id: int
    code: str
    position: int
    aisle: int | None
    along_mm: int | None
    side: str
    level: int | None
    zone: str


class BinsOut(Out):
    bins: list[BinOut]


class ChangedOut(Out):
    changed: int


class FromCodesOut(Out):
    placed: int
    left: Annotated[int, Field(description="Codes that do not fit the pattern.")]


class PickRulesIn(In):
    """`planned`: orders wait for a wave; else they go on lists as they come. `route`: the shortest tour, or S-shape."""

    planned: StrictBool = False
    route: Literal["exact", "s_shape"] = "exact"
    method: Method = "cluster"
    cart_picks: Annotated[StrictInt, Field(ge=1, le=500)] = 30
    cart_orders: Annotated[StrictInt, Field(ge=1, le=200)] | None = 12
    cart_weight_g: Annotated[StrictInt, Field(ge=1, le=2_000_000)] | None = None
    walk_mm_s: Annotated[StrictInt, Field(ge=100, le=5_000)] = 1_000
    pick_s: Annotated[StrictInt, Field(ge=0, le=600)] = 12


class PickRulesOut(Out):
    planned: bool
    route: str
    method: str
    cart_picks: int
    cart_orders: int | None
    cart_weight_g: int | None
    walk_mm_s: int
    pick_s: int


class TakesIn(In):
    """What a wave takes of what is open; a field that is left out asks for nothing."""

    min_priority: Annotated[StrictInt, Field(ge=-32_768, le=32_767)] | None = None
    single_line: StrictBool = False
    zone: Annotated[StrictStr, text(30)] = ""
    countries: Annotated[list[Annotated[StrictStr, Field(pattern=r"^[A-Z]{2}$")]], Field(max_length=250)] = []
    carrier_id: Annotated[IdField | None, Field(description="By which it will probably go; its label decides.")] = None
    service: Annotated[StrictStr, text(40)] = ""
    leaves_by: Annotated[Clock | Literal[""], Field(description="What is to leave by this time of the location's clock.")] = ""


class TakesOut(Out):
    min_priority: int | None
    single_line: bool
    zone: str
    countries: list[str]
    carrier_id: int | None
    service: str
    leaves_by: str


class WavePreviewIn(In):
    method: Method = "cluster"
    takes: TakesIn = TakesIn()


class WaveIn(WavePreviewIn):
    client_id: ClientId
    name: Annotated[StrictStr, text(80)] = ""
    due_at: Annotated[Moment | None, Field(description="When the carrier comes.")] = None


class PlannedListOut(Out):
    fulfilment_order_ids: list[int]
    order_names: list[str]
    lines: int
    units: int
    walk_mm: int
    plan_s: int


class PlannedWaveOut(Out):
    """`plain_mm`: the walk of the same orders as they came, through every aisle. `unplaced`: lines whose bin has no place."""

    lists: list[PlannedListOut]
    orders: int
    units: int
    walk_mm: int
    plan_s: int
    plain_mm: int
    unplaced: int


class WaveOut(Out):
    """`state`: released, in_progress, picked or cancelled; it follows from the lists. `takes`: what it was told to take."""

    id: int
    location_id: int
    template_id: int | None
    name: str
    method: str
    state: str
    lists: int
    begun: int
    orders: int
    units: int
    picked: int
    walk_mm: int
    plan_s: int
    due_at: datetime | None
    released_at: datetime
    released_by: str
    cancelled_at: datetime | None
    takes: TakesOut | None


class WaveDetailOut(WaveOut):
    pick_lists: list[PickListOut]


class WavesOut(Out):
    waves: list[WaveOut]
    next: str | None


class WaveTemplateIn(In):
    """Releases waves by itself at these times of the location's clock. `weekdays`: 0 is Monday."""

    name: Annotated[StrictStr, text(80, required=True)]
    location_id: IdField
    method: Method = "cluster"
    takes: TakesIn = TakesIn()
    at_times: Annotated[list[Clock], Field(min_length=1, max_length=24)]
    weekdays: Annotated[list[Annotated[StrictInt, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)] = [0, 1, 2, 3, 4]
    pick_up_at: Clock | Literal[""] = ""


class WaveTemplateOut(Out):
    id: int
    name: str
    location_id: int
    method: str
    takes: TakesOut
    at_times: list[str]
    weekdays: list[int]
    pick_up_at: str
    active: bool
    last_ran_at: datetime | None


class WaveTemplatesOut(Out):
    wave_templates: list[WaveTemplateOut]


class WaveSwitchIn(In):
    active: StrictBool


class ToPutAwayOut(Out):
    """Units that came in and stand in receiving; `bin` is where this variant lies already."""

    variant_id: int
    sku: str
    barcode: str
    title: str
    bin: str
    qty: int
    came_at: datetime


class ToPutAwaysOut(Out):
    to_put_away: list[ToPutAwayOut]


class PutAwayIn(In):
    client_id: ClientId
    code: Annotated[StrictStr, text(120, required=True)]
    bin: Annotated[StrictStr, text(30, required=True)]
    qty: Qty
    moves: Annotated[StrictBool, Field(description="All units of it lie in this bin now, not only these.")] = False
    at: When = None


class PutAwaysIn(In):
    put_aways: Annotated[list[PutAwayIn], Field(min_length=1, max_length=200)]


class PutAwayOut(Out):
    """`problem` is empty when it counted; `left` units of it still wait. With `other_bin`, `bin` is where it lies."""

    client_id: str
    problem: Literal["", "unknown_code", "unknown_bin", "nothing_waits", "too_many", "other_bin"]
    variant_id: int | None
    bin: str
    qty: int
    left: int


class PutAwaysOut(Out):
    answers: list[PutAwayOut]


class UndoPutAwayIn(In):
    client_id: ClientId


class UndoPutAwayOut(Out):
    """`done` is false where it was taken back before."""

    done: bool
