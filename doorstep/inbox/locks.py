"""Who may touch a conversation now."""

from __future__ import annotations

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.inbox.queries import CONVERSATION, messages_since
from doorstep.inbox.values import MOVED_ON, ConversationRow


def filing(ctx: Ctx) -> None:
    """One process at a time files messages of an organisation, so that none is filed twice and numbers have no gaps.

    Locks: an advisory lock of the organisation, until the transaction ends.
    """
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended('inbox.filing:' || %s, 0))", [ctx.organisation_id])


def conversation(ctx: Ctx, id: int) -> ConversationRow:
    """A conversation, nobody else's until the transaction ends.  Locks: the conversation.  Refuses: unknown ids."""
    found = db.one(
        ConversationRow,
        f"SELECT {CONVERSATION} FROM inbox_conversation c WHERE c.organisation_id = %s AND c.id = %s FOR UPDATE",
        [ctx.organisation_id, id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "conversation", "key": id})
    return found


def seen(ctx: Ctx, id: int, *, version: int) -> ConversationRow:
    """A conversation that somebody looked at: what they do now was decided about what stands there now.

    Locks: the conversation.  Refuses: a version since which others were here; one's own doings are no surprise.
    """
    row = conversation(ctx, id)
    if version != row.version:
        others = [
            line
            for line in messages_since(ctx, conversation_id=id, version=version)
            if (line.author_kind, line.author_id) != (ctx.actor.kind, ctx.actor.id)
        ]
        if others or version > row.version:
            who = others[-1].author_name if others else "Doorstep"
            raise Refused(MOVED_ON, {"who": who, "version": row.version, "conversation": row.number})
    return row
