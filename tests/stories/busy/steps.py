"""What every order still waits for, by the lists that people look at and by what the timers find; and which waits for nothing.

An order is over when it is delivered or cancelled; so is one whose parts are all closed or cancelled, and of which each parcel has
come, was cancelled, or was ended by a person who dealt with it (lost, sent back).  Any other is in a dead end if a part or a parcel
of it, or a line of a part, has no next step: no list of the house shows it to somebody who may act on it, and no timer finds it;
or if nothing of it is left to do and it is not over all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from doorstep.flows import exceptions
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import wave_queries
from doorstep.locations import queries as locations
from doorstep.orders import parking, queries
from doorstep.orders.values import FORow, OrderRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow
from doorstep.tasks import queries as tasks
from tests.stories.busy.house import House

MANY = 10_000
ENDED = "Sent again; nothing more is to be expected of this parcel."
Row = TypeVar("Row", FORow, ParcelRow)


@dataclass
class Standing:
    """How all orders stand.  `steps`: what may happen next, by what it happens to, as `part:1`, `line:1`, `parcel:1`."""

    orders: dict[int, OrderRow]
    parts: dict[int, list[FORow]]
    parcels: dict[int, list[ParcelRow]]
    steps: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    dealt_with: set[int] = field(default_factory=set)  # parcels that a person ended

    def is_over(self, order_id: int) -> bool:
        if self.orders[order_id].state in ("closed", "cancelled"):
            return True
        parts, live = self.parts[order_id], [p for p in self.parcels[order_id] if p.state != "cancelled"]
        lost = [p for p in live if p.id in self.dealt_with]
        return bool(lost) and all(p.state in ("closed", "cancelled") for p in parts) and all(
            p.status == "delivered" or p in lost for p in live
        )  # fmt: skip


def open_ends(seen: Standing) -> dict[str, list[str]]:
    """What is not over, and what it waits for."""
    return {
        order.name: sorted(
            f"{what} {row.id} is {row.state}: {', '.join(sorted(seen.steps[f'{what}:{row.id}'])) or 'nothing'}"
            for what, rows in (("part", seen.parts[id]), ("parcel", seen.parcels[id]))
            for row in rows
            if row.state not in ("closed", "cancelled")
        )
        for id, order in seen.orders.items()
        if not seen.is_over(id)
    }


def look(house: House) -> Standing:
    """Looks at every list, and asks every timer what it will find within a day."""
    ctx, ids = house.ctx, house.order_ids()
    seen = Standing(queries.orders_by_id(ctx, ids=ids), _by_order(queries.fulfilment_orders_of(ctx, order_ids=ids), ids),
                    _by_order(shipping.parcels_of(ctx, order_ids=ids), ids))  # fmt: skip
    for do in (_picking, _packing, _parcels, _holds, _timers, _tasks):
        do(house, seen)
    return seen


def _by_order(rows: Sequence[Row], ids: Iterable[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {id: [] for id in ids}
    for row in rows:
        found[row.order_id].append(row)
    return found


def _picking(house: House, seen: Standing) -> None:
    """Lists on the floor page, and waves where they are planned."""
    ctx = house.ctx
    for row in floor.list_pick_lists(ctx, limit=MANY):
        for task in floor.tasks_of(ctx, pick_list_id=row.id):
            if task.picked < task.qty and not task.on_hold:
                seen.steps[f"line:{task.fulfilment_line_id}"].add("pick")
                seen.steps[f"part:{task.fulfilment_order_id}"].add("pick")
    counted = wave_queries.count_open(ctx)
    rules = wave_queries.rules_of(ctx, location_ids=[at.id for at in locations.list_locations(ctx)])
    for at in (id for id, rule in rules.items() if rule.planned and counted.get(id)):
        for part in wave_queries.open_parts(ctx, location_id=at):
            seen.steps[f"part:{part.id}"].add("release a wave")
            for line in part.lines:
                seen.steps[f"line:{line.line_id}"].add("release a wave")


def _packing(house: House, seen: Standing) -> None:
    for row in floor.find_to_pack(house.ctx, limit=MANY):
        if not row["on_hold"]:
            seen.steps[f"part:{row['fulfilment_order_id']}"].add("pack")


def _parcels(house: House, seen: Standing) -> None:
    """Parcels that have not left, as the page of the door and that of the shipment offer what to do with them."""
    ctx, far = house.ctx, house.ctx.now + timedelta(days=1)
    asked = {id for _, id in shipping.find_unsettled(older_than=far, limit=MANY)}
    unwished = {id for _, id in shipping.find_unlabelled(older_than=far, limit=MANY)}
    here = shipping.on_the_floor(ctx)
    labels = shipping.live_labels_of(ctx, parcel_ids=[parcel.id for parcel in here])
    states = {part.id: part.state for parts in seen.parts.values() for part in parts}
    for parcel in here:
        label, steps = labels.get(parcel.id), seen.steps[f"parcel:{parcel.id}"]
        if parcel.id in unwished or (label is not None and label.id in asked):
            steps.add("timer settle_labels")
        elif label is None:
            steps.add("buy a label")
        elif parcel.state == "labelled" and states[parcel.fulfilment_order_id] != "on_hold":
            steps.add("hand over")


def _holds(house: House, seen: Standing) -> None:
    """Holds that a person may lift; parts that wait for stock stand among the parked ones, with a day."""
    ctx = house.ctx
    parked = {row.fulfilment_order_id: row for row in parking.list_parked(ctx, limit=MANY)}
    ids = [part.id for parts in seen.parts.values() for part in parts if part.state == "on_hold"]
    parcels = {p.fulfilment_order_id: [] for some in seen.parcels.values() for p in some}
    for some in seen.parcels.values():
        for parcel in some:
            parcels[parcel.fulfilment_order_id].append(parcel)
    for hold in queries.holds_of(ctx, fulfilment_order_ids=ids):
        step = f"lift {hold.reason}" if hold.reason != "inventory_out_of_stock" else ""
        if not step and hold.fulfilment_order_id in parked:
            has_day = parked[hold.fulfilment_order_id].cancel_at is not None
            step = "timer end_parking" if has_day else "decide what is parked"
        if step:
            seen.steps[f"part:{hold.fulfilment_order_id}"].add(step)
            for parcel in parcels.get(hold.fulfilment_order_id, []):
                seen.steps[f"parcel:{parcel.id}"].add(step)


def _timers(house: House, seen: Standing) -> None:
    """Parcels on their way that are told or asked about by themselves."""
    far = house.ctx.now + timedelta(days=1)
    quiet = shipping.find_quiet(quiet_since=far, talking_since=far, quiet_although_talking_since=far, now=far, limit=MANY)
    finders: tuple[tuple[str, Callable[[], Sequence[tuple[int, int]]]], ...] = (
        ("timer tell_carriers", lambda: shipping.find_untold(older_than=far, limit=MANY)),
        ("timer track_parcels", lambda: quiet),
    )
    for step, find in finders:
        for owner, id in find():
            if owner == house.org.organisation_id:
                seen.steps[f"parcel:{id}"].add(step)


def _tasks(house: House, seen: Standing) -> None:
    """Work of people, as home and the page of exceptions show it."""
    ctx = house.ctx
    for task in tasks.list_open(ctx, limit=MANY):
        kind, _, id = task.subject.partition(":")
        if kind in ("parcel", "fulfilment_order"):
            seen.steps[f"{'part' if kind == 'fulfilment_order' else kind}:{id}"].add(f"task {task.kind}")
    subjects = [f"parcel:{parcel.id}" for some in seen.parcels.values() for parcel in some]
    for task in tasks.tasks_about(ctx, subjects=subjects):
        if task.kind in exceptions.KINDS and task.state == "done" and task.outcome == ENDED:
            seen.dealt_with.add(int(task.facts["parcel_id"]))


def dead_ends(house: House, seen: Standing) -> list[str]:
    """Everything that waits for nothing, in words."""
    ctx = house.ctx
    open_parts = [part for id, parts in seen.parts.items() if not seen.is_over(id) for part in parts]
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id for part in open_parts])
    stuck: list[str] = []
    for id, order in seen.orders.items():
        if seen.is_over(id):
            continue
        live = [part for part in seen.parts[id] if part.state not in ("closed", "cancelled")]
        moving = [p for p in seen.parcels[id] if p.state != "cancelled" and p.status != "delivered" and p.id not in seen.dealt_with]
        held = {part.id for part in live if part.state == "on_hold"}
        if not live and not moving:
            stuck.append(f"{order.name}: {order.state} and {order.fulfilment_state}, though all of it has come or was cancelled")
        packed = {p.fulfilment_order_id for p in moving}
        stuck += [
            f"{order.name}: part {part.id} is {part.state} at {part.location_id}"
            for part in live
            if not seen.steps[f"part:{part.id}"] and part.id not in packed
        ]
        stuck += [f"{order.name}: parcel {p.id} is {p.state}, {p.status}" for p in moving if not seen.steps[f"parcel:{p.id}"]]
        stuck += [
            f"{order.name}: {line.qty - line.picked} of {line.sku} in part {line.fulfilment_order_id}"
            for line in lines
            if line.fulfilment_order_id in {part.id for part in live} - held and line.picked < line.qty
            and not seen.steps[f"line:{line.id}"]
        ]  # fmt: skip
    return stuck
