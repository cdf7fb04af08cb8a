"""What operations about places that do not send, and about parts that nobody can send, take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictInt

from doorstep.api.v1.order_shapes import MovedUnitsIn
from doorstep.api.v1.shapes import IdField, In, Out


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
    """`cancel_at`: when it is cancelled by itself, null for never; `set_by`: the person who chose that; `told_at`, `warned_at`: when
    its customer was written to; `refused_at`: when it could not be cancelled by itself."""

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
