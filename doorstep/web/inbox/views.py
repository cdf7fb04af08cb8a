"""The inbox: its list, and one conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render

from doorstep.accounts import queries as accounts
from doorstep.inbox import queries
from doorstep.inbox.queries import ConversationFilter
from doorstep.inbox.values import ConversationRow, ConversationState
from doorstep.web.inbox import filters, sentences, showing
from doorstep.web.inbox.listing import LISTING, order_names, people, staff_names, where_of
from doorstep.web.parts import cursor, listing
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page

LIMIT = 50
NEXT_AMONG = 50
UNCOUNTED = ("all", "resolved")
KEY = (datetime, int)


@page("inbox:read")
def index(request: StaffRequest) -> HttpResponse:
    """Conversations, last spoken in first."""
    ctx = request.ctx
    where = where_of(ctx, request.GET)
    after = cursor.unpack(request.GET.get("after", ""), *KEY)
    found = queries.list_conversations(ctx, where=where, after=after, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.last_message_at, row.id))
    counted = queries.count_views(
        ctx, views=[view or filters.USUAL for view, _ in filters.TABS if view not in UNCOUNTED]
    )
    is_searched = filters.is_search(request.GET)
    tabs = [
        Tab(view or (filters.USUAL if is_searched else ""), word, counted.get(view or filters.USUAL))
        for view, word in filters.TABS
    ]
    at = "all" if is_searched else ""
    bar = listing.bar(request, LISTING, tabs=tabs, parameter="view", at=at)
    facts = {
        "page": listed, "where": where, "bar": bar, "after": after,
        "names": staff_names(ctx), "people": people(ctx, listed.rows), "bought": order_names(ctx, listed.rows),
        "tones": {row.id: due_tone(row, ctx.now) for row in listed.rows}, "view": request.GET.get("view", ""),
        "channels": filters.CHANNELS, "dues": filters.DUE, "tags": queries.list_tags(ctx), "can_write": request.may("inbox:write"),
        "is_empty": not found and not request.GET and not queries.count_views(ctx, views=["all"], at_most=1)["all"],
    }  # fmt: skip
    return render(request, "inbox/index.html", facts)


def due_tone(row: ConversationRow, now: datetime) -> str:
    """How urgent an answer is; "" where none is due."""
    if row.due_at is None or row.risk_at is None:
        return ""
    return "broken" if row.due_at < now else "waiting" if row.risk_at <= now else "over"


@page("inbox:read")
def conversation(request: StaffRequest, id: int) -> HttpResponse:
    """Everything about one conversation: what was said, what is beside it, and the box to answer in."""
    row = queries.get(request.ctx, conversation_id=id)
    done = request.GET.get("done", "")
    told = sentences.sentence(request.ctx, order_id=row.order_id, done=done, language=row.language) if row.order_id else ""
    return render(request, "inbox/conversation.html", facts_of(request, row, done=done, told=told))


def next_one(request: StaffRequest, row: ConversationRow) -> ConversationRow | None:
    """Who to answer after this: overdue ones first, nobody whom a colleague has taken on; None while this one waits."""
    if row.state == ConversationState.OPEN:
        return None
    for due in ("missed", ""):
        waiting = queries.list_conversations(request.ctx, where=ConversationFilter(view="waiting", due=due), limit=NEXT_AMONG)
        free = [one for one in waiting if one.assignee_id in (None, request.ctx.actor.id) and one.id != row.id]
        if free:
            return min(free, key=lambda one: one.due_at or one.last_message_at)
    return None


def facts_of(request: StaffRequest, row: ConversationRow, **more: Any) -> dict[str, Any]:
    """What the page of a conversation shows."""
    ctx = request.ctx
    local = ctx.now.astimezone(ZoneInfo(request.organisation.timezone))
    drafts = queries.drafts_of(ctx, conversation_id=row.id, person_id=ctx.actor.id)
    names, beside = staff_names(ctx), showing.beside(request, row)
    said = queries.messages_of(ctx, conversation_id=row.id)
    return {
        "row": row, "lines": showing.lines(ctx, said, contact=row.contact, who=beside["who"]),
        "can_write": request.may("inbox:write"), "me": ctx.actor.id, "names": names, "staff_list": accounts.list_staff(ctx),
        "assignee": names.get(row.assignee_id or 0, ""), "tone": due_tone(row, ctx.now),
        "reply_draft": drafts["reply"].text if "reply" in drafts else "",
        "note_draft": drafts["note"].text if "note" in drafts else "",
        "uploads": queries.uploads_of(ctx, conversation_id=row.id, person_id=ctx.actor.id), "macros": queries.list_macros(ctx),
        "wish": str(uuid4()), "next_one": next_one(request, row),
        "sleeps": showing.sleeps(ctx.now, local), "tags": ", ".join(row.tags),
        **beside, **more,
    }  # fmt: skip
