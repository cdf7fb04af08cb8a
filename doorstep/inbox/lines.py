"""What is written into a conversation, and what finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.inbox.values import ConversationRow, Direction, MessageKind, Verb

SEARCHED = 20_000  # characters of a conversation that find it
PREVIEW = 160

_COLUMNS = (
    "conversation_id", "version", "direction", "kind", "author_kind", "author_id", "author_name", "address", "recipients",
    "text", "fresh", "quoted", "html", "message_id", "in_reply_to", "mail_kind", "arrival_id", "outgoing_id", "attachments",
    "data", "problem", "asks", "answered_at", "at",
)  # fmt: skip
_BLANK: dict[str, Any] = {
    "address": "", "recipients": {}, "text": "", "fresh": "", "quoted": "", "html": "", "message_id": "", "in_reply_to": "",
    "mail_kind": "person", "arrival_id": None, "outgoing_id": None, "attachments": [], "data": {}, "problem": "",
    "asks": False, "answered_at": None, "author_id": 0,
}  # fmt: skip
_JSON = ("recipients", "attachments", "data")


def insert(ctx: Ctx, values: Mapping[str, Any]) -> int:
    """Writes one message.  Returns: its id."""
    line = _BLANK | dict(values)
    given = [db.as_json(line[name]) if name in _JSON else line[name] for name in _COLUMNS]
    marks = ", ".join("%s::jsonb" if name in _JSON else "%s" for name in _COLUMNS)
    return int(
        db.scalar(
            f"INSERT INTO inbox_message (organisation_id, {', '.join(_COLUMNS)}) VALUES (%s, {marks}) RETURNING id",
            [ctx.organisation_id, *given],
        )
    )


def small(ctx: Ctx, row: ConversationRow, *, verb: Verb, data: Mapping[str, Any], version: int) -> None:
    """Writes a small line: who did what."""
    insert(
        ctx,
        {
            "conversation_id": row.id, "version": version, "direction": Direction.NOTE.value,
            "kind": MessageKind.SYSTEM.value, "author_kind": ctx.actor.kind, "author_id": ctx.actor.id,
            "author_name": ctx.actor.name[:200], "data": {"verb": verb.value, **data}, "at": ctx.now,
        },
    )  # fmt: skip


def change(ctx: Ctx, row: ConversationRow, changes: Mapping[str, Any], *, said: int = 0) -> int:
    """Changes columns of a locked conversation and counts its version on.  Returns: the new version.

    `said`: how many messages more it has.
    """
    names = [name for name in changes if name.isidentifier()]
    sets = "".join(f"{name} = %s, " for name in names)
    return int(
        db.scalar(
            f"""UPDATE inbox_conversation SET {sets} messages = messages + %s, version = version + 1, updated_at = %s
                 WHERE organisation_id = %s AND id = %s RETURNING version""",
            [*(changes[name] for name in names), said, ctx.now, ctx.organisation_id, row.id],
        )
    )


def spoken(text: str, *, direction: Direction, at: datetime) -> dict[str, Any]:
    """What a message changes about its conversation, beside the count of messages."""
    return {"preview": " ".join(text.split())[:PREVIEW], "last_direction": direction.value, "last_message_at": at}


def answer(ctx: Ctx, conversation_id: int) -> None:
    """Nobody waits for an answer to what was said until now."""
    db.execute(
        """UPDATE inbox_message SET answered_at = %s
            WHERE organisation_id = %s AND conversation_id = %s AND asks AND answered_at IS NULL""",
        [ctx.now, ctx.organisation_id, conversation_id],
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """`since`: the oldest message that waits again; `came_later`: one of them came after the last change of state."""

    since: datetime
    came_later: bool


def unanswer(ctx: Ctx, conversation_id: int) -> Waiting | None:
    """What was said since the last answer, or since somebody said that nobody waits, waits again."""
    found = db.dicts(
        """WITH ends AS (
                SELECT COALESCE(max(id) FILTER (WHERE direction = 'out' OR data ->> 'state' = 'resolved'), 0) AS answered,
                       COALESCE(max(id), 0) AS moved
                  FROM inbox_message WHERE organisation_id = %(org)s AND conversation_id = %(conversation)s
                   AND (direction = 'out' OR (kind = 'system' AND data ->> 'verb' = 'state'))),
            again AS (
                UPDATE inbox_message m SET answered_at = NULL FROM ends
                 WHERE m.organisation_id = %(org)s AND m.conversation_id = %(conversation)s AND m.asks
                   AND m.id > ends.answered RETURNING m.id, m.at)
           SELECT min(again.at) AS since, max(again.id) > max(ends.moved) AS came_later FROM again, ends HAVING count(*) > 0""",
        {"org": ctx.organisation_id, "conversation": conversation_id},
    )
    return Waiting(found[0]["since"], found[0]["came_later"]) if found else None


def find_by(ctx: Ctx, conversation_id: int, texts: Sequence[str]) -> None:
    """Makes a conversation be found by these texts too."""
    text = search.fold(" ".join(texts)).strip()[:SEARCHED]
    db.execute(
        f"""INSERT INTO inbox_conversationsearch AS was (organisation_id, conversation_id, text, grams)
            VALUES (%(org)s, %(id)s, %(text)s, %(grams)s)
            ON CONFLICT (organisation_id, conversation_id) DO UPDATE
               SET text = left(was.text || ' ' || EXCLUDED.text, %(most)s),
                   grams = CASE WHEN length(was.text) + length(EXCLUDED.text) < %(most)s
                                THEN ARRAY(SELECT unnest(was.grams) UNION SELECT unnest(EXCLUDED.grams))
                                ELSE {search.GRAMS}(left(was.text || ' ' || EXCLUDED.text, %(most)s)) END""",
        {"org": ctx.organisation_id, "id": conversation_id, "text": text, "grams": search.grams_of(text),
         "most": SEARCHED},
    )  # fmt: skip
