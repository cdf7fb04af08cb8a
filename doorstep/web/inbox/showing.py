"""What a conversation's page shows: its lines, its clock, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext

from doorstep.accounts import queries as accounts
from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.customers import queries as customers
from doorstep.flows import tracking
from doorstep.flows.notify import tracking_link
from doorstep.inbox import queries
from doorstep.inbox.people import called
from doorstep.inbox.rules import sla
from doorstep.inbox.rules.calendar import calendar_of
from doorstep.inbox.values import ClockRow, ConversationRow, MessageRow
from doorstep.messaging import queries as messaging
from doorstep.orders import queries as orders
from doorstep.orders.opening import as_sold
from doorstep.orders.queries import OrderFilter
from doorstep.shipping import queries as shipping
from doorstep.web.inbox import actions
from doorstep.web.parts import timeline
from doorstep.web.parts.pages import StaffRequest
from doorstep.web.parts.states import word_of

MOST_ORDERS = 6
SHOWN_TIMELINE = 12
LOOKING_S = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the page shows it.  `sending`: how far an answer of ours has come; `who`: a sender without a name."""

    row: MessageRow
    sentence: str
    sending: str
    problem: str
    is_mine: bool
    who: str = ""


def lines(ctx: Ctx, rows: list[MessageRow], *, contact: str = "", who: str = "") -> list[Shown]:
    """Messages with how far they have come, and small lines as sentences.  `who`: what the one at `contact` is called."""
    states = messaging.by_id(ctx, ids=[row.outgoing_id for row in rows if row.outgoing_id])
    shown = []
    for row in rows:
        message = states.get(row.outgoing_id or 0)
        shown.append(
            Shown(
                row, _sentence(row) if row.kind == "system" else "", message.state if message else "",
                row.problem or (message.problem if message else ""),
                row.author_kind == ctx.actor.kind and row.author_id == ctx.actor.id,
                who if row.direction == "in" and row.author_name == contact else "",
            )
        )  # fmt: skip
    return shown


def _sentence(row: MessageRow) -> str:
    data = row.data
    verb = data.get("verb", "")
    if verb == "state":
        if data["state"] == "open":
            return gettext("woke it") if row.author_kind == "system" else gettext("opened it again")
        return gettext("set it to “%(state)s”") % {"state": word_of("conversation", data["state"])}
    if verb == "assigned":
        name = data.get("name") or ""
        if name and (row.author_kind, row.author_id) == ("staff", data.get("assignee_id")):
            return gettext("took it on")
        return gettext("gave it to %(name)s") % {"name": name} if name else gettext("gave it to nobody")
    if verb == "tagged":
        return gettext("set the tags: %(tags)s") % {"tags": ", ".join(data.get("tags") or ["–"])}
    if verb == "spam":
        return gettext("put it among the spam") if data.get("is_spam") else gettext("took it out of the spam")
    if verb == "linked":
        name = data.get("order") or ""
        return gettext("put order %(order)s beside it") % {"order": name} if name else gettext("took the order away")
    return gettext("The answer could not be delivered to %(address)s") % {"address": data.get("address") or "–"}


def clock(ctx: Ctx, conversation: ConversationRow) -> dict[str, Any] | None:
    """The promise that runs, or the last one, with its why."""
    found = queries.clocks_of(ctx, conversation_id=conversation.id)
    if not found:
        return None
    row: ClockRow = found[0]
    hours = queries.hours(ctx)
    why = sla.why(calendar_of(hours), row, now=ctx.now)
    return {
        "row": row, "state": sla.state_of(row, now=ctx.now).value, "why": why, "hours": hours,
        "target": minutes_word(row.target_min), "passed": minutes_word(why.passed_min),
        "left": minutes_word(row.paused_min or 0),
    }  # fmt: skip


def minutes_word(minutes: int) -> str:
    """Units: minutes, as 3 h 20 min."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return gettext("%(n)s min") % {"n": rest}
    return gettext("%(h)s h") % {"h": hours} if not rest else gettext("%(h)s h %(n)s min") % {"h": hours, "n": rest}


def beside(request: StaffRequest, conversation: ConversationRow) -> dict[str, Any]:
    """Customer, orders, parcels and what can be done to the linked order."""
    ctx = request.ctx
    id = conversation.customer_id
    customer = customers.get(ctx, customer_id=id)
    bought = orders.list_orders(ctx, where=OrderFilter(customer_id=id), limit=MOST_ORDERS + 1)
    others = queries.list_conversations(ctx, where=queries.ConversationFilter(customer_id=id), limit=6)
    facts: dict[str, Any] = {
        "customer": customer, "who": called(conversation, customer), "totals": orders.totals_of_customers(ctx, ids=[id])[id],
        "bought": [row for row in bought if row.id != conversation.order_id][:MOST_ORDERS], "has_more": len(bought) > MOST_ORDERS,
        "others": [row for row in others if row.id != conversation.id][:5], "clock": clock(ctx, conversation), "order": None,
    }  # fmt: skip
    if conversation.order_id:
        facts |= _order(request, conversation, conversation.order_id)
    return facts


def _order(request: StaffRequest, conversation: ConversationRow, order_id: int) -> dict[str, Any]:
    ctx = request.ctx
    detail = orders.get(ctx, id=order_id)
    parcels = shipping.parcels_of(ctx, order_ids=[order_id])
    told = tracking.told_of(ctx, parcels=parcels, language=request.LANGUAGE_CODE)
    happened = [
        e for e in outbox.timeline(ctx, of=[f"order:{order_id}"], limit=60) if not e.type.startswith("conversation.")
    ]
    offers = actions.offers(request, detail, conversation_id=conversation.id)
    return {
        "order": detail, "sold": as_sold(detail.lines),
        "parcels": [{"row": row, "last": next(iter(told[row.id]), None)} for row in parcels],
        "tracking_link": tracking_link(ctx, order_id=order_id),
        "items": timeline.told(happened[:SHOWN_TIMELINE]),
        "offers": offers, "has_why_not": any(offer.why_not for offer in offers),
    }  # fmt: skip


def look(request: StaffRequest, conversation_id: int, *, is_writing: bool) -> list[dict[str, Any]]:
    """Says that this person looks at a conversation.  Returns: who else does, by name."""
    ctx = request.ctx
    key = f"inbox.look:{ctx.organisation_id}:{conversation_id}:"
    cache.set(f"{key}{ctx.actor.id}", {"name": ctx.actor.name, "is_writing": is_writing}, LOOKING_S)
    others = [f"{key}{p.user_id}" for p in accounts.list_staff(ctx) if p.user_id != ctx.actor.id]
    return sorted(cache.get_many(others).values(), key=lambda one: str(one["name"]))


def sleeps(now: datetime, timezone_now: datetime) -> list[tuple[str, str, datetime]]:
    """When a conversation may wake, as a menu offers it.  Shapes: (value, word, moment); `timezone_now`: by the wall."""
    morning = timezone_now.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - timezone_now.weekday())
    return [
        ("3h", gettext("In 3 hours"), now + timedelta(hours=3)),
        ("tomorrow", gettext("Tomorrow at 9"), morning + timedelta(days=1)),
        ("3d", gettext("In 3 days at 9"), morning + timedelta(days=3)),
        ("monday", gettext("Next Monday at 9"), monday),
    ]
