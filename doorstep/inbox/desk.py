"""What people keep beside conversations: drafts, files to be sent, macros, hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.base.zones import timezones
from doorstep.inbox import queries
from doorstep.inbox.rules import macros as texts
from doorstep.inbox.values import (
    EMPTY_VARIABLE,
    LONGEST_TEXT,
    MACRO_TAKEN,
    MOST_UPLOAD_BYTES,
    NEVER_OPEN,
    TOO_LARGE,
    Hours,
    MacroRow,
    Upload,
    UploadRow,
)

DAY_MIN = 24 * 60
LONGEST_TARGET_MIN = 30 * DAY_MIN


@transaction.atomic
def keep_draft(ctx: Ctx, *, conversation_id: int, kind: str, text: str) -> None:
    """Keeps what the acting person has typed; an empty text keeps nothing.  Refuses: unknown conversations."""
    queries.get(ctx, conversation_id=conversation_id)
    key = [ctx.organisation_id, conversation_id, ctx.actor.id, kind]
    if not text.strip():
        db.execute(
            "DELETE FROM inbox_draft WHERE organisation_id = %s AND conversation_id = %s AND person_id = %s AND kind = %s",
            key,
        )
        return
    db.execute(
        """INSERT INTO inbox_draft (organisation_id, conversation_id, person_id, kind, text, updated_at)
           VALUES (%s, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, conversation_id, person_id, kind)
           DO UPDATE SET text = EXCLUDED.text, updated_at = EXCLUDED.updated_at""",
        [*key, text[:LONGEST_TEXT], ctx.now],
    )


@transaction.atomic
def upload(ctx: Ctx, *, conversation_id: int, file: Upload) -> UploadRow:
    """Keeps a file that will go with the next answer of whoever acts.

    Refuses: unknown conversations, and more than one message may carry.
    """
    queries.get(ctx, conversation_id=conversation_id)
    waiting = queries.uploads_of(ctx, conversation_id=conversation_id, person_id=_owner(ctx))
    if sum(row.size for row in waiting) + len(file.content) > MOST_UPLOAD_BYTES:
        raise Refused(TOO_LARGE, {"name": file.name[:80], "most": MOST_UPLOAD_BYTES // 1_000_000})
    name = " ".join(file.name.replace("/", " ").replace("\\", " ").split())[:200] or "file"
    id = db.scalar(
        """INSERT INTO inbox_upload (organisation_id, conversation_id, person_id, name, content_type, size, content, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
        [ctx.organisation_id, conversation_id, _owner(ctx), name, file.content_type[:100], len(file.content),
         file.content, ctx.now],
    )  # fmt: skip
    return UploadRow(id, name, file.content_type[:100], len(file.content))


@transaction.atomic
def drop_upload(ctx: Ctx, *, upload_id: int) -> None:
    """Takes away a file of one's own that was not sent; another one stays."""
    db.execute(
        "DELETE FROM inbox_upload WHERE organisation_id = %s AND id = %s AND person_id = %s AND message_id IS NULL",
        [ctx.organisation_id, upload_id, _owner(ctx)],
    )


def _owner(ctx: Ctx) -> int:
    """Whose files these are: a person's by their id, a program's by a number that no person has."""
    return ctx.actor.id if ctx.actor.kind == "staff" else -ctx.actor.id


@transaction.atomic
def save_macro(ctx: Ctx, *, macro_id: int | None, name: str | None, body_en: str | None, body_ko: str | None) -> int:
    """Keeps a macro under a name, or changes one; what is None stays as it is.

    Locks: the organisation's macros, advisory.
    Refuses: unknown ids, no name or text, a name that another macro has, a variable that nobody knows.
    """
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"macros:{ctx.organisation_id}"])
    was = MacroRow(0, "", "", "") if macro_id is None else queries.get_macro(ctx, macro_id=macro_id)
    name = was.name if name is None else " ".join(name.split())[:80]
    body_en = was.body_en if body_en is None else body_en.strip()[:LONGEST_TEXT]
    body_ko = was.body_ko if body_ko is None else body_ko.strip()[:LONGEST_TEXT]
    if not name or not (body_en or body_ko):
        raise Refused(INVALID, {"field": gettext_noop("Macro"), "problem": gettext_noop("It needs a name and a text.")})
    for found in texts.VARIABLE.finditer(body_en + body_ko):
        if found[1] not in texts.KNOWN:
            raise Refused(EMPTY_VARIABLE, {"variable": found[1]})
    if any(row.name.lower() == name.lower() and row.id != macro_id for row in queries.list_macros(ctx)):
        raise Refused(MACRO_TAKEN, {"name": name})
    if macro_id is None:
        return int(
            db.scalar(
                """INSERT INTO inbox_macro (organisation_id, name, body_en, body_ko) VALUES (%s, %s, %s, %s) RETURNING id""",
                [ctx.organisation_id, name, body_en, body_ko],
            )
        )
    db.execute(
        "UPDATE inbox_macro SET name = %s, body_en = %s, body_ko = %s WHERE organisation_id = %s AND id = %s",
        [name, body_en, body_ko, ctx.organisation_id, macro_id],
    )
    return macro_id


@transaction.atomic
def remove_macro(ctx: Ctx, *, macro_id: int) -> None:
    """Takes a macro away; what was sent with it stays as it was sent."""
    db.execute("DELETE FROM inbox_macro WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, macro_id])


@transaction.atomic
def set_hours(ctx: Ctx, *, hours: Hours) -> None:
    """Says when somebody answers, and how soon; promises that run keep the deadline they were given.

    Refuses: a week without hours, hours that overlap, days and zones that do not exist, promises of no time at all.
    """
    _require_hours(hours)
    db.execute(
        """INSERT INTO inbox_servicehours (organisation_id, timezone, week, holidays, first_response_min, next_response_min,
                                          first_chat_min)
           VALUES (%s, %s, %s::jsonb, %s::jsonb, %s, %s, %s)
           ON CONFLICT (organisation_id) DO UPDATE SET timezone = EXCLUDED.timezone, week = EXCLUDED.week,
               holidays = EXCLUDED.holidays, first_response_min = EXCLUDED.first_response_min,
               next_response_min = EXCLUDED.next_response_min, first_chat_min = EXCLUDED.first_chat_min""",
        [ctx.organisation_id, hours.timezone, db.as_json([list(day) for day in hours.week]),
         db.as_json(list(hours.holidays)), hours.first_response_min, hours.next_response_min, hours.first_chat_min],
    )  # fmt: skip


def _require_hours(hours: Hours) -> None:
    if hours.timezone not in timezones():
        raise _wrong(gettext_noop("Time zone"), gettext_noop("There is no such time zone."))
    if len(hours.week) != 7 or not any(hours.week):
        raise Refused(NEVER_OPEN)
    for day in hours.week:
        if any(not 0 <= opens < closes <= DAY_MIN for opens, closes in day) or _overlaps(day):
            raise _wrong(
                gettext_noop("Opening hours"), gettext_noop("A day ends after it begins, and no two hours overlap.")
            )
    for day_off in hours.holidays:
        try:
            date.fromisoformat(day_off)
        except ValueError:
            raise _wrong(gettext_noop("Holidays"), gettext_noop("Write each as year-month-day.")) from None
    promised = (hours.first_response_min, hours.next_response_min, hours.first_chat_min)
    if not all(1 <= m <= LONGEST_TARGET_MIN for m in promised):
        raise _wrong(gettext_noop("Response time"), gettext_noop("Between one minute and 30 days."))


def _overlaps(day: Sequence[tuple[int, int]]) -> bool:
    return any(first[1] > second[0] for first, second in pairwise(day))


def _wrong(field: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": field, "problem": problem})
