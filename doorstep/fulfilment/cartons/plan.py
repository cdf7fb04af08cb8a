"""Fewest boxes, then cheapest, then smallest: a heuristic whose every answer can really be packed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from doorstep.fulfilment.cartons.laying import Laid, Unit, lay, opened
from doorstep.fulfilment.cartons.values import BoxType, Carton, Dims, Item, Placed, Plan, Why, WhyNot

# From so many units on, equal ones are laid as bricks: a packer does so too, and it stays quick.
LOOSE_AT_MOST = 24
BRICKS = 4
TURNS = 6
MOST_UNITS, MOST_BLOCKS = 400, 120  # what is beyond goes unplanned, to be boxed by whoever stands there
# From so many on one way of laying them has to do, in the roomiest boxes: a page waits for the answer.
CROWD, ROOMIEST = 48, 3
ORDERS: tuple[Callable[[Unit], object], ...] = (
    lambda unit: (unit.fragile, -unit.volume, unit.dims, unit.key),
    lambda unit: (unit.fragile, -max(unit.dims), -unit.volume, unit.dims, unit.key),
    lambda unit: (unit.fragile, -min(unit.dims), -unit.volume, unit.dims, unit.key),
)
Filled = tuple[list[Laid], list[Unit]]


def plan(items: Sequence[Item], boxes: Sequence[BoxType]) -> Plan:
    """Boxes for items, every unit in exactly one carton.

    First what ships as it is, then what was measured: in one box where one takes it all, the cheapest of those; else the fullest
    box is filled again and again, and each is exchanged for the cheapest that takes the same.  What nobody measured goes beside
    the rest, unsure, where the weight allows.
    """
    ranked = sorted(boxes, key=lambda box: (box.cost_minor, box.volume, box.id))
    alone = [carton for item in items if item.own_box for carton in _own(item)]
    measured = [item for item in items if not item.own_box and item.dims_mm is not None]
    unknown = [item for item in items if not item.own_box and item.dims_mm is None]
    whys = [why for item in [*measured, *unknown] for box in ranked if (why := why_alone(item, box)) is not None]
    barred = {(why.key, why.box_id) for why in whys}
    able = [item for item in measured if any((item.key, box.id) not in barred for box in ranked)]
    homeless = [carton for item in measured if item not in able for carton in _own(item)]
    units, beyond = _units(able, ranked)
    cartons = _in_boxes(units, ranked)
    cartons += _loose(beyond)
    cartons = _beside(cartons, unknown)
    together = [] if len(cartons) < 2 else [_why_together(units, box) for box in ranked]
    return Plan((*cartons, *homeless, *alone), tuple(whys), tuple(why for why in together if why is not None))


def why_alone(item: Item, box: BoxType) -> Why | None:
    """Why one unit does not go into an empty box; None where it does."""
    if box.most_g and item.weight_g + box.empty_g > box.most_g:
        return Why(box.id, WhyNot.WEIGHT, item.key, 0, item.weight_g, max(box.most_g - box.empty_g, 0))
    if item.dims_mm is None:
        return Why(box.id, WhyNot.NO_DIMS, item.key)
    sides = sorted(item.dims_mm, reverse=True)
    room = sorted(_room(box, min(sides)), reverse=True)
    for side, (has, most) in enumerate(zip(sides, room, strict=True)):
        if has > most:
            return Why(box.id, WhyNot.SIDE, item.key, side, has, max(most, 0))
    return None


def _room(box: BoxType, thick: int) -> Dims:
    """The room in a box; in an envelope that holds something so thick."""
    length, width, height = box.dims_mm
    return (length - thick, width - thick, height) if box.flat else (length, width, height)


def _why_together(units: Sequence[Unit], box: BoxType) -> Why | None:
    """Why all measured units at once do not go into one box."""
    weight = sum(unit.weight_g for unit in units)
    if box.most_g and weight + box.empty_g > box.most_g:
        return Why(box.id, WhyNot.WEIGHT, None, 0, weight, max(box.most_g - box.empty_g, 0))
    volume = sum(unit.volume for unit in units)
    if volume > box.volume:
        return Why(box.id, WhyNot.VOLUME, None, 0, volume, box.volume)
    return Why(box.id, WhyNot.ROOM) if _all_in(units, box) is None else None


def _own(item: Item) -> list[Carton]:
    """Each unit as it is."""
    if item.dims_mm is None:
        return [Carton(None, (), (item.key,), item.weight_g, None)] * item.qty
    return [Carton(None, (Placed(item.key, (0, 0, 0), item.dims_mm),), (), item.weight_g, item.dims_mm)] * item.qty


def _units(items: Sequence[Item], boxes: Sequence[BoxType]) -> tuple[list[Unit], list[Item]]:
    """The units to be laid, equal ones as bricks where there are many, and those that are too many to plan."""
    many = sum(item.qty for item in items) > LOOSE_AT_MOST
    units: list[Unit] = []
    beyond: list[Item] = []
    room = MOST_UNITS
    for item in items:
        qty, dims = min(item.qty, room), item.dims_mm or (0, 0, 0)
        brick = _brick(item, dims, qty, boxes) if many and qty > BRICKS and not item.fragile else None
        each = brick.count if brick is not None else 1
        single = Unit(item.key, dims, item.weight_g, item.fragile, dims)
        blocks = [*([brick] * (qty // each) if brick is not None else ()), *[single] * (qty % each if brick is not None else qty)]
        blocks = blocks[: max(MOST_BLOCKS - len(units), 0)]
        qty = sum(block.count for block in blocks)
        units += blocks
        room -= qty
        if qty < item.qty:
            beyond.append(Item(item.key, item.qty - qty, None, item.weight_g))
    return units, beyond


def _brick(item: Item, dims: Dims, qty: int, boxes: Sequence[BoxType]) -> Unit | None:
    """Several equal units as one block that fits into some box, as near to a cube as can be."""
    target = -(-qty // BRICKS)
    best: tuple[int, int, int] | None = None
    for a in range(1, target + 1):
        for b in range(1, target // a + 1):
            c = target // (a * b)
            block = (a * dims[0], b * dims[1], c * dims[2])
            count = a * b * c
            whole = Item(item.key, 1, block, item.weight_g * count)
            if count < 2 or all(why_alone(whole, box) is not None for box in boxes):
                continue
            if best is None or (-count, max(block)) < (-best[0] * best[1] * best[2], max(best[i] * dims[i] for i in range(3))):
                best = (a, b, c)
    if best is None:
        return None
    count = best[0] * best[1] * best[2]
    block = (best[0] * dims[0], best[1] * dims[1], best[2] * dims[2])
    return Unit(item.key, block, item.weight_g * count, False, dims, count)


def _in_boxes(units: Sequence[Unit], boxes: Sequence[BoxType]) -> list[Carton]:
    """Cartons for units of which each goes into some box."""
    left = list(units)
    found: list[tuple[BoxType, list[Laid]]] = []
    while left:
        whole = _cheapest(left, boxes)
        if whole is not None:
            found.append(whole)
            break
        box, laid, left = _fullest(left, boxes)
        found.append(_cheapest([one.unit for one in laid], boxes) or (box, laid))
    return [_carton(box, laid) for box, laid in found]


def _cheapest(units: Sequence[Unit], boxes: Sequence[BoxType]) -> tuple[BoxType, list[Laid]] | None:
    """The cheapest box that takes all of them.  Needs: the boxes ranked."""
    for box in boxes:
        laid = _all_in(units, box)
        if laid is not None:
            return box, laid
    return None


def _all_in(units: Sequence[Unit], box: BoxType) -> list[Laid] | None:
    if box.most_g and sum(unit.weight_g for unit in units) + box.empty_g > box.most_g:
        return None
    if sum(unit.volume for unit in units) > box.volume or not all(_fits(unit, box) for unit in set(units)):
        return None
    for ordered, first in _tries(units):
        for room in _rooms(units, box):
            laid, left = lay(room, ordered, first=first, all_or_none=True)
            if not left:
                return laid
    return None


def _fits(unit: Unit, box: BoxType) -> bool:
    """Whether a unit goes into an empty box by its sides and its weight."""
    heavy = box.most_g and unit.weight_g + box.empty_g > box.most_g
    return not heavy and all(
        side <= most for side, most in zip(sorted(unit.dims), sorted(_room(box, min(unit.dims))), strict=True)
    )


def _tries(units: Sequence[Unit]) -> Iterator[tuple[list[Unit], int]]:
    """The orders in which units are laid, and the ways in which they are turned first; fewer where there are many."""
    is_crowd = len(units) > CROWD
    for first in range(TURNS) if len(units) <= LOOSE_AT_MOST else (0,) if is_crowd else (0, TURNS - 1):
        for order in ORDERS[:1] if is_crowd else ORDERS:
            yield sorted(units, key=order), first  # type: ignore[arg-type]


def _rooms(units: Iterable[Unit], box: BoxType) -> list[Dims]:
    """What may be filled of a box: all of it; of an envelope as little as its thickest unit needs, else all that it gives."""
    if not box.flat:
        return [box.dims_mm]
    length, width, height = box.dims_mm
    thin = min(max(min(unit.dims) for unit in units), height)
    return [(length - t, width - t, t) for t in dict.fromkeys((thin, height)) if min(length, width) > t]


def _fullest(units: Sequence[Unit], boxes: Sequence[BoxType]) -> tuple[BoxType, list[Laid], list[Unit]]:
    """The box that takes the most of these units, what lies in it and what is left."""
    best: tuple[int, int, BoxType, Filled] | None = None
    if len(units) > CROWD and len(boxes) > ROOMIEST:
        roomiest = sorted(boxes, key=lambda box: (-box.volume, box.id))[:ROOMIEST]
        fits = {unit for unit in set(units) if any(_fits(unit, box) for box in roomiest)}
        if fits:
            boxes = [box for box in boxes if box in roomiest]
    for n, box in enumerate(boxes):
        for ordered, first in _tries(units):
            for room in _rooms(units, box):
                laid, left = _lay_within(room, ordered, box, first)
                took = sum(one.unit.volume for one in laid)
                if laid and (best is None or (took, -n) > best[:2]):
                    best = (took, -n, box, (laid, left))
    if best is None:  # each unit goes into some box alone, so this cannot be
        raise AssertionError("a unit that fits a box found none")
    return best[2], *best[3]


def _lay_within(room: Dims, units: Sequence[Unit], box: BoxType, first: int) -> Filled:
    """Lays what the weight limit allows, in this order."""
    if not box.most_g:
        return lay(room, units, first=first)
    may, heavy, weight = [], [], box.empty_g
    for unit in units:
        if weight + unit.weight_g <= box.most_g:
            may.append(unit)
            weight += unit.weight_g
        else:
            heavy.append(unit)
    laid, left = lay(room, may, first=first)
    return laid, [*left, *heavy]


def _carton(box: BoxType, laid: Sequence[Laid]) -> Carton:
    placed = tuple(one for brick in laid for one in opened(brick))
    return Carton(box, placed, (), box.empty_g + sum(one.unit.weight_g for one in laid), box.dims_mm)


def _loose(items: Sequence[Item]) -> list[Carton]:
    """What is too much to plan, as one heap."""
    keys = tuple(item.key for item in items for _ in range(item.qty))
    return [Carton(None, (), keys, sum(item.weight_g * item.qty for item in items), None)] if keys else []


def _beside(cartons: list[Carton], unknown: Sequence[Item]) -> list[Carton]:
    """Units that nobody measured, in the carton with the most air that may carry them; else in one of which nothing is known."""
    found = list(cartons)
    for item in unknown:
        left = item.qty
        while left:
            able = [n for n, one in enumerate(found) if _carries(one, item.weight_g)]
            if not able:
                found.append(Carton(None, (), (), 0, None))
                able = [len(found) - 1]
            n = max(able, key=lambda n: (_air(found[n]), -n))
            was, some = found[n], left
            if was.box is not None and was.box.most_g and item.weight_g:
                some = min(left, (was.box.most_g - was.weight_g) // item.weight_g)
            unsure = (*was.unsure, *[item.key] * some)
            found[n] = Carton(was.box, was.placed, unsure, was.weight_g + item.weight_g * some, was.dims_mm)
            left -= some
    return found


def _carries(carton: Carton, more_g: int) -> bool:
    return carton.box is None or not carton.box.most_g or carton.weight_g + more_g <= carton.box.most_g


def _air(carton: Carton) -> int:
    filled = sum(one.dims[0] * one.dims[1] * one.dims[2] for one in carton.placed)
    return (carton.box.volume if carton.box else 0) - filled
