"""What operations about places that do not send, and about parts that nobody can send, take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

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
