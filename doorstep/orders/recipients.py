"""Who gets an order, where a channel lets that be kept sealed and for a while only (docs/adr/0034)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from doorstep.base import db, jobs, outbox, sealing
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.orders import events, locks
from doorstep.orders.values import ERASED_LINE, KEPT_LINE, Address, Recipient, RecipientRow

TOLD = "told"  # beside what is sealed: where the shop said that it goes
CLOCKS_DIFFER = timedelta(minutes=1)
_ROW = "SELECT order_id, keep_days, wanted_at, fetched_at, erase_at, erased_at, problem FROM orders_recipient"


def rows(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, RecipientRow]:
    """How far it is known who gets these orders; those of which nothing is restricted are left out."""
    found = db.rows(
        RecipientRow, _ROW + " WHERE organisation_id = %s AND order_id = ANY(%s)", [ctx.organisation_id, list(order_ids)]
    )
    return {row.order_id: row for row in found}


@transaction.atomic
def expect(ctx: Ctx, *, keep_days: Mapping[int, int]) -> None:
    """Says of new orders that who gets them is told later and kept apart.  Shapes: days after delivery, by order."""
    db.execute(
        """INSERT INTO orders_recipient (organisation_id, order_id, keep_days, sealed, mail_key, problem)
           SELECT %s, u.o, u.d, '', '', '' FROM unnest(%s::bigint[], %s::int[]) u(o, d)
           ON CONFLICT (organisation_id, order_id) DO NOTHING""",
        [ctx.organisation_id, *db.columns(sorted(keep_days.items()), 2)],
    )


@transaction.atomic
def want(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """Asks for who gets these orders to be fetched, those who are known or asked for already left out.  Returns: orders."""
    asked = db.column(
        """UPDATE orders_recipient SET wanted_at = %s WHERE organisation_id = %s AND order_id = ANY(%s)
              AND wanted_at IS NULL AND fetched_at IS NULL AND erased_at IS NULL RETURNING order_id""",
        [ctx.now, ctx.organisation_id, list(order_ids)],
    )
    for order_id in sorted(asked):
        ask(ctx.organisation_id, order_id=order_id)
    return sorted(asked)


@transaction.atomic
def want_again(ctx: Ctx, *, changed: Mapping[int, datetime]) -> list[int]:
    """Asks anew who gets orders that changed after that was asked for; who was told of before stays until then.

    Orders that wait for nothing but to be erased, or are erased, are left alone.  Shapes: when they changed, by the shop's clock,
    by order.  Returns: those that are asked for anew.  Locks: their recipients, ascending.
    """
    lines = [(order_id, (at + CLOCKS_DIFFER).isoformat()) for order_id, at in sorted(changed.items())]
    asked = db.column(
        """WITH due AS (
             SELECT r.id FROM orders_recipient r JOIN unnest(%s::bigint[], %s::text[]) u(o, at) ON r.order_id = u.o
              WHERE r.organisation_id = %s AND r.erased_at IS NULL AND r.erase_at IS NULL
                AND COALESCE(r.fetched_at, r.wanted_at) < u.at::timestamptz ORDER BY r.id FOR NO KEY UPDATE OF r)
           UPDATE orders_recipient r SET fetched_at = NULL, wanted_at = %s FROM due WHERE r.id = due.id RETURNING r.order_id""",
        [*db.columns(lines, 2), ctx.organisation_id, ctx.now],
    )
    for order_id in sorted(asked):
        ask(ctx.organisation_id, order_id=order_id)
    return sorted(asked)


def ask(organisation_id: int, *, order_id: int) -> None:
    """Asks the worker to fetch who gets an order, unless a run for that waits, is under way or will be tried again."""
    lock = f"recipient:{order_id}"
    if not jobs.live_locks([lock]):
        jobs.defer("fetch_recipient", arguments={"organisation_id": organisation_id, "order_id": order_id}, lock=lock)


def find_unfetched(*, older_than: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Orders of every organisation whose recipient was asked for before then.  Shapes: (organisation id, order id)."""
    found = db.dicts(
        """SELECT organisation_id, order_id FROM orders_recipient
            WHERE fetched_at IS NULL AND erased_at IS NULL AND wanted_at < %s ORDER BY wanted_at LIMIT %s""",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["order_id"]) for line in found]


@transaction.atomic
def seal(ctx: Ctx, *, order_id: int, recipient: Recipient, told: Address | None = None) -> Address | None:
    """Keeps who gets an order, sealed; what was erased stays so.

    Returns: what the order itself may say of where it goes; None where that was erased, be it a moment ago.
    `told`: where the shop said that it goes; a person may have written another address since.
    Locks: the order's recipient.  Emits: RecipientSealed, which tells nothing of whom.
    """
    kept = asdict(recipient) | ({TOLD: asdict(told)} if told else {})
    told_of = json.dumps(kept, ensure_ascii=False)
    mail = recipient.email.strip().lower()
    sealed = db.execute(
        """UPDATE orders_recipient SET sealed = %s, mail_key = %s, fetched_at = %s, problem = ''
            WHERE organisation_id = %s AND order_id = %s AND erased_at IS NULL""",
        [
            sealing.seal(told_of), sealing.fingerprints(mail)[0] if mail else "", ctx.now, ctx.organisation_id, order_id,
        ],
    )  # fmt: skip
    if not sealed:
        return None
    outbox.record(ctx, [_happened(events.RECIPIENT_SEALED, order_id, {})])
    return recipient.ship_to.about(name=_name_of(ctx, order_id))


def _name_of(ctx: Ctx, order_id: int) -> str:
    key = [ctx.organisation_id, order_id]
    return str(db.scalar("SELECT ship_to->>'name' FROM orders_order WHERE organisation_id = %s AND id = %s", key))


@transaction.atomic
def move_about(ctx: Ctx, *, order_id: int, ship_to: Address) -> None:
    """Writes where about an order goes, of which only the country was known, and that is the same."""
    db.execute(
        "UPDATE orders_order SET ship_to = %s::jsonb, postal_code = %s WHERE organisation_id = %s AND id = %s AND country = %s",
        [db.as_json(ship_to.as_dict()), ship_to.postal_code, ctx.organisation_id, order_id, ship_to.country],
    )


@transaction.atomic
def keep_apart(ctx: Ctx, *, order_id: int, ship_to: Address) -> Address:
    """Seals an address that a person wrote, where who gets the order is restricted.  Returns: what the order may say of it."""
    row = rows(ctx, order_ids=[order_id]).get(order_id)
    if row is None or row.erased_at is not None or ship_to.lines == (KEPT_LINE,):
        return ship_to
    was = opened(ctx, order_id=order_id)
    told = told_to(ctx, order_id=order_id)
    kept = seal(ctx, order_id=order_id, recipient=replace(was, ship_to=ship_to) if was else Recipient(ship_to), told=told)
    return kept or ship_to


@transaction.atomic
def inherit(ctx: Ctx, *, order_id: int, of: int) -> bool:
    """Lets an order that comes of another go to whom that went, sealed alike.

    Returns: whether nobody knows any more who that was.  Where somebody says it anew, that is sealed, and erased in its time.
    """
    db.execute(
        """INSERT INTO orders_recipient (organisation_id, order_id, keep_days, sealed, mail_key, fetched_at, problem)
           SELECT organisation_id, %s, keep_days, sealed, mail_key, COALESCE(fetched_at, erased_at), problem
             FROM orders_recipient WHERE organisation_id = %s AND order_id = %s
           ON CONFLICT (organisation_id, order_id) DO NOTHING""",
        [order_id, ctx.organisation_id, of],
    )
    row = rows(ctx, order_ids=[of]).get(of)
    return row is not None and row.erased_at is not None


@transaction.atomic
def note_problem(ctx: Ctx, *, order_id: int, problem: str) -> None:
    """Notes why nobody says who gets an order; it may be asked for anew."""
    db.execute(
        """UPDATE orders_recipient SET problem = %s, wanted_at = NULL WHERE organisation_id = %s AND order_id = %s
              AND fetched_at IS NULL""",
        [problem[:300], ctx.organisation_id, order_id],
    )


def opened(ctx: Ctx, *, order_id: int) -> Recipient | None:
    """Who gets an order, opened for whoever ships it; None where nobody knows yet, or any more."""
    said = _opened(ctx, order_id)
    if not said:
        return None
    said.pop(TOLD, None)
    return Recipient(_address(said.pop("ship_to")), **said)


def told_to(ctx: Ctx, *, order_id: int) -> Address | None:
    """Where the shop last said that an order goes, whatever a person wrote since; None where it did not say."""
    where = _opened(ctx, order_id).get(TOLD)
    return _address(where) if where else None


def _opened(ctx: Ctx, order_id: int) -> dict[str, Any]:
    kept = db.scalar(
        "SELECT sealed FROM orders_recipient WHERE organisation_id = %s AND order_id = %s", [ctx.organisation_id, order_id]
    )
    told = sealing.unseal(kept) if kept else ""
    return dict(json.loads(told)) if told else {}


def _address(where: Mapping[str, Any]) -> Address:
    return Address(**{**where, "lines": tuple(where["lines"])})


def shown(ctx: Ctx, *, order_id: int, kept: Mapping[str, Any]) -> dict[str, Any]:
    """An address as pages and papers show it: opened, where who gets it is kept apart.  `kept`: as the order has it."""
    if list(kept.get("lines", ())) != [KEPT_LINE]:
        return dict(kept)
    found = opened(ctx, order_id=order_id)
    if found is not None:
        return found.ship_to.as_dict()
    row = rows(ctx, order_ids=[order_id]).get(order_id)
    if row is not None and row.erased_at is not None:  # a parcel's own copy still says where about
        return dict(kept) | {"lines": [ERASED_LINE], "city": "", "postal_code": ""}
    return dict(kept)


def find_by_mail(ctx: Ctx, *, email: str) -> list[int]:
    """Orders whose buyer writes from this address, newest first."""
    return db.column(
        "SELECT order_id FROM orders_recipient WHERE organisation_id = %s AND mail_key = ANY(%s) ORDER BY order_id DESC",
        [ctx.organisation_id, sealing.fingerprints(email.strip().lower())],
    )


@transaction.atomic
def erase_after(ctx: Ctx, *, moments: Mapping[int, datetime | None]) -> None:
    """Says when who gets orders is erased; none, where that is not known yet.  Shapes: moments by order."""
    lines = [(order_id, at.isoformat() if at else "") for order_id, at in sorted(moments.items())]
    db.execute(
        """UPDATE orders_recipient r SET erase_at = NULLIF(u.at, '')::timestamptz FROM unnest(%s::bigint[], %s::text[]) u(o, at)
            WHERE r.organisation_id = %s AND r.order_id = u.o AND r.erased_at IS NULL""",
        [*db.columns(lines, 2), ctx.organisation_id],
    )


def find_erased(ctx: Ctx, *, connection_id: int, external_ids: Sequence[str]) -> set[str]:
    """Those of a connection's orders of which nobody is to know any more who got them, as the shop calls them."""
    found = db.column(
        """SELECT o.external_id FROM orders_order o
             JOIN orders_recipient r ON r.organisation_id = o.organisation_id AND r.order_id = o.id
            WHERE o.organisation_id = %s AND o.connection_id = %s AND o.external_id = ANY(%s) AND r.erased_at IS NOT NULL""",
        [ctx.organisation_id, connection_id, list(external_ids)],
    )
    return set(found)


def find_due(*, now: datetime, limit: int = 500) -> list[tuple[int, int]]:
    """Orders of every organisation whose recipient is to be erased by now.  Shapes: (organisation id, order id)."""
    found = db.dicts(
        """SELECT organisation_id, order_id FROM orders_recipient WHERE erased_at IS NULL AND erase_at <= %s
            ORDER BY erase_at LIMIT %s""",
        [now, limit],
    )
    return [(line["organisation_id"], line["order_id"]) for line in found]


@transaction.atomic
def erase(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """Erases who gets orders, and where about; the country and the region stay.  Emits: RecipientErased.

    Returns: those erased now.  Locks: the orders, then the recipients, ascending, as whoever writes another address.
    """
    locks.orders(ctx, order_ids)
    gone = db.column(
        """WITH due AS (SELECT id FROM orders_recipient WHERE organisation_id = %s AND order_id = ANY(%s) AND erased_at IS NULL
                         ORDER BY id FOR NO KEY UPDATE)
           UPDATE orders_recipient r SET sealed = '', mail_key = '', erased_at = %s, problem = '' FROM due
            WHERE r.organisation_id = %s AND r.id = due.id RETURNING r.order_id""",
        [ctx.organisation_id, list(order_ids), ctx.now, ctx.organisation_id],
    )
    about = db.as_json({"lines": [ERASED_LINE], "city": "", "postal_code": "", "company": "", "phone": ""})
    db.execute(
        """UPDATE orders_order SET ship_to = ship_to || %s::jsonb, postal_code = '', updated_at = %s
            WHERE organisation_id = %s AND id = ANY(%s)""",
        [about, ctx.now, ctx.organisation_id, gone],
    )
    outbox.record(ctx, [_happened(events.RECIPIENT_ERASED, order_id, {}) for order_id in sorted(gone)])
    return sorted(gone)


def _happened(event: str, order_id: int, data: Mapping[str, object]) -> Happened:
    return Happened(event, f"order:{order_id}", f"order:{order_id}", data)


def reseal() -> int:
    """Seals who gets orders by today's key.  Returns: how many rows changed."""
    return sealing.reseal("orders_recipient", ["sealed"])
