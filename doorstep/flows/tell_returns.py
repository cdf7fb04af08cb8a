"""Shops are told what came back and what was given back for it: intend; `tell_shops` calls and settles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.channels import actions as channels
from doorstep.channels import heard, queries
from doorstep.channels.values import NoticeWish
from doorstep.flows import as_sold
from doorstep.flows.hear_returns import opened_there
from doorstep.flows.tell_shops import CALLED_OFF, OPENED, REFUNDED, RETURNED
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.returns import events
from doorstep.returns import queries as returns
from doorstep.returns.values import Decision, ReturnRow

REFUND = "refund:"  # of a refund's event; of store credit too there is one


@transaction.atomic
def opened(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes, once per return that was approved here, for the shop that sold the goods to have it too, where it takes such.

    What the shop opened itself it has, and of what the customer keeps nothing comes back.  Locks: the orders that have bundles.
    """
    ids = sorted({event.subject_id for event in happened})
    there = _opened_there(ctx, ids)
    rows = [row for row in returns.returns_by_id(ctx, ids=ids).values() if row.id not in there]
    mine = [row for row in rows if row.decision == Decision.APPROVED and not (row.keep_item or row.historical)]
    sold = orders.orders_by_id(ctx, ids=sorted({row.order_id for row in mine}))
    connections = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in sold.values()}))
    able = queries.who_open_returns(ctx, connections=connections.values())
    mine = [row for row in mine if sold[row.order_id].connection_id in able]
    if not mine:
        return
    every = returns.returns_of(ctx, order_ids=sorted({row.order_id for row in mine}))
    order_of = {row.id: row.order_id for row in every}
    lines = returns.lines_of(ctx, return_ids=list(order_of))
    units = {id: {line.order_line_id: line.qty for line in lines if line.return_id == id} for id in order_of}
    why = {(line.return_id, line.sku): line.reason for line in lines}
    keys = {row.order_id: [f"{OPENED}:return:{id}" for id, of in order_of.items() if of == row.order_id] for row in mine}
    tellers = as_sold.tellers(ctx, order_ids=list(keys), keys=keys)
    wishes = []
    for row in mine:
        so_far = Counter[int]()
        for one in every:
            if one.order_id == row.order_id and one.id <= row.id and one.decision == Decision.APPROVED:
                so_far.update(units[one.id])
        said = tellers[row.order_id].say(here=units[row.id], so_far=so_far)
        reasons = [why.get((row.id, str(sku)), "other") for sku, _ in said]
        if said:
            wishes.append(_wish(sold[row.order_id], OPENED, f"return:{row.id}", {"lines": said, "reasons": reasons}))
    channels.intend(ctx, wishes=wishes)


@transaction.atomic
def called_off(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes, once per return, for a shop that has it to learn that it ended here; who called it off itself knows it."""
    ids = sorted({event.subject_id for event in happened if event.actor_kind != "channel"})
    there = _opened_there(ctx, ids)
    rows = [row for row in returns.returns_by_id(ctx, ids=ids).values() if row.id in there]
    sold = orders.orders_by_id(ctx, ids=sorted({row.order_id for row in rows}))
    connections = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in sold.values()}))
    able = queries.who_open_returns(ctx, connections=connections.values())
    wishes = [
        _wish(sold[row.order_id], CALLED_OFF, f"return:{row.id}", {"return_id": there[row.id]})
        for row in rows
        if sold[row.order_id].connection_id in able
    ]
    channels.intend(ctx, wishes=wishes)


@transaction.atomic
def returned(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes, once per return, for the shop that sold the goods to learn which are back; what was missing is not.

    Locks: the orders that have bundles.
    """
    ids = sorted({event.subject_id for event in happened})
    rows = returns.returns_by_id(ctx, ids=ids)
    there = _opened_there(ctx, ids)
    sold = _able(ctx, [row.order_id for row in rows.values()])
    sold |= _able(ctx, [row.order_id for row in rows.values() if row.id in there], own=True)
    mine = [row for row in rows.values() if row.order_id in sold and (row.id in there or not sold[row.order_id].own_only)]
    lines = _as_sold(ctx, mine)
    channels.intend(
        ctx,
        wishes=[
            _wish(
                sold[row.order_id].order, RETURNED, f"return:{row.id}",
                {"lines": lines[row.id]} | ({"return_id": there[row.id]} if row.id in there else {}),
            )
            for row in mine
            if lines.get(row.id)
        ],
    )  # fmt: skip


def _opened_there(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    """Those of these returns that their shops have, whoever opened them, and how these call them."""
    found = {id: opened_there(key) for id, key in returns.keys_of(ctx, return_ids=ids).items()}
    notices = queries.notices_by_key(ctx, keys=[f"{OPENED}:return:{id}" for id, named in found.items() if not named])
    told = {key: str(notice.arguments.get("return_id", "")) for key, notice in notices.items()}
    found = {id: named or told.get(f"{OPENED}:return:{id}", "") for id, named in found.items()}
    return {id: named for id, named in found.items() if named}


def _as_sold(ctx: Ctx, rows: Sequence[ReturnRow]) -> dict[int, list[list[str | int]]]:
    """What is back, in the SKUs that were sold, by return; a bundle is back once all that is in it is."""
    ids = sorted({row.order_id for row in rows})
    every = returns.returns_of(ctx, order_ids=ids)
    keys: dict[int, list[str]] = {}
    for row in every:
        keys.setdefault(row.order_id, []).append(f"{RETURNED}:return:{row.id}")
    tellers = as_sold.tellers(ctx, order_ids=ids, keys=keys)
    order_of = {row.id: row.order_id for row in every}
    here: dict[int, Counter[int]] = {row.id: Counter() for row in every}
    so_far: dict[int, Counter[int]] = {id: Counter() for id in ids}
    for line in returns.lines_of(ctx, return_ids=list(here)):
        back = max(line.inspected - line.missing, 0)
        here[line.return_id][line.order_line_id] += back
        so_far[order_of[line.return_id]][line.order_line_id] += back
    return {row.id: tellers[row.order_id].say(here=here[row.id], so_far=so_far[row.order_id]) for row in rows}


@transaction.atomic
def refunded(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes, once per refund, for the shop that sold the goods to learn of money that was paid out for a return.

    What the shop itself paid out and told of is no news to it.
    """
    heard_there = heard.heard_refunds(ctx, refund_ids=[event.subject_id for event in happened if event.subject.startswith(REFUND)])
    paid = [
        event
        for event in happened
        if events.about_return(event.data) is not None
        and not (event.subject.startswith(REFUND) and event.subject_id in heard_there)
    ]
    back = {event.subject: events.about_return(event.data) for event in paid}
    there = _opened_there(ctx, [id for id in back.values() if id is not None])
    sold = _able(ctx, [event.timeline_id for event in paid])
    sold |= _able(ctx, [event.timeline_id for event in paid if back[event.subject] in there], own=True)
    channels.intend(
        ctx,
        wishes=[
            _wish(
                sold[event.timeline_id].order,
                REFUNDED,
                event.subject,
                {"amount_minor": event.data["amount_minor"], "currency": event.data["currency"]},
            )
            for event in paid
            if event.timeline_id in sold and (back[event.subject] in there or not sold[event.timeline_id].own_only)
        ],
    )


@dataclass(frozen=True, slots=True)
class _Sold:
    """An order whose shop is told.  `own_only`: of returns that it opened itself, and of no others."""

    order: OrderRow
    own_only: bool


def _able(ctx: Ctx, order_ids: Sequence[int], *, own: bool = False) -> dict[int, _Sold]:
    """Those of these orders whose shop is connected and takes returns.  `own`: or those at least that it opened itself."""
    rows = orders.orders_by_id(ctx, ids=sorted(set(order_ids)))
    connections = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in rows.values()}))
    can = queries.abilities_of(ctx, connections=connections.values())
    return {
        id: _Sold(row, not can[row.connection_id].takes_returns)
        for id, row in rows.items()
        if row.connection_id in can
        and (can[row.connection_id].takes_returns or (own and can[row.connection_id].takes_own_returns))
    }


def _wish(order: OrderRow, verb: str, subject: str, arguments: dict[str, Any]) -> NoticeWish:
    key = f"{verb}:{subject}"
    known = {"external_id": order.external_id, "key": key}
    return NoticeWish(order.connection_id, key, verb, subject, f"order:{order.id}", known | arguments)
