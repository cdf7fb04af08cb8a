"""What the address of the conversations list says, as typed filters."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.inbox import queries
from doorstep.inbox.queries import ConversationFilter
from doorstep.inbox.values import Channel, ConversationState
from doorstep.web.parts.given import Known, anything, id_of, is_id

TABS = (
    ("", _("All open")), ("mine", _("Mine")), ("unassigned", _("Unassigned")), ("waiting", _("To answer")),
    ("snoozed", _("Snoozed")), ("resolved", _("Resolved")), ("spam", _("Spam")), ("all", _("All")),
)  # fmt: skip
DUE = (("", _("Any deadline")), ("missed", _("Overdue")), ("at_risk", _("Due soon")))
CHANNELS = (Channel.MAIL, Channel.CHAT, Channel.SMS)  # those by which somebody can write today
USUAL = "open"
WISMO = "wismo"  # those in which somebody asked where an order is, as the meter counts them
FILTERS: Mapping[str, Known] = {
    "view": queries.VIEWS, "q": anything, "state": set(ConversationState), "assignee": is_id, "channel": set(CHANNELS),
    "tag": anything, "customer": is_id, "order": is_id, "due": dict(DUE), "about": {WISMO},
}  # fmt: skip


def is_search(given: QueryDict) -> bool:
    """Whether an address asks for certain conversations, wherever they are."""
    return any(given.get(name, "").strip() for name in ("q", "customer", "order", "about"))


def read(given: QueryDict, *, timezone: str) -> ConversationFilter:
    """The filter of an address; whatever is not one of ours does not filter. A search looks everywhere."""
    text = given.get("q", "").strip()[:100]
    view = given.get("view", "")
    return ConversationFilter(
        view=view if view in queries.VIEWS else "all" if is_search(given) else USUAL,
        text=text,
        state=given.get("state", "") if given.get("state", "") in set(ConversationState) else "",
        assignee_id=id_of(given.get("assignee", "")),
        channel=given.get("channel", "") if given.get("channel", "") in CHANNELS else "",
        tag=given.get("tag", "")[:60],
        customer_id=id_of(given.get("customer", "")),
        order_id=id_of(given.get("order", "")),
        due=given.get("due", "") if given.get("due", "") in dict(DUE) else "",
        asks_where=given.get("about", "") == WISMO,
        timezone=timezone,
    )
