"""Reads of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from doorstep.accounts import queries as accounts
from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.inbox.values import (
    ClockRow,
    ConversationRow,
    DraftRow,
    HeaderRow,
    Hours,
    KnownRow,
    MacroRow,
    MessageRow,
    Upload,
    UploadRow,
)

CONVERSATION = """c.id, c.number, c.subject, c.channel, c.customer_id, c.contact_address, c.contact_name, c.mailbox_id,
    c.state, c.assignee_id, c.tags, c.language, c.waiting_since, c.first_reply_at, c.snoozed_until, c.order_id, c.is_spam,
    c.version, c.messages, c.preview, c.last_direction, c.due_at, c.due_kind, c.risk_at, c.opened_at, c.last_message_at,
    c.updated_at"""
MESSAGE = """m.id, m.conversation_id, m.version, m.direction, m.kind, m.author_kind, m.author_id, m.author_name, m.address,
    m.recipients, m.text, m.fresh, m.quoted, m.html, m.message_id, m.in_reply_to, m.mail_kind, m.arrival_id, m.outgoing_id,
    m.attachments, m.data, m.problem, m.asks, m.answered_at, m.at"""
CLOCK = "id, conversation_id, kind, started_at, target_min, due_at, risk_at, paused_min, ended_at, met_at"
WORKDAY = ((9 * 60, 18 * 60),)
USUAL_WEEK = (WORKDAY,) * 5 + ((), ())
USUAL_TARGET_MIN = 240

# What the list's tabs mean.  Conversations: c; `me` is who looks.
VIEWS: dict[str, str] = {
    "mine": "c.assignee_id = %(me)s AND c.state IN ('open', 'pending') AND NOT c.is_spam",
    "unassigned": "c.assignee_id IS NULL AND c.state = 'open' AND NOT c.is_spam",
    "open": "c.state IN ('open', 'pending') AND NOT c.is_spam",
    "waiting": "c.waiting_since IS NOT NULL AND c.state = 'open' AND NOT c.is_spam",
    "snoozed": "c.state = 'snoozed' AND NOT c.is_spam",
    "resolved": "c.state = 'resolved' AND NOT c.is_spam",
    "spam": "c.is_spam",
    "all": "TRUE",
}


METERED = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Typed filters of the conversations list; empty fields do not filter.  Both days count, in the time zone given."""

    view: str = "all"
    text: str = ""
    state: str = ""
    assignee_id: int = 0
    channel: str = ""
    tag: str = ""
    language: str = ""
    customer_id: int = 0
    order_id: int = 0
    due: str = ""
    asks_where: bool = False  # somebody asked in it where an order is, in the days that the meter counts
    opened_from: date | None = None
    opened_to: date | None = None
    timezone: str = "UTC"


def get(ctx: Ctx, *, conversation_id: int) -> ConversationRow:
    """One conversation.  Refuses: unknown ids."""
    found = by_id(ctx, ids=[conversation_id]).get(conversation_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "conversation", "key": conversation_id})
    return found


def by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, ConversationRow]:
    """Conversations by id; those of another organisation are not among them."""
    rows = db.rows(
        ConversationRow,
        f"SELECT {CONVERSATION} FROM inbox_conversation c WHERE c.organisation_id = %s AND c.id = ANY(%s)",
        [ctx.organisation_id, list(ids)],
    )
    return {row.id: row for row in rows}


def list_conversations(
    ctx: Ctx, *, where: ConversationFilter, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ConversationRow]:
    """Conversations, last spoken in first.  Shapes: `after` is (last_message_at, id) of the last row shown."""
    return db.rows(ConversationRow, *_found(ctx, CONVERSATION, where, after=after, limit=limit))


def list_updated(
    ctx: Ctx, *, since: datetime, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ConversationRow]:
    """Conversations that changed at or after a moment, oldest change first.  Shapes: `after` is (updated_at, id)."""
    at, id = after or (since, 0)
    return db.rows(
        ConversationRow,
        f"""SELECT {CONVERSATION} FROM inbox_conversation c WHERE c.organisation_id = %s AND c.updated_at >= %s
               AND (c.updated_at, c.id) > (%s, %s) ORDER BY c.updated_at, c.id LIMIT %s""",
        [ctx.organisation_id, since, at, id, limit],
    )


def list_ids(ctx: Ctx, *, where: ConversationFilter, limit: int = 10_000) -> list[int]:
    """The ids of every conversation that a filter matches: what "select all" means."""
    return db.column(*_found(ctx, "c.id", where, after=None, limit=limit))


def _found(
    ctx: Ctx, columns: str, where: ConversationFilter, *, after: tuple[datetime, int] | None, limit: int
) -> tuple[str, dict[str, Any]]:
    source = "inbox_conversation c"
    grams = search.grams(where.text)
    like, named = search.like_named("s.text", where.text)
    if named:
        index = "s.grams @> %(grams)s::text[] AND" if grams else ""
        source = f"""(WITH named AS MATERIALIZED (SELECT s.conversation_id FROM inbox_conversationsearch s
                       WHERE s.organisation_id = %(org)s AND {index} {like})
                      SELECT c.* FROM named JOIN inbox_conversation c
                          ON c.organisation_id = %(org)s AND c.id = named.conversation_id) c"""
    sql = f"""SELECT {columns} FROM {source} WHERE c.organisation_id = %(org)s AND {_conditions(where)}
                 AND (%(at)s::timestamptz IS NULL OR (c.last_message_at, c.id) < (%(at)s, %(id)s))
               ORDER BY c.last_message_at DESC, c.id DESC LIMIT %(limit)s"""
    more = {"grams": grams, "at": after and after[0], "id": after and after[1], "limit": limit}
    return sql, _parameters(ctx, where) | named | more


def _conditions(where: ConversationFilter) -> str:
    parts = [VIEWS[where.view]]
    if where.state:
        parts.append("c.state = %(state)s")
    if where.assignee_id:
        parts.append("c.assignee_id = %(assignee_id)s")
    if where.channel:
        parts.append("c.channel = %(channel)s")
    if where.tag:
        parts.append("%(tag)s = ANY(c.tags)")
    if where.language:
        parts.append("c.language = %(language)s")
    if where.customer_id:
        parts.append("c.customer_id = %(customer_id)s")
    if where.order_id:
        parts.append("c.order_id = %(order_id)s")
    if where.due == "missed":
        parts.append("c.due_at < %(now)s")
    if where.due == "at_risk":
        parts.append("c.due_at >= %(now)s AND c.risk_at <= %(now)s")
    if where.asks_where:
        parts.append(
            """EXISTS (SELECT 1 FROM inbox_message m WHERE m.organisation_id = c.organisation_id AND m.conversation_id = c.id
                        AND m.direction = 'in' AND m.data ? 'wismo' AND (m.data ->> 'wismo')::boolean
                        AND m.at >= %(metered)s AND m.at < %(now)s) AND NOT c.is_spam"""
        )
    if where.opened_from:
        parts.append("c.opened_at >= %(opened_from)s::date::timestamp AT TIME ZONE %(timezone)s")
    if where.opened_to:
        parts.append("c.opened_at < (%(opened_to)s::date + 1)::timestamp AT TIME ZONE %(timezone)s")
    return " AND ".join(f"({part})" for part in parts)


def _parameters(ctx: Ctx, where: ConversationFilter) -> dict[str, Any]:
    return {
        "org": ctx.organisation_id, "now": ctx.now, "me": ctx.actor.id if ctx.actor.kind == "staff" else 0,
        "state": where.state, "assignee_id": where.assignee_id, "channel": where.channel, "tag": where.tag,
        "language": where.language, "customer_id": where.customer_id, "order_id": where.order_id,
        "metered": ctx.now - METERED, "opened_from": where.opened_from, "opened_to": where.opened_to, "timezone": where.timezone,
    }  # fmt: skip


def count_views(ctx: Ctx, *, views: Sequence[str], at_most: int = 1000) -> dict[str, int]:
    """How many conversations each tab shows, counted up to `at_most`."""
    parts = [
        f"""(SELECT count(*) FROM (SELECT 1 FROM inbox_conversation c WHERE c.organisation_id = %(org)s AND {VIEWS[v]}
                                    LIMIT %(most)s) x) AS "v_{v}" """
        for v in views
    ]
    found = db.dicts("SELECT " + ", ".join(parts), _parameters(ctx, ConversationFilter()) | {"most": at_most})[0]
    return {name.removeprefix("v_"): count for name, count in found.items()}


def messages_of(ctx: Ctx, *, conversation_id: int) -> list[MessageRow]:
    """Everything that was said and done in a conversation, oldest first."""
    return messages_since(ctx, conversation_id=conversation_id, version=0)


def messages_since(ctx: Ctx, *, conversation_id: int, version: int) -> list[MessageRow]:
    """What was said and done in a conversation after a version of it, oldest first."""
    return db.rows(
        MessageRow,
        f"""SELECT {MESSAGE} FROM inbox_message m WHERE m.organisation_id = %s AND m.conversation_id = %s AND m.version > %s
             ORDER BY m.id""",
        [ctx.organisation_id, conversation_id, version],
    )


def get_message(ctx: Ctx, *, message_id: int) -> MessageRow:
    """One message.  Refuses: unknown ids."""
    found = db.one(
        MessageRow,
        f"SELECT {MESSAGE} FROM inbox_message m WHERE m.organisation_id = %s AND m.id = %s",
        [ctx.organisation_id, message_id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "message", "key": message_id})
    return found


def find_by_header(ctx: Ctx, *, message_id: str) -> MessageRow | None:
    """The message that carries this Message-ID."""
    return db.one(
        MessageRow,
        f"SELECT {MESSAGE} FROM inbox_message m WHERE m.organisation_id = %s AND m.message_id <> '' AND m.message_id = %s",
        [ctx.organisation_id, message_id],
    ) if message_id else None  # fmt: skip


def find_sent(ctx: Ctx, *, outgoing_id: int) -> int | None:
    """The conversation in which a message of messaging was said, or None."""
    found: int | None = db.scalar(
        "SELECT conversation_id FROM inbox_message WHERE organisation_id = %s AND outgoing_id = %s",
        [ctx.organisation_id, outgoing_id],
    )
    return found


def find_known(ctx: Ctx, *, arrival_ids: Sequence[int], message_ids: Sequence[str] = ()) -> list[KnownRow]:
    """The messages that these arrivals became, and those that carry these Message-IDs."""
    return db.rows(
        KnownRow,
        """SELECT conversation_id, arrival_id, message_id, address, text FROM inbox_message
            WHERE organisation_id = %s AND (arrival_id = ANY(%s) OR message_id <> '' AND message_id = ANY(%s))""",
        [ctx.organisation_id, list(arrival_ids), list(message_ids)],
    )


def headers_of(ctx: Ctx, *, conversation_id: int) -> list[HeaderRow]:
    """What an answer refers to: every line of a conversation, oldest first."""
    return db.rows(
        HeaderRow,
        "SELECT direction, message_id FROM inbox_message WHERE organisation_id = %s AND conversation_id = %s ORDER BY id",
        [ctx.organisation_id, conversation_id],
    )


def find_thread(ctx: Ctx, *, references: Sequence[str], address: str) -> int | None:
    """The conversation that a mail answers, told from the Message-IDs that it refers to, the nearest first.

    A Message-ID of ours is known only to whom we wrote, or to whom they passed it on. One of somebody else's counts only
    where this address took part: anybody may write any Message-ID into a mail.
    """
    if not references:
        return None
    found = db.dicts(
        """SELECT m.conversation_id, m.message_id, m.in_reply_to, m.direction, (c.contact_address = %(address)s OR EXISTS (
                  SELECT 1 FROM inbox_message p WHERE p.organisation_id = m.organisation_id
                     AND p.conversation_id = m.conversation_id AND (p.address = %(address)s
                      OR p.recipients->'to' ? %(address)s OR p.recipients->'cc' ? %(address)s))) AS took_part
             FROM inbox_message m JOIN inbox_conversation c
               ON c.organisation_id = m.organisation_id AND c.id = m.conversation_id
            WHERE m.organisation_id = %(org)s
              AND (m.message_id <> '' AND m.message_id = ANY(%(references)s)
                OR m.in_reply_to <> '' AND m.in_reply_to = ANY(%(references)s)) ORDER BY m.id DESC""",
        {"org": ctx.organisation_id, "references": [r for r in references if r], "address": address},
    )
    for reference in references:
        for line in found:
            is_ours = line["message_id"] == reference and line["direction"] == "out"
            if reference in (line["message_id"], line["in_reply_to"]) and (is_ours or line["took_part"]):
                return int(line["conversation_id"])
    return None


def find_by_marketplace(ctx: Ctx, *, order_id: int, address: str) -> int | None:
    """The newest conversation about an order that began through its marketplace, to which mail of this address belongs."""
    found = db.column(
        """SELECT id FROM inbox_conversation WHERE organisation_id = %s AND order_id = %s AND channel = 'marketplace'
              AND contact_address IN ('', %s) ORDER BY id DESC LIMIT 1""",
        [ctx.organisation_id, order_id, address],
    )
    return int(found[0]) if found else None


def find_by_sms(ctx: Ctx, *, address: str) -> int | None:
    """The newest conversation that a number has with us by text messages; there is one for each number, as on a phone."""
    found = db.column(
        """SELECT id FROM inbox_conversation WHERE organisation_id = %s AND channel = 'sms' AND contact_address = %s
              AND NOT is_spam ORDER BY id DESC LIMIT 1""",
        [ctx.organisation_id, address],
    )
    return int(found[0]) if found else None


def find_running_clock(ctx: Ctx, *, conversation_id: int) -> ClockRow | None:
    """The promise that runs or is stopped, where there is one."""
    return db.one(
        ClockRow,
        f"SELECT {CLOCK} FROM inbox_clock WHERE organisation_id = %s AND conversation_id = %s AND ended_at IS NULL",
        [ctx.organisation_id, conversation_id],
    )


def clocks_of(ctx: Ctx, *, conversation_id: int) -> list[ClockRow]:
    """Every promise of a conversation, newest first."""
    return db.rows(
        ClockRow,
        f"SELECT {CLOCK} FROM inbox_clock WHERE organisation_id = %s AND conversation_id = %s ORDER BY id DESC",
        [ctx.organisation_id, conversation_id],
    )


def hours(ctx: Ctx) -> Hours:
    """When the organisation answers; weekdays from 9 to 18 in its own time zone where nobody said."""
    found = db.dicts(
        """SELECT timezone, week, holidays, first_response_min, next_response_min, first_chat_min FROM inbox_servicehours
            WHERE organisation_id = %s""",
        [ctx.organisation_id],
    )
    if not found:
        zone = accounts.organisation(ctx).timezone
        return Hours(zone, USUAL_WEEK, (), USUAL_TARGET_MIN, USUAL_TARGET_MIN)
    line = found[0]
    week = tuple(tuple((opens, closes) for opens, closes in day) for day in line.pop("week"))
    return Hours(week=week, holidays=tuple(line.pop("holidays")), **line)


def drafts_of(ctx: Ctx, *, conversation_id: int, person_id: int) -> dict[str, DraftRow]:
    """What somebody has typed and not sent, by kind."""
    rows = db.rows(
        DraftRow,
        """SELECT kind, text, updated_at FROM inbox_draft
            WHERE organisation_id = %s AND conversation_id = %s AND person_id = %s""",
        [ctx.organisation_id, conversation_id, person_id],
    )
    return {row.kind: row for row in rows}


def uploads_of(ctx: Ctx, *, conversation_id: int, person_id: int) -> list[UploadRow]:
    """The files that somebody put beside a draft and has not sent."""
    return db.rows(
        UploadRow,
        """SELECT id, name, content_type, size FROM inbox_upload
            WHERE organisation_id = %s AND conversation_id = %s AND person_id = %s AND message_id IS NULL ORDER BY id""",
        [ctx.organisation_id, conversation_id, person_id],
    )


def get_upload(ctx: Ctx, *, upload_id: int) -> Upload:
    """A file that was sent or is to be sent.  Refuses: unknown ids."""
    found = db.one(
        Upload,
        "SELECT name, content_type, content FROM inbox_upload WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, upload_id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "file", "key": upload_id})
    return found


def list_macros(ctx: Ctx) -> list[MacroRow]:
    """Every macro, by name."""
    return db.rows(
        MacroRow,
        "SELECT id, name, body_en, body_ko FROM inbox_macro WHERE organisation_id = %s ORDER BY lower(name), id",
        [ctx.organisation_id],
    )


def get_macro(ctx: Ctx, *, macro_id: int) -> MacroRow:
    """One macro.  Refuses: unknown ids."""
    found = next((row for row in list_macros(ctx) if row.id == macro_id), None)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "macro", "key": macro_id})
    return found


def list_tags(ctx: Ctx, *, limit: int = 200) -> list[str]:
    """The tags in use, by name."""
    return db.column(
        """SELECT DISTINCT unnest(tags) AS tag FROM inbox_conversation WHERE organisation_id = %s ORDER BY tag LIMIT %s""",
        [ctx.organisation_id, limit],
    )


def find_sleepers(*, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Conversations whose sleep is over, of every organisation.  Shapes: (organisation id, conversation id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM inbox_conversation WHERE state = 'snoozed' AND snoozed_until <= %s
            ORDER BY snoozed_until LIMIT %s""",
        [now, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
