"""What contacts are about: said once of each message that a person wrote, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.inbox import queries
from doorstep.inbox.rules import calendar, sla
from doorstep.inbox.values import ClockKind
from doorstep.orders import queries as orders
from doorstep.shipping import queries as shipping


@dataclass(frozen=True, slots=True)
class Meter:
    """Of a period: conversations in which a person wrote to us, those that asked where an order is, and parcels sent."""

    contacts: int
    wismo: int
    shipments: int

    @property
    def per_100(self) -> float | None:
        """WISMO contacts per 100 shipments; None while nothing was sent."""
        return 100 * self.wismo / self.shipments if self.shipments else None


@dataclass(frozen=True, slots=True)
class ChannelMeter:
    """The same by channel.  `unread`: contacts in a language that the rules do not know; they count as other contacts."""

    channel: str
    contacts: int
    wismo: int
    unread: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation in which somebody asked where an order is, and when they did first; `order_id` None: nobody knows which."""

    conversation_id: int
    order_id: int | None
    at: datetime


@transaction.atomic
def classify(ctx: Ctx, *, message_id: int, is_wismo: bool, intent: str, why: str) -> bool:
    """Says what a message is about.  Returns: False where that was said before; then nothing changes.

    `intent`: "" where it is not sure.  `why`: the rule of `intents`, or what left it in doubt.
    """
    said = db.as_json({"wismo": is_wismo, "intent": intent, "why": why})
    return bool(
        db.column(
            """UPDATE inbox_message SET data = data || %s::jsonb
                WHERE organisation_id = %s AND id = %s AND NOT data ? 'wismo' RETURNING id""",
            [said, ctx.organisation_id, message_id],
        )
    )


def count_automatic(ctx: Ctx, *, customer_id: int, since: datetime) -> int:
    """How many answers went to a customer by themselves since then."""
    return int(
        db.scalar(
            """SELECT count(*) FROM inbox_conversation c
                 JOIN inbox_message m ON m.organisation_id = c.organisation_id AND m.conversation_id = c.id
                WHERE c.organisation_id = %s AND c.customer_id = %s AND c.last_message_at > %s
                  AND m.direction = 'out' AND m.author_kind = 'system' AND m.at > %s""",
            [ctx.organisation_id, customer_id, since, since],
        )
    )


def meter(ctx: Ctx, *, since: datetime, until: datetime) -> Meter:
    """WISMO contacts against shipments of a period; a conversation counts once however often somebody writes in it.

    Spam, and what no person wrote, is no contact.  An order from before Doorstep counts as one shipment, on its day.
    """
    found = db.dicts(
        """SELECT count(DISTINCT m.conversation_id) AS contacts,
                  count(DISTINCT m.conversation_id) FILTER (WHERE (m.data ->> 'wismo')::boolean) AS wismo
             FROM inbox_message m
             JOIN inbox_conversation c ON c.organisation_id = m.organisation_id AND c.id = m.conversation_id
            WHERE m.organisation_id = %s AND m.direction = 'in' AND m.data ? 'wismo' AND NOT c.is_spam
              AND m.at >= %s AND m.at < %s""",
        [ctx.organisation_id, since, until],
    )[0]
    sent = shipping.count_handed_over(ctx, since=since, until=until)
    sent += orders.count_of_past(ctx, since=since, until=until)
    return Meter(found["contacts"], found["wismo"], sent)


def by_channel(ctx: Ctx, *, since: datetime, until: datetime) -> list[ChannelMeter]:
    """Contacts of a period by channel, those with most WISMO contacts first; they add up to those of `meter`."""
    return db.rows(
        ChannelMeter,
        """SELECT c.channel, count(DISTINCT c.id) AS contacts,
                  count(DISTINCT c.id) FILTER (WHERE (m.data ->> 'wismo')::boolean) AS wismo,
                  count(DISTINCT c.id) FILTER (WHERE m.data ->> 'why' = 'language') AS unread
             FROM inbox_message m
             JOIN inbox_conversation c ON c.organisation_id = m.organisation_id AND c.id = m.conversation_id
            WHERE m.organisation_id = %s AND m.direction = 'in' AND m.data ? 'wismo' AND NOT c.is_spam
              AND m.at >= %s AND m.at < %s GROUP BY c.channel ORDER BY 3 DESC, 2 DESC, 1""",
        [ctx.organisation_id, since, until],
    )


def asked(ctx: Ctx, *, since: datetime, until: datetime, limit: int) -> list[Asked]:
    """Conversations of a period in which somebody asked where an order is, the newest first."""
    return db.rows(
        Asked,
        """SELECT c.id AS conversation_id, c.order_id, min(m.at) AS at FROM inbox_message m
             JOIN inbox_conversation c ON c.organisation_id = m.organisation_id AND c.id = m.conversation_id
            WHERE m.organisation_id = %s AND m.direction = 'in' AND m.data ? 'wismo' AND (m.data ->> 'wismo')::boolean
              AND NOT c.is_spam AND m.at >= %s AND m.at < %s GROUP BY c.id, c.order_id ORDER BY c.id DESC LIMIT %s""",
        [ctx.organisation_id, since, until, limit],
    )


def find_unclassed(ctx: Ctx, *, since: datetime, before: datetime, limit: int) -> list[int]:
    """Messages of people of which nobody said yet whether they ask where an order is: what was filed among the spam and taken out
    of it later, or fell between.  Oldest first."""
    return db.column(
        """SELECT m.id FROM inbox_conversation c
             JOIN inbox_message m ON m.organisation_id = c.organisation_id AND m.conversation_id = c.id
            WHERE c.organisation_id = %s AND NOT c.is_spam AND c.last_message_at >= %s AND m.direction = 'in' AND m.asks
              AND m.mail_kind = 'person' AND NOT m.data ? 'wismo' AND m.at >= %s AND m.at < %s ORDER BY m.id LIMIT %s""",
        [ctx.organisation_id, since, since, before, limit],
    )


def wismo_by_day(ctx: Ctx, *, days: int, timezone: str) -> list[int]:
    """Conversations in which somebody asked where an order is, for each of the last days, today last.  `timezone`: whose days."""
    found = db.dicts(
        """SELECT day, count(DISTINCT m.conversation_id) AS n
             FROM (SELECT (%(now)s AT TIME ZONE %(zone)s)::date - n AS day FROM generate_series(0, %(days)s - 1) n) days
             LEFT JOIN (SELECT m.conversation_id, (m.at AT TIME ZONE %(zone)s)::date AS on_day FROM inbox_message m
                          JOIN inbox_conversation c ON c.organisation_id = m.organisation_id AND c.id = m.conversation_id
                         WHERE m.organisation_id = %(org)s AND m.direction = 'in' AND m.data ? 'wismo'
                           AND (m.data ->> 'wismo')::boolean AND NOT c.is_spam AND m.at >= %(since)s AND m.at <= %(now)s) m
               ON m.on_day = day
            GROUP BY 1 ORDER BY 1""",
        {"org": ctx.organisation_id, "now": ctx.now, "zone": timezone, "days": days, "since": ctx.now - timedelta(days=days + 1)},
    )
    return [line["n"] for line in found]


MOST_MEASURED = 5_000


def first_replies(ctx: Ctx, *, channel: str, since: datetime, until: datetime) -> list[timedelta]:
    """How long customers waited for a person's first answer, in business time; the newest conversations of a period.

    Who still waits longer than was promised counts with the time so far: silence is no quick answer.
    Answers that Doorstep sent by itself are not counted: they would flatter.
    """
    found = db.dicts(
        """SELECT asked.at AS asked, answered.at AS answered FROM (
                  SELECT id, waiting_since FROM inbox_conversation
                   WHERE organisation_id = %s AND channel = %s AND NOT is_spam AND opened_at >= %s AND opened_at < %s
                   ORDER BY id DESC LIMIT %s) c
             JOIN LATERAL (SELECT min(m.at) AS at FROM inbox_message m
                            WHERE m.organisation_id = %s AND m.conversation_id = c.id AND m.direction = 'in') asked ON TRUE
             LEFT JOIN LATERAL (SELECT min(m.at) AS at FROM inbox_message m
                            WHERE m.organisation_id = %s AND m.conversation_id = c.id AND m.direction = 'out'
                              AND m.author_kind = 'staff' AND m.at >= asked.at) answered ON TRUE
            WHERE asked.at IS NOT NULL AND (answered.at IS NOT NULL OR c.waiting_since IS NOT NULL)""",
        [ctx.organisation_id, channel, since, until, MOST_MEASURED, ctx.organisation_id, ctx.organisation_id],
    )
    hours = queries.hours(ctx)
    times = calendar.calendar_of(hours)
    promised = timedelta(minutes=sla.target_of(hours, ClockKind.FIRST_RESPONSE, channel))
    waits = []
    for line in found:
        waited = calendar.between(times, line["asked"], line["answered"] or ctx.now)
        if line["answered"] is not None or waited > promised:
            waits.append(waited)
    return waits
