"""What the address of the orders list says, as typed filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.orders.filters import VIEWS, OrderFilter
from doorstep.orders.values import PaymentState
from doorstep.web.parts.given import Known, anything, country_of, day_of, id_of, is_country, is_day, is_id

TABS = (
    ("", _("All")), ("open", _("Open")), ("to_route", _("To route")), ("to_pick", _("To pick")), ("held", _("On hold")),
    ("backordered", _("Backordered")), ("short", _("Short of stock")), ("slipped", _("Promise late")), ("parked", _("Parked")),
    ("late", _("Late")), ("shipped", _("Shipped")), ("delivered", _("Delivered")), ("cancelled", _("Cancelled")),
)  # fmt: skip
PERIODS = (
    ("today", _("Today")), ("7", _("Last 7 days")), ("30", _("Last 30 days")), ("365", _("Last 365 days")),
    ("between", _("Between two days")),
)  # fmt: skip
FILTERS: Mapping[str, Known] = {
    "view": VIEWS, "q": anything, "payment": set(PaymentState), "location": is_id, "country": is_country, "connection": is_id,
    "tag": anything, "customer": is_id, "period": dict(PERIODS), "from": is_day, "to": is_day,
}  # fmt: skip
_DAYS = {"today": 1, "7": 7, "30": 30, "365": 365}


def read(given: QueryDict, *, now: datetime, timezone: str) -> OrderFilter:
    """The filter of an address; whatever is not one of ours does not filter.  Days are those of the time zone."""
    first, last = _period(given, today=now.astimezone(ZoneInfo(timezone)).date())
    view, payment = given.get("view", ""), given.get("payment", "")
    return OrderFilter(
        view=view if view in VIEWS else "",
        text=given.get("q", "").strip()[:100],
        connection_id=id_of(given.get("connection", "")),
        customer_id=id_of(given.get("customer", "")),
        country=country_of(given.get("country", "")),
        tag=given.get("tag", "")[:60],
        payment_state=payment if payment in set(PaymentState) else "",
        location_id=id_of(given.get("location", "")),
        placed_from=first,
        placed_to=last,
        timezone=timezone,
    )


def _period(given: QueryDict, *, today: date) -> tuple[date | None, date | None]:
    """A saved "last 7 days" moves on with the days; two days stay what they are, and either may be left out."""
    period = given.get("period", "")
    if period in _DAYS:
        return today - timedelta(days=_DAYS[period] - 1), None
    if period == "between":
        return day_of(given.get("from", "")), day_of(given.get("to", ""))
    return None, None
