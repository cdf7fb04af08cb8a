"""The documents of orders and parcels."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictStr

from doorstep.api.v1.shapes import INT4, AddressIn, AddressOut, IdField, In, MoneyIn, MoneyOut, Out, Qty, Sku, text
from doorstep.api.v1.translate import LONGEST

# Reasons that a caller may set and release. The others come and go by themselves.
BY_HAND = Literal[
    "operator", "high_risk_of_fraud", "incorrect_address", "unknown_delivery_date", "awaiting_return_items", "other"
]


class OrderOut(Out):
    id: int
    external_id: str
    connection_id: int | None
    name: str
    state: str
    payment_state: str
    fulfilment_state: str
    on_hold: bool
    customer_id: int
    customer_name: str
    email: str
    country: str
    units: int
    total: MoneyOut
    tags: list[str]
    priority: Literal["normal", "high"]
    placed_at: datetime
    updated_at: datetime


class BundleOfOut(Out):
    """The bundle that a line was opened of when the order was placed. `number`: its own within the order, so that two lines
    of one SKU stay two; `each`: units of the line in one of `qty` bundles; `total`: what all its lines come to."""

    number: int
    variant_id: int
    sku: str
    title: str
    qty: int
    each: int
    unit_price: MoneyOut
    total: MoneyOut


class OrderLineOut(Out):
    id: int
    position: int
    variant_id: int
    sku: str
    title: str
    qty: int
    unit_price: MoneyOut
    discount: MoneyOut
    total: MoneyOut
    bundle: Annotated[BundleOfOut | None, Field(description="What was sold, where the line is a component of it.")]


class ElsewhereOut(Out):
    """Free units that may not serve this order. `why`: the location does not serve its `country`, is `not_online`,
    `not_in_use` or `excluded`: it said that it does not send them."""

    location_id: int
    name: str
    qty: int
    why: Literal["country", "not_online", "not_in_use", "excluded"]


class LackingOut(Out):
    """`available`: what the order could have now, wherever it may be served from; `elsewhere`: what lies at other places."""

    variant_id: int
    sku: str
    wanted: int
    available: int
    elsewhere: list[ElsewhereOut]


class HoldOut(Out):
    reason: str
    note: str
    by: str
    at: datetime
    until: datetime | None
    lacking: Annotated[list[LackingOut], Field(description="What a hold for stock waits for, as it is now.")]
    waits: Annotated[
        Literal["", "backorder", "preorder", "short"],
        Field(description="Of a hold for stock; short: not sold so, but there were too few."),
    ]
    promised_on: Annotated[date | None, Field(description="What the customer was told.")]
    expected_on: Annotated[date | None, Field(description="What is expected now, as deliveries are due.")]
    slipped: Annotated[bool, Field(description="It will be later than promised.")]


class FulfilmentLineOut(Out):
    order_line_id: int
    sku: str
    qty: int
    picked: int


class FulfilmentOrderOut(Out):
    id: int
    state: str
    location_id: int | None
    routed_why: dict[str, Any]
    updated_at: datetime
    lines: list[FulfilmentLineOut]
    holds: list[HoldOut]


class ParcelDimsOut(Out):
    """Length, width and height of a parcel in millimetres."""

    length_mm: int
    width_mm: int
    height_mm: int


class ExpectedOut(Out):
    """When a parcel comes, as the brand's own history said when it left: `on` the median day; `share` of such parcels come from
    `from_on` to `to_on`; beyond `late_after` it is late. `level`: 0 its very way, more the coarser; `parcels_seen`: deliveries
    there."""

    on: date
    from_on: date
    to_on: date
    late_after: date
    share: float
    parcels_seen: int
    level: int


class ParcelOut(Out):
    """A fulfilment order may have several. `box`: the brand's box that it was packed into, if any; `dims`: as far as known.
    `estimated_on`: the carrier's own estimate; `expected`: ours, null where too few parcels went this way before."""

    id: int
    order_id: int
    fulfilment_order_id: int
    location_id: int
    state: str
    status: str
    carrier: str
    service: str
    tracking_number: str
    weight_g: int
    box: str
    dims: ParcelDimsOut | None
    packed_at: datetime
    handed_over_at: datetime | None
    estimated_on: date | None
    delivered_at: datetime | None
    status_at: datetime | None
    updated_at: datetime
    expected: ExpectedOut | None = None


class OrderDetailOut(OrderOut):
    ship_to: AddressOut
    language: str
    note: str
    version: int
    historical: bool
    taxes_included: bool
    subtotal: MoneyOut
    discount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    lines: list[OrderLineOut]
    fulfilment_orders: list[FulfilmentOrderOut]
    parcels: list[ParcelOut]


class OrdersOut(Out):
    orders: list[OrderOut]
    next: str | None


class CancelIn(In):
    reason: Annotated[StrictStr, text(200, required=True)]


class HoldIn(In):
    reason: BY_HAND = "operator"
    note: Annotated[StrictStr, text(500)] = ""


class ReleaseIn(In):
    reason: BY_HAND = "operator"


Version = Annotated[int, Field(strict=True, ge=1, le=INT4)]


class OrderPatchIn(In):
    """What is left out stays as it is. `ship_to` only until the first unit is picked."""

    version: Version
    note: Annotated[StrictStr, text(LONGEST["note"])] | None = None
    tags: Annotated[list[Annotated[StrictStr, text(LONGEST["tag"], required=True)]], Field(max_length=20)] | None = None
    ship_to: AddressIn | None = None
    priority: Annotated[
        Literal["normal", "high"] | None, Field(description="Whose turn it is first when units come that several wait for.")
    ] = None


class LineUnitsIn(In):
    """`qty`: new units of the line; none, and the line goes."""

    order_line_id: IdField
    qty: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class AddedLineIn(In):
    """Without `unit_price` the product's own counts, where it is in the order's currency."""

    sku: Sku
    qty: Qty
    unit_price: MoneyIn | None = None


class EditIn(In):
    """What is left out stays as it is. With `preview` nothing is changed. A bundle is changed as a whole: give all its lines
    new units that fit together. A bundle's SKU in `add` is opened into its components."""

    version: Version
    preview: StrictBool = False
    lines: Annotated[list[LineUnitsIn], Field(max_length=500)] = []
    add: Annotated[list[AddedLineIn], Field(max_length=500)] = []
    discount: Annotated[MoneyIn | None, Field(description="Off the whole order.")] = None
    ship_to: AddressIn | None = None


class StockEffectOut(Out):
    variant_id: int
    qty: int


class EditOut(Out):
    """What an edit does, or would do. `follows` says what has to happen with the difference in money: `collect` more,
    `give_back`, `awaited` with an unpaid order, or `nothing`; no money moves by the edit itself."""

    applied: bool
    total_before: MoneyOut
    total: MoneyOut
    difference: MoneyOut
    follows: Literal["nothing", "collect", "give_back", "awaited"]
    promised: list[StockEffectOut]
    released: list[StockEffectOut]
    short: list[StockEffectOut]
    rerouted: bool
    order: OrderDetailOut


class ReshipLineIn(In):
    order_line_id: IdField
    qty: Qty


class ReshipIn(In):
    """What was lost or damaged, to be sent again at no charge. With `preview` nothing is sent."""

    preview: StrictBool = False
    lines: Annotated[list[ReshipLineIn], Field(min_length=1, max_length=500)]
    reason: Literal["lost", "damaged", "missing", "wrong", "other"]
    note: StrictStr = ""


class ReshipOut(Out):
    """The order that brings the units again, or that would. `worth`: what they were sold for; `short`: SKUs that it waits
    for. A preview's order has an id that is not kept."""

    applied: bool
    worth: MoneyOut
    short: list[str]
    order: OrderDetailOut


class MovedUnitsIn(In):
    order_line_id: IdField
    qty: Qty


class SplitIn(In):
    """Units of a fulfilment order that another location shall fulfil; without one, of a part that waits for stock, which
    become a part of their own with their turn and their promise."""

    version: Version
    fulfilment_order_id: IdField
    location_id: IdField | None = None
    note: str = ""
    lines: Annotated[list[MovedUnitsIn], Field(min_length=1, max_length=500)]
