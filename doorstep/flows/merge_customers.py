"""Two customers who are one person: previewed, merged, and undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction

from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.customers import merges, queries, rules
from doorstep.customers.values import EMAIL, Conflict, CustomerRow, MergeRow
from doorstep.inbox.people import CONVERSATIONS
from doorstep.orders import people, sent_again
from doorstep.payments.people import CREDITS
from doorstep.returns import queries as returns
from doorstep.returns.people import RETURNS

LOOKED_AFTER_FOR = timedelta(hours=1)


class Followers(Protocol):
    """Rows that follow their customer."""

    def move(self, ctx: Ctx, *, keep_id: int, gone_id: int) -> list[int]:
        """Gives what one customer has to another.  Returns: the ids that moved."""

    def give_back(self, ctx: Ctx, *, ids: list[int], keep_id: int, gone_id: int) -> int:
        """Gives back what a merge moved, as far as it is still where it went.  Returns: how many."""

    def count(self, ctx: Ctx, *, customer_id: int) -> int:
        """How many there are of a customer."""


class OfOrders(Protocol):
    """Rows of orders, that are always of the customer of their order."""

    def follow(self, ctx: Ctx, *, order_ids: list[int], keep_id: int, gone_id: int) -> int:
        """Gives back what came of orders that went back.  Returns: how many."""


@dataclass(frozen=True, slots=True)
class Mover:
    """How the rows of one table follow their customer.  `key`: the foreign key, as app.Model.field."""

    name: str
    key: str
    rows: Followers


# Every room that refers to customers stands here; a test finds one that does not.
MOVERS: tuple[Mover, ...] = (
    Mover("identities", "customers.Identity.customer", merges.IDENTITIES),
    Mover("orders", "orders.Order.customer", people.ORDERS),
    Mover("cancelled_lines", "orders.CancelledLine.customer", people.CANCELLED_LINES),
    Mover("credits", "payments.Credit.customer", CREDITS),
    Mover("returns", "returns.Return.customer", RETURNS),
    Mover("conversations", "inbox.Conversation.customer", CONVERSATIONS),
)

OF_ORDERS: tuple[OfOrders, ...] = (CREDITS, RETURNS, CONVERSATIONS)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge does.  `after`: what the one who stays is then; `moves`: how many rows move, by name of the mover."""

    keep: CustomerRow
    gone: CustomerRow
    after: Mapping[str, str | bool]
    conflicts: Sequence[Conflict]
    moves: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did.  `since`: orders that came meanwhile under an address that goes back; they stay where they are."""

    keep_id: int
    gone_id: int
    since: int


def preview(ctx: Ctx, *, keep_id: int, gone_id: int) -> Preview:
    """What `merge` would do now.  Refuses: as `merge`."""
    keep, gone = merges.require_two(ctx, keep_id=keep_id, gone_id=gone_id)
    moves = {mover.name: mover.rows.count(ctx, customer_id=gone_id) for mover in MOVERS}
    return Preview(keep, gone, rules.merged(keep, gone), rules.conflicts(keep, gone), moves)


@transaction.atomic
def merge(ctx: Ctx, *, keep_id: int, gone_id: int, keep_version: int, gone_version: int) -> MergeRow:
    """Makes one customer of two: everything of the one goes to the other, and a record of it is kept.

    Locks: the customers, ascending, then what moves.  Emits: CustomersMerged.
    Refuses: other versions, one and the same, those that are merged away, unknown ids.
    """
    row = merges.begin(
        ctx, keep_id=keep_id, gone_id=gone_id, keep_version=keep_version, gone_version=gone_version
    )
    _move(ctx, row)
    return merges.get(ctx, id=row.id)


def _move(ctx: Ctx, row: MergeRow) -> None:
    moved = {mover.name: mover.rows.move(ctx, keep_id=row.keep_id, gone_id=row.gone_id) for mover in MOVERS}
    merges.note_moved(ctx, id=row.id, moved=moved)


@transaction.atomic
def undo(ctx: Ctx, *, merge_id: int) -> Undone:
    """Makes two customers of one again: what moved goes back, with what came since of orders that go back: their
    returns and credit, what was exchanged and what was sent again.

    All else that came since stays with the one who stayed.
    Locks: the customers, ascending, the merge, then what moves.  Emits: MergeUndone.
    Refuses: unknown ids, a merge that is undone, one whose customer was merged on.
    """
    since = orders_since(ctx, merge_id=merge_id)
    row = merges.end(ctx, id=merge_id)
    for mover in MOVERS:
        mover.rows.give_back(ctx, ids=row.moved.get(mover.name, []), keep_id=row.keep_id, gone_id=row.gone_id)
    back = people.owned_by(ctx, customer_id=row.gone_id, order_ids=row.moved.get("orders", []))
    after = _came_of(ctx, back)
    people.ORDERS.give_back(ctx, ids=after, keep_id=row.keep_id, gone_id=row.gone_id)
    for rows in OF_ORDERS:
        rows.follow(ctx, order_ids=[*back, *after], keep_id=row.keep_id, gone_id=row.gone_id)
    return Undone(row.keep_id, row.gone_id, since)


def _came_of(ctx: Ctx, order_ids: Sequence[int]) -> list[int]:
    """The orders that came of these: in exchange for units, or to bring units again, and what came of those."""
    found, new = set(order_ids), list(order_ids)
    while new:
        more = {*returns.exchange_orders_of(ctx, order_ids=new), *sent_again.orders_for(ctx, order_ids=new)} - found
        found |= more
        new = sorted(more)
    return sorted(found.difference(order_ids))


def orders_since(ctx: Ctx, *, merge_id: int) -> int:
    """How many orders came since a merge under an e-mail address that an undo gives back."""
    row = merges.get(ctx, id=merge_id)
    known = queries.identities(ctx, customer_id=row.keep_id)
    moved = set(row.moved.get("identities", []))
    emails = [one.value for one in known if one.kind == EMAIL and one.id in moved]
    back = row.moved.get("orders", [])
    but = [*back, *_came_of(ctx, back)]
    return people.count_since(ctx, customer_id=row.keep_id, since=row.at, emails=emails, but=but)


def follow(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Gives orders to the one who stayed that were being taken while their customer was merged."""
    owners = people.customers_of(ctx, order_ids=sorted({event.timeline_id for event in happened}))
    for row in merges.find_of_gone(ctx, customer_ids=owners):
        _follow(ctx, row.id)


def sweep(now: datetime) -> None:
    """Looks after recent merges: what was being written for the one who went, while they went, follows."""
    alone.each_of(merges.find_recent(since=now - LOOKED_AFTER_FOR), _follow, now=now, what="merge")


@transaction.atomic
def _follow(ctx: Ctx, merge_id: int) -> None:
    row = merges.lock(ctx, id=merge_id)
    if row.undone_at is None:
        _move(ctx, row)


def suggest(ctx: Ctx, *, customer_id: int) -> list[CustomerRow]:
    """Who is perhaps the same person: the same phone, or the same name and a postal code that both had sent to."""
    row = queries.get(ctx, customer_id=customer_id)
    alike = merges.find_alike(ctx, customer=row)
    codes = people.postal_codes_of(ctx, customer_ids=[customer_id, *(one.id for one in alike)])
    return [one for one in alike if (row.phone and one.phone == row.phone) or codes[one.id] & codes[customer_id]][:5]
