"""Who waits for units: sold beyond what is available, or short; one queue per variant, served in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import locks, promising, queue, turns
from doorstep.stock.events import STOCK_ARRIVED
from doorstep.stock.values import BackorderKind, BackorderRow, BackorderState, Wait, Waited

AT_ONCE = 200  # groups that are looked at in one transaction


@transaction.atomic(savepoint=False)
def wait(ctx: Ctx, *, waits: Sequence[Wait], may_be_sold: bool = True) -> list[Waited]:
    """Has groups wait that were short: their lines of the variants that were short, each with its promise.

    A group that waits already keeps its turn, and its lines that wait keep what was promised.
    Shapes: one answer per wait, in order.  Units: whole units.  `may_be_sold`: False where it is not units that lack.
    Locks: the pool rows of the variants, ascending.
    """
    locks.pool_rows(ctx, {short.variant_id for wait in waits for short in wait.shorts})
    here = {(row.group_id, row.reference_id): row for row in queue.of_groups(ctx, [w.group_id for w in waits])}
    promises = promising.promise(ctx, waits, may_be_sold=may_be_sold)
    lines = []
    for one, told in zip(waits, promises, strict=True):
        for want in one.wants:
            if want.variant_id in told and (one.group_id, want.reference_id) not in here:
                kind, day = told[want.variant_id]
                lines.append(
                    (one.group_id, want.reference_id, want.variant_id, want.qty, kind, one.priority, one.since, day)
                )
    queue.open(ctx, lines)
    return [_told(told) for told in promises]


def _told(promises: Mapping[int, tuple[str, date | None]]) -> Waited:
    kinds = {kind for kind, _ in promises.values()}
    days = [day for _, day in promises.values()]
    if BackorderKind.SHORT in kinds:
        return Waited(BackorderKind.SHORT.value, None)
    kind = BackorderKind.PREORDER if BackorderKind.PREORDER in kinds else BackorderKind.BACKORDER
    return Waited(kind.value, None if None in days else max((d for d in days if d), default=None))


@transaction.atomic
def withdraw(ctx: Ctx, *, references: Sequence[int]) -> int:
    """Ends what waits for these references, which want nothing any more.  Returns: units.  Locks: pool rows ascending."""
    return queue.end(ctx, queue.of_references(ctx, references), BackorderState.WITHDRAWN)


@transaction.atomic
def serve(ctx: Ctx, *, group_ids: Sequence[int]) -> int:
    """Ends what waits in groups that were promised their units.  Returns: units.  Locks: pool rows ascending."""
    return queue.end(ctx, queue.of_groups(ctx, group_ids), BackorderState.SERVED)


@transaction.atomic
def fit(ctx: Ctx, *, group_id: int, units: Mapping[int, int]) -> None:
    """Has a group wait for as many units as it wants now.

    Shapes: units by reference; one that is not named, or wants none, waits no more.  Locks: pool rows ascending.
    """
    rows = queue.of_groups(ctx, [group_id])
    locks.pool_rows(ctx, {row.variant_id for row in rows})
    queue.end(ctx, [row for row in rows if not units.get(row.reference_id)], BackorderState.WITHDRAWN)
    queue.resize(ctx, [(row, units[row.reference_id]) for row in rows if units.get(row.reference_id)])


@transaction.atomic
def move(ctx: Ctx, *, source: int, target: int, units: Mapping[int, int]) -> int:
    """Units that go to another group take their turn and their promise with them.  Returns: units that wait there.

    Shapes: units by reference.  Locks: pool rows ascending.
    """
    rows = [row for row in queue.of_groups(ctx, [source]) if units.get(row.reference_id)]
    return queue.move(ctx, [(row, min(units[row.reference_id], row.qty)) for row in rows], target)


@transaction.atomic
def prioritise(ctx: Ctx, *, group_ids: Sequence[int], priority: int) -> None:
    """Sets whose turn is first.  Locks: pool rows ascending."""
    rows = queue.of_groups(ctx, group_ids)
    locks.pool_rows(ctx, {row.variant_id for row in rows})
    db.execute(
        """UPDATE stock_backorder SET priority = %s
            WHERE organisation_id = %s AND group_id = ANY(%s) AND state = 'open'""",
        [priority, ctx.organisation_id, list(group_ids)],
    )


@transaction.atomic
def offer(ctx: Ctx, *, variant_ids: Sequence[int]) -> None:
    """Has everybody who waits for these variants looked at again.  Locks: pool rows ascending.  Emits: StockArrived."""
    waited_for = [row.variant_id for row in locks.pool_rows(ctx, variant_ids).values() if row.waiting]
    turns.tell(ctx, type=STOCK_ARRIVED, variants=waited_for, reason="asked_again")


def to_offer(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[int]:
    """Of these variants, those of which units came that not all who wait were offered, ascending."""
    return db.column(
        """SELECT variant_id FROM stock_item WHERE organisation_id = %s AND variant_id = ANY(%s) AND to_serve
            ORDER BY variant_id""",
        [ctx.organisation_id, list(variant_ids)],
    )


def next_in_turn(ctx: Ctx, *, variant_ids: Sequence[int], limit: int = AT_ONCE) -> list[int]:
    """Groups whose turn it is for these variants and for whom there is enough, in turn; see `queue.next_in_turn`."""
    return queue.next_in_turn(ctx, variant_ids, limit)


@transaction.atomic
def pass_over(ctx: Ctx, *, group_ids: Sequence[int]) -> None:
    """Notes that groups were looked at and could not be served; they keep their turn for what comes next."""
    db.execute(
        "UPDATE stock_backorder SET passed = TRUE WHERE organisation_id = %s AND group_id = ANY(%s) AND state = 'open'",
        [ctx.organisation_id, list(group_ids)],
    )


@transaction.atomic
def finish(ctx: Ctx, *, variant_ids: Sequence[int]) -> bool:
    """Leaves to everybody what nobody who waits can use; where somebody still can, they are looked at in a moment.

    Returns: whether all were looked at.  Locks: pool rows ascending.  Emits: StockArrived for those that go on.
    """
    locks.pool_rows(ctx, variant_ids)
    going_on = [v for v in variant_ids if queue.next_in_turn(ctx, [v], 1)]
    db.execute(
        "UPDATE stock_item SET to_serve = FALSE WHERE organisation_id = %s AND variant_id = ANY(%s) AND to_serve",
        [ctx.organisation_id, [v for v in variant_ids if v not in going_on]],
    )
    turns.go_on(ctx, going_on)
    return not going_on


@transaction.atomic
def promise_again(ctx: Ctx, *, group_ids: Sequence[int]) -> list[BackorderRow]:
    """Promises what is expected now, where it is later than what was promised.  Returns: what waits in the groups now.

    Locks: pool rows ascending.
    """
    rows = queue.of_groups(ctx, group_ids)
    locks.pool_rows(ctx, {row.variant_id for row in rows})
    db.execute(
        """UPDATE stock_backorder SET promised_on = expected_on, slipped = FALSE
            WHERE organisation_id = %s AND group_id = ANY(%s) AND state = 'open' AND slipped""",
        [ctx.organisation_id, list(group_ids)],
    )
    return queue.of_groups(ctx, group_ids)


def expected(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[BackorderRow]:
    """What is promised and expected of who waits for variants as things are due now, where that is not what was kept: a first
    day that can be promised, a promise that became false, or one that holds again."""
    return promising.expect(ctx, variant_ids)


@transaction.atomic
def expect(ctx: Ctx, *, rows: Sequence[BackorderRow]) -> None:
    """Keeps what is expected of backorders.  Locks: pool rows ascending."""
    locks.pool_rows(ctx, {row.variant_id for row in rows})
    queue.expect(ctx, rows)


def rows_of(ctx: Ctx, *, group_ids: Sequence[int]) -> list[BackorderRow]:
    """What waits in these groups, in turn."""
    return queue.of_groups(ctx, group_ids)
