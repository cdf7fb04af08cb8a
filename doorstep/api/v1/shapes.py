"""What every endpoint's document is made of. Shapes check types; `translate` checks limits and meaning."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from ninja import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.translate import LONGEST

BIGGEST_ID = 2**63 - 1
INT4 = 2**31 - 1


class In(BaseModel):
    """What a caller sends; a field that nobody knows is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """What a caller gets; fields may be added within a version."""

    model_config = ConfigDict(frozen=True)


def text(longest: int, *, required: bool = False) -> Any:
    """A field's annotation for a text."""
    return Field(min_length=1 if required else 0, max_length=longest)


Id = Annotated[int, Path(ge=1, le=BIGGEST_ID)]
IdField = Annotated[StrictInt, Field(ge=1, le=BIGGEST_ID)]
Day = Annotated[
    StrictStr,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}, examples=["2026-12-04"]),
]
LotCode = Annotated[StrictStr, text(60)]
Serials = Annotated[list[Annotated[StrictStr, text(60, required=True)]], Field(max_length=1000)]
Moment = Annotated[StrictStr, Field(max_length=40, json_schema_extra={"format": "date-time"})]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows per page.")]
Cursor = Annotated[str, Query(max_length=500, description="`next` of the page before.")]
Since = Annotated[
    str,
    Query(
        max_length=40,
        description="Only what changed at or after this RFC 3339 moment, oldest change first.",
        format="date-time",
    ),
]
At = Annotated[str, Query(max_length=40, description="As it stood at this RFC 3339 moment.", format="date-time")]
Search = Annotated[str, Query(max_length=200)]
Country = Annotated[str, Query(pattern="^([A-Za-z]{2})?$", description="ISO 3166-1, two letters.")]
Sku = Annotated[StrictStr, text(LONGEST["sku"], required=True)]
CART = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,59}$"
CART_OR_NONE = r"^([A-Za-z0-9][A-Za-z0-9_.:-]{0,59})?$"
Qty = Annotated[StrictInt, Field(ge=1, le=1_000_000)]


class MoneyIn(In):
    """An exact amount."""

    amount: Annotated[
        StrictStr,
        Field(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$", examples=["12.30"], description="Decimal, never a float."),
    ]
    currency: Annotated[StrictStr, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]


class MoneyOut(Out):
    amount: str
    currency: str


class MistakeOut(Out):
    pointer: str
    code: str
    detail: str


class Problem(Out):
    """RFC 9457. `code` is stable; `title`, `detail` and `next_step` are in the language of Accept-Language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    trace: str
    next_step: str = ""
    errors: list[MistakeOut] = []


class AddressIn(In):
    name: Annotated[StrictStr, text(LONGEST["person"], required=True)]
    company: Annotated[StrictStr, text(LONGEST["company"])] = ""
    lines: Annotated[list[Annotated[StrictStr, text(LONGEST["line"])]], Field(min_length=1, max_length=5)]
    city: Annotated[StrictStr, text(LONGEST["city"], required=True)]
    region: Annotated[StrictStr, text(LONGEST["region"])] = ""
    postal_code: Annotated[StrictStr, text(LONGEST["postal_code"])] = ""
    country: Annotated[StrictStr, Field(pattern=r"^[A-Z]{2}$", examples=["KR"])]
    phone: Annotated[StrictStr, text(LONGEST["phone"])] = ""


class AddressOut(Out):
    name: str = ""
    company: str = ""
    lines: list[str] = []
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""


class CustomerIn(In):
    """Who bought. `external_id` is your own id of this customer."""

    external_id: Annotated[StrictStr, text(LONGEST["identity"])] = ""
    name: Annotated[StrictStr, text(LONGEST["person"])] = ""
    email: Annotated[StrictStr, text(LONGEST["email"])] = ""
    phone: Annotated[StrictStr, text(LONGEST["phone"])] = ""
    language: Annotated[
        StrictStr,
        Field(
            pattern=r"^([A-Za-z]{2}(-[A-Za-z0-9]{2,8}){0,3})?$",
            description="In which mails to the customer are written (en, ko). Without it: that of the country which the order "
            "is shipped to, where it is one of these; else the brand's.",
        ),
    ] = ""
    accepts_marketing: StrictBool = False
    groups: Annotated[
        list[Annotated[StrictStr, text(LONGEST["tag"], required=True)]],
        Field(max_length=20, description="What you count this customer among, such as VIP; rules of routing may ask for it."),
    ] = []


class LineIn(In):
    sku: Sku
    qty: Qty
    unit_price: MoneyIn
    title: Annotated[StrictStr, text(LONGEST["title"])] = ""
    discount: Annotated[MoneyIn | None, Field(description="Off the whole line.")] = None


class PaymentIn(In):
    """How the customer pays, where Doorstep takes the money: a token of the payment provider that is connected."""

    method: Annotated[StrictStr, Field(pattern=r"^pm_[A-Za-z0-9_]{1,90}$", examples=["pm_card"])]


class OrderIn(In):
    """One order. All money is in `currency`."""

    external_id: Annotated[StrictStr, text(LONGEST["external_id"], required=True)]
    name: Annotated[
        StrictStr, Field(max_length=LONGEST["name"], description="What people call it; else external_id.")
    ] = ""
    placed_at: Moment
    currency: Annotated[StrictStr, Field(pattern=r"^[A-Z]{3}$", examples=["KRW"])]
    payment_state: Literal["pending", "authorised", "paid"] = "paid"
    payment: Annotated[
        PaymentIn | None,
        Field(description="Where given, the order is `pending` and its money is authorised now and captured when it leaves."),
    ] = None
    customer: CustomerIn | None = None
    ship_to: AddressIn
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=500)]
    shipping: MoneyIn | None = None
    tax: MoneyIn | None = None
    taxes_included: StrictBool = True
    discount: Annotated[MoneyIn | None, Field(description="Off the whole order, after the lines' own discounts.")] = (
        None
    )
    note: Annotated[StrictStr, text(LONGEST["note"])] = ""
    tags: Annotated[list[Annotated[StrictStr, text(LONGEST["tag"], required=True)]], Field(max_length=20)] = []
    shipping_service: Annotated[
        StrictStr, Field(max_length=100, description="How its customer chose to have it sent; rules of routing may ask for it.")
    ] = ""
    reservation: Annotated[
        StrictStr,
        Field(pattern=CART_OR_NONE, description="The token under which units were reserved while its buyer checked out; "
              "the order takes them over, and what it does not need is free again."),
    ] = ""  # fmt: skip


class BatchIn(In):
    """Up to 500 orders; each gets its own answer, in order, and one that is refused never spoils the others."""

    # Read one by one, so that each gets its own answer; the OpenAPI document says that they are OrderIn.
    orders: Annotated[list[Any], Field(min_length=1, max_length=500)]


class TakenOut(Out):
    """What became of an order that was sent in."""

    outcome: Literal["accepted", "duplicate"]
    id: int
    external_id: str
    state: Annotated[str, Field(description="Of an accepted order: open.")]
    on_hold: bool
    held_for: Annotated[list[str], Field(description="Reasons of its holds, such as inventory_out_of_stock.")] = []
    short_of: Annotated[list[str], Field(description="SKUs that it waits for; of a bundle its components.")] = []
    waits: Annotated[
        Literal["", "backorder", "preorder", "short"],
        Field(description="As what it waits for them; short: nobody said that they may be sold beyond what is available."),
    ] = ""
    promised_on: Annotated[date | None, Field(description="The day from which all of it can leave, where known.")] = None


class BatchLineOut(Out):
    status: Annotated[int, Field(description="The status that a single request would have got.")]
    order: TakenOut | None = None
    problem: Problem | None = None


class BatchOut(Out):
    answers: list[BatchLineOut]
