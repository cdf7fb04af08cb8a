"""Returns that a shop opened appear among ours, once, and follow what is decided there.

A return is known by a key that is made of its shop's own name for it, so that whatever tells of it again finds it here. What a
shop's staff approved is approved here, whatever the policy says; what a customer only asked for there is decided by the policy.
See ADR 35.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import actions as channels
from doorstep.channels import heard
from doorstep.channels.port import BackLine, ReturnStep, ReturnTold
from doorstep.channels.values import NoticeWish
from doorstep.flows import mapping, send_back
from doorstep.flows.reading import Reading
from doorstep.flows.tell_shops import CALLED_OFF, OPENED
from doorstep.orders import queries as orders
from doorstep.orders.opening import as_sold
from doorstep.returns import actions as returns
from doorstep.returns import queries
from doorstep.returns.values import Decision, Outcome, ReturnRow, Wish

OPENED_THERE = "shop:"  # how the keys of such returns begin: and then the connection, and how the shop calls it
ASKED_THERE = gettext_noop("Asked for in the shop.")
NOT_ALL_HERE = Refusal(
    "return_of_unknown_goods",
    gettext_noop("The shop opened a return of units that did not arrive by our books, or that are asked back already."),
    gettext_noop("Look at the return in the shop, and open it here by hand where it is right."),
)
_OUTCOMES = (Outcome.REFUND_ORIGINAL, Outcome.STORE_CREDIT)


def opened_there(key: str) -> str:
    """How the shop calls a return that it opened, by its key here; "" for any other."""
    return key.removeprefix(OPENED_THERE).partition(":")[2] if key.startswith(OPENED_THERE) else ""


def key_of(connection_id: int, return_id: str) -> str:
    """The key here of a return that a shop opened."""
    return f"{OPENED_THERE}{connection_id}:{return_id}"[:80]


def hear(ctx: Ctx, *, connection_id: int, told: Sequence[tuple[Reading, ReturnTold]]) -> None:
    """Takes over returns that a shop told of; those of orders that are not here wait for these.

    Locks: the orders, one return after the other.  Emits: what asking, deciding and calling off emit.
    """
    keys = sorted({(connection_id, fact.external_id) for _, fact in told})
    here = orders.find_existing(ctx, keys=keys) if keys else {}
    for reading, fact in told:
        existing = here.get((connection_id, fact.external_id))
        if existing is None:
            continue
        try:
            with transaction.atomic():
                is_news = _follow(ctx, connection_id, existing.id, fact)
        except Refused as refused:
            reading.refuse(refused)
            reading.detail |= {"order_id": existing.id}
            continue
        if is_news:
            reading.say("processed", order_id=existing.id, reason="")


def _follow(ctx: Ctx, connection_id: int, order_id: int, fact: ReturnTold) -> bool:
    """Opens the return where it is not here, or does what was decided there.  Returns: whether that was news."""
    ours = _opened_here(ctx, connection_id, order_id, fact)
    if ours is not None:
        if fact.step in (ReturnStep.DECLINED, ReturnStep.CANCELLED):
            return _end(ctx, ours)
        if fact.step in (ReturnStep.REQUESTED, ReturnStep.OPEN) and not _stands(ours):
            _call_off_there(ctx, connection_id, ours, fact)
        return False
    if queries.find_by_key(ctx, key=key_of(connection_id, fact.return_id)) is None:
        if fact.step not in (ReturnStep.REQUESTED, ReturnStep.OPEN) or not fact.lines:
            return False  # it is over there, and nobody here ever heard of it
        _open(ctx, connection_id, order_id, fact)
        return True
    return follow_step(ctx, connection_id=connection_id, return_id=fact.return_id, step=fact.step)


def follow_step(ctx: Ctx, *, connection_id: int, return_id: str, step: ReturnStep) -> bool:
    """Does here what was decided in the shop about a return.  Returns: whether that was news.

    Locks, Emits, Refuses: as deciding and calling off.
    """
    row = queries.find_by_key(ctx, key=key_of(connection_id, return_id))
    if row is None:
        return False
    if step in (ReturnStep.OPEN, ReturnStep.DECLINED) and row.decision == Decision.NEEDS_REVIEW:
        send_back.decide(ctx, return_id=row.id, approve=step == ReturnStep.OPEN)
        return True
    return _end(ctx, row) if step in (ReturnStep.DECLINED, ReturnStep.CANCELLED) else False


def follow_own(ctx: Ctx, *, return_id: int, step: ReturnStep) -> bool:
    """Ends a return that was opened here and that its shop called off.  Returns: whether that was news.  Emits: ReturnCancelled."""
    if step not in (ReturnStep.DECLINED, ReturnStep.CANCELLED):
        return False
    return _end(ctx, queries.get_return(ctx, return_id=return_id))


def _opened_here(ctx: Ctx, connection_id: int, order_id: int, fact: ReturnTold) -> ReturnRow | None:
    """The return of ours that the shop tells back: by its own name for it, or by our key while that is not known.

    The key stands in a note, which people can copy: another return that has it is the shop's own.
    """
    for notice in heard.notices_of_order(ctx, connection_id=connection_id, order_id=order_id, verb=OPENED):
        named = notice.arguments.get("return_id")
        if named == fact.return_id or (fact.key == notice.key and not named):
            return queries.get_return(ctx, return_id=int(notice.subject.partition(":")[2]))
    return None


def _call_off_there(ctx: Ctx, connection_id: int, ours: ReturnRow, fact: ReturnTold) -> None:
    """Wishes, once, for the shop to end what it still has open of a return that ended here before its name there was known.

    It ended while the shop was told of it, or the shop's answer got lost.
    """
    key = f"{CALLED_OFF}:return:{ours.id}"
    said = {"external_id": fact.external_id, "key": key, "return_id": fact.return_id}
    wish = NoticeWish(connection_id, key, CALLED_OFF, f"return:{ours.id}", f"order:{ours.order_id}", said)
    channels.intend(ctx, wishes=[wish])


def _end(ctx: Ctx, row: ReturnRow) -> bool:
    """Ends a return that still stands here.  Returns: whether it did."""
    if not _stands(row):
        return False
    returns.cancel(ctx, return_id=row.id)
    return True


def _stands(row: ReturnRow) -> bool:
    return row.decision not in (Decision.DECLINED, Decision.CANCELLED, Decision.EXPIRED)


def _open(ctx: Ctx, connection_id: int, order_id: int, fact: ReturnTold) -> None:
    """Asks for the units, as the shop did.  Refuses: what this order does not have, and what asking refuses."""
    wishes = _wishes(ctx, connection_id, order_id, fact.lines)
    is_approved = fact.step == ReturnStep.OPEN
    blank = [replace(wish, outcome="") for wish in wishes]
    seen = returns.preview(ctx, order_id=order_id, wishes=blank, takes_refunded=True, is_approved=is_approved)
    offered = [next((one for one in _OUTCOMES if one in line.outcomes), _OUTCOMES[0]) for line in seen.lines]
    send_back.request(
        ctx, order_id=order_id, wishes=[replace(w, outcome=o) for w, o in zip(wishes, offered, strict=True)],
        key=key_of(connection_id, fact.return_id), takes_refunded=True, is_approved=is_approved,
    )  # fmt: skip


def _wishes(ctx: Ctx, connection_id: int, order_id: int, lines: Sequence[BackLine]) -> list[Wish]:
    """Lines of a shop's return as wishes for lines of ours; of a bundle all that is in it comes back."""
    detail = orders.get(ctx, id=order_id)
    able = {row.order_line_id: row.left for row in queries.returnable_of(ctx, detail=detail, takes_refunded=True)}
    skus = mapping.our_skus(ctx, connection_id=connection_id, lines=[(line.item, line.sku) for line in lines])
    found: dict[int, Wish] = {}
    for sku, line in zip(skus, lines, strict=True):
        left = line.qty
        for sold in as_sold(detail.lines):
            each = {one.id: one.bundle_each or 1 for one in sold.inside} or {sold.line_id: 1}
            qty = min(left, *(able.get(id, 0) // n for id, n in each.items())) if sold.sku == sku else 0
            for id, n in each.items() if qty else ():
                able[id] -= qty * n
                was = found.get(id)
                note = line.note or (was.note if was else "")
                answer = note or str(ASKED_THERE)
                found[id] = Wish(id, qty * n + (was.qty if was else 0), line.reason, answer=answer, note=note)
            left -= qty
        if left:
            raise Refused(NOT_ALL_HERE)
    return list(found.values())
