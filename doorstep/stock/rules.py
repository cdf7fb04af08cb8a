"""Decisions about stock that need no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.stock.inbound.values import IncomingRow
from doorstep.stock.reach import Places, reach
from doorstep.stock.values import (
    AtpDay,
    Backlog,
    BackorderKind,
    BackorderRow,
    CartLineRow,
    CartWant,
    Change,
    Condition,
    Group,
    PoolRow,
    Selling,
    SellingRow,
    Shares,
    Short,
    Turn,
)
from doorstep.stock.values.ledger import beside

MOST_SOLD = 1_000_000
CART_MINUTES, CART_UNITS = 120, 1_000


@dataclass(frozen=True, slots=True)
class Lying:
    """Where units of a variant lie.

    `free`: by location, those that no pinned promise takes, what carts hold among them; `promised`: units promised without a
    place yet, by the places that they may come from.  `online`: the locations that send online orders, which is what carts become;
    `near`: what carts hold that can leave some places only, by these.
    """

    free: dict[int, int]
    promised: Counter[Places]
    online: set[int]
    near: Counter[Places] = field(default_factory=Counter)

    def reach(self, places: frozenset[int], *, in_carts: int, own: Sequence[CartLineRow] = ()) -> int:
        """Units that may still leave these places, with all that is promised kept, and what carts hold.

        `in_carts`: without what `own` lines hold, who asks may have those as well.
        """
        near = self.near - Counter({places_of(line): line.qty for line in own if line.places is not None})
        anywhere = Counter[Places]({frozenset(self.online): max(in_carts - near.total(), 0)})
        return reach(self.free, self.promised + anywhere + near, places)

    def end(self, line: CartLineRow) -> None:
        """A cart line holds nothing any more."""
        if line.places is not None:
            self.near[places_of(line)] -= line.qty


def places_of(line: CartLineRow) -> Places:
    """Where the units of a cart line may leave; None where that was not said."""
    return None if line.places is None else frozenset(line.places)


class _Shelf:
    """What is left while groups are served one after the other, and what carts hold of it."""

    def __init__(
        self, pool: Mapping[int, PoolRow], lying: Mapping[int, Lying], carts: Sequence[CartLineRow], now: datetime | None,
        in_turn: bool,
    ) -> None:  # fmt: skip
        self.left = {v: row.available for v, row in pool.items()}
        self.held = Counter({v: row.reserved for v, row in pool.items()})
        self.waiting = {} if in_turn else {v: row.waiting for v, row in pool.items()}
        self.claims = {v: waiting for v, waiting in self.waiting.items() if pool[v].to_serve}
        self.lying, self.now = lying, now
        self.open = {line.id: line for line in carts}
        self.shares = Shares([], [], [], [], set())

    def end(self, lines: Iterable[CartLineRow], ended: list[int]) -> None:
        """Gives the units of cart lines back."""
        for line in list(lines):
            del self.open[line.id]
            ended.append(line.id)
            self.held[line.variant_id] -= line.qty
            self.left[line.variant_id] += line.qty
            self._let_go(line)
            self._free(line.variant_id)

    def _let_go(self, line: CartLineRow) -> None:
        if line.variant_id in self.lying:
            self.lying[line.variant_id].end(line)

    def _free(self, variant: int) -> None:
        """Those who wait come before whoever asks now."""
        self.shares.freed.add(variant)
        self.claims[variant] = self.waiting.get(variant, 0)

    def own(self, group: Group) -> list[CartLineRow]:
        return [line for line in self.open.values() if line.token == group.cart] if group.cart else []

    def can(self, group: Group, variant: int, own: Sequence[CartLineRow]) -> int:
        """Units that a group may have, with what its own cart holds of them; on these nobody else has a claim."""
        own = [line for line in own if line.variant_id == variant]
        mine = sum(line.qty for line in own)
        can = beside(self.left.get(variant, 0), self.claims.get(variant, 0)) + mine
        if group.places is None or can <= 0:
            return can
        return min(can, self.lying[variant].reach(group.places, in_carts=self.held[variant] - mine, own=own))

    def serve(self, group: Group) -> tuple[Short, ...]:
        own = self.own(group)
        mine = Counter({line.variant_id: line.qty for line in own})
        wanted: dict[int, int] = {}
        for want in group.wants:
            wanted[want.variant_id] = wanted.get(want.variant_id, 0) + want.qty
        shorts = []
        for variant, qty in sorted(wanted.items()):
            can = self.can(group, variant, own)
            if can < qty:
                self.end(self._over(variant, group.cart), self.shares.expired)
                can = self.can(group, variant, own)
            if can < qty:
                shorts.append(Short(variant, qty, max(can, 0)))
        if shorts:
            self.end(own, self.shares.given_back)
            return tuple(shorts)
        self._settle(own, mine, wanted, group.places)
        return ()

    def _over(self, variant: int, cart: str) -> list[CartLineRow]:
        """The lines of a variant that hold nothing any more for anybody but their own buyer."""
        return [
            line
            for line in self.open.values()
            if line.variant_id == variant and self.now is not None and line.until <= self.now
            and (not cart or line.token != cart)
        ]  # fmt: skip

    def _settle(
        self, own: Sequence[CartLineRow], mine: Counter[int], wanted: Mapping[int, int], places: Places
    ) -> None:
        self.end([line for line in own if line.variant_id not in wanted], self.shares.given_back)
        for line in own:
            if line.variant_id in wanted:
                del self.open[line.id]
                self.shares.ordered.append(line.id)
                self.held[line.variant_id] -= line.qty
                self._let_go(line)
                if line.qty > wanted[line.variant_id]:
                    self._free(line.variant_id)
        for variant, qty in wanted.items():
            self.left[variant] = self.left.get(variant, 0) + mine[variant] - qty
            if variant in self.lying:
                self.lying[variant].promised[places] += qty


def share_out(
    groups: Sequence[Group],
    pool: Mapping[int, PoolRow],
    lying: Mapping[int, Lying],
    carts: Sequence[CartLineRow] = (),
    *,
    now: datetime | None = None,
    in_turn: bool = False,
) -> Shares:
    """Decides, first come first served, which groups get all they want.

    `lying`: by variant, needed where a group names its places; what is promised here is added.  `carts`: the open lines of
    the groups' own carts, and the expired ones of others, which end when somebody needs their units.  `in_turn`: these
    groups are those who waited, in their turn, so nobody comes before them.
    Units: whole units.
    """
    shelf = _Shelf(pool, lying, carts, now, in_turn)
    for group in groups:
        shelf.shares.answers.append(shelf.serve(group))
    return shelf.shares


def check_cart(wants: Sequence[CartWant], *, minutes: float) -> None:
    """Refuses a cart that would hold too much, too long or nothing."""
    if not 0 < minutes <= CART_MINUTES:
        raise Refused(INVALID, {"field": "minutes", "problem": gettext_noop("A cart holds its units for up to 120 minutes.")})
    if not wants or any(want.qty < 1 for want in wants) or sum(want.qty for want in wants) > CART_UNITS:
        raise Refused(INVALID, {"field": "lines", "problem": gettext_noop("A cart holds from 1 to 1,000 units.")})


def may_wait(kind: str, *, waiting: int, qty: int, max_units: int | None) -> bool:
    """Whether so many units more may be sold beyond what is available.  `waiting`: units sold so already."""
    return kind != "none" and (max_units is None or waiting + qty <= max_units)


def atp(today: date, *, available: int, incoming: Sequence[IncomingRow], backlog: Sequence[Backlog]) -> list[AtpDay]:
    """What may be promised of one variant: today, and from each day on which units are due or were promised.

    ATP on a day = available + incoming due by it − backorders promised before it; never more than a later day can spare, so
    that no new promise breaks an old one.  Backorders without a day come first, so they count on every day; what is overdue
    or has no day is promised on none.
    Units: whole units.  Shapes: ascending by day.  Source: product.md, Vocabulary.
    """
    arrives, leaves = Counter({today: 0}), Counter({today: 0})
    for row in incoming:
        if row.due_on is not None and row.due_on >= today:
            arrives[row.due_on] += row.qty
    for waits in backlog:
        leaves[max(waits.promised_on or today, today)] += waits.qty
    found: list[AtpDay] = []
    least: int | None = None
    for day in sorted({*arrives, *leaves}, reverse=True):
        coming = sum(qty for on, qty in arrives.items() if on <= day)
        promised = sum(qty for on, qty in leaves.items() if on <= day)
        here = available + coming - promised
        least = here if least is None else min(least, here)
        found.append(AtpDay(day, coming, promised, least))
    return found[::-1]


def atp_of_bundle(parts: Sequence[tuple[int, Sequence[AtpDay]]]) -> list[AtpDay]:
    """What may be promised of a bundle: on each day as many as every component allows.

    Shapes: units in each bundle and days of each component, ascending from the same day.
    """
    days = sorted({day.on for _, component in parts for day in component})
    return [
        AtpDay(on, 0, 0, min(max([d.atp for d in component if d.on <= on][-1], 0) // qty for qty, component in parts))
        for on in days
    ]


def first_day(days: Sequence[AtpDay], qty: int) -> date | None:
    """The first day for which so many units may be promised; None while nothing that is due is enough."""
    return next((day.on for day in days if day.atp >= qty), None)


def expect(
    today: date, *, available: int, incoming: Sequence[IncomingRow], queue: Sequence[BackorderRow]
) -> dict[int, date | None]:
    """When each group that waits for one variant will be served as things are due now: whole, in turn, else passed over.

    Shapes: a day by group, None where nothing that is due is enough; `queue` in turn.
    """
    waits: dict[int, int] = {}
    for row in queue:
        waits[row.group_id] = waits.get(row.group_id, 0) + row.qty
    answer: dict[int, date | None] = dict.fromkeys(waits)
    left = max(available, 0)
    for day in sorted({today, *(row.due_on for row in incoming if row.due_on is not None and row.due_on >= today)}):
        left += sum(row.qty for row in incoming if row.due_on == day)
        for group_id in list(waits):
            if waits[group_id] <= left:
                left -= waits.pop(group_id)
                answer[group_id] = day
            if not left:
                break
    return answer


def compared(row: BackorderRow, expected: date | None, *, today: date, opens: date | None) -> BackorderRow:
    """A backorder beside what is expected now: its first day is a promise, a later one breaks it.

    `opens`: the day from which a pre-order is delivered.  What nobody allowed to be sold was promised nothing.
    """
    if row.kind == BackorderKind.SHORT:
        return replace(row, expected_on=expected, slipped=False)
    if opens is not None and opens > today and (expected is None or expected < opens):
        expected = opens
    if row.promised_on is None:
        return replace(row, promised_on=expected, expected_on=expected, slipped=False)
    late = expected is None or expected > row.promised_on
    return replace(row, expected_on=expected, slipped=late)


def check_selling(rule: SellingRow) -> SellingRow:
    """A selling rule without what its kind does not need.  Refuses: a pre-order without its day, an absurd number."""
    if rule.kind not in set(Selling):
        raise Refused(INVALID, {"field": "kind", "problem": gettext_noop("Choose one.")})
    if rule.kind == Selling.PREORDER and rule.available_on is None:
        raise Refused(INVALID, {"field": "available_on", "problem": gettext_noop("Say from which day it is delivered.")})
    if rule.max_units is not None and not 0 <= rule.max_units <= MOST_SOLD:
        raise Refused(INVALID, {"field": "max_units", "problem": gettext_noop("This is not a number of units.")})
    return SellingRow(
        rule.variant_id,
        rule.kind,
        rule.available_on if rule.kind == Selling.PREORDER else None,
        None if rule.kind == Selling.NONE else rule.max_units,
    )


def kept_of(wish: int, sound: int) -> int:
    """What a place really keeps back of what it wishes to: never more than lies there unharmed.

    So too little in one place never takes from another what may be promised there.  Source: docs/adr/0018.
    """
    return min(wish, max(sound, 0))


DOCUMENT = "document:"


def id_of_reference(reference: str) -> int | None:
    """The id of the document that a movement names; None for one that names something else."""
    number = reference.removeprefix(DOCUMENT)
    is_document = reference.startswith(DOCUMENT) and number.isascii() and number.isdecimal() and len(number) < 19
    return int(number) if is_document else None


def change_of(turn: Turn) -> Change:
    """What a change of condition is in the books."""
    step = {Condition.DAMAGED: 0, Condition.QUALITY_CONTROL: 0, Condition.SELLABLE: 0}
    step[turn.was] -= turn.qty
    if turn.to is not None:
        step[turn.to] += turn.qty
    on_hand = 0 if turn.to is not None else -turn.qty
    return Change(turn.variant_id, turn.location_id, on_hand, step[Condition.DAMAGED], step[Condition.QUALITY_CONTROL])
