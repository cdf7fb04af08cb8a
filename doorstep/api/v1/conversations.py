"""Conversations: what customers write, and what is answered."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router, Status
from pydantic import Field, StrictBool, StrictStr

from doorstep.api.refusals import not_together
from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.people import find_member
from doorstep.api.v1.shapes import (
    BIGGEST_ID,
    INT4,
    Cursor,
    Id,
    IdField,
    In,
    Limit,
    Moment,
    Out,
    Search,
    Since,
    text,
)
from doorstep.api.v1.translate import EARLIEST, LATEST, Mistakes, read_since
from doorstep.api.v1.wishes import wish_of
from doorstep.base.ctx import Ctx
from doorstep.base.words import gettext_noop
from doorstep.flows import answer
from doorstep.inbox import actions, desk, queries
from doorstep.inbox.actions import MOST_TAGS
from doorstep.inbox.queries import ConversationFilter
from doorstep.inbox.values import (
    LONGEST_TEXT,
    MOST_UPLOAD_BYTES,
    ConversationRow,
    ConversationState,
    MessageRow,
    Upload,
)

router = Router(tags=["Inbox"])
View = Literal["all", "open", "unassigned", "waiting", "snoozed", "resolved", "spam"]
State = Literal["open", "pending", "snoozed", "resolved"]
Version = Annotated[int, Field(strict=True, ge=1, le=INT4, description="The `version` that you decided about.")]
Tagged = Annotated[str, Query(max_length=60)]
OfId = Annotated[int, Query(ge=0, le=BIGGEST_ID)]
Tag = Annotated[StrictStr, text(60, required=True)]
Words = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_TEXT)]


class ConversationOut(Out):
    """`waiting_since`: the oldest message without an answer. `due_at`: until when an answer is promised."""

    id: int
    number: int
    subject: str
    channel: str
    state: str
    customer_id: int
    contact_name: str
    contact_address: str
    assignee_id: int | None
    order_id: int | None
    tags: list[str]
    language: str
    is_spam: bool
    messages: int
    preview: str
    version: int
    waiting_since: datetime | None
    first_reply_at: datetime | None
    due_at: datetime | None
    due_kind: str
    snoozed_until: datetime | None
    opened_at: datetime
    last_message_at: datetime
    updated_at: datetime


class MessageFileOut(Out):
    """`n` names it at `/messages/{message_id}/files/{n}`."""

    n: int
    name: str
    content_type: str
    size: int


class MessageOut(Out):
    """`direction`: in, out or note; a `kind` of system is no message but what somebody did."""

    id: int
    direction: str
    kind: str
    author_kind: str
    author_name: str
    address: str
    text: str
    fresh: str
    attachments: list[MessageFileOut]
    problem: str
    at: datetime


class ConversationDetailOut(ConversationOut):
    thread: list[MessageOut]


class ConversationsOut(Out):
    conversations: list[ConversationOut]
    next: str | None


class FileIn(In):
    """`content`: the bytes in base64 (RFC 4648, 4)."""

    name: Annotated[StrictStr, text(200, required=True)]
    content_type: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9!#$&^_.+-]{1,45}/[A-Za-z0-9!#$&^_.+-]{1,50}$")] = (
        "application/octet-stream"
    )
    content: Annotated[StrictStr, text(MOST_UPLOAD_BYTES * 4 // 3 + 4, required=True)]


class FirstIn(In):
    """A message that nobody asked for, to the customer of an order."""

    order_id: IdField
    subject: Annotated[StrictStr, text(255, required=True)]
    text: Words


class ReplyIn(In):
    """`files` go with a mail, 10 MB in all; a chat carries none."""

    version: Version
    text: Words
    files: Annotated[list[FileIn], Field(max_length=20)] = []
    then: Literal["pending", "open", "resolved"] = "pending"


class NoteIn(In):
    version: Version
    text: Words


class AssignIn(In):
    """`assignee_id`: the user id of somebody on the staff; null gives it to nobody."""

    version: Version
    assignee_id: IdField | None


class StateIn(In):
    """`until`: when a snoozed conversation wakes."""

    version: Version
    state: State
    until: Moment | None = None


class TagsIn(In):
    """`tags` sets them all; `add` and `remove` change some."""

    version: Version
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] | None = None
    add: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = []
    remove: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = []


class SpamIn(In):
    version: Version
    is_spam: StrictBool


class LinkIn(In):
    """`order_id`: an order of the same customer; null takes away what is there."""

    version: Version
    order_id: IdField | None


def _shown(row: ConversationRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ConversationOut.model_fields}


def _message(row: MessageRow) -> dict[str, Any]:
    files = [{name: file[name] for name in MessageFileOut.model_fields} for file in row.attachments]
    plain = {name: getattr(row, name) for name in MessageOut.model_fields if name != "attachments"}
    return plain | {"attachments": files}


def _detail(ctx: Ctx, id: int) -> dict[str, Any]:
    row = queries.get(ctx, conversation_id=id)
    return _shown(row) | {"thread": [_message(m) for m in queries.messages_of(ctx, conversation_id=id)]}


@operation(router, "GET", "/conversations", scope="inbox:read", answers={200: ConversationsOut})
def list_conversations(
    request: Asked, view: View = "all", q: Search = "", tag: Tagged = "", order_id: OfId = 0, customer_id: OfId = 0,
    assignee_id: OfId = 0, updated_since: Since = "", cursor: Cursor = "", limit: Limit = 50,
) -> dict[str, Any]:  # fmt: skip
    """Conversations, last spoken in first; or those that changed since a moment, oldest change first. `q` finds any part of
    a word that was written."""
    ctx = request.ctx
    where = ConversationFilter(
        view=view, text=q, tag=tag, order_id=order_id, customer_id=customer_id, assignee_id=assignee_id
    )
    if updated_since:
        if where != ConversationFilter():
            raise not_together("updated_since")
        since, after = read_since(updated_since, ctx.now), paging.by_moment(cursor, "conversations.updated")
        rows = queries.list_updated(ctx, since=since, after=after, limit=limit + 1)
        shown, following = paging.cut(rows, limit=limit, kind="conversations.updated", key=lambda r: (r.updated_at, r.id))
    else:
        before = paging.by_moment(cursor, "conversations")
        rows = queries.list_conversations(ctx, where=where, after=before, limit=limit + 1)
        shown, following = paging.cut(rows, limit=limit, kind="conversations", key=lambda r: (r.last_message_at, r.id))
    return {"conversations": [_shown(row) for row in shown], "next": following}


@operation(router, "POST", "/conversations", scope="inbox:write", answers={201: ConversationDetailOut})
def start_conversation(request: Asked, given: FirstIn) -> Status[dict[str, Any]]:
    """Writes to the customer of an order without having been asked, which begins a conversation beside that order."""
    wrong = Mistakes()
    subject = wrong.text("/subject", given.subject, longest=255, required=True)
    wrong.refuse()
    id = answer.write_first(
        request.ctx, order_id=given.order_id, subject=subject, text=_clean(given.text), wish=wish_of(request)
    )
    return Status(201, _detail(request.ctx, id))


@operation(router, "GET", "/conversations/{conversation_id}", scope="inbox:read", answers={200: ConversationDetailOut})
def get_conversation(request: Asked, conversation_id: Id) -> dict[str, Any]:
    """One conversation with everything that was said and done in it, oldest first."""
    return _detail(request.ctx, conversation_id)


@operation(
    router, "POST", "/conversations/{conversation_id}/reply", scope="inbox:write", answers={200: ConversationDetailOut}
)
def reply_to_conversation(request: Asked, conversation_id: Id, given: ReplyIn) -> dict[str, Any]:
    """Answers the customer. Refused where others were here since `version`: read the thread, then decide again."""
    files = _files(given.files)
    kept = [desk.upload(request.ctx, conversation_id=conversation_id, file=file).id for file in files]
    answer.reply(
        request.ctx, conversation_id=conversation_id, version=given.version, text=_clean(given.text), wish=wish_of(request),
        state=ConversationState(given.then), upload_ids=kept,
    )  # fmt: skip
    for id in kept:  # those of an answer that was given before
        desk.drop_upload(request.ctx, upload_id=id)
    return _detail(request.ctx, conversation_id)


def _files(given: Sequence[FileIn]) -> list[Upload]:
    wrong, files = Mistakes(), []
    for n, file in enumerate(given):
        name = wrong.text(f"/files/{n}/name", file.name, longest=200, required=True)
        try:
            files.append(Upload(name, file.content_type, b64decode(file.content, validate=True)))
        except ValueError:
            wrong.add(f"/files/{n}/content", "bad_format", gettext_noop("does not have the right form."))
    wrong.refuse()
    return files


@operation(
    router, "POST", "/conversations/{conversation_id}/note", scope="inbox:write", answers={200: ConversationDetailOut}
)
def note_on_conversation(request: Asked, conversation_id: Id, given: NoteIn) -> dict[str, Any]:
    """Leaves a note that only colleagues see."""
    actions.note(request.ctx, conversation_id=conversation_id, version=given.version, text=_clean(given.text))
    return _detail(request.ctx, conversation_id)


@operation(
    router, "POST", "/conversations/{conversation_id}/assign", scope="inbox:write", answers={200: ConversationDetailOut}
)
def assign_conversation(request: Asked, conversation_id: Id, given: AssignIn) -> dict[str, Any]:
    """Gives a conversation to somebody on the staff, or to nobody."""
    queries.get(request.ctx, conversation_id=conversation_id)
    person = find_member(request.ctx, given.assignee_id)
    actions.assign(
        request.ctx, conversation_id=conversation_id, version=given.version, assignee_id=given.assignee_id,
        name=person.called if person else "",
    )  # fmt: skip
    return _detail(request.ctx, conversation_id)


@operation(
    router, "POST", "/conversations/{conversation_id}/state", scope="inbox:write", answers={200: ConversationDetailOut}
)
def move_conversation(request: Asked, conversation_id: Id, given: StateIn) -> dict[str, Any]:
    """Opens, resolves or snoozes a conversation, or says that it waits for the customer."""
    wrong = Mistakes()
    until = (
        wrong.moment("/until", given.until, earliest=EARLIEST, latest=request.ctx.now + LATEST * 400)
        if given.until
        else None
    )
    wrong.refuse()
    actions.move(
        request.ctx, conversation_id=conversation_id, version=given.version, to=ConversationState(given.state),
        until=until,
    )  # fmt: skip
    return _detail(request.ctx, conversation_id)


@operation(
    router, "POST", "/conversations/{conversation_id}/tags", scope="inbox:write", answers={200: ConversationDetailOut}
)
def tag_conversation(request: Asked, conversation_id: Id, given: TagsIn) -> dict[str, Any]:
    """Sets the tags of a conversation, or adds and removes some."""
    if given.tags is not None and (given.add or given.remove):
        raise not_together("/tags")
    wrong = Mistakes()
    gone = set(_tags(wrong, "/remove", given.remove))
    wanted = _tags(wrong, "/tags", given.tags or []) + _tags(wrong, "/add", given.add)
    wrong.refuse()
    row = queries.get(request.ctx, conversation_id=conversation_id)
    if given.tags is None:
        wanted = list(dict.fromkeys([*(tag for tag in row.tags if tag not in gone), *wanted]))
    if len(wanted) > MOST_TAGS:
        wrong.add("/add", "out_of_range", gettext_noop("has more than %(most)s entries."), most=MOST_TAGS)
    wrong.refuse()
    actions.tag(request.ctx, conversation_id=conversation_id, version=given.version, tags=wanted)
    return _detail(request.ctx, conversation_id)


def _tags(wrong: Mistakes, pointer: str, tags: Sequence[str]) -> list[str]:
    return [wrong.text(f"{pointer}/{n}", tag, longest=60, required=True) for n, tag in enumerate(tags)]


@operation(
    router, "POST", "/conversations/{conversation_id}/spam", scope="inbox:write", answers={200: ConversationDetailOut}
)
def mark_conversation_spam(request: Asked, conversation_id: Id, given: SpamIn) -> dict[str, Any]:
    """Puts a conversation among the spam, where nobody waits, or takes it out."""
    actions.mark_spam(
        request.ctx, conversation_id=conversation_id, version=given.version, is_spam=given.is_spam
    )  # fmt: skip
    return _detail(request.ctx, conversation_id)


@operation(
    router, "POST", "/conversations/{conversation_id}/order", scope="inbox:write", answers={200: ConversationDetailOut}
)
def link_order_to_conversation(request: Asked, conversation_id: Id, given: LinkIn) -> dict[str, Any]:
    """Puts an order of the same customer beside a conversation, or takes it away."""
    actions.link_order(
        request.ctx, conversation_id=conversation_id, version=given.version, order_id=given.order_id
    )  # fmt: skip
    return _detail(request.ctx, conversation_id)


def _clean(text: str) -> str:
    return text.replace("\x00", "")
