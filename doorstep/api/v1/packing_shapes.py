"""The documents of the packing table: boxes, proposals, closings, gifts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.floor_shapes import ParcelDetailOut
from doorstep.api.v1.product_shapes import DimsIn, DimsOut
from doorstep.api.v1.shapes import INT4, IdField, In, MoneyIn, MoneyOut, Out, text

Millimetres = Annotated[StrictInt, Field(ge=1, le=10_000)]
Grams = Annotated[StrictInt, Field(ge=0, le=1_000_000)]


class BoxIn(In):
    """Inner dimensions in millimetres, weights in grams. `most_g`: what it carries, itself included, 0 for whatever fits; `flat`:
    an envelope, whose `height_mm` is how thick it may become; `location_id`: null where every location has it."""

    name: Annotated[StrictStr, text(80, required=True)]
    length_mm: Millimetres
    width_mm: Millimetres
    height_mm: Millimetres
    empty_g: Grams = 0
    most_g: Grams = 0
    cost: MoneyIn | None = None
    flat: StrictBool = False
    location_id: Annotated[IdField | None, Field(description="Null: every location.")] = None


class BoxPutIn(BoxIn):
    active: StrictBool = True


class BoxOut(Out):
    id: int
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    empty_g: int
    most_g: int
    cost: MoneyOut
    flat: bool
    location_id: int | None
    active: bool


class BoxesOut(Out):
    boxes: list[BoxOut]


class CloseIn(In):
    """One box as it was closed. `units` left out: all that lies in no parcel yet. `weight_g` left out: what items and box weigh.
    `planned`: of how many parcels this is one, as far as the packer knows."""

    class UnitsIn(In):
        order_line_id: IdField
        qty: Annotated[StrictInt, Field(ge=1, le=INT4)]

    units: Annotated[list[UnitsIn] | None, Field(min_length=1, max_length=500)] = None
    box_id: IdField | None = None
    weight_g: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    dims: DimsIn | None = None
    planned: Annotated[StrictInt, Field(ge=1, le=99)] = 1


class LeftOut(Out):
    """Units of an order line, and how many of them lie in no parcel yet."""

    order_line_id: int
    variant_id: int
    qty: int
    left: int


class PlacedOut(Out):
    """Where one unit lies: its corner nearest to the origin, and its sides as it is turned, in millimetres."""

    order_line_id: int
    at: list[int]
    dims: list[int]


class CartonOut(Out):
    """A proposed parcel. `box_id` null: it ships as it is, or nothing is known that could tell a box. `unmeasured`: order lines of
    units that nobody measured, one entry per unit, which are only hoped to fit."""

    box_id: int | None
    weight_g: int
    dims: DimsOut | None
    placed: list[PlacedOut]
    unmeasured: list[int]


class WhyNotOut(Out):
    """Why one article, or with `order_line_id` null all together, do not go into a box. `side`: 0 the longest, 1 the middle, 2 the
    shortest. `has` and `most`: millimetres, grams or cubic millimetres."""

    box_id: int
    order_line_id: int | None
    why: Literal["side", "weight", "no_dims", "volume", "room"]
    side: int
    has: int
    most: int


class UndeclaredOut(Out):
    """What customs would ask of an article and nobody wrote down."""

    sku: str
    hs_code: bool
    origin: bool
    weight: bool


class PackingOut(Out):
    """A fulfilment order on the packing table. `missing`: units that are not picked yet."""

    fulfilment_order_id: int
    state: str
    missing: int
    can_pack: bool
    lines: list[LeftOut]
    parcels: list[ParcelDetailOut]
    proposed: list[CartonOut]
    why_not: list[WhyNotOut]
    undeclared: list[UndeclaredOut]
    gift: bool
    gift_message: str


class GiftIn(In):
    gift: StrictBool
    message: Annotated[StrictStr, text(500)] = ""


class GiftOut(Out):
    """`gift`: by what was said here, or by the tag `gift`."""

    order_id: int
    gift: bool
    message: str
