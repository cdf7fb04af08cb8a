"""Bundles promise nothing of what is set apart for a channel, and what is set apart is never for nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.channels import actions as channels
from doorstep.channels import apart, exposures, listings
from doorstep.channels.exposure import Rule
from doorstep.channels.port import ListedItem
from doorstep.channels.values import ListingFilter
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import expose
from doorstep.stock import queries as stock
from tests.factories import Brand, make_brand
from tests.stories.test_bundles_told import make_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    made = make_brand(skus="AB", stock_each=10)
    make_set(made, A=2, B=1)
    return made


def sells(brand: Brand, name: str, *skus: str, rule: Rule | None = None) -> int:
    """A shop that offers these; gives its connection."""
    id = channels.connect(brand.ctx, provider="sandbox_shop", name=name, url="http://127.0.0.1:9").id
    if rule is not None:
        expose.set_rule(brand.ctx, connection_id=id, rule=rule)
    items = [ListedItem(sku, sku, sku, "", "Thing", None) for sku in skus]
    expose.note(brand.ctx, connection_id=id, items=items, since=brand.ctx.now)
    return id


def wanted(ctx: Ctx, connection_id: int) -> dict[str, int]:
    rows = [row for row in listings.list_page(ctx, where=ListingFilter()) if row.connection_id == connection_id]
    found = exposures.find(ctx, listing_ids=[row.id for row in rows])
    return {row.sku: found[row.id].wanted for row in rows}


def whole(brand: Brand, sku: str) -> int:
    """Units of one that lie here."""
    return stock.pool_of(brand.ctx, variant_ids=[brand.variants[sku]])[brand.variants[sku]].on_hand


def test_a_bundle_is_not_shown_for_components_that_another_channel_has_apart(brand: Brand) -> None:
    other = sells(brand, "Other", "SET", "A")
    units = whole(brand, "A")
    assert wanted(brand.ctx, other) == {"SET": units // 2, "A": units}
    own = sells(brand, "Own", "A", rule=Rule(share_pct=70, apart=True))
    held = units * 70 // 100
    assert wanted(brand.ctx, own) == {"A": held}
    expose.follow(brand.ctx)
    assert wanted(brand.ctx, other) == {"SET": (units - held) // 2, "A": units - held}
    assert check(all_invariants()) == []


def test_not_even_in_the_moment_in_which_they_are_set_apart(brand: Brand) -> None:
    both = sells(brand, "Both", "SET", "A", "B")
    (a,) = [row.id for row in listings.list_page(brand.ctx, where=ListingFilter()) if row.sku == "A"]
    units = whole(brand, "A")
    expose.set_rule(brand.ctx, connection_id=both, listing_id=a, rule=Rule(apart=True, share_pct=100))
    expose.refresh(brand.ctx, listing_ids=listings.ids_of(brand.ctx, connection_id=both))
    assert wanted(brand.ctx, both) == {"SET": 0, "A": units, "B": whole(brand, "B")}
    assert check(all_invariants()) == []


def test_a_listing_that_becomes_another_product_sets_aside_of_that_and_gives_back_the_other(brand: Brand) -> None:
    own = sells(brand, "Own", "A", rule=Rule(share_pct=50, apart=True))
    (listing,) = listings.ids_of(brand.ctx, connection_id=own)
    expose.link(brand.ctx, listing_id=listing, variant_id=brand.variants["B"])
    assert apart.of_variants(brand.ctx, variant_ids=[brand.variants["A"], brand.variants["B"]]) == {
        brand.variants["B"]: whole(brand, "B") // 2
    }
    assert check(all_invariants()) == []


def test_the_audit_finds_numbers_without_units_and_units_for_nobody(brand: Brand) -> None:
    own = sells(brand, "Own", "A", rule=Rule(share_pct=50, apart=True))
    (listing,) = listings.ids_of(brand.ctx, connection_id=own)
    db.execute("UPDATE channels_exposure SET wanted = wanted + 1 WHERE listing_id = %s", [listing])
    assert [broken.invariant.name for broken in check(all_invariants())] == ["channels.apart_is_set_aside"]
    db.execute("UPDATE channels_exposure SET apart = FALSE WHERE listing_id = %s", [listing])
    assert [broken.invariant.name for broken in check(all_invariants())] == ["channels.set_aside_for_somebody"]
    db.execute("UPDATE channels_listing SET ended_at = %s WHERE id = %s", [datetime.now(UTC) - timedelta(days=1), listing])
    assert "channels.exposures_of_listings" in [broken.invariant.name for broken in check(all_invariants())]
