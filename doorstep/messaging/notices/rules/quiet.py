"""When a way keeps quiet, and when it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.messaging.notices.values import Hours


def ends_at(hours: Hours, now: datetime, *, zone: str) -> datetime | None:
    """The end of the quiet hours that a moment lies in, by the clocks of a zone; None where it lies in none.

    Where clocks jump over the end, it is the moment at which they did.
    """
    if not hours.is_on:
        return None
    local = now.astimezone(ZoneInfo(zone))
    is_overnight = hours.starts > hours.ends
    for days in (-1, 0):
        day = local.date() + timedelta(days=days)
        until = day + timedelta(days=1) if is_overnight else day
        start = datetime.combine(day, hours.starts, tzinfo=ZoneInfo(zone))
        end = datetime.combine(until, hours.ends, tzinfo=ZoneInfo(zone))
        if start.timestamp() <= now.timestamp() < end.timestamp():
            return end.astimezone(now.tzinfo)
    return None
