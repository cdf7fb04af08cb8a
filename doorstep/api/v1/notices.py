"""Notices: what customers are told, in which words, by which way and when; what was told; and whence texts leave."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Path, Query, Router, Status
from pydantic import StrictBool, StrictInt, StrictStr

from doorstep.accounts.rules import require_choice
from doorstep.accounts.values import LANGUAGES
from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, In, Limit, Out, text
from doorstep.base.ctx import Ctx
from doorstep.base.vendors import webhook_url
from doorstep.flows import notice_preview
from doorstep.messaging import queries, texting
from doorstep.messaging.notices import book, desk, opt_outs
from doorstep.messaging.notices.rules import text as rules
from doorstep.messaging.notices.values import NOTICES, NoticeKind, Way, Words
from doorstep.messaging.port import texters
from doorstep.messaging.values import SmsAccountRow

router = Router(tags=["Notices"])
KindName = Annotated[str, Path(max_length=30, description="As in `GET /notices`.")]
Language = Annotated[Literal["en", "ko"], Path(description="One of the brand's languages.")]
Short = Annotated[StrictStr, text(300)]
Long = Annotated[StrictStr, text(5000)]
WayName = Literal["mail", "sms"]
Clock = Annotated[StrictStr, text(5, required=True)]


class NoticeKindOut(Out):
    """`trigger`: the event that makes it due. `mail`, `sms`: whether it goes so. `urgent`: quiet hours do not hold it up.
    `necessary`: opting out does not stop its mail. `own_words`: the languages in which the brand wrote it itself."""

    kind: str
    trigger: str
    mail: bool
    sms: bool
    urgent: bool
    necessary: bool
    own_words: list[str]
    variables: list[str]


class NoticeKindsOut(Out):
    notices: list[NoticeKindOut]
    next: str | None


class NoticeSwitchIn(In):
    """What is left out stays as it is."""

    mail: StrictBool | None = None
    sms: StrictBool | None = None


class NoticeWordsIn(In):
    """`version`: the one these words are written over; 0 is the standard text."""

    subject: Short
    body: Long
    sms: Long
    version: StrictInt = 0


class NoticeWordsOut(Out):
    kind: str
    language: str
    subject: str
    body: str
    sms: str
    version: int
    is_own: bool


class NoticePreviewIn(In):
    """Texts that are left out are those that are saved. `order_id` 0: an order that is made up."""

    language: Literal["en", "ko"]
    subject: Short | None = None
    body: Long | None = None
    sms: Long | None = None
    order_id: StrictInt = 0


class NoticePreviewOut(Out):
    """`segments`: in how many parts the text goes; `korean`: sms, lms or too_long, as Korean networks count bytes. `left_out`:
    variables of which nothing is known here, whose lines are not told."""

    subject: str
    text: str
    html: str
    sms: str
    encoding: Literal["gsm7", "ucs2"]
    segments: int
    korean_bytes: int
    korean: str
    left_out: list[str]


class SentNoticeOut(Out):
    """`state`: waiting (for the end of quiet hours), queued (a message of its own was made) or dropped; `why` it was dropped.
    `message_state`: of the message; `receipt`: what the network said of a text. Units of `cost_micros`: millionths."""

    id: int
    kind: str
    way: WayName
    order_id: int
    parcel_id: int | None
    address: str
    state: Literal["waiting", "queued", "dropped"]
    why: str
    happened_at: datetime
    wanted_at: datetime
    not_before: datetime | None
    message_state: str
    receipt: str
    segments: int | None
    cost_micros: int | None
    cost_currency: str


class SentNoticesOut(Out):
    notices: list[SentNoticeOut]
    next: str | None


class QuietHoursIn(In):
    """As `21:00`; the same twice is never."""

    starts: Clock
    ends: Clock


class QuietHoursOut(Out):
    way: WayName
    starts: str
    ends: str


class AllQuietHoursOut(Out):
    quiet_hours: list[QuietHoursOut]
    next: str | None


class OptOutIn(In):
    way: WayName
    address: Annotated[StrictStr, text(254, required=True)]


class OptOutOut(Out):
    """`source`: link, page, mail, sms, vendor or staff; `by`: who of the house noted it. The address of somebody who was erased is
    a mark that begins with `#`."""

    id: int
    way: WayName
    address: str
    source: str
    by: str
    at: datetime


class OptOutsOut(Out):
    opt_outs: list[OptOutOut]
    next: str | None


class PhoneNumberIn(In):
    """`username`, `password`: SID and token of a Twilio account; `url`, `token`: of the sandbox's phones."""

    name: Annotated[StrictStr, text(80, required=True)]
    number: Annotated[StrictStr, text(40, required=True)]
    provider: Annotated[StrictStr, text(40, required=True)] = "twilio"
    username: Short = ""
    password: Short = ""
    url: Short = ""
    token: Short = ""


class PhoneNumberOut(Out):
    id: int
    name: str
    number: str
    provider: str
    state: Literal["on", "new", "failing", "off"]
    webhook_url: str
    heard_at: datetime | None
    problem: str


class PhoneNumbersOut(Out):
    phone_numbers: list[PhoneNumberOut]
    next: str | None


@operation(router, "GET", "/notices", scope="settings:read", answers={200: NoticeKindsOut})
def list_notices(request: Asked) -> dict[str, Any]:
    """Every kind of notice, in the order in which an order meets them."""
    return {"notices": [_kind(request.ctx, kind) for kind in NOTICES], "next": None}


@operation(router, "PATCH", "/notices/{kind}", scope="settings:write", answers={200: NoticeKindOut})
def switch_notice(request: Asked, kind: KindName, given: NoticeSwitchIn) -> dict[str, Any]:
    """Says by which ways a kind goes."""
    what = desk.get_kind(kind)
    for way, on in ((Way.MAIL, given.mail), (Way.SMS, given.sms)):
        if on is not None:
            desk.switch(request.ctx, kind=what, way=way, is_on=on)
    return _kind(request.ctx, what)


@operation(router, "GET", "/notices/{kind}/words/{language}", scope="settings:read", answers={200: NoticeWordsOut})
def get_notice_words(request: Asked, kind: KindName, language: Language) -> dict[str, Any]:
    """What a notice says in a language."""
    return _words(desk.words(request.ctx, kind=desk.get_kind(kind), language=language))


@operation(router, "PUT", "/notices/{kind}/words/{language}", scope="settings:write", answers={200: NoticeWordsOut})
def write_notice_words(request: Asked, kind: KindName, language: Language, given: NoticeWordsIn) -> dict[str, Any]:
    """Keeps the brand's own words; an unknown variable is refused, naming it."""
    what = desk.get_kind(kind)
    desk.write(
        request.ctx, kind=what, language=language, subject=given.subject, body=given.body, sms=given.sms, version=given.version
    )
    return _words(desk.words(request.ctx, kind=what, language=language))


@operation(router, "DELETE", "/notices/{kind}/words/{language}", scope="settings:write", answers={200: NoticeWordsOut})
def reset_notice_words(request: Asked, kind: KindName, language: Language) -> dict[str, Any]:
    """Takes the standard text again, and answers with it."""
    what = desk.get_kind(kind)
    desk.reset(request.ctx, kind=what, language=language)
    return _words(desk.words(request.ctx, kind=what, language=language))


@operation(router, "POST", "/notices/{kind}/preview", scope="settings:read", answers={200: NoticePreviewOut}, asks=True)
def preview_notice(request: Asked, kind: KindName, given: NoticePreviewIn) -> dict[str, Any]:
    """A notice as a customer would get it; nothing is kept or sent."""
    what = desk.get_kind(kind)
    now = desk.words(request.ctx, kind=what, language=given.language)
    typed = given.model_dump(include={"subject", "body", "sms"}, exclude_none=True)
    said = {"subject": now.subject, "body": now.body, "sms": now.sms} | typed
    subject, body, sms = rules.check(what, **said)
    shown = notice_preview.preview(
        request.ctx, words=Words(what, given.language, subject, body, sms), order_id=max(given.order_id, 0)
    )
    return {
        "subject": shown.subject, "text": shown.text, "html": shown.html, "sms": shown.sms, "encoding": shown.size.encoding,
        "segments": shown.size.segments, "korean_bytes": shown.size.korean_bytes, "korean": shown.size.korean,
        "left_out": list(shown.left_out),
    }  # fmt: skip


@operation(router, "GET", "/sent-notices", scope="orders:read", answers={200: SentNoticesOut})
def list_sent_notices(
    request: Asked, kind: Annotated[str, Query(max_length=30)] = "", state: Literal["", "waiting", "queued", "dropped"] = "",
    order_id: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0, cursor: Cursor = "", limit: Limit = 50,
) -> dict[str, Any]:  # fmt: skip
    """What was told, what waits, and what was not told and why; newest first."""
    before = paging.by_id(cursor, "sent-notices")
    rows = book.list_notices(request.ctx, kind=kind, state=state, order_id=order_id, before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="sent-notices", key=lambda row: (row.id,))
    sent = queries.by_id(request.ctx, ids=[row.message_id for row in shown if row.message_id])
    lines = []
    for row in shown:
        message = sent.get(row.message_id or 0)
        lines.append(
            {name: getattr(row, name) for name in ("id", "kind", "way", "order_id", "address", "state", "why", "happened_at",
                                                   "wanted_at", "not_before")}
            | {"parcel_id": row.parcel_id or None, "message_state": message.state if message else "",
               "receipt": message.receipt if message else "", "segments": message.segments if message else None,
               "cost_micros": message.cost_micros if message else None,
               "cost_currency": message.cost_currency if message else ""}
        )  # fmt: skip
    return {"notices": lines, "next": following}


@operation(router, "GET", "/quiet-hours", scope="settings:read", answers={200: AllQuietHoursOut})
def list_quiet_hours(request: Asked) -> dict[str, Any]:
    """When each way keeps quiet, by the customer's clocks."""
    return {"quiet_hours": _hours(request.ctx), "next": None}


@operation(router, "PUT", "/quiet-hours/{way}", scope="settings:write", answers={200: QuietHoursOut})
def set_quiet_hours(request: Asked, way: WayName, given: QuietHoursIn) -> dict[str, Any]:
    """Says when a way keeps quiet."""
    desk.set_hours(request.ctx, way=Way(way), starts=desk.read_time(given.starts), ends=desk.read_time(given.ends))
    return next(one for one in _hours(request.ctx) if one["way"] == way)


@operation(router, "GET", "/opt-outs", scope="customers:read", answers={200: OptOutsOut})
def list_opt_outs(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Addresses at which nothing but the necessary is wanted, newest first."""
    rows = opt_outs.list_opt_outs(request.ctx, before=paging.by_id(cursor, "opt-outs"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="opt-outs", key=lambda row: (row.id,))
    fields = OptOutOut.model_fields
    return {"opt_outs": [{name: getattr(row, name) for name in fields} for row in shown], "next": following}


@operation(router, "POST", "/opt-outs", scope="customers:write", answers={204: None})
def opt_out(request: Asked, given: OptOutIn) -> Status[None]:
    """Notes that somebody wants no notices at an address; again changes nothing."""
    timeline = f"organisation:{request.ctx.organisation_id}"
    opt_outs.opt_out(request.ctx, way=Way(given.way), address=given.address, source="staff", timeline=timeline)
    return Status(204, None)


@operation(router, "POST", "/opt-outs/end", scope="customers:write", answers={204: None})
def end_opt_out(request: Asked, given: OptOutIn) -> Status[None]:
    """Notes that somebody wants notices at an address again."""
    timeline = f"organisation:{request.ctx.organisation_id}"
    opt_outs.opt_in(request.ctx, way=Way(given.way), address=given.address, source="staff", timeline=timeline)
    return Status(204, None)


@operation(router, "GET", "/phone-numbers", scope="settings:read", answers={200: PhoneNumbersOut})
def list_phone_numbers(request: Asked) -> dict[str, Any]:
    """The numbers that texts leave from, those in use first."""
    return {"phone_numbers": [_number(row) for row in queries.list_sms_accounts(request.ctx)], "next": None}


@operation(router, "POST", "/phone-numbers", scope="settings:write", answers={201: PhoneNumberOut})
def connect_phone_number(request: Asked, given: PhoneNumberIn) -> Status[dict[str, Any]]:
    """Connects a number. Its secrets go in and never come out."""
    require_choice("provider", given.provider, texters.names())
    reached = {need.name: getattr(given, need.name) for need in texters.asked_of(given.provider)}
    id = texting.connect(request.ctx, name=given.name, number=given.number, provider=given.provider, settings=reached)
    return Status(201, _number(queries.get_sms_account(request.ctx, account_id=id)))


@operation(router, "GET", "/phone-numbers/{number_id}", scope="settings:read", answers={200: PhoneNumberOut})
def get_phone_number(request: Asked, number_id: Id) -> dict[str, Any]:
    """One of them."""
    return _number(queries.get_sms_account(request.ctx, account_id=number_id))


@operation(router, "POST", "/phone-numbers/{number_id}/retire", scope="settings:write", answers={200: PhoneNumberOut})
def retire_phone_number(request: Asked, number_id: Id) -> dict[str, Any]:
    """Takes a number out of use; what was sent from it stays."""
    texting.set_active(request.ctx, id=number_id, active=False)
    return _number(queries.get_sms_account(request.ctx, account_id=number_id))


def _kind(ctx: Ctx, kind: NoticeKind) -> dict[str, Any]:
    one, switched = NOTICES[kind], desk.switches(ctx)
    words = desk.words_of(ctx, languages=list(LANGUAGES))
    return {
        "kind": kind.value, "trigger": one.trigger, "mail": switched[kind, Way.MAIL], "sms": switched[kind, Way.SMS],
        "urgent": one.is_urgent, "necessary": one.is_necessary, "variables": list(rules.known(kind)),
        "own_words": [language for language in LANGUAGES if words[kind, language].is_own],
    }  # fmt: skip


def _words(words: Words) -> dict[str, Any]:
    return {name: getattr(words, name) for name in NoticeWordsOut.model_fields}


def _hours(ctx: Ctx) -> list[dict[str, Any]]:
    return [
        {"way": way.value, "starts": f"{one.starts:%H:%M}", "ends": f"{one.ends:%H:%M}"} for way, one in desk.hours(ctx).items()
    ]


def _number(row: SmsAccountRow) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "number": row.number, "provider": row.provider, "state": row.look,
        "webhook_url": webhook_url(row), "heard_at": row.heard_at, "problem": row.problem,
    }  # fmt: skip
