"""Taking stock for many at once answers like a careful clerk who looks at one order after the other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.stock import actions as stock
from doorstep.stock import backorders, carts, queries
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.values import CartWant, Group, Short, Wait, Want
from tests.factories import NOW, Brand, make_brand, receive

SKUS, PLACES, TOKENS = ("A", "B"), ("seoul", "berlin"), ("t1", "t2", "t3")
skus = st.sampled_from(SKUS)


@dataclass(frozen=True)
class Held:
    token: str
    sku: str
    qty: int
    over: bool


@dataclass(frozen=True)
class Asked:
    wants: tuple[tuple[str, int], ...]
    token: str
    places: frozenset[str] | None


@dataclass
class Clerk:
    """Counts on fingers: what lies where, who holds what, who waits."""

    lies: dict[tuple[str, str], int]
    held: list[Held]
    waiting: Counter[str]
    came: set[str]  # units came that those who wait were not offered
    promised: Counter[tuple[str, frozenset[str]]] = field(default_factory=Counter)

    def spare(self, sku: str, asked: Asked) -> int:
        """Units of a variant that this order may have."""
        all_units = sum(qty for (s, _), qty in self.lies.items() if s == sku)
        holds = sum(h.qty for h in self.held if h.sku == sku)
        own = sum(h.qty for h in self.held if h.sku == sku and asked.token and h.token == asked.token)
        first = self.waiting[sku] if sku in self.came else 0
        promised = [(places, qty) for (s, places), qty in self.promised.items() if s == sku]
        free = all_units - sum(qty for _, qty in promised) - holds
        spare = free - min(first, max(free, 0)) + own  # who waits comes first for what is free, not for what is held already
        if asked.places is None:
            return spare
        # Whichever places are looked at together, those who can be served from nowhere else come out of them.
        near = [
            sum(self.lies[sku, place] for place in around)
            - sum(qty for places, qty in promised if places <= around)
            - (holds - own if around == set(PLACES) else 0)
            for around in (asked.places, set(PLACES))
        ]
        return min(spare, *near)

    def drop(self, gone: list[Held]) -> None:
        for one in gone:
            self.held.remove(one)
            if self.waiting[one.sku]:
                self.came.add(one.sku)

    def serve(self, asked: Asked) -> set[str]:
        """What is short; nothing where the order gets all it wants."""
        need: Counter[str] = Counter()
        for sku, qty in asked.wants:
            need[sku] += qty
        for sku, qty in sorted(need.items()):
            if self.spare(sku, asked) < qty:
                self.drop(
                    [h for h in self.held if h.sku == sku and h.over and not (asked.token and h.token == asked.token)]
                )
        short = {sku for sku, qty in need.items() if self.spare(sku, asked) < qty}
        mine = [h for h in self.held if asked.token and h.token == asked.token]
        if short:
            self.drop(mine)
            return short
        for one in mine:
            if one.qty > need[one.sku]:
                self.drop([one])
            else:
                self.held.remove(one)
        self.promised += Counter({(sku, asked.places or frozenset(PLACES)): qty for sku, qty in need.items()})
        return set()


units = st.integers(1, 4)
asked = st.builds(
    Asked,
    st.lists(st.tuples(skus, units), min_size=1, max_size=3).map(tuple),
    st.sampled_from(("", "", *TOKENS)),
    st.sampled_from((None, None, frozenset({"berlin"}), frozenset({"seoul"}))),
)
held = st.lists(
    st.builds(Held, st.sampled_from(TOKENS), skus, units, st.sampled_from((True, True, False))),
    max_size=4,
    unique_by=lambda h: (h.token, h.sku),
)


class TestAgainstTheClerk(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        lies=st.lists(st.integers(0, 4), min_size=4, max_size=4), held=held,
        waits=st.lists(st.tuples(skus, st.integers(1, 2)), max_size=2),
        comes=st.sets(skus), orders=st.lists(asked, min_size=1, max_size=6),
    )  # fmt: skip
    def test_batches_with_carts_backorders_and_places(
        self, lies: list[int], held: list[Held], waits: list[tuple[str, int]], comes: set[str], orders: list[Asked]
    ) -> None:
        brand = make_brand(stock_each=0, skus=SKUS)
        clerk = Clerk(dict(zip([(s, p) for s in SKUS for p in PLACES], lies, strict=True)), [], Counter(), set())
        for (sku, place), qty in clerk.lies.items():
            if qty:
                receive(brand.ctx, brand.variants[sku], _place(brand, place), qty)
        for token in TOKENS:
            mine = [h for h in held if h.token == token]
            clerk.held += mine if mine and _holds(brand, mine) else []
        _end(brand, clerk.held)
        for group, (sku, qty) in enumerate(waits, start=900):
            short = Short(brand.variants[sku], qty, 0)
            wait = Wait(group, (Want(group, short.variant_id, qty),), (short,), NOW)
            backorders.wait(brand.ctx, waits=[wait])
            clerk.waiting[sku] += qty
        for sku in sorted(comes):
            receive(brand.ctx, brand.variants[sku], brand.seoul, 1)
            clerk.lies[sku, "seoul"] += 1
            clerk.came |= {sku} if clerk.waiting[sku] else set()
        expected = [clerk.serve(one) for one in orders]
        answers = stock.take(brand.ctx, groups=[_group(brand, n, one) for n, one in enumerate(orders)])
        sku_of = {v: s for s, v in brand.variants.items()}
        assert [{sku_of[s.variant_id] for s in shorts} for shorts in answers] == expected
        assert check(INVARIANTS) == []
        pool = queries.pool_of(brand.ctx, variant_ids=list(brand.variants.values()))
        for sku, variant in brand.variants.items():
            assert pool[variant].committed == sum(qty for (s, _), qty in clerk.promised.items() if s == sku)
            assert pool[variant].reserved == sum(h.qty for h in clerk.held if h.sku == sku)
            assert pool[variant].to_serve == (sku in clerk.came)


def _place(brand: Brand, name: str) -> int:
    return brand.seoul if name == "seoul" else brand.berlin


def _holds(brand: Brand, mine: list[Held]) -> bool:
    """Whether a whole cart can be held."""
    wants = [CartWant(brand.variants[h.sku], h.qty) for h in mine]
    return not carts.reserve(brand.ctx, token=mine[0].token, wants=wants, until=NOW + timedelta(minutes=9))


def _end(brand: Brand, held: list[Held]) -> None:
    """Lets the time of some lines be over."""
    for one in held:
        if one.over:
            db.execute(
                """UPDATE stock_cartline l SET until = %s FROM stock_cart c
                    WHERE l.variant_id = %s AND c.id = l.cart_id AND c.token = %s""",
                [NOW - timedelta(minutes=1), brand.variants[one.sku], one.token],
            )


def _group(brand: Brand, n: int, one: Asked) -> Group:
    wants = tuple(Want(100 * (n + 1) + i, brand.variants[sku], qty) for i, (sku, qty) in enumerate(one.wants))
    places = None if one.places is None else frozenset(_place(brand, place) for place in one.places)
    return Group(wants, places, one.token)


@pytest.mark.django_db
def test_where_nobody_waits_and_no_cart_holds_taking_costs_what_it_did(django_assert_num_queries: Any) -> None:
    """A lock, the promises, the ledger and the counter; what is near, where places count."""
    brand = make_brand(stock_each=5, skus=("A", "B"))
    until = NOW + timedelta(minutes=9)
    assert carts.reserve(brand.ctx, token="t", wants=[CartWant(brand.variants["B"], 1)], until=until) == ()
    groups = [Group((Want(n, brand.variants["A"], 1),)) for n in range(1, 9)]
    with django_assert_num_queries(4):
        assert stock.take(brand.ctx, groups=groups) == [()] * 8
    with django_assert_num_queries(2):  # too few: were they held by carts that are over?
        stock.take(brand.ctx, groups=[Group((Want(20, brand.variants["B"], 10),))])
    near = [Group((Want(30, brand.variants["A"], 1),), frozenset({brand.berlin}))]
    with django_assert_num_queries(6):
        assert stock.take(brand.ctx, groups=near) == [()]
