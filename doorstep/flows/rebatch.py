"""What has its place and is not released yet is looked at together again: better plans are taken, never worse ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.flows import day_capacity, decide, sighting
from doorstep.flows.decide import Decision
from doorstep.flows.sighting import Job, Sight
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment import unreleased
from doorstep.locations import queries as locations
from doorstep.orders import actions as orders
from doorstep.orders import edits, queries, rejections
from doorstep.orders.actions import Assignment, PartPlan
from doorstep.orders.placing import PlacedLine
from doorstep.orders.values import FORow
from doorstep.routing import actions as routing
from doorstep.routing import day_loads, exclusions
from doorstep.routing import queries as rules
from doorstep.routing.engine import batch, exact
from doorstep.routing.engine.batch import Open, Shelf
from doorstep.routing.engine.values import Candidate, Choice, Planned, Terms
from doorstep.routing.ruling import applying, parsing
from doorstep.routing.ruling.applying import Asked, Ruling, Spot
from doorstep.routing.ruling.kinds import Kind, Strength
from doorstep.routing.values import Decided
from doorstep.stock import actions as stock
from doorstep.stock import locks
from doorstep.stock import queries as stock_queries
from doorstep.stock.values import Pin, Want

MOST_PARTS = 3_000  # in one run, those of the oldest orders
MOST_MOVED = 300  # orders that one transaction moves: those that save most
WORTH_IT = 0.05  # of what a plan costs on the average: a move that saves less is not worth the trouble on the floor
WAIT_S = 3.0  # for the solver
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Standing:
    """An order as it is planned now: its parts that nobody has begun, with what each sends from where.

    Shapes: `held` units by (order line, variant, location).
    """

    job: Job
    parts: tuple[FORow, ...]
    held: Mapping[tuple[int, int, int], int]
    spots: tuple[Spot, ...]
    asked: Asked
    incumbent: Candidate

    @property
    def takes(self) -> dict[Shelf, int]:
        """What it takes from where."""
        return batch.takes(self.incumbent)


@dataclass(frozen=True, slots=True)
class Move:
    """A better plan for an order.  `saves`: money, worth included."""

    standing: Standing
    plan: Candidate
    saves: float


def reoptimise(ctx: Ctx) -> int:
    """Looks at every unreleased part of a brand together and moves those that save enough.  Returns: orders that moved.

    The plans are made with nothing locked; under the locks whatever changed meanwhile stays as it is.
    Locks: days that may be full, pick lists, the orders and their fulfilment orders, pool rows, reservations, levels.
    Emits: OrderMoved, OrderRouted.
    """
    ids = unreleased.find(ctx, limit=MOST_PARTS)
    if not ids:
        return 0
    sight, standing = _look(ctx, ids)
    moves = better(ctx, standing=standing)
    return carry_out(ctx, sight=sight, moves=moves) if moves else 0


def _look(ctx: Ctx, ids: Sequence[int]) -> tuple[Sight, list[Standing]]:
    """The orders of these parts as they are planned now; those that a person placed, or a rule forbids now, are left out."""
    parts = {
        part.id: part
        for part in queries.fulfilment_orders_by_id(ctx, ids=ids).values()
        if part.routed_why.get("why") != BY_HAND and part.location_id is not None
    }
    by_order: dict[int, list[FORow]] = {}
    for part in sorted(parts.values(), key=lambda one: one.id):
        by_order.setdefault(part.order_id, []).append(part)
    rows = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=list(parts))
    held: dict[int, Counter[tuple[int, int, int]]] = {id: Counter() for id in by_order}
    for row in rows:
        part = parts[row.fulfilment_order_id]
        held[part.order_id][row.order_line_id, row.variant_id, part.location_id or 0] += row.qty
    ruling = applying.ready(parsing.parse(rules.rules_in_force(ctx).rules))
    wanted = [(order_id, some[0].id, _together(held[order_id])) for order_id, some in by_order.items()]
    jobs, targets = sighting.jobs_of(ctx, parts=wanted, ruling=ruling)
    variants = sorted({row.variant_id for row in rows})
    sight = sighting.look(
        ctx, jobs=jobs, targets=targets, places=locations.list_locations(ctx), worth=rules.worths(ctx, variant_ids=variants)
    )
    barred = exclusions.barred(ctx, order_ids=list(by_order))
    found = [
        one
        for job, some in zip(jobs, by_order.values(), strict=True)
        if (one := _standing(sight, ruling, job, some, held[job.order_id], barred)) is not None
    ]
    return sight, found


def _together(held: Mapping[tuple[int, int, int], int]) -> list[tuple[int, int, int]]:
    """Units by line, wherever they come from."""
    units: Counter[tuple[int, int]] = Counter()
    for (line_id, variant_id, _), qty in held.items():
        units[line_id, variant_id] += qty
    return [(line_id, variant_id, qty) for (line_id, variant_id), qty in sorted(units.items())]


def _standing(
    sight: Sight, ruling: Ruling, job: Job, parts: Sequence[FORow], held: Mapping[tuple[int, int, int], int],
    barred: Mapping[int, frozenset[int]],
) -> Standing | None:  # fmt: skip
    shut = {at for line in job.lines for at in barred.get(line.order_line_id, ())}
    mine = Counter(part.location_id or 0 for part in parts)
    much = {line.variant_id: 1_000_000 for line in job.lines}  # what is there is counted once for all orders
    spots = tuple(
        sight.spot(at, job, much, used=max(sight.used.get(at.id, 0) - mine[at.id], 0))
        for at in sight.places
        if at.can_serve(job.to[0]) and at.id not in shut
    )
    asked = applying.ask(ruling, wanted=job.wanted, spots=spots)
    here: dict[int, dict[int, int]] = {}
    for (_, variant, at), qty in held.items():
        here.setdefault(at, {})[variant] = here.get(at, {}).get(variant, 0) + qty
    now = [replace(site, free=here[site.location_id]) for site in asked.sites if site.location_id in here]
    choice = exact.plan([replace(n, whole=False) for n in asked.needs], now, Terms(asked.terms.split)) if now else None
    if choice is None or len(asked.sites) < 2:
        return None
    return Standing(job, tuple(parts), held, spots, asked, choice.best)


def better(ctx: Ctx, *, standing: Sequence[Standing]) -> list[Move]:
    """Plans that save enough, within what is free and what these orders hold; ranked rules are never kept worse than now.

    Shapes: those that save most first.
    """
    variants = sorted({line.variant_id for one in standing for line in one.job.lines})
    left: Counter[Shelf] = Counter()
    for level in stock_queries.levels_of(ctx, variant_ids=variants):
        left[level.variant_id, level.location_id] = max(level.free - level.kept, 0)
    for one in standing:
        left.update(one.takes)
    by_terms: dict[Terms, list[Standing]] = {}
    for one in standing:
        by_terms.setdefault(one.asked.terms, []).append(one)
    moves: list[Move] = []
    for terms, some in by_terms.items():
        others = Counter[Shelf]()
        for one in standing:
            if one.asked.terms != terms:
                others.update(one.takes)
        known = {one.job.order_id: one for one in some}
        opened = [Open(one.job.order_id, one.asked.needs, one.asked.sites, one.incumbent) for one in some]
        enough = WORTH_IT * sum(one.incumbent.paid for one in some) / len(some)
        stood = {shelf: qty - others[shelf] for shelf, qty in left.items()}
        found = batch.replan(opened, stood, terms, threshold=enough, wait_s=WAIT_S)
        for key, plan in found.changed.items():
            saves = known[key].incumbent.total - plan.total
            if saves > enough and plan.ranks <= known[key].incumbent.ranks:
                moves.append(Move(known[key], plan, saves))
                left.subtract(batch.takes(plan))
                left.update(known[key].takes)
    return sorted(moves, key=lambda move: -move.saves)[:MOST_MOVED]


@transaction.atomic
def carry_out(ctx: Ctx, *, sight: Sight, moves: Sequence[Move]) -> int:
    """Moves pins and parts as planned, where all is still as it was seen.  Returns: orders that moved.

    Locks, Emits: as `reoptimise`.
    """
    ids = sorted({part.id for move in moves for part in move.standing.parts})
    day_capacity.lock(ctx)
    floor.lock(ctx, fulfilment_order_ids=ids)
    same = _unchanged(ctx, moves, ids)
    able = [move for move in moves if move.standing.job.order_id in same]
    locks.pool_rows(ctx, {line.variant_id for move in able for line in move.standing.job.lines})
    able = _within_days(ctx, sight, _within(ctx, able))
    if not able:
        return 0
    floor.withdraw(ctx, fulfilment_order_ids=[part.id for move in able for part in move.standing.parts], only_untouched=True)
    for move in able:
        _gather(ctx, move)
        for at in sorted({at for _, _, at in move.standing.held}):
            wants = [Want(line, variant, qty) for (line, variant, place), qty in move.standing.held.items() if place == at]
            stock.unpin(ctx, wants=wants, location_id=at)
    edits.unroute(ctx, fulfilment_order_ids=[move.standing.parts[0].id for move in able])
    pins = [
        Pin(line, variant, parcel.location_id, qty)
        for move in able for parcel in move.plan.parcels for line, variant, qty in _by_line(parcel)
    ]  # fmt: skip
    stock.pin(ctx, pins=pins)
    given = orders.assign(ctx, assignments=[_assigned(sight, move) for move in able])
    places = [parcel.location_id for move in able for parcel in move.plan.parcels]
    day_capacity.note(ctx, given=list(zip(given, places, strict=True)), days=sight.days)
    _keep(ctx, sight, able)
    return len(able)


def _unchanged(ctx: Ctx, moves: Sequence[Move], ids: Sequence[int]) -> set[int]:
    """The orders of which every part is where it was, with the same units, and begun by nobody.  Needs: them locked."""
    free = unreleased.among(ctx, fulfilment_order_ids=ids)
    touched = unreleased.ever_touched(ctx, fulfilment_order_ids=ids)
    now = queries.fulfilment_orders_by_id(ctx, ids=ids)
    held: dict[int, Counter[tuple[int, int, int]]] = {}
    for row in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=ids):
        part = now[row.fulfilment_order_id]
        held.setdefault(part.order_id, Counter())[row.order_line_id, row.variant_id, part.location_id or 0] += row.qty
    barred = exclusions.barred(ctx, order_ids=sorted(held))
    return {
        move.standing.job.order_id
        for move in moves
        if all(part.id in free for part in move.standing.parts)
        and not any(part.id in touched for part in move.standing.parts[1:])
        and held.get(move.standing.job.order_id) == move.standing.held
        and not any(parcel.location_id in barred.get(line, ()) for parcel in move.plan.parcels for line, _, _ in parcel.units)
    }


def _within(ctx: Ctx, moves: Sequence[Move]) -> list[Move]:
    """As many moves as the stock allows now, those that save least given up first.  Needs: the pool rows locked."""
    kept = sorted(moves, key=lambda move: -move.saves)
    variants = sorted({line.variant_id for move in kept for line in move.standing.job.lines})
    free = {(row.variant_id, row.location_id): row.free for row in stock_queries.levels_of(ctx, variant_ids=variants)}
    while kept:
        left: Counter[Shelf] = Counter(free)
        for move in kept:
            left.update(move.standing.takes)
            left.subtract(batch.takes(move.plan))
        lacking = {shelf for shelf, qty in left.items() if qty < 0}
        if not lacking:
            break
        worst = next(move for move in reversed(kept) if lacking & batch.takes(move.plan).keys())
        kept = [move for move in kept if move is not worst]
    return kept


def _within_days(ctx: Ctx, sight: Sight, moves: Sequence[Move]) -> list[Move]:
    """As many moves as the days allow that take no more than they hold, those that save most first.  Needs: the days locked.

    What a move leaves is not counted as room: whether it counted for this day, it does not say.
    """
    ruling = applying.ready(parsing.parse(rules.rules_in_force(ctx).rules))
    if not (day_capacity.is_hard(ruling) and sight.days and moves):
        return list(moves)
    full = {rule.id for rule in ruling.rules if rule.kind is Kind.CAPACITY and rule.strength is Strength.HARD}
    used, kept = Counter(day_loads.used(ctx, days=sight.days)), []
    for move in sorted(moves, key=lambda move: -move.saves):
        there = {part.location_id for part in move.standing.parts}
        comes = [p.location_id for p in move.plan.parcels if p.location_id in sight.days and p.location_id not in there]
        if full.isdisjoint(move.standing.asked.applied) or all(used[at] < sight.dispatches[at].capacity_per_day for at in comes):
            kept.append(move)
            used.update(comes)
    return kept


def _gather(ctx: Ctx, move: Move) -> None:
    """Brings all units of an order that is in several parts into the first of them.  Needs: the others never touched."""
    first, *rest = move.standing.parts
    if not rest:
        return
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id for part in rest])
    if not floor.forget(ctx, fulfilment_line_ids=[line.id for line in lines]):
        raise RuntimeError(f"the floor knows of parts of order {first.order_id} that it was said not to know")
    edits.take_off(ctx, units=[(line.id, line.qty) for line in lines])
    alike: Counter[tuple[int, int]] = Counter()
    for line in lines:
        alike[line.order_line_id, line.variant_id] += line.qty
    placed = [PlacedLine(line_id, variant_id, qty) for (line_id, variant_id), qty in sorted(alike.items())]
    edits.put_on(ctx, order_id=first.order_id, fulfilment_order_id=first.id, lines=placed)
    edits.drop_empty(ctx, order_id=first.order_id)


def _by_line(parcel: Planned) -> list[tuple[int, int, int]]:
    units: Counter[tuple[int, int]] = Counter()
    for line_id, variant_id, qty in parcel.units:
        units[line_id, variant_id] += qty
    return [(line_id, variant_id, qty) for (line_id, variant_id), qty in sorted(units.items())]


def _assigned(sight: Sight, move: Move) -> Assignment:
    first = move.standing.parts[0]
    parts = tuple((p.location_id, tuple(PartPlan(*unit) for unit in _by_line(p))) for p in move.plan.parcels)
    return Assignment(first.id, first.order_id, parts, {"why": "batch", **_saved(sight, move)})


def _saved(sight: Sight, move: Move) -> dict[str, object]:
    return {"saves_minor": round(move.saves), "currency": sight.currency}


def _keep(ctx: Ctx, sight: Sight, moves: Sequence[Move]) -> None:
    """Keeps why they moved, with the plan that stood before beside the new one, and tells it."""
    kept = []
    variants = sorted({line.variant_id for move in moves for line in move.standing.job.lines})
    free = {(row.variant_id, row.location_id): row.free for row in stock_queries.levels_of(ctx, variant_ids=variants)}
    for move in moves:
        first, was, takes = move.standing.parts[0], move.standing, batch.takes(move.plan)
        spots = tuple(
            replace(spot, free={v: free.get((v, spot.location_id), 0) + takes.get((v, spot.location_id), 0) for v in spot.free})
            for spot in was.spots
        )
        decision = Decision(was.job, spots, was.asked, Choice(move.plan, (was.incumbent,)), False, 0)
        plan, considered, level = decide.recorded(sight, decision, free=_nothing, spare=_nothing, seen=False)
        plan |= {"why": "batch", **_saved(sight, move)}
        kept.append(Decided(first.order_id, first.id, plan, considered, 0, level))
        rejections.note_moved(
            ctx, fulfilment_order_id=first.id, order_id=first.order_id,
            facts={
                "location_id": move.plan.parcels[0].location_id, "from_location_id": first.location_id, "why": "batch",
                "units": sum(line.qty for line in was.job.lines), "note": "", **_saved(sight, move),
            },
        )  # fmt: skip
    routing.keep_decisions(ctx, decisions=kept, rules_version=rules.rules_in_force(ctx).version, policy="batch")


def _nothing(_variant_id: int, _location_id: int) -> int:
    return 0
