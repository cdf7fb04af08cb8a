"""What the address of the orders list says, as typed filters."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import PaymentState
from doorstep.web.parts.given import id_of

TABS = (
    ("", _("All")), ("open", _("Open")), ("to_route", _("To route")), ("to_pick", _("To pick")), ("held", _("Held")),
    ("late", _("Late")), ("shipped", _("Shipped")), ("delivered", _("Delivered")), ("cancelled", _("Cancelled")),
)  # fmt: skip


def read(given: QueryDict) -> OrderFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    view, payment = given.get("view", ""), given.get("payment", "")
    return OrderFilter(
        view=view if view in queries.VIEWS else "",
        text=given.get("q", "").strip()[:100],
        connection_id=id_of(given.get("connection", "")),
        customer_id=id_of(given.get("customer", "")),
        country=given.get("country", "")[:2].upper(),
        tag=given.get("tag", "")[:60],
        payment_state=payment if payment in set(PaymentState) else "",
        location_id=id_of(given.get("location", "")),
    )
