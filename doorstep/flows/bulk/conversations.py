"""Conversations: resolve, take, put among the spam."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base.ctx import Ctx
from doorstep.flows.bulk.values import Verb, Wished, every
from doorstep.inbox import actions as inbox
from doorstep.inbox import queries
from doorstep.inbox.values import ConversationState


def _names(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: f"#{row.number} {row.subject}".strip() for id, row in queries.by_id(ctx, ids=ids).items()}


def _unresolved(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return sum(row.state != ConversationState.RESOLVED for row in queries.by_id(ctx, ids=ids).values()), 0


def _resolve(ctx: Ctx, wished: Wished, id: int) -> bool:  # noqa: ARG001
    row = queries.get(ctx, conversation_id=id)
    inbox.move(ctx, conversation_id=id, version=row.version, to=ConversationState.RESOLVED)
    return row.state != ConversationState.RESOLVED


def _take(ctx: Ctx, wished: Wished, id: int) -> bool:  # noqa: ARG001
    row = queries.get(ctx, conversation_id=id)
    inbox.assign(ctx, conversation_id=id, version=row.version, assignee_id=ctx.actor.id, name=ctx.actor.name)
    return row.assignee_id != ctx.actor.id


def _spam(ctx: Ctx, wished: Wished, id: int) -> bool:  # noqa: ARG001
    row = queries.get(ctx, conversation_id=id)
    inbox.mark_spam(ctx, conversation_id=id, version=row.version, is_spam=True)
    return not row.is_spam


VERBS = (
    Verb("conversations.resolve", "inbox:write", _names, _unresolved, _resolve),
    Verb("conversations.take", "inbox:write", _names, every, _take),
    Verb("conversations.spam", "inbox:write", _names, every, _spam),
)
