"""Which lists a release would make of what is open, and in which order they are walked.  Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import batching, tours
from doorstep.fulfilment.batching import Cart, Load
from doorstep.fulfilment.tours import Floor, Route, Stop
from doorstep.fulfilment.values import Method, PickRules, PlannedList, PlannedWave, Takes, TemplateDraft

NO_LIMIT = 1_000_000
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Wanted(NamedTuple):
    """One line to fetch.  `stop`: where it lies, None where nobody has said so; `position`: of its bin, for that case."""

    line_id: int
    variant_id: int
    bin: str
    qty: int
    weight_g: int
    stop: Stop | None
    zone: str
    position: int


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A fulfilment order that nobody has begun to pick.

    `carrier`, `service`: by which it will probably go; `leaves_at`: when it is to leave, None where nobody has looked.
    """

    id: int
    order_id: int
    order_name: str
    priority: int
    country: str
    lines: tuple[Wanted, ...]
    postal_code: str
    placed_at: datetime
    carrier_id: int | None = None
    carrier: str = ""
    service: str = ""
    leaves_at: datetime | None = None

    @property
    def units(self) -> int:
        return sum(line.qty for line in self.lines)

    @property
    def load(self) -> Load:
        stops = tuple(line.stop for line in self.lines if line.stop is not None)
        return Load(self.id, stops, len(self.lines), sum(line.qty * line.weight_g for line in self.lines))


def taken(parts: Sequence[OpenPart], takes: Takes, *, leaving_by: datetime | None = None) -> list[OpenPart]:
    """Those of the open parts that a wave takes.  `leaving_by`: the moment that its `leaves_by` means."""
    return [
        part
        for part in parts
        if (takes.min_priority is None or part.priority >= takes.min_priority)
        and (not takes.single_line or len(part.lines) == 1)
        and (not takes.zone or all(line.zone == takes.zone for line in part.lines))
        and (not takes.countries or part.country in takes.countries)
        and (takes.carrier_id is None or part.carrier_id == takes.carrier_id)
        and (takes.carrier_id is None or not takes.service or part.service == takes.service)
        and (leaving_by is None or (part.leaves_at is not None and part.leaves_at <= leaving_by))
    ]


def cart_of(rules: PickRules, method: Method) -> Cart:
    """What goes on one list: totes are counted where each order has its own."""
    if method == Method.SINGLE:
        return Cart(NO_LIMIT, orders=1)
    return Cart(rules.cart_picks, rules.cart_orders if method == Method.CLUSTER else None, rules.cart_weight_g)


def plan(parts: Sequence[OpenPart], *, rules: PickRules, method: Method, floor: Floor | None) -> PlannedWave:
    """The lists that these parts make, on the shortest walks that the batcher finds; without a floor plan as they came."""
    cart, loads = cart_of(rules, method), [part.load for part in parts]
    by_id = {part.id: part for part in parts}
    unplaced = sum(line.stop is None for part in parts for line in part.lines)
    if floor is None:
        found = batching.first_come(loads, cart=cart, floor=Floor(1, 1, 1))
        return PlannedWave(tuple(_listed([by_id[id] for id in one.ids], 0, rules) for one in found), 0, unplaced)
    found = batching.batch(loads, cart=cart, floor=floor, route=rules.route)
    plain = batching.first_come(loads, cart=cart, floor=floor, route=Route.S_SHAPE)
    lists = tuple(_listed([by_id[id] for id in one.ids], one.length_mm, rules) for one in found)
    return PlannedWave(lists, batching.walk_mm(plain), unplaced)


def _listed(parts: Sequence[OpenPart], walk_mm: int, rules: PickRules) -> PlannedList:
    units = sum(part.units for part in parts)
    return PlannedList(
        tuple(part.id for part in parts), tuple(part.order_name for part in parts), sum(len(part.lines) for part in parts),
        units, walk_mm, seconds(units=units, walk_mm=walk_mm, rules=rules),
    )  # fmt: skip


def seconds(*, units: int, walk_mm: int, rules: PickRules) -> int:
    """How long a list takes: the walk at this place's pace, and the hand at each unit."""
    return -(-walk_mm // rules.walk_mm_s) + units * rules.pick_s


def walk_order(lines: Sequence[Wanted], *, floor: Floor | None, route: Route) -> tuple[dict[int, int], int]:
    """Which stop of the walk each line is, by its id, and how long the walk is; lines without a place have none.

    Units: millimetres.
    """
    placed = [line for line in lines if line.stop is not None]
    if floor is None or not placed:
        return {}, 0
    found = tours.tour(floor, [line.stop for line in placed if line.stop is not None], route=route)
    return {placed[n].line_id: at for at, n in enumerate(found.sequence, start=1)}, found.length_mm


def check_rules(rules: PickRules) -> PickRules:
    """The rules.  Refuses: carts on which nothing fits, paces that nobody walks."""
    limits = (
        (gettext_noop("Lines on a cart"), rules.cart_picks, 1, 500),
        (gettext_noop("Orders on a cart"), 1 if rules.cart_orders is None else rules.cart_orders, 1, 200),
        (gettext_noop("Weight on a cart"), 1 if rules.cart_weight_g is None else rules.cart_weight_g, 1, 2_000_000),
        (gettext_noop("Walking pace"), rules.walk_mm_s, 100, 5_000),
        (gettext_noop("Seconds a unit"), rules.pick_s, 0, 600),
    )
    for name, value, least, most in limits:
        if not least <= value <= most:
            raise Refused(INVALID, {"field": name, "problem": gettext_noop("is out of what is possible")})
    return rules


def check_template(draft: TemplateDraft) -> TemplateDraft:
    """The template.  Refuses: no name, no times, times that no clock shows, no days."""
    if not draft.name.strip():
        raise Refused(INVALID, {"field": gettext_noop("Name"), "problem": gettext_noop("must not be empty")})
    clocks = [*draft.at_times, *filter(None, (draft.pick_up_at, draft.takes.leaves_by))]
    if not 1 <= len(draft.at_times) <= 24 or not all(CLOCK.fullmatch(at) for at in clocks):
        raise Refused(INVALID, {"field": gettext_noop("Times"), "problem": gettext_noop("are written as 09:30")})
    if not draft.weekdays or not set(draft.weekdays) <= set(range(7)):
        raise Refused(INVALID, {"field": gettext_noop("Days"), "problem": gettext_noop("Tick at least one day.")})
    return draft


def due_since(at_times: Sequence[str], weekdays: Sequence[int], *, zone: str, after: datetime, now: datetime) -> datetime | None:
    """The last moment since `after` at which a template should have run, by the clock of its place; None where there is none.

    A time that the clock skips in spring counts an hour later, one that it shows twice in autumn counts once.
    """
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    moments = [
        _moment(day, at, place) for day in (today - timedelta(days=1), today) if day.weekday() in weekdays for at in at_times
    ]
    return max((moment for moment in moments if after < moment <= now), default=None)


def next_clock(at: str, *, zone: str, now: datetime) -> datetime | None:
    """The next moment at which the clock of a place shows this time; None for no time."""
    if not at:
        return None
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    return min(moment for day in (today, today + timedelta(days=1)) if (moment := _moment(day, at, place)) >= now)


def _moment(day: date, at: str, place: ZoneInfo) -> datetime:
    hour, minute = at.split(":")
    return datetime.combine(day, time(int(hour), int(minute)), place).astimezone(ZoneInfo("UTC"))
