"""From approved to closed: the label bought, the parcel followed home, and each step told."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.catalog.pictures import encode
from doorstep.flows import exchange
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.returns import actions, locks, queries, rules
from doorstep.returns.values import Decision, Goods, LineRow, ReturnRow, Wish
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping import rules as parcel_rules
from doorstep.shipping.values import BackBox, Packed


def want_labels(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes for the labels of returns that were approved with one; without a carrier they wait for one."""
    for event in happened:
        _want_label(ctx, return_id=event.subject_id, is_told=True)


@transaction.atomic
def want_label(ctx: Ctx, *, return_id: int) -> int | None:
    """Wishes for the label of one return; asking again changes nothing, unless its label was declined or voided meanwhile.

    Returns: its parcel, None where none is due.  Locks: the return, then the parcel.  Emits: LabelWanted.
    """
    return _want_label(ctx, return_id=return_id, is_told=False)


def _want_label(ctx: Ctx, *, return_id: int, is_told: bool) -> int | None:
    """What is told may be told twice: only a person has another label after one that was declined or voided."""
    locks.one(ctx, return_id)
    row = queries.get_return(ctx, return_id=return_id)
    if not rules.wants_label(row) and (is_told or not _is_without(ctx, row)):
        return None
    parcel_id = row.parcel_id or _open_parcel(ctx, row)
    carrier = parcels.find_default_carrier(ctx)
    labels = parcels.labels_of if is_told else parcels.live_labels_of
    if carrier is not None and not labels(ctx, parcel_ids=[parcel_id]):
        shipping.want_label(ctx, parcel_ids=[parcel_id], carrier_id=carrier.id)
    return parcel_id


def _is_without(ctx: Ctx, row: ReturnRow) -> bool:
    """Whether the label of a return was there and was voided."""
    was_there = rules.wants_label(row, again=True) and row.parcel_id is not None
    return was_there and not parcels.live_labels_of(ctx, parcel_ids=[row.parcel_id or 0])


def _open_parcel(ctx: Ctx, row: ReturnRow) -> int:
    lines = [line for line in queries.lines_of(ctx, return_ids=[row.id]) if line.decision == Decision.APPROVED]
    order = orders.destinations(ctx, order_ids=[row.order_id])[row.order_id]
    at = locations.get(ctx, location_id=row.location_id or 0)
    box = BackBox(
        order_id=row.order_id,
        order_name=f"{order.name} {row.name}",
        location_id=at.id,
        sender=order.ship_to,
        ship_to=at.as_address(),
        weight_g=_weight(ctx, lines),
        contents=tuple(Packed(line.order_line_id, line.variant_id, line.qty) for line in lines),
    )
    parcel_id = shipping.await_back(ctx, box=box)
    actions.set_parcel(ctx, return_id=row.id, parcel_id=parcel_id)
    return parcel_id


def _weight(ctx: Ctx, lines: Sequence[LineRow]) -> int:
    known = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    return parcel_rules.weight_of((known[line.variant_id].weight_g, line.qty) for line in lines)


def note_label(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Notes that the label of a return is there; labels of parcels to customers are none of it."""
    _move(ctx, happened, Goods.LABEL_ISSUED)


def note_first_scan(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Notes that a return is on its way."""
    _move(ctx, happened, Goods.IN_TRANSIT)


def _move(ctx: Ctx, happened: Sequence[Event], to: Goods) -> None:
    found = queries.returns_of_parcels(ctx, parcel_ids=[event.subject_id for event in happened])
    actions.move_goods(ctx, return_ids=[row.id for row in found.values()], to=to)


def request(
    ctx: Ctx, *, order_id: int, wishes: Sequence[Wish], key: str, is_withdrawal: bool = False, note: str = "",
    pictures: Mapping[int, Sequence[bytes]] | None = None, takes_refunded: bool = False,
    is_approved: bool = False,
) -> int:  # fmt: skip
    """Asks for units to be taken back, as `returns.actions.request` does, and promises at once what they are exchanged for.

    Shapes: `pictures` by order line.  Returns: the id of the return.  Locks: the order, stock.
    Emits: what asking and exchanging emit.
    Refuses: what asking refuses, exchanges for which there is too little, what is no picture; nothing is kept then.
    """
    shown = {line_id: [encode(data) for data in several] for line_id, several in (pictures or {}).items()}
    with transaction.atomic():
        return_id = actions.request(
            ctx, order_id=order_id, wishes=wishes, key=key, is_withdrawal=is_withdrawal, note=note, takes_refunded=takes_refunded,
            is_approved=is_approved,
        )  # fmt: skip
        for line in queries.lines_of(ctx, return_ids=[return_id]) if shown else ():
            for encoded in shown.get(line.order_line_id, ()):
                actions.add_picture(ctx, line_id=line.id, encoded=encoded)
        exchange.promise(ctx, return_id=return_id)
    return return_id


@transaction.atomic
def decide(ctx: Ctx, *, return_id: int, approve: bool, note: str = "") -> None:
    """Ends a review, as `returns.actions.decide` does, and promises at once what is exchanged.

    Locks: the return, stock.  Emits: what deciding and exchanging emit.
    Refuses: what deciding refuses, and exchanges for which there is too little; it waits for its review then.
    """
    actions.decide(ctx, return_id=return_id, approve=approve, note=note)
    exchange.promise(ctx, return_id=return_id)


def sweep_expired(now: datetime) -> None:
    """Ends approved returns of which nothing was sent in time; their labels go back to the carrier."""

    def expire(ctx: Ctx, return_id: int) -> None:
        with contextlib.suppress(Refused):  # it was sent in this very moment
            actions.expire(ctx, return_id=return_id)

    alone.each_of(queries.find_expired(now=now), expire, now=now, what="return")
