"""A plain dictionary of what must lie and be promised where: the model of the stock machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from doorstep.stock import actions as stock
from doorstep.stock import counts
from doorstep.stock.counting import Choice, Chosen, Limits
from doorstep.stock.values import Change, LevelRow, MovementKind, PoolRow
from tests.factories import Brand, make_brand

places = st.sampled_from(["seoul", "berlin"])
skus = st.sampled_from(["A", "B"])


class Books(RuleBasedStateMachine):
    """A brand with two places and two variants; the model is a plain dictionary."""

    @initialize()
    def begin(self) -> None:
        self.brand: Brand = make_brand(stock_each=0, skus=("A", "B"))
        self.on_hand = {(sku, place): 0 for sku in "AB" for place in ("seoul", "berlin")}
        self.damaged = dict.fromkeys(self.on_hand, 0)
        self.checked = dict.fromkeys(self.on_hand, 0)  # units in quality control
        self.sku_of: dict[int, str] = {}
        self.promised: dict[tuple[int, str | None], int] = {}  # units per reference and place; None: no place yet
        self.next_reference = 1
        self.wish = dict.fromkeys(self.on_hand, 0)  # units to keep back per place
        self.kept_everywhere = {"A": 0, "B": 0}
        self.step = 0  # minutes since it began
        self.carts: dict[tuple[str, str], tuple[int, int]] = {}  # units and the step in which they end, by token and SKU
        self.ordered: set[str] = set()  # tokens that are used up
        self.waiting: dict[int, tuple[str, int]] = {}  # by reference, first come first
        self.came: set[str] = set()  # units came that those who wait were not offered
        self.moved: list[tuple[int, tuple[str, str], int]] = []  # what moved in which step; counts find, they move nothing
        self.counted: dict[tuple[str, str], tuple[str, int, int]] = {}  # state, number and step of the last count of a line
        chosen = Chosen(Choice.VARIANTS, tuple(self.brand.variants.values()))
        self.sheets = {
            place: counts.open_sheet(self.brand.ctx, location_id=self.place(place), chosen=chosen)
            for place in ("seoul", "berlin")
        }
        counts.set_limits(self.brand.ctx, limits=Limits(3, None, None, "EUR"))
        self.seen: list[tuple[datetime, dict[int, PoolRow], list[LevelRow]]] = []

    def place(self, name: str) -> int:
        return self.brand.seoul if name == "seoul" else self.brand.berlin

    def free(self, sku: str, place: str) -> int:
        here = sum(q for (r, at), q in self.promised.items() if at == place and self.sku_of[r] == sku)
        return self.sound(sku, place) - here

    def sound(self, sku: str, place: str) -> int:
        return self.on_hand[sku, place] - self.damaged[sku, place] - self.checked[sku, place]

    def shift(self, sku: str, place: str, units: int) -> None:
        self.on_hand[sku, place] += units
        self.moved.append((self.step, (sku, place), units))

    def kept(self, sku: str) -> int:
        """Each place keeps no more than lies there unharmed."""
        here = [min(self.wish[sku, p], self.sound(sku, p)) for p in ("seoul", "berlin")]
        return self.kept_everywhere[sku] + sum(here)

    def available(self, sku: str) -> int:
        return self.spare(sku) - self.kept(sku)

    def spare(self, sku: str) -> int:
        whole = sum(self.sound(sku, p) for p in ("seoul", "berlin"))
        held = sum(q for (_, s), (q, _) in self.carts.items() if s == sku)
        return whole - held - sum(q for (r, _), q in self.promised.items() if self.sku_of[r] == sku)

    def wanted(self, sku: str) -> int:
        return sum(q for s, q in self.waiting.values() if s == sku)

    def arrive(self, sku: str) -> None:
        if self.wanted(sku):
            self.came.add(sku)

    def drop(self, keys: list[tuple[str, str]]) -> None:
        """Units of carts are free again."""
        for key in keys:
            del self.carts[key]
            self.arrive(key[1])

    def can(self, sku: str, token: str, qty: int) -> bool:
        """Whether somebody who comes now may have so many; carts of others whose time is over end where they are needed."""

        def spare() -> int:
            own = self.carts.get((token, sku), (0, 0))[0]
            return self.available(sku) + own - (self.wanted(sku) if sku in self.came else 0)

        if spare() < qty:
            self.drop([k for k, (_, end) in self.carts.items() if k[1] == sku and end <= self.step and k[0] != token])
        return spare() >= qty

    def move(self, key: tuple[int, str | None], qty: int) -> None:
        self.promised[key] = self.promised.get(key, 0) + qty
        if not self.promised[key]:
            del self.promised[key]

    def pinned(self) -> list[tuple[int, str]]:
        return sorted((r, at) for r, at in self.promised if at is not None)

    def difference(self, sku: str, place: str, counted: int, step: int) -> int:
        """What a count of that step differs by: what moved since is none of it."""
        since = sum(units for at, key, units in self.moved if key == (sku, place) and at > step)
        return counted - (self.on_hand[sku, place] - since)

    def found(self, sku: str, place: str, difference: int) -> None:
        self.on_hand[sku, place] += difference
        if difference > 0:
            self.arrive(sku)

    def change(self, sku: str, place: str, kind: MovementKind, *, on_hand: int = 0, damaged: int = 0) -> None:
        with transaction.atomic():
            stock.change(
                self.brand.ctx,
                changes=[Change(self.brand.variants[sku], self.place(place), on_hand=on_hand, damaged=damaged)],
                kind=kind,
                reason="test",
                reference="machine",
            )

    def pass_time(self, minutes: int) -> None:
        later = replace(self.brand.ctx, now=self.brand.ctx.now + timedelta(minutes=minutes))
        self.brand = replace(self.brand, ctx=later)
        self.step += minutes
