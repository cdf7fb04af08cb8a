"""Conversations: what customers write, and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import Field, StrictStr

from doorstep.accounts import queries as accounts
from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import INT4, Cursor, Id, IdField, In, Limit, Moment, Out, Search
from doorstep.api.v1.translate import EARLIEST, LATEST, Mistakes
from doorstep.api.v1.wishes import wish_of
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import answer
from doorstep.inbox import actions, queries
from doorstep.inbox.queries import ConversationFilter
from doorstep.inbox.values import LONGEST_TEXT, ConversationRow, ConversationState, MessageRow

router = Router(tags=["Inbox"])
View = Literal["all", "open", "unassigned", "waiting", "snoozed", "resolved", "spam"]
State = Literal["open", "pending", "snoozed", "resolved"]
Version = Annotated[int, Field(strict=True, ge=1, le=INT4, description="The `version` that you decided about.")]
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


class MessageFileOut(Out):
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


class ReplyIn(In):
    version: Version
    text: Words
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
    request: Asked, view: View = "all", q: Search = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Conversations, last spoken in first; `q` finds any part of a word that was written."""
    rows = queries.list_conversations(
        request.ctx, where=ConversationFilter(view=view, text=q), after=paging.by_moment(cursor, "conversations"),
        limit=limit + 1,
    )  # fmt: skip
    shown, following = paging.cut(
        rows, limit=limit, kind="conversations", key=lambda row: (row.last_message_at, row.id)
    )
    return {"conversations": [_shown(row) for row in shown], "next": following}


@operation(router, "GET", "/conversations/{conversation_id}", scope="inbox:read", answers={200: ConversationDetailOut})
def get_conversation(request: Asked, conversation_id: Id) -> dict[str, Any]:
    """One conversation with everything that was said and done in it, oldest first."""
    return _detail(request.ctx, conversation_id)


@operation(
    router, "POST", "/conversations/{conversation_id}/reply", scope="inbox:write", answers={200: ConversationDetailOut}
)
def reply_to_conversation(request: Asked, conversation_id: Id, given: ReplyIn) -> dict[str, Any]:
    """Answers the customer. Refused where others were here since `version`: read the thread, then decide again."""
    answer.reply(
        request.ctx, conversation_id=conversation_id, version=given.version, text=_clean(given.text), wish=wish_of(request),
        state=ConversationState(given.then),
    )  # fmt: skip
    return _detail(request.ctx, conversation_id)


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
    people = {person.user_id: person for person in accounts.list_staff(request.ctx)}
    person = people.get(given.assignee_id) if given.assignee_id else None
    if given.assignee_id and person is None:
        raise Refused(NOT_FOUND, {"what": "person", "key": given.assignee_id})
    actions.assign(
        request.ctx, conversation_id=conversation_id, version=given.version, assignee_id=given.assignee_id,
        name=(person.name or person.email) if person else "",
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


def _clean(text: str) -> str:
    return text.replace("\x00", "")
