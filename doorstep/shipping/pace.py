"""How often a carrier is asked after a parcel, and when it is given up.  Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from doorstep.shipping.values import TrackingStatus

SLOWEST = timedelta(hours=12)
GIVE_UP_AFTER = timedelta(days=45)
NEVER_SEEN_AFTER = timedelta(days=30)
# How many times slower than the quickest a carrier is asked where little happens.
TIMES = {
    TrackingStatus.OUT_FOR_DELIVERY: 1,
    TrackingStatus.ATTEMPT_FAILED: 2,
    TrackingStatus.AVAILABLE_FOR_PICKUP: 6,
    TrackingStatus.PRE_TRANSIT: 4,
}
OTHERWISE = 3


def ask_at(*, now: datetime, status: str, news_at: datetime | None, pace_s: int) -> datetime | None:
    """When a carrier is asked again after a parcel: soon where something happens, ever later where nothing does.

    `news_at`: its newest scan, or when it left; `pace_s`: the quickest that its carrier bears, 0 for as we like, which gives None.
    """
    if not pace_s:
        return None
    quickest = timedelta(seconds=pace_s) * TIMES.get(TrackingStatus(status), OTHERWISE)
    quiet = now - news_at if news_at else timedelta(0)
    return now + min(max(quickest, quiet / 8), SLOWEST)
