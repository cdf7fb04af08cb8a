"""The one way in which pick lists are locked, change their state and tell how far they are.  Private to the floor."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.fulfilment import events, queries
from doorstep.fulfilment.values import PICK_LISTS, PickListState, PickTaskRow
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.values import FOState

ORDERS_PER_LIST = 20


def lock(ctx: Ctx, *, pick_list_id: int) -> PickListState:
    """Locks one pick list and tells its state.  Refuses: unknown ids."""
    state = db.scalar(
        "SELECT state FROM fulfilment_picklist WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, pick_list_id],
    )
    if state is None:
        raise Refused(NOT_FOUND, {"what": "pick list", "key": pick_list_id})
    return PickListState(state)


def lock_those_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Locks the pick lists on which these fulfilment orders stand.  Locks: ascending by id, before any order."""
    db.execute(
        """SELECT id FROM fulfilment_picklist WHERE organisation_id = %s AND id IN (
                  SELECT pick_list_id FROM fulfilment_picktask
                   WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s) AND NOT removed)
            ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, ctx.organisation_id, list(fulfilment_order_ids)],
    )


def lock_orders(ctx: Ctx, *, pick_list_id: int) -> None:
    """Locks the fulfilment orders on a pick list.  Locks: ascending by id."""
    orders.lock(
        ctx,
        fulfilment_order_ids=db.column(
            """SELECT DISTINCT fulfilment_order_id FROM fulfilment_picktask
                WHERE organisation_id = %s AND pick_list_id = %s AND NOT removed""",
            [ctx.organisation_id, pick_list_id],
        ),
    )


class Places:
    """Hands out places on the open pick lists of locations, at most so many orders on each.

    Locks: the newest open list of each location, ascending by id, before any order; a location that turns up later gets
    a new list.
    """

    def __init__(self, ctx: Ctx, *, location_ids: Sequence[int]) -> None:
        self.ctx = ctx
        found = db.dicts(
            """SELECT id, location_id FROM fulfilment_picklist WHERE organisation_id = %s AND state = %s AND id IN (
                      SELECT max(id) FROM fulfilment_picklist
                       WHERE organisation_id = %s AND location_id = ANY(%s) AND state = %s AND wave_id IS NULL
                        GROUP BY location_id)
                ORDER BY id FOR NO KEY UPDATE""",
            [
                ctx.organisation_id,
                PickListState.OPEN.value,
                ctx.organisation_id,
                list(location_ids),
                PickListState.OPEN.value,
            ],
        )
        self._room: dict[int, tuple[int, int]] = {
            line["location_id"]: (line["id"], ORDERS_PER_LIST - self._orders_on(line["id"])) for line in found
        }

    def take(self, location_id: int) -> int:
        """The pick list that the next order of this location goes on."""
        pick_list_id, room = self._room.get(location_id, (0, 0))
        if room <= 0:
            pick_list_id, room = self._new(location_id), ORDERS_PER_LIST
        self._room[location_id] = (pick_list_id, room - 1)
        return pick_list_id

    def _orders_on(self, pick_list_id: int) -> int:
        return int(
            db.scalar(
                """SELECT count(DISTINCT fulfilment_order_id) FROM fulfilment_picktask
                    WHERE organisation_id = %s AND pick_list_id = %s AND NOT removed""",
                [self.ctx.organisation_id, pick_list_id],
            )
        )

    def _new(self, location_id: int) -> int:
        return int(
            db.scalar(
                """INSERT INTO fulfilment_picklist (organisation_id, location_id, state, picker_name, created_at)
                   VALUES (%s, %s, %s, '', %s) RETURNING id""",
                [self.ctx.organisation_id, location_id, PickListState.OPEN.value, self.ctx.now],
            )
        )


def start(ctx: Ctx, *, pick_list_id: int) -> None:
    """Notes who began to pick, once.  Emits: PickingStarted."""
    begun = db.execute(
        """UPDATE fulfilment_picklist SET started_at = %s, picker_name = %s
            WHERE organisation_id = %s AND id = %s AND started_at IS NULL""",
        [ctx.now, ctx.actor.name[:120], ctx.organisation_id, pick_list_id],
    )
    if begun:
        _move(ctx, [pick_list_id], PickListState.IN_PROGRESS)
        subject = f"pick_list:{pick_list_id}"
        outbox.record(ctx, [Happened(events.PICKING_STARTED, subject, subject, {"picker": ctx.actor.name})])


def settle(ctx: Ctx, *, pick_list_ids: Sequence[int]) -> None:
    """A list that was begun is in progress while units are left on it, picked when none are, cancelled when all went away.

    One of a wave that nobody began is cancelled then, too: nothing comes on it any more.
    """
    found = db.dicts(
        """SELECT p.id, p.started_at IS NOT NULL AS is_begun, count(t.id) AS tasks, COALESCE(sum(t.qty - t.picked), 0) AS units
             FROM fulfilment_picklist p
             LEFT JOIN fulfilment_picktask t ON t.organisation_id = p.organisation_id AND t.pick_list_id = p.id
                                            AND NOT t.removed
            WHERE p.organisation_id = %s AND p.id = ANY(%s) AND (p.started_at IS NOT NULL OR p.wave_id IS NOT NULL)
            GROUP BY p.id, p.started_at""",
        [ctx.organisation_id, list(pick_list_ids)],
    )
    begun = [line for line in found if line["is_begun"]]
    _move(ctx, [line["id"] for line in begun if line["units"]], PickListState.IN_PROGRESS)
    _move(ctx, [line["id"] for line in begun if line["tasks"] and not line["units"]], PickListState.PICKED)
    _move(ctx, [line["id"] for line in found if not line["tasks"]], PickListState.CANCELLED)


def still_wanted(ctx: Ctx, tasks: Sequence[PickTaskRow]) -> list[PickTaskRow]:
    """Those whose fulfilment order was not cancelled and has not left: the others are about to be withdrawn.

    Needs: the fulfilment orders locked.
    """
    parts = order_queries.fulfilment_orders_by_id(ctx, ids=[task.fulfilment_order_id for task in tasks])
    live = {id for id, part in parts.items() if part.state in (FOState.OPEN, FOState.IN_PROGRESS, FOState.ON_HOLD)}
    return [task for task in tasks if task.fulfilment_order_id in live]


def tell_if_picked(ctx: Ctx, *, task: PickTaskRow) -> None:
    """Tells when nothing is left to fetch for the fulfilment order of this task.  Emits: FulfilmentPicked."""
    rest = queries.tasks_of_orders(ctx, fulfilment_order_ids=[task.fulfilment_order_id])
    if rest and all(t.picked == t.qty for t in rest):
        subject, timeline = f"fulfilment_order:{task.fulfilment_order_id}", f"order:{task.order_id}"
        outbox.record(ctx, [Happened(events.PICKED, subject, timeline, {"pick_list_id": task.pick_list_id})])


def standing(ctx: Ctx, *, pick_list_id: int, task_id: int | None) -> tuple[int, int, bool]:
    """How far a task is, and its list.  Shapes: picked, qty, whether the whole list is done; zeros for no task."""
    found = db.dicts(
        """SELECT COALESCE(sum(picked) FILTER (WHERE id = %s), 0)::int AS picked,
                  COALESCE(sum(qty) FILTER (WHERE id = %s), 0)::int AS qty,
                  COALESCE(bool_and(picked = qty), TRUE) AS done
             FROM fulfilment_picktask WHERE organisation_id = %s AND pick_list_id = %s AND NOT removed""",
        [task_id, task_id, ctx.organisation_id, pick_list_id],
    )[0]
    return found["picked"], found["qty"], found["done"]


def _move(ctx: Ctx, pick_list_ids: Sequence[int], to: PickListState) -> None:
    """Compare-and-set by the transition table: a list that may not go there stays where it is."""
    finished = to in (PickListState.PICKED, PickListState.CANCELLED)
    db.execute(
        """UPDATE fulfilment_picklist SET state = %s, finished_at = CASE WHEN %s THEN %s::timestamptz END
            WHERE organisation_id = %s AND id = ANY(%s) AND state = ANY(%s)""",
        [to.value, finished, ctx.now, ctx.organisation_id, list(pick_list_ids), PICK_LISTS.sources(to)],
    )
