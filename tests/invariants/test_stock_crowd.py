"""Several people do any of all stock actions at the same moment, again and again; after each moment every invariant holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.stock import actions as stock
from doorstep.stock import (
    adjustments,
    backorders,
    carts,
    count_queries,
    counts,
    deliveries,
    lots,
    promising,
    queries,
    safety,
    transfers,
)
from doorstep.stock.counting import Choice, Chosen, Entry
from doorstep.stock.inbound.values import Arrived, DeliveryDraft, LineDraft, TransferDraft
from doorstep.stock.inbound.values import Condition as Come
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import Labelled, LotFilter
from doorstep.stock.values import (
    CartWant,
    Change,
    Condition,
    Count,
    Group,
    Keep,
    MovementKind,
    Pin,
    Reason,
    SellingRow,
    Turn,
    Wait,
    Want,
    Why,
)
from tests.factories import NOW, Brand, make_brand, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("races")]
SKUS = ("A", "B", "C")  # A has lots, B has serial numbers, C has neither
PEOPLE, ACTS_EACH = 3, 6


@dataclass
class Person:
    """Somebody who does one act after the other and knows of the others only what the books say."""

    brand: Brand
    dice: Random
    name: str
    number: int = 0

    def work(self) -> list[str]:
        """Which acts were done; a refusal is an answer, and anything else comes through."""
        done = []
        for _ in range(ACTS_EACH):
            act = self.dice.choice(ACTS)
            try:
                act(self)
            except Refused:
                continue
            done.append(act.__name__)
        return done

    def fresh(self) -> str:
        self.number += 1
        return f"{self.name}-{self.number:03}"

    def place(self) -> int:
        return self.dice.choice((self.brand.seoul, self.brand.berlin))

    def variant(self, sku: str = "") -> int:
        return self.brand.variants[sku or self.dice.choice(SKUS)]

    def some(self) -> list[int]:
        """A few variants, in any order."""
        return [self.variant(sku) for sku in self.dice.sample(SKUS, 2)]

    def one_of(self, question: str) -> int | None:
        """Any of the ids that a question finds of this brand."""
        found: list[int] = db.column(question, [self.brand.ctx.organisation_id])
        return self.dice.choice(found) if found else None

    def change(self) -> None:
        changes = [Change(v, self.place(), on_hand=self.dice.randint(-3, 3)) for v in self.some()]
        stock.change(self.brand.ctx, changes=changes, kind=MovementKind.ADJUSTMENT, reason="crowd", reference="crowd")

    def turn(self) -> None:
        was, to = self.dice.sample([*Condition], 2)
        place = self.place()
        turns = [Turn(v, place, 1, was, self.dice.choice((to, None))) for v in self.some()]
        adjustments.turn(self.brand.ctx, turns=turns, why=Why(Reason.TO_CHECK))

    def count(self) -> None:
        found = [Count(v, self.place(), self.dice.randint(0, 9)) for v in self.some()]
        stock.count(self.brand.ctx, counts=found, reference="crowd")

    def open_sheet(self) -> None:
        chosen = Chosen(Choice.VARIANTS, tuple(sorted(self.some())))
        counts.open_sheet(self.brand.ctx, location_id=self.place(), chosen=chosen)

    def enter(self) -> None:
        if sheet := self.one_of(
            "SELECT id FROM stock_countsheet WHERE organisation_id = %s AND state IN ('open', 'review')"
        ):
            entries = [Entry(self.fresh(), v, self.dice.randint(0, 9), self.brand.ctx.now, 0) for v in self.some()]
            counts.enter(self.brand.ctx, sheet_id=sheet, entries=entries)

    def approve(self) -> None:
        if sheet := self.one_of(
            "SELECT id FROM stock_countsheet WHERE organisation_id = %s AND state IN ('open', 'review')"
        ):
            waiting = [x.id for x in count_queries.lines_of(self.brand.ctx, sheet_id=sheet) if x.state == "waiting"]
            verb = self.dice.choice((counts.approve, counts.ask_again))
            verb(self.brand.ctx, sheet_id=sheet, line_ids=waiting)

    def end_sheet(self) -> None:
        if sheet := self.one_of(
            "SELECT id FROM stock_countsheet WHERE organisation_id = %s AND state IN ('open', 'review')"
        ):
            self.dice.choice((counts.finish, counts.cancel))(self.brand.ctx, sheet_id=sheet)

    def keep_back(self) -> None:
        keeps = [Keep(v, self.dice.choice((self.place(), None)), self.dice.randint(0, 3)) for v in self.some()]
        safety.keep_back(self.brand.ctx, keeps=keeps)

    def sell_later(self) -> None:
        kind = self.dice.choice(("none", "backorder"))
        promising.set_selling(self.brand.ctx, rule=SellingRow(self.variant(), kind, None, None))

    def set_bins(self) -> None:
        stock.set_bins(self.brand.ctx, location_id=self.place(), bins={v: self.fresh()[:9] for v in self.some()})

    def take(self, cart: str = "") -> None:
        """Orders, of which the first may be of a cart and those that are short wait."""
        groups = []
        for n in range(2):
            references = [self.dice.randrange(1, 10**9) for _ in range(2)]
            wants = tuple(Want(r, v, self.dice.randint(1, 2)) for r, v in zip(references, self.some(), strict=True))
            near = self.dice.choice((None, None, frozenset({self.place()})))
            groups.append(Group(wants, near, cart if n == 0 else ""))
        answers = stock.take(self.brand.ctx, groups=groups)
        waits = [Wait(g.wants[0].reference_id, g.wants, s, NOW) for g, s in zip(groups, answers, strict=True) if s]
        backorders.wait(self.brand.ctx, waits=waits)

    def hold(self) -> None:
        wants = [CartWant(v, self.dice.randint(1, 2)) for v in self.some()]
        until = self.brand.ctx.now + timedelta(minutes=self.dice.randint(1, 9))
        carts.reserve(self.brand.ctx, token=f"cart-{self.dice.randint(1, 6)}", wants=wants, until=until)

    def check_out(self) -> None:
        self.take(f"cart-{self.dice.randint(1, 6)}")

    def drop_cart(self) -> None:
        carts.release(self.brand.ctx, token=f"cart-{self.dice.randint(1, 6)}")

    def expire(self) -> None:
        carts.expire(replace(self.brand.ctx, now=self.brand.ctx.now + timedelta(minutes=5)))

    def serve(self) -> None:
        """Those who wait are offered what came, as `flows.waiting` does it."""
        due = backorders.to_offer(self.brand.ctx, variant_ids=sorted(self.brand.variants.values()))
        for group in backorders.next_in_turn(self.brand.ctx, variant_ids=due) if due else []:
            rows = backorders.rows_of(self.brand.ctx, group_ids=[group])
            asked = tuple(Want(row.reference_id, row.variant_id, row.qty) for row in rows)
            backorders.pass_over(self.brand.ctx, group_ids=[group])
            if not asked:
                continue
            backorders.withdraw(self.brand.ctx, references=[w.reference_id for w in asked])
            stock.take(self.brand.ctx, groups=[Group(asked)], in_turn=True)
        backorders.finish(self.brand.ctx, variant_ids=due)

    def wait_no_more(self) -> None:
        question = "SELECT reference_id FROM stock_backorder WHERE organisation_id = %s AND state = 'open'"
        if reference := self.one_of(question):
            backorders.withdraw(self.brand.ctx, references=[reference])

    def wait_for_more(self) -> None:
        question = "SELECT group_id FROM stock_backorder WHERE organisation_id = %s AND state = 'open'"
        if group := self.one_of(question):
            rows = backorders.rows_of(self.brand.ctx, group_ids=[group])
            units = {row.reference_id: self.dice.randint(0, 3) for row in rows}
            backorders.fit(self.brand.ctx, group_id=group, units=units)
            backorders.prioritise(self.brand.ctx, group_ids=[group], priority=self.dice.randint(0, 1))

    def promised(self) -> list[Want]:
        """A few promises, in any order, whichever place they are pinned to."""
        found = db.dicts(
            """SELECT reference_id, variant_id, sum(qty)::int AS qty FROM stock_reservation
                WHERE organisation_id = %s AND state = 'open' GROUP BY 1, 2 ORDER BY 1""",
            [self.brand.ctx.organisation_id],
        )
        some = self.dice.sample(found, min(len(found), 2))
        return [Want(row["reference_id"], row["variant_id"], row["qty"]) for row in some]

    def pin(self) -> None:
        place = self.place()
        pins = [Pin(want.reference_id, want.variant_id, place, want.qty) for want in self.promised()]
        try:
            stock.pin(self.brand.ctx, pins=pins)
        except ValueError as trouble:  # somebody else had the promise end meanwhile; routing locks its orders
            if "was promised" not in str(trouble):
                raise

    def unpin(self) -> None:
        stock.unpin(self.brand.ctx, wants=self.promised(), location_id=self.place())

    def give_back(self) -> None:
        wants = self.promised()
        stock.release(self.brand.ctx, references=[want.reference_id for want in wants], reason="crowd")

    def give_back_from(self) -> None:
        place = self.dice.choice((self.place(), None))
        stock.release_from(self.brand.ctx, wants=self.promised(), location_id=place, reason="crowd")

    def ship(self) -> None:
        stock.ship(self.brand.ctx, units=self.promised(), location_id=self.place())

    def lose(self) -> None:
        for want in self.promised()[:1]:
            missing = Pin(want.reference_id, want.variant_id, self.place(), 1)
            stock.lose(self.brand.ctx, missing=missing, reference="crowd")

    def lines(self) -> tuple[LineDraft, ...]:
        return tuple(LineDraft(v, self.dice.randint(1, 4)) for v in self.some())

    def expect(self) -> None:
        deliveries.expect(self.brand.ctx, draft=DeliveryDraft("Mill", self.fresh(), self.place(), self.lines()))

    def arrived(self) -> list[Arrived]:
        found = []
        for sku in self.dice.sample(SKUS, 2):
            qty, id = self.dice.randint(1, 3), self.fresh()
            serials = tuple(f"{id}-{n}" for n in range(qty)) if sku == "B" else ()
            condition = self.dice.choice([*Come, Come.GOOD])
            lot = f"L{self.dice.randint(1, 3)}" if sku == "A" else ""
            found.append(Arrived(id, qty, sku, condition=condition, reason="more", lot=lot, serials=serials))
        return found

    def unload(self) -> None:
        """A part of a delivery, of which some turns out to be a mistake."""
        if id := self.one_of("SELECT id FROM stock_expecteddelivery WHERE organisation_id = %s"):
            came = self.arrived()
            deliveries.receive(self.brand.ctx, delivery_id=id, arrived=came)
            if self.dice.random() < 0.3:
                deliveries.take_back(self.brand.ctx, delivery_id=id, client_id=came[0].client_id)

    def change_delivery(self) -> None:
        if id := self.one_of("SELECT id FROM stock_expecteddelivery WHERE organisation_id = %s"):
            deliveries.set_lines(self.brand.ctx, delivery_id=id, lines=self.lines())

    def end_delivery(self) -> None:
        if id := self.one_of("SELECT id FROM stock_expecteddelivery WHERE organisation_id = %s"):
            self.dice.choice((deliveries.close_short, deliveries.cancel))(
                self.brand.ctx, delivery_id=id, reason="no more"
            )

    def send(self) -> None:
        places = self.dice.sample((self.brand.seoul, self.brand.berlin), 2)
        id = transfers.draft(self.brand.ctx, transfer=TransferDraft(*places, self.lines()))
        if self.dice.random() < 0.8:
            transfers.ship(self.brand.ctx, transfer_id=id)

    def ship_draft(self) -> None:
        if id := self.one_of("SELECT id FROM stock_transfer WHERE organisation_id = %s AND state = 'draft'"):
            self.dice.choice((transfers.ship, transfers.cancel))(self.brand.ctx, transfer_id=id)

    def take_in(self) -> None:
        """A part of a transfer, of which some turns out to be a mistake."""
        if id := self.one_of("SELECT id FROM stock_transfer WHERE organisation_id = %s"):
            came = self.arrived()
            transfers.receive(self.brand.ctx, transfer_id=id, arrived=came)
            if self.dice.random() < 0.3:
                transfers.take_back(self.brand.ctx, transfer_id=id, client_id=came[0].client_id)

    def end_transfer(self) -> None:
        if id := self.one_of("SELECT id FROM stock_transfer WHERE organisation_id = %s"):
            transfers.close_short(self.brand.ctx, transfer_id=id, reason="fell off")

    def assign_lot(self) -> None:
        if self.dice.random() < 0.5:
            unit = Labelled(self.variant("A"), self.place(), 1, f"L{self.dice.randint(1, 3)}")
        else:
            unit = Labelled(self.variant("B"), self.place(), 1, serials=(self.fresh(),))
        lots.assign(self.brand.ctx, unit=unit)

    def treat_lot(self) -> None:
        here = [row.id for row in reads.list_lots(self.brand.ctx, where=LotFilter())]
        if here:
            verb = self.dice.choice((lots.write_off, lots.set_aside))
            verb(self.brand.ctx, lot_id=self.dice.choice(here), location_id=self.place(), qty=1, reason="old")

    def pick_lot(self) -> None:
        for want in self.promised():
            here = [
                row.code
                for row in reads.list_lots(self.brand.ctx, where=LotFilter())
                if row.variant_id == want.variant_id
            ]
            if here:
                lots.take(
                    self.brand.ctx, order_line_id=want.reference_id, location_id=self.place(), variant_id=want.variant_id,
                    code=self.dice.choice(here), qty=1, most=want.qty,
                )  # fmt: skip

    def put_lot_back(self) -> None:
        for want in self.promised():
            lots.put_back(self.brand.ctx, order_line_id=want.reference_id)


ACTS: list[Callable[[Person], None]] = [
    act
    for name, act in vars(Person).items()
    if getattr(act, "__annotations__", {}).get("return") == "None" and name[0] != "_"
]


class CrowdMachine(RuleBasedStateMachine):
    """A brand with two places and three variants; each step is a moment at which everybody does something."""

    @initialize()
    def begin(self) -> None:
        self.brand: Brand = make_brand(stock_each=6, skus=SKUS)
        for sku, by_lot in (("A", True), ("B", False)):
            lots.set_tracking(self.brand.ctx, variant_id=self.brand.variants[sku], by_lot=by_lot, by_serial=not by_lot)

    @rule(seeds=st.lists(st.integers(0, 10**6), min_size=PEOPLE, max_size=PEOPLE))
    def all_at_once(self, seeds: list[int]) -> None:
        later = replace(self.brand.ctx, now=self.brand.ctx.now + timedelta(minutes=1))
        self.brand = replace(self.brand, ctx=later)
        crowd = [
            Person(self.brand, Random(seed), f"p{n}-{seed}-{self.brand.ctx.now:%d%H%M}") for n, seed in enumerate(seeds)
        ]
        answers = together(*[person.work for person in crowd])
        assert [answer for answer in answers if not isinstance(answer, list)] == []
        assert [(b.invariant.name, b.examples) for b in check(INVARIANTS)] == []
        pool = queries.pool_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        assert all(row.spare >= 0 for row in pool.values())


def test_whatever_a_crowd_does_with_stock_at_the_same_moment_every_invariant_holds() -> None:
    some = settings(max_examples=6, stateful_step_count=6, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(CrowdMachine, settings=some)  # type: ignore[no-untyped-call]


def test_a_crowd_does_everything_that_stock_can() -> None:
    """Nothing that the machine is to mix is refused always, or left out."""
    machine = CrowdMachine()
    done: set[str] = set()
    for round in range(400):
        if round % 20 == 0:
            machine.begin()  # where everything is sold and waited for, nobody can fill a cart
        done.update(Person(machine.brand, Random(round), f"alone-{round}").work())
        if done >= {act.__name__ for act in ACTS}:
            break
    assert {act.__name__ for act in ACTS} - done == set()
