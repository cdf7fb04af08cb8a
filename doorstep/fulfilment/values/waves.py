"""Waves: how a location picks, what a wave takes, and the rules that release them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop
from doorstep.fulfilment.tours import Route
from doorstep.fulfilment.values.lists import Method


class WaveState(StrEnum):
    """Follows from a wave's lists: nothing begun, some begun, all fetched, called off."""

    RELEASED = "released"
    IN_PROGRESS = "in_progress"
    PICKED = "picked"
    CANCELLED = "cancelled"


NOTHING_OPEN = Refusal(
    "nothing_open",
    gettext_noop("No open order at %(location)s fits this wave."),
    gettext_noop("Widen what the wave takes, or wait for orders."),
)
WAVE_OVER = Refusal(
    "wave_over",
    gettext_noop("Wave %(wave)s is over: nothing on it can be called off any more."),
    gettext_noop("Cancel single orders instead, or put back what was picked."),
)
TEMPLATE_NAME_TAKEN = Refusal(
    "wave_template_name_taken",
    gettext_noop("Another wave template is called %(name)s."),
    gettext_noop("Choose another name."),
)


@dataclass(frozen=True, slots=True)
class PickRules:
    """How a location picks.  `planned`: lists are made by waves; else orders go on lists as they come.

    `cart_orders`: how many totes or orders fit on a cart; None: no limit.  `walk_mm_s`, `pick_s`: what minutes are told by.
    """

    planned: bool = False
    route: Route = Route.EXACT
    method: Method = Method.CLUSTER
    cart_picks: int = 30
    cart_orders: int | None = 12
    cart_weight_g: int | None = None
    walk_mm_s: int = 1_000
    pick_s: int = 12


@dataclass(frozen=True, slots=True)
class Takes:
    """What a wave takes of what is open; a field left as it is asks for nothing.

    `countries`: where orders go; `zone`: every line lies in that zone; `carrier_id`, `service`: by which it will probably go;
    `leaves_by`: what is to leave by this time of the location's clock, as HH:MM.
    """

    min_priority: int | None = None
    single_line: bool = False
    zone: str = ""
    countries: tuple[str, ...] = ()
    carrier_id: int | None = None
    service: str = ""
    leaves_by: str = ""


@dataclass(frozen=True, slots=True)
class PlannedList:
    """A pick list as a release would make it: fulfilment orders in the order of their totes, and the walk."""

    fulfilment_order_ids: tuple[int, ...]
    order_names: tuple[str, ...]
    lines: int
    units: int
    walk_mm: int
    plan_s: int


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """What a release would do now.  `plain_mm`: the walk of the same orders as they came, through every aisle."""

    lists: tuple[PlannedList, ...]
    plain_mm: int
    unplaced: int

    @property
    def orders(self) -> int:
        return sum(len(one.fulfilment_order_ids) for one in self.lists)

    @property
    def units(self) -> int:
        return sum(one.units for one in self.lists)

    @property
    def walk_mm(self) -> int:
        return sum(one.walk_mm for one in self.lists)

    @property
    def plan_s(self) -> int:
        return sum(one.plan_s for one in self.lists)


@dataclass(frozen=True, slots=True)
class WaveRow:
    """A wave.  `takes`: what it was told to take; None of those that were released before that was kept."""

    id: int
    location_id: int
    template_id: int | None
    name: str
    method: str
    walk_mm: int
    plan_s: int
    due_at: datetime | None
    released_at: datetime
    released_by: str
    cancelled_at: datetime | None
    lists: int
    begun: int
    orders: int
    units: int
    picked: int
    takes: Takes | None = None

    @property
    def state(self) -> WaveState:
        if self.cancelled_at is not None or not self.units:
            return WaveState.CANCELLED
        if self.picked == self.units:
            return WaveState.PICKED
        return WaveState.IN_PROGRESS if self.begun else WaveState.RELEASED


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A rule that releases waves by itself.  `at_times`: local times as HH:MM; `weekdays`: 0 is Monday; `pick_up_at`: when
    the carrier comes, "" where nobody waits."""

    name: str
    location_id: int
    method: Method = Method.CLUSTER
    takes: Takes = Takes()
    at_times: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    pick_up_at: str = ""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    id: int
    name: str
    location_id: int
    method: str
    takes: Takes
    at_times: tuple[str, ...]
    weekdays: tuple[int, ...]
    pick_up_at: str
    active: bool
    last_ran_at: datetime | None
