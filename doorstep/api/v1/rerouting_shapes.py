"""What operations about places that do not send, and about parts that nobody can send, take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictInt

from doorstep.api.v1.order_shapes import MovedUnitsIn
from doorstep.api.v1.shapes import IdField, In, MoneyOut, Out


class RejectIn(In):
    """Why a location does not send a fulfilment order, or units of it; without lines, all of it."""

    location_id: IdField
    reason: Literal["out_of_stock", "damaged", "too_busy", "cannot_ship", "other"]
    note: str = ""
    lines: Annotated[list[MovedUnitsIn], Field(max_length=500)] = []


class ExclusionOut(Out):
    order_line_id: int
    variant_id: int
    location_id: int
    reason: Literal["short_pick", "out_of_stock", "damaged", "too_busy", "cannot_ship", "other"]
    note: str
    by: str
    at: datetime


class ExclusionsOut(Out):
    exclusions: list[ExclusionOut]


class ParkedOut(Out):
    """`cancel_at`: when it is cancelled by itself, null for never; `set_by`: the person who chose that; `told_at`, `warned_at`:
    when its customer was written to; `refused_at`: when it could not be cancelled by itself."""

    id: int
    order_id: int
    fulfilment_order_id: int
    since: datetime
    cancel_at: datetime | None
    set_by: str
    told_at: datetime | None
    warned_at: datetime | None
    refused_at: datetime | None


class ParkedListOut(Out):
    parked: list[ParkedOut]
    next: str | None


class WaitIn(In):
    """Until when it may wait, within a year; null for however long it takes."""

    until: AwareDatetime | None


class SendFromIn(In):
    location_id: IdField
    note: str = ""


Days = Annotated[StrictInt, Field(ge=0, le=365)]


class ParkingRuleIn(In):
    cancel_days: Days
    warn_days: Days


class ParkingRuleOut(Out):
    cancel_days: int
    warn_days: int


class WorthOut(Out):
    """`worth_minor`: in minor units of the currency, with fractions: it is no money that anybody pays."""

    variant_id: int
    location_id: int
    worth_minor: float
    currency: str
    seen: int
    version: int
    made_at: datetime


class WorthsOut(Out):
    worths: list[WorthOut]


class OptionOut(Out):
    """`more`: what it costs more than now, null where nobody knows; `rule`: the id of the rule that leaves the location out, empty
    for none; `excluded`: it said that it does not send it; `here`: where it is now."""

    location_id: int
    name: str
    more: MoneyOut | None
    distance_km: int | None
    missing: list[str]
    rule: str
    excluded: bool
    here: bool


class OptionsOut(Out):
    options: list[OptionOut]
