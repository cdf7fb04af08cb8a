"""The documents of count sheets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr

from doorstep.api.v1.shapes import IdField, In, MoneyIn, MoneyOut, Out, Sku, text
from doorstep.stock.counts import MOST_LINES

ClientId = Annotated[StrictStr, Field(pattern=r"^[0-9A-Za-z-]{8,40}$")]


class SheetIn(In):
    """What to count in a location. `choose` says how: `variants` by `skus`; `bins` by whole codes, or their beginning with a
    star behind it; `not_counted` for so many `days`; `recount`: where a picker found too few; `all`."""

    location_id: IdField
    choose: Literal["all", "variants", "bins", "not_counted", "recount"]
    skus: Annotated[list[Sku], Field(max_length=MOST_LINES)] = []
    bins: Annotated[list[Annotated[StrictStr, text(31, required=True)]], Field(max_length=200)] = []
    days: Annotated[StrictInt, Field(ge=0, le=3650)] = 30
    note: Annotated[StrictStr, text(120)] = ""


class SheetOut(Out):
    id: int
    location_id: int
    state: Literal["open", "review", "closed", "cancelled"]
    choose: str
    note: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    lines: int
    to_count: int


class SheetsOut(Out):
    sheets: list[SheetOut]
    next: str | None


class BlindLineOut(Out):
    """A line as who counts sees it: nothing of what the books say."""

    id: int
    sku: str
    barcode: str
    title: str
    bin: str
    to_count: bool
    counted: int | None
    counted_by: str
    counted_at: datetime | None


class BlindSheetOut(SheetOut):
    count_lines: list[BlindLineOut]


class EntryIn(In):
    """`counted`: units on the shelf, harmed ones among them; what pickers hold is not counted. `client_id` is yours: what is
    sent twice counts once. `counted_at`: when, where the answer of the network took its time; else now."""

    client_id: ClientId
    code: Annotated[StrictStr, text(120, required=True)]
    counted: Annotated[StrictInt, Field(ge=0, le=1_000_000)]
    counted_at: Annotated[StrictStr, Field(max_length=40, json_schema_extra={"format": "date-time"})] = ""


class EntriesIn(In):
    entries: Annotated[list[EntryIn], Field(min_length=1, max_length=200)]


class KeptOut(Out):
    client_id: str
    problem: Literal["", "unknown_code", "sheet_over"]
    line_id: int | None
    counted: int


class EntriesOut(Out):
    answers: list[KeptOut]
    to_count: int


class CountEntryOut(Out):
    counted: int
    expected: int
    by: str
    at: datetime


class PromisedOut(Out):
    """Units that an order was promised from there."""

    order_id: int
    order_name: str
    qty: int
    pick_list_id: int | None


class VarianceOut(Out):
    """`difference` is what booking the count would change in the books now: units, and `value` at the price of sale.

    `promised_from_there` names orders where the difference would take their units; approve with `reroute`, or count again."""

    line_id: int
    sku: str
    title: str
    bin: str
    state: Literal["to_count", "waiting", "booked", "skipped"]
    counted: int | None
    away: Annotated[int, Field(description="Units that pickers held when it was counted.")]
    expected: int | None
    difference: int
    value: MoneyOut
    booked: int
    counted_by: str
    counted_at: datetime | None
    decided_by: str
    recounts: int
    entries: list[CountEntryOut]
    promised_from_there: list[PromisedOut]


class VariancesOut(Out):
    sheet: SheetOut
    waiting: int
    variances: list[VarianceOut]


class ApproveIn(In):
    """`reroute`: where fewer lie there than are promised, the newest promises go on from elsewhere or wait for stock."""

    line_ids: Annotated[list[IdField], Field(min_length=1, max_length=200)]
    reroute: bool = False


class AskAgainIn(In):
    """`note` stands in the task of who counts again."""

    line_ids: Annotated[list[IdField], Field(min_length=1, max_length=200)]
    note: Annotated[StrictStr, text(200)] = ""


class LimitsIn(In):
    """Up to these limits a difference is booked without asking; null does not limit. A single unit is never too large a
    share."""

    units: Annotated[StrictInt, Field(ge=0, le=1_000_000)] | None = None
    percent: Annotated[StrictInt, Field(ge=0, le=1000)] | None = None
    value: MoneyIn | None = None


class LimitsOut(Out):
    units: int | None
    percent: int | None
    value: MoneyOut | None
