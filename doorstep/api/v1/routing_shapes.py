"""Documents of routing: rules, versions, replays, decisions, and how locations send."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.shapes import BIGGEST_ID, Day, IdField, In, Out, text
from doorstep.routing.ruling.kinds import MOST_RULES

KIND = Literal[
    "same_country", "fewest_parcels", "closest", "cheapest", "stock_priority", "only_locations", "not_locations", "capacity",
    "arrive_by", "leave_by", "ship_from_store", "most_parcels", "never_split", "carrier_pickup",
]  # fmt: skip
STRENGTH = Literal["hard", "ranked", "priced"]
MINOR = 10**12
EXAMPLE = {"field": "country", "op": "is", "value": "DE"}
When = Annotated[
    dict[str, Any],
    Field(
        description='A test, or tests joined by `all`, `any` and `not`; `{"all": []}` always holds. What can be asked: '
        "`GET /routing/rules/fields`.",
        examples=[EXAMPLE, {"all": [EXAMPLE, {"field": "order_tags", "op": "has", "value": "vip"}]}],
    ),
]
Clock = Annotated[StrictStr, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["14:30"])]


class RoutingRuleIn(In):
    """`hard`: what breaks it is out; `ranked`: in its turn, before all below it; `priced`: `price_minor`, in minor units of the
    brand's currency, for each time it is broken. What a kind does not ask for is forgotten."""

    id: Annotated[StrictStr, Field(pattern=r"^[a-z0-9_-]{1,40}$", examples=["near-first"])]
    kind: KIND
    strength: STRENGTH
    name: Annotated[StrictStr, text(120)] = ""
    on: StrictBool = True
    when: When = {"all": []}
    price_minor: Annotated[StrictInt, Field(ge=0, le=MINOR)] = 0
    locations: Annotated[list[IdField], Field(max_length=200)] = []
    days: Annotated[StrictInt, Field(ge=0, le=365)] = 0
    km: Annotated[StrictInt, Field(ge=0, le=20_100)] = 0
    parcels: Annotated[StrictInt, Field(ge=1, le=20)] = 1
    skus: Annotated[list[Annotated[StrictStr, text(200, required=True)]], Field(max_length=200)] = []
    categories: Annotated[list[Annotated[StrictStr, text(200, required=True)]], Field(max_length=200)] = []
    carrier: Annotated[StrictStr, text(40)] = ""


class RoutingDraftIn(In):
    """`edition`: that of the draft as it was read, 0 where there was none. `most_over_minor`: what ranked rules may cost over the
    cheapest plan; null: any sum."""

    rules: Annotated[list[RoutingRuleIn], Field(max_length=MOST_RULES)]
    most_over_minor: Annotated[StrictInt, Field(ge=0, le=MINOR)] | None = None
    edition: Annotated[StrictInt, Field(ge=0, le=BIGGEST_ID)] = 0


class RoutingPublishIn(In):
    edition: Annotated[StrictInt, Field(ge=0, le=BIGGEST_ID)]
    note: Annotated[StrictStr, text(500)] = ""


class RoutingRuleOut(Out):
    """`unheard`: a rule above it lets the cost decide for every order."""

    id: str
    kind: KIND
    strength: STRENGTH
    name: str
    on: bool
    when: When
    price_minor: int
    locations: list[int]
    days: int
    km: int
    parcels: int
    skus: list[str]
    categories: list[str]
    carrier: str
    unheard: bool


class RoutingRulesOut(Out):
    """`version` 0: the rules that every brand begins with."""

    version: int
    in_force: bool
    rules: list[RoutingRuleOut]
    most_over_minor: int | None
    note: str
    by: str
    published_at: datetime | None


class RoutingVersionsOut(Out):
    versions: list[RoutingRulesOut]
    next: str | None


class RoutingDraftOut(Out):
    """`differences` from what is in force, by rule: added, changed, moved or removed; "" is `most_over_minor`."""

    edition: int
    based_on: int
    rules: list[RoutingRuleOut]
    most_over_minor: int | None
    differences: dict[str, Literal["added", "changed", "moved", "removed"]]
    by: str
    updated_at: datetime


class DiscardedOut(Out):
    discarded: bool


class RoutingFieldOut(Out):
    """`choices`: what a choice may be; empty where every value of the kind may be asked for."""

    name: str
    kind: Literal["text", "number", "money", "boolean", "date", "days", "choice", "words"]
    operators: list[str]
    choices: list[str]


class RoutingFieldsOut(Out):
    fields: list[RoutingFieldOut]
    next: str | None


class ReplayIn(In):
    """What is replayed: the draft, else the rules in force. `without`: locations thought to be closed; `stocked`: locations thought
    to have everything."""

    days: Annotated[StrictInt, Field(ge=1, le=90)] = 14
    without: Annotated[list[IdField], Field(max_length=200)] = []
    stocked: Annotated[list[IdField], Field(max_length=200)] = []


class FiguresOut(Out):
    cost_minor: int
    orders: int
    parcels: int
    parcels_per_order: float | None
    km: int | None
    late: int
    unserved: int


class FlippedOut(Out):
    order_id: int
    name: str
    was: list[int]
    now: list[int]
    was_minor: int
    now_minor: int
    more: int


class RuleCostOut(Out):
    """What a rule costs a week: paid with it less paid without it; and what it does to late parcels and orders nobody sends."""

    id: str
    weekly_minor: int
    parcels: int
    late: int
    unserved: int


class ReplayResultOut(Out):
    """`done`: what was done; `new`: what these rules would have done, each decision on the stock that it saw. `unseen`: older
    decisions that did not keep it and are left out. `flipped`: the 200 that differ most."""

    currency: str
    days: int
    orders: int
    unseen: int
    done: FiguresOut
    new: FiguresOut
    flips: int
    flipped: list[FlippedOut]
    rules: list[RuleCostOut]


class ReplayOut(Out):
    id: int
    state: Literal["queued", "running", "done", "failed"]
    days: int
    without: list[int]
    stocked: list[int]
    total: int
    done: int
    by: str
    asked_at: datetime
    finished_at: datetime | None
    result: ReplayResultOut | None


class ReplaysOut(Out):
    replays: list[ReplayOut]
    next: str | None


class RoutedParcelOut(Out):
    """Costs in minor units, to the hundredth: prices that compare plans and are never booked. `worth`: what its units are worth to
    later orders, which nobody pays."""

    location_id: int
    units: dict[str, int]
    weight_g: int
    ship: float
    handling: float
    late: float
    capacity: float
    penalty: float
    worth: float


class RoutedOtherOut(Out):
    locations: list[int]
    total: float
    more: float


class RoutedPlaceOut(Out):
    """`cost`: what the whole order would cost from there. `rule`: the rule that keeps it out."""

    location_id: int
    distance_km: int | None
    complete: bool
    missing: list[int]
    rule: str | None
    excluded: bool
    leaves: date | None
    arrives: date | None
    used: int | None
    capacity: int | None
    cost: dict[str, float] | None


class DecisionOut(Out):
    """`why`: nearest_complete, only_complete, cheapest, split, or nobody. `level`: how well informed it was, from `shadow` down to
    `nearest`; empty for decisions before there were rules. `fulfilment_order_id`: null for those as well."""

    id: int
    fulfilment_order_id: int | None
    decided_at: datetime
    rules_version: int | None
    level: str
    why: str
    took_us: int
    currency: str | None
    total: float | None
    paid: float | None
    split: float | None
    kept_back: bool
    parcels: list[RoutedParcelOut]
    others: list[RoutedOtherOut]
    considered: list[RoutedPlaceOut]


class DecisionsOut(Out):
    decisions: list[DecisionOut]
    next: str | None


class PickupIn(In):
    at: Clock
    carrier: Annotated[StrictStr, text(40)] = ""


class DispatchIn(In):
    """All of it, as it shall be. `weekdays`: 1 is Monday. `capacity_per_day` in parcels, 0: no limit. `cut_off` in the location's
    own time. `handling_minor` in minor units of the brand's currency. `priority`: 1 is served from first."""

    handling_minor: Annotated[StrictInt, Field(ge=0, le=10**9)] = 0
    capacity_per_day: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 0
    weekdays: Annotated[list[Annotated[StrictInt, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)] = [1, 2, 3, 4, 5]
    holidays: Annotated[list[Day], Field(max_length=200)] = []
    cut_off: Clock | None = None
    pickups: Annotated[list[PickupIn], Field(max_length=12)] = []
    priority: Annotated[StrictInt, Field(ge=1, le=999)] | None = None


class PickupOut(Out):
    at: str
    carrier: str


class LeavingOut(Out):
    """When an order placed now would leave. `waits`: why not today: cut_off, closed or pickup; empty for today."""

    at: datetime
    on: date
    waits: str


class DispatchOut(Out):
    """`leaves`: when an order placed now would leave; null where it never does. `used`: parcels of that day's capacity that are
    given away; 0 where there is no limit."""

    location_id: int
    timezone: str
    handling_minor: int
    capacity_per_day: int
    used: int
    weekdays: list[int]
    holidays: list[date]
    cut_off: str | None
    pickups: list[PickupOut]
    priority: int | None
    leaves: LeavingOut | None
