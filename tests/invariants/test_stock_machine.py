"""Any order of stock actions keeps every counter equal to its ledger and promises no unit twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis.extra.django import TestCase
from hypothesis.stateful import invariant

from doorstep.base.invariants import check
from doorstep.orders import queries as order_queries
from doorstep.stock import queries
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.values import LevelRow
from tests.invariants.stock_promises import Promises
from tests.invariants.stock_shelves import Shelves

pytestmark = pytest.mark.django_db


class StockMachine(Shelves, Promises):
    """Everything that may happen to stock, in any order."""

    @invariant()
    def the_database_agrees_with_the_model(self) -> None:
        if not hasattr(self, "brand"):
            return
        assert check(INVARIANTS) == []
        pool = queries.pool_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        for sku, variant in self.brand.variants.items():
            assert pool[variant].available == self.available(sku)
            assert (pool[variant].waiting, pool[variant].to_serve) == (self.wanted(sku), sku in self.came)
        for level in queries.levels_of(self.brand.ctx, variant_ids=list(self.brand.variants.values())):
            place = "seoul" if level.location_id == self.brand.seoul else "berlin"
            sku = next(s for s, v in self.brand.variants.items() if v == level.variant_id)
            assert level.free == self.free(sku, place)
        assert order_queries.list_ids(self.brand.ctx, where=order_queries.OrderFilter()) == []
        levels = queries.levels_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        self.seen.append((self.brand.ctx.now, pool, levels))
        self.pass_time(1)

    def teardown(self) -> None:
        """The ledger tells every past moment as it was seen then."""
        for at, pool, levels in getattr(self, "seen", []):
            then = queries.as_of(self.brand.ctx, variant_ids=list(pool), at=at)
            assert then.pool == {v: replace(row, kept_everywhere=0, waiting=0, to_serve=False) for v, row in pool.items()}
            told = {(row.variant_id, row.location_id): row for row in then.levels}
            for level in levels:
                key = level.variant_id, level.location_id
                assert (told.get(key) or LevelRow(*key, 0, 0, 0, 0, "")) == replace(
                    level, bin="", recount_since=None, counted_at=None, safety_stock=level.kept
                )


class TestStockMachine(StockMachine.TestCase, TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
