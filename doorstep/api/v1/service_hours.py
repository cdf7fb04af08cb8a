"""Service hours: when somebody answers, and how soon that is promised."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Router
from pydantic import Field, StrictInt, StrictStr

from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import In, Out, text
from doorstep.inbox import desk, queries
from doorstep.inbox.desk import LONGEST_TARGET_MIN
from doorstep.inbox.values import Hours

router = Router(tags=["Inbox"])
Clock = Annotated[StrictStr, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["09:00"])]
Day = Annotated[StrictStr, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2027-01-01"])]
Minutes = Annotated[StrictInt, Field(ge=1, le=LONGEST_TARGET_MIN, description="Minutes of service hours.")]


class SpanIn(In):
    opens: Clock
    closes: Clock


class SpanOut(Out):
    opens: str
    closes: str


class ServiceHoursIn(In):
    """`week`: seven days from Monday, each with its opening hours in order, none where nobody is there. `holidays`: days of the
    time zone on which nobody is there. `first_chat_min`: how soon a chat gets its first answer."""

    timezone: Annotated[StrictStr, text(60, required=True)]
    week: Annotated[list[Annotated[list[SpanIn], Field(max_length=10)]], Field(min_length=7, max_length=7)]
    holidays: Annotated[list[Day], Field(max_length=1000)] = []
    first_response_min: Minutes
    next_response_min: Minutes
    first_chat_min: Minutes


class ServiceHoursOut(Out):
    timezone: str
    week: list[list[SpanOut]]
    holidays: list[str]
    first_response_min: int
    next_response_min: int
    first_chat_min: int


@operation(router, "GET", "/service-hours", scope="settings:read", answers={200: ServiceHoursOut})
def get_service_hours(request: Asked) -> dict[str, Any]:
    """When somebody answers; weekdays from 9 to 18 where nobody said."""
    return _shown(queries.hours(request.ctx))


@operation(router, "PUT", "/service-hours", scope="settings:write", answers={200: ServiceHoursOut})
def set_service_hours(request: Asked, given: ServiceHoursIn) -> dict[str, Any]:
    """Says when somebody answers, and how soon; promises that run keep the deadline they were given."""
    week = tuple(tuple((_minute(span.opens), _minute(span.closes)) for span in day) for day in given.week)
    hours = Hours(
        given.timezone,
        week,
        tuple(given.holidays),
        given.first_response_min,
        given.next_response_min,
        given.first_chat_min,
    )
    desk.set_hours(request.ctx, hours=hours)
    return _shown(queries.hours(request.ctx))


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _shown(hours: Hours) -> dict[str, Any]:
    return {
        "timezone": hours.timezone, "holidays": list(hours.holidays),
        "week": [[{"opens": _clock(a), "closes": _clock(b)} for a, b in day] for day in hours.week],
        "first_response_min": hours.first_response_min, "next_response_min": hours.next_response_min,
        "first_chat_min": hours.first_chat_min,
    }  # fmt: skip
