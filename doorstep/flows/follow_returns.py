"""What became of returns that a shop has, whoever opened them, is asked for now and then.

A webhook may get lost, and an order whose only return was called off looks as if it never had one.
"""

from __future__ import annotations

import logging

import httpx
from django.db import transaction

from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.channels import actions as channels
from doorstep.channels import kinds, queries
from doorstep.channels.port import FollowsReturns, ReturnStep, Throttled
from doorstep.channels.values import ConnectionRow
from doorstep.flows import each_shop, hear_returns
from doorstep.flows.tell_shops import OPENED
from doorstep.returns import queries as returns

log = logging.getLogger("doorstep.follow_returns")


def follow(ctx: Ctx) -> int:
    """Asks every connection in use after the returns that it has and that still stand here.  Returns: how many moved on.

    Calls the network; no transaction is open meanwhile.
    """
    return each_shop.ask(ctx, lambda row: follow_connection(ctx, row))


def follow_connection(ctx: Ctx, connection: ConnectionRow) -> int:
    """Asks one connection; one that cannot be reached is marked and never stops the others.

    Locks, Emits: as deciding about a return, one after the other.
    """
    shop = queries.shop_of(ctx, connection=connection)
    if not isinstance(shop, FollowsReturns):
        return 0
    begins = hear_returns.key_of(connection.id, "")
    own = _opened_here(ctx, connection.id)
    names = [*own, *(hear_returns.opened_there(key) for key in returns.find_standing(ctx, begins=begins))]
    moved = 0
    try:
        for first in range(0, len(names), shop.returns_at_once):
            steps = shop.return_steps(names[first : first + shop.returns_at_once])
            acting = ctx.as_actor(Actor("channel", connection.id, connection.name))
            for return_id, step in sorted(steps.items()):
                moved += _take_over(acting, connection.id, return_id, step, own=own.get(return_id))
    except Throttled as wait:
        log.info("connection %s: %s", connection.id, wait)
    except Refused as refused:  # an app that may not read returns has none here either
        log.warning("connection %s: returns cannot be followed: %s", connection.id, refused)
        if refused.refusal is not UNREADABLE:
            channels.note_denied(ctx, connection_id=connection.id, what=kinds.RETURNS, is_denied=True)
    except httpx.HTTPError as trouble:
        channels.note_problem(ctx, connection_id=connection.id, problem=f"{type(trouble).__name__}: {trouble}")
    else:
        if names:
            channels.note_denied(ctx, connection_id=connection.id, what=kinds.RETURNS, is_denied=False)
    return moved


def _opened_here(ctx: Ctx, connection_id: int) -> dict[str, int]:
    """Returns of ours that a shop was told of and that are awaited, by how it calls them."""
    ids = {f"{OPENED}:return:{id}": id for id in returns.find_awaited(ctx)}
    notices = queries.notices_by_key(ctx, keys=list(ids)) if ids else {}
    mine = {key: one for key, one in notices.items() if one.connection_id == connection_id and one.arguments.get("return_id")}
    return {str(one.arguments["return_id"]): ids[key] for key, one in mine.items()}


def _take_over(ctx: Ctx, connection_id: int, return_id: str, step: ReturnStep, *, own: int | None) -> bool:
    """What the shop decided; what a person has to look at first stays as it is, until they did.  `own`: our return."""
    try:
        with transaction.atomic():
            if own is not None:
                return hear_returns.follow_own(ctx, return_id=own, step=step)
            return hear_returns.follow_step(ctx, connection_id=connection_id, return_id=return_id, step=step)
    except Refused as refused:
        log.warning("connection %s: return %s is %s there: %s", connection_id, return_id, step, refused)
        return False
