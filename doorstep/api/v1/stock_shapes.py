"""The documents of locations and stock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from doorstep.api.v1.shapes import CART, Day, IdField, In, LotCode, Out, Qty, Serials, Sku, text
from doorstep.stock.values import MOST_PAPER_BYTES

Code = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_-]{1,20}$")]
Country = Annotated[StrictStr, Field(pattern=r"^[A-Z]{2}$")]
Signed = Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000)]
Reference = Annotated[StrictStr, Field(max_length=60, description="Your document, such as a delivery note.")]


class LocationIn(In):
    code: Code
    name: Annotated[StrictStr, text(120, required=True)]
    kind: Literal["warehouse", "shop"] = "warehouse"
    company: Annotated[StrictStr, text(120)] = ""
    lines: Annotated[list[Annotated[StrictStr, text(120)]], Field(max_length=4)] = []
    postal_code: Annotated[StrictStr, text(20)] = ""
    city: Annotated[StrictStr, text(80)] = ""
    region: Annotated[StrictStr, text(80)] = ""
    country: Country
    phone: Annotated[StrictStr, text(40)] = ""
    latitude: Annotated[StrictFloat, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[StrictFloat, Field(ge=-180, le=180)] | None = None
    timezone: Annotated[StrictStr, text(60)] = "UTC"
    serves: Annotated[list[Country], Field(max_length=300, description="Countries; empty: everywhere.")] = []
    fulfils_online: StrictBool = True


class LocationOut(Out):
    id: int
    code: str
    name: str
    kind: str
    company: str
    lines: list[str]
    postal_code: str
    city: str
    region: str
    country: str
    phone: str
    latitude: float | None
    longitude: float | None
    timezone: str
    serves: list[str]
    fulfils_online: bool
    active: bool


class LocationsOut(Out):
    locations: list[LocationOut]


class LevelOut(Out):
    """`recount_since`: when a picker found too few here; empty once somebody has counted."""

    location_id: int
    on_hand: int
    committed: int
    damaged: int
    quality_control: int
    bin: str
    recount_since: datetime | None
    safety_stock: Annotated[int, Field(description="How many units this place shall keep back.")]
    kept_back: Annotated[int, Field(description="How many it really keeps back: no more than lie there unharmed.")]
    promisable: Annotated[int, Field(description="Units here that may be promised.")]


class IncomingOut(Out):
    """Units that shall come. `reference`: `delivery:12` of an expected delivery, `transfer:3` of a transfer in transit."""

    location_id: int
    qty: int
    due_on: date | None
    reference: str
    name: str


class StockOut(Out):
    """available = on_hand − committed − reserved − damaged − quality_control − safety_stock; `incoming` is part of none."""

    variant_id: int
    sku: str
    title: str
    available: int
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    safety_stock: int
    waiting: Annotated[int, Field(description="Units that orders wait for.")]
    incoming: int
    levels: list[LevelOut]
    incoming_from: list[IncomingOut]


class StockListOut(Out):
    stock: list[StockOut]
    next: str | None


class ReceiptLineIn(In):
    """Units that arrived, and where they are tracked which: the `lot` of all, or `serials`, one for each."""

    sku: Sku
    qty: Qty
    lot: LotCode = ""
    expires_on: Day | None = None
    serials: Serials = []


class StockReceiptIn(In):
    location_id: IdField
    lines: Annotated[list[ReceiptLineIn], Field(min_length=1, max_length=500)]
    reference: Reference = ""


class PaperIn(In):
    """The document behind a booking. `content`: the bytes in base64 (RFC 4648, 4)."""

    name: Annotated[StrictStr, text(200, required=True)]
    content_type: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9!#$&^_.+-]{1,45}/[A-Za-z0-9!#$&^_.+-]{1,50}$")] = (
        "application/octet-stream"
    )
    content: Annotated[StrictStr, text(MOST_PAPER_BYTES * 4 // 3 + 4, required=True)]


class AdjustmentLineIn(In):
    """Signed changes; `damaged` and `quality_control` units are part of `on_hand`."""

    sku: Sku
    on_hand: Signed = 0
    damaged: Signed = 0
    quality_control: Signed = 0


class AdjustmentIn(In):
    location_id: IdField
    lines: Annotated[list[AdjustmentLineIn], Field(min_length=1, max_length=500)]
    reason: Annotated[StrictStr, text(60, required=True)]
    note: Annotated[StrictStr, text(40)] = ""
    reference: Reference = ""
    file: PaperIn | None = None


class CountLineIn(In):
    sku: Sku
    on_hand: Annotated[StrictInt, Field(ge=0, le=100_000_000)]


class CountIn(In):
    """What somebody counted; the difference is booked."""

    location_id: IdField
    lines: Annotated[list[CountLineIn], Field(min_length=1, max_length=500)]
    reference: Reference = ""


class TurnLineIn(In):
    sku: Sku
    qty: Qty


class TurnIn(In):
    """Units that change their condition within a location. `written_off` takes them out of the books."""

    location_id: IdField
    lines: Annotated[list[TurnLineIn], Field(min_length=1, max_length=500)]
    was: Literal["sellable", "damaged", "quality_control"]
    to: Literal["sellable", "damaged", "quality_control", "written_off"]
    reason: Annotated[StrictStr, text(60, required=True)]
    note: Annotated[StrictStr, text(40)] = ""
    reference: Reference = ""
    file: PaperIn | None = None
    preview: Annotated[StrictBool, Field(description="Only tell what would become of the stock; book nothing.")] = False


class SafetyLineIn(In):
    sku: Sku
    location_id: Annotated[IdField | None, Field(description="Null: wherever the units lie.")] = None
    qty: Annotated[StrictInt, Field(ge=0, le=1_000_000)]


class SafetyIn(In):
    """How many units are kept back from every channel. A location keeps no more than lie there unharmed."""

    lines: Annotated[list[SafetyLineIn], Field(min_length=1, max_length=500)]


class DocumentOut(Out):
    id: int
    number: str
    name: Annotated[str, Field(description="Empty where only its number is known.")]
    size: int


class MovementOut(Out):
    """One line of the ledger; every counter of the stock is the sum of its movements."""

    id: int
    at: datetime
    sku: str
    location_id: int | None
    kind: str
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    safety_stock: int
    reason: str
    reference: str
    by: str
    document: DocumentOut | None


class MovementsOut(Out):
    movements: list[MovementOut]
    next: str | None


class BookedOut(Out):
    """How the stock of what was booked stands now."""

    stock: list[StockOut]


class SellingIn(In):
    """`backorder`: sold beyond what is available; `preorder`: sold before it is out, from `available_on` on; `none`: not."""

    kind: Literal["none", "backorder", "preorder"]
    available_on: Annotated[StrictStr, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="Of a pre-order.")] | None = None
    max_units: Annotated[
        Annotated[StrictInt, Field(ge=0, le=1_000_000)] | None, Field(description="So many may wait at once; null: any.")
    ] = None


class SellingOut(Out):
    kind: Literal["none", "backorder", "preorder"]
    available_on: date | None
    max_units: int | None


class AtpDayOut(Out):
    """ATP on a day = available + incoming due by it − backorders promised before it, and never more than later days can spare."""

    on: date
    incoming: Annotated[int, Field(description="Units due by that day.")]
    promised: Annotated[int, Field(description="Units of backorders that are to be served by that day.")]
    atp: int


class AtpOut(Out):
    sku: str
    available: int
    waiting: int
    selling: SellingOut
    days: Annotated[list[AtpDayOut], Field(description="Today, and each day on which units are due or were promised.")]


class ReservedLineIn(In):
    sku: Sku
    qty: Annotated[StrictInt, Field(ge=1, le=1_000)]


Minutes = Annotated[StrictInt, Field(ge=1, le=120, description="How long from now.")]
ReservedLines = Annotated[list[ReservedLineIn], Field(min_length=1, max_length=100)]
CartCountry = Annotated[
    StrictStr,
    Field(pattern=r"^([A-Z]{2})?$", description="ISO 3166-1, where the order will go: only what can be sent there is held."),
]


class ReservationIn(In):
    """Units that a cart holds while its buyer checks out. `token` is yours, one per cart, and hard to guess."""

    token: Annotated[StrictStr, Field(pattern=CART)]
    lines: ReservedLines
    minutes: Minutes = 15
    country: CartCountry = ""


class ReservationPatchIn(In):
    """What is left out stays as it is; `lines` are all that the cart holds from now on."""

    lines: ReservedLines | None = None
    minutes: Minutes | None = None
    country: CartCountry = ""


class ReservedLineOut(Out):
    variant_id: int
    sku: str
    qty: int


class ReservationOut(Out):
    """`state`: open, expired (its units are still there unless somebody needed them), ordered or released."""

    token: str
    state: Literal["open", "expired", "ordered", "released"]
    until: datetime | None
    made_at: datetime
    made_by: str
    lines: list[ReservedLineOut]
