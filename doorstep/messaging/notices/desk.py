"""What the brand says of its notices: which go by which way, in which words, and when they keep quiet."""

from __future__ import annotations

from datetime import time

from django.db import transaction
from django.utils.translation import gettext, override

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event, Happened
from doorstep.base.refusals import INVALID, LOST_RACE, Refused
from doorstep.base.words import gettext_noop
from doorstep.messaging import events
from doorstep.messaging.notices.defaults import DEFAULTS
from doorstep.messaging.notices.rules import text
from doorstep.messaging.notices.values import NOTICES, QUIET, UNKNOWN_KIND, Hours, NoticeKind, Way, Words


def get_kind(name: str) -> NoticeKind:
    """The kind that a word names.  Refuses: unknown ones."""
    if name not in set(NoticeKind):
        raise Refused(UNKNOWN_KIND, {"kind": name[:40], "choices": ", ".join(NoticeKind)})
    return NoticeKind(name)


def number_of(kind: NoticeKind) -> int:
    """By what a kind is known in timelines."""
    return NOTICES[kind].number


def switches(ctx: Ctx) -> dict[tuple[NoticeKind, Way], bool]:
    """Whether each kind goes by each way."""
    said = db.dicts("SELECT kind, way, is_on FROM messaging_noticesetting WHERE organisation_id = %s", [ctx.organisation_id])
    own = {(line["kind"], line["way"]): bool(line["is_on"]) for line in said}
    usual = {(one.kind, way): on for one in NOTICES.values() for way, on in ((Way.MAIL, one.mail), (Way.SMS, one.sms))}
    return {key: own.get((key[0].value, key[1].value), on) for key, on in usual.items()}


@transaction.atomic
def switch(ctx: Ctx, *, kind: NoticeKind, way: Way, is_on: bool) -> None:
    """Says whether a kind goes by a way; the same again changes nothing.  Emits: NoticeSwitched."""
    if switches(ctx)[kind, way] == is_on:
        return
    db.execute(
        """INSERT INTO messaging_noticesetting (organisation_id, kind, way, is_on) VALUES (%s, %s, %s, %s)
           ON CONFLICT (organisation_id, kind, way) DO UPDATE SET is_on = EXCLUDED.is_on""",
        [ctx.organisation_id, kind.value, way.value, is_on],
    )
    _record(ctx, events.NOTICE_SWITCHED, kind, {"kind": kind.value, "way": way.value, "after": is_on})


def hours(ctx: Ctx) -> dict[Way, Hours]:
    """When each way keeps quiet."""
    said = db.dicts("SELECT way, starts, ends FROM messaging_noticehours WHERE organisation_id = %s", [ctx.organisation_id])
    own = {Way(line["way"]): Hours(Way(line["way"]), line["starts"], line["ends"]) for line in said}
    return dict(QUIET) | own


def read_time(given: str) -> time:
    """A time of the day as people and browsers write it; nothing is midnight.  Refuses: what is none."""
    try:
        found = time.fromisoformat(given.strip() or "00:00")
    except ValueError:
        raise Refused(INVALID, {"field": "starts", "problem": gettext_noop("Write a time such as 21:00.")}) from None
    return found.replace(second=0, microsecond=0, tzinfo=None)


@transaction.atomic
def set_hours(ctx: Ctx, *, way: Way, starts: time, ends: time) -> None:
    """Says when a way keeps quiet; equal times: never.  Emits: NoticeHoursChanged."""
    was = hours(ctx)[way]
    if (was.starts, was.ends) == (starts, ends):
        return
    db.execute(
        """INSERT INTO messaging_noticehours (organisation_id, way, starts, ends) VALUES (%s, %s, %s, %s)
           ON CONFLICT (organisation_id, way) DO UPDATE SET starts = EXCLUDED.starts, ends = EXCLUDED.ends""",
        [ctx.organisation_id, way.value, starts, ends],
    )
    of = f"organisation:{ctx.organisation_id}"
    said = {"way": way.value, "before": f"{was.starts:%H:%M}–{was.ends:%H:%M}", "after": f"{starts:%H:%M}–{ends:%H:%M}"}
    outbox.record(ctx, [Happened(events.NOTICE_HOURS_CHANGED, of, of, said)])


def default_words(kind: NoticeKind, language: str) -> Words:
    """What a notice says in a language where the brand wrote nothing."""
    with override(language):
        subject, body, sms = (gettext(one) for one in DEFAULTS[kind])
    return Words(kind, language, subject, body, sms)


def words(ctx: Ctx, *, kind: NoticeKind, language: str) -> Words:
    """What a notice says in a language: in the brand's words, else the default."""
    return words_of(ctx, languages=[language])[kind, language]


def words_of(ctx: Ctx, *, languages: list[str]) -> dict[tuple[NoticeKind, str], Words]:
    """What every notice says in these languages."""
    said = db.dicts(
        """SELECT kind, language, subject, body, sms, version FROM messaging_noticewords
            WHERE organisation_id = %s AND language = ANY(%s)""",
        [ctx.organisation_id, languages],
    )
    own = {
        (line["kind"], line["language"]): Words(
            NoticeKind(line["kind"]), line["language"], line["subject"], line["body"], line["sms"], line["version"], is_own=True
        )
        for line in said
        if line["kind"] in set(NoticeKind) and line["subject"]
    }
    return {
        (kind, language): own.get((kind.value, language)) or default_words(kind, language)
        for kind in NoticeKind for language in languages
    }  # fmt: skip


@transaction.atomic
def write(ctx: Ctx, *, kind: NoticeKind, language: str, subject: str, body: str, sms: str, version: int) -> int:
    """Keeps the brand's own words.  Returns: their new version; `version` is the one they were written over, 0 for the default.

    Emits: NoticeWorded, with what stood there before.  Refuses: what `rules.text.check` does; a version that is not the newest.
    """
    subject, body, sms = text.check(kind, subject=subject, body=body, sms=sms)
    was = words(ctx, kind=kind, language=language)
    if was.version == version and (was.subject, was.body, was.sms) == (subject, body, sms):
        return version
    kept: int | None = db.scalar(
        """INSERT INTO messaging_noticewords AS w (organisation_id, kind, language, subject, body, sms, version, updated_at)
           SELECT %(organisation)s, %(kind)s, %(language)s, %(subject)s, %(body)s, %(sms)s, 1, %(now)s
            WHERE %(version)s = 0
               OR EXISTS (SELECT 1 FROM messaging_noticewords
                           WHERE organisation_id = %(organisation)s AND kind = %(kind)s AND language = %(language)s)
           ON CONFLICT (organisation_id, kind, language) DO UPDATE SET subject = EXCLUDED.subject, body = EXCLUDED.body,
                  sms = EXCLUDED.sms, version = w.version + 1, updated_at = EXCLUDED.updated_at
            WHERE w.version = %(version)s OR (%(version)s = 0 AND w.subject = '')
           RETURNING version""",
        {"organisation": ctx.organisation_id, "kind": kind.value, "language": language, "subject": subject, "body": body,
         "sms": sms, "now": ctx.now, "version": version},
    )  # fmt: skip
    if kept is None:
        raise Refused(LOST_RACE, {"what": "notice"})
    _record(ctx, events.NOTICE_WORDED, kind, _change(was, subject, body, sms))
    return kept


@transaction.atomic
def reset(ctx: Ctx, *, kind: NoticeKind, language: str) -> None:
    """Takes the default again; the brand's words stay in the history.  Emits: NoticeReset.

    The versions count on, so that who still reads the words of before does not write over the next ones.
    """
    was = words(ctx, kind=kind, language=language)
    gone = db.execute(
        """UPDATE messaging_noticewords SET subject = '', body = '', sms = '', version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND kind = %s AND language = %s AND subject <> ''""",
        [ctx.now, ctx.organisation_id, kind.value, language],
    )
    if gone:
        new = default_words(kind, language)
        _record(ctx, events.NOTICE_RESET, kind, _change(was, new.subject, new.body, new.sms))


def history(ctx: Ctx, *, kind: NoticeKind, limit: int = 50) -> list[Event]:
    """Who changed what of a notice, newest first."""
    return outbox.timeline(ctx, of=[f"notice:{NOTICES[kind].number}"], limit=limit)


def _change(was: Words, subject: str, body: str, sms: str) -> dict[str, object]:
    return {
        "kind": was.kind.value, "language": was.language,
        "before": {"subject": was.subject, "body": was.body, "sms": was.sms},
        "after": {"subject": subject, "body": body, "sms": sms},
    }  # fmt: skip


def _record(ctx: Ctx, type_: str, kind: NoticeKind, data: dict[str, object]) -> None:
    of = f"notice:{NOTICES[kind].number}"
    outbox.record(ctx, [Happened(type_, of, of, data)])
