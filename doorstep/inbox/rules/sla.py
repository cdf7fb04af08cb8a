"""When an answer is due, and why then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorstep.inbox.rules import calendar as business
from doorstep.inbox.rules.calendar import Calendar
from doorstep.inbox.values import Channel, ClockKind, ClockRow, ClockState, Hours

RISK_SHARE = 0.75  # of the time promised; what is left then is short enough to say so


@dataclass(frozen=True, slots=True)
class Deadline:
    due_at: datetime
    risk_at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """What a deadline was reckoned from.  `counted_from`: when business time began to count."""

    kind: str
    target_min: int
    started_at: datetime
    counted_from: datetime
    was_open: bool
    passed_min: int
    timezone: str


def kind_of(first_reply_at: datetime | None) -> ClockKind:
    """Which promise runs: the first answer comes before every other one."""
    return ClockKind.NEXT_RESPONSE if first_reply_at else ClockKind.FIRST_RESPONSE


def target_of(hours: Hours, kind: ClockKind, channel: str) -> int:
    """How soon an answer is promised; who chats sits there and waits.  Units: minutes of business time."""
    if channel == Channel.CHAT and kind == ClockKind.FIRST_RESPONSE:
        return hours.first_chat_min
    return hours.first_response_min if kind == ClockKind.FIRST_RESPONSE else hours.next_response_min


def deadline(calendar: Calendar, *, started_at: datetime, minutes: int, target_min: int) -> Deadline:
    """When an answer is due that has so many minutes left, and from when on it is at risk."""
    safe = max(0, minutes - int(target_min * (1 - RISK_SHARE)))
    return Deadline(
        business.add_minutes(calendar, started_at, minutes), business.add_minutes(calendar, started_at, safe)
    )


def left_min(calendar: Calendar, *, due_at: datetime, now: datetime) -> int:
    """What is left of a promise when it is stopped; what is overdue has nothing left."""
    return business.minutes_between(calendar, now, due_at)


def state_of(clock: ClockRow, *, now: datetime) -> ClockState:
    """How a promise stands."""
    end = clock.met_at or clock.ended_at
    if end is not None:
        return ClockState.HIT if clock.met_at is not None and clock.met_at <= clock.due_at else ClockState.MISSED
    if clock.paused_min is not None:
        return ClockState.PAUSED
    if now > clock.due_at:
        return ClockState.MISSED
    return ClockState.AT_RISK if now >= clock.risk_at else ClockState.ACTIVE


def why(calendar: Calendar, clock: ClockRow, *, now: datetime) -> Why:
    """The facts behind a deadline."""
    was_open = business.is_open(calendar, clock.started_at)
    counted_from = clock.started_at if was_open else business.add_minutes(calendar, clock.started_at, 0)
    passed = business.minutes_between(calendar, clock.started_at, clock.met_at or clock.ended_at or now)
    return Why(clock.kind, clock.target_min, clock.started_at, counted_from, was_open, passed, str(calendar.zone))
