"""Channels are told what can be sold: at once, only what changed, and never what they know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import httpx
import pytest

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.channels import actions as channels
from doorstep.channels import drift, exposures, history, listings
from doorstep.channels.exposure import Rule
from doorstep.channels.port import Later, ListedItem, Number, NumberAnswer, Stale, Taken, Throttled
from doorstep.channels.port.facts import NumbersDone
from doorstep.channels.values import Claimed, DriftFilter, ListingFilter
from doorstep.flows import compose, expose, hear_shops
from doorstep.flows.compose import Contained
from doorstep.flows.reading import Reading
from doorstep.providers.sandbox_shop.client import SandboxShop
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind
from doorstep.worker.sync import Lanes
from tests.contracts.conftest import CATALOG
from tests.exposing import Shown, shown
from tests.factories import draft, make_brand, make_variants, place, receive

__all__ = ["shown"]
pytestmark = pytest.mark.django_db


def test_what_a_shop_offers_is_linked_and_told_once(shown: Shown) -> None:
    rows = listings.list_page(shown.ctx, where=ListingFilter())
    assert [(row.sku, row.variant_id, row.linked_by) for row in rows] == [
        (sku, shown.brand.variants[sku], "sku") for sku in "ABCD"
    ]
    assert shown.sync() == 4
    assert shown.there() == dict.fromkeys("ABCD", 20)
    assert shown.sync() == 0
    assert shown.times() == dict.fromkeys("ABCD", 1)


def test_a_sale_elsewhere_is_told_and_nothing_else(shown: Shown) -> None:
    shown.sync()
    place(shown.ctx, draft([("A", 3)]))
    assert shown.sync() == 1
    assert shown.there() == {"A": 17, "B": 20, "C": 20, "D": 20}


def test_many_changes_are_one_number(shown: Shown) -> None:
    shown.sync()
    for _ in range(5):
        place(shown.ctx, draft([("B", 1)]))
        expose.follow(shown.ctx)
    assert shown.sync() == 1
    assert (shown.there()["B"], shown.times()["B"]) == (15, 2)


def test_what_the_shop_sold_itself_it_knows(shown: Shown) -> None:
    shown.sync(timedelta(minutes=-1))  # well before the sale: two clocks are not compared to the second
    shown.sells("C", 2)
    shown.hear()
    assert shown.exposure("C").shows == 18
    assert shown.sync() == 0
    assert (shown.there()["C"], shown.times()["C"]) == (18, 1)


def test_a_sale_about_when_a_number_was_taken_is_told_again(shown: Shown) -> None:
    shown.sync()
    shown.sells("C", 2)
    shown.hear()
    assert shown.exposure("C").shows is None
    assert shown.sync() == 1
    assert shown.there()["C"] == 18


def test_what_is_told_again_after_a_sale_about_then_is_compared_and_offers_nothing_twice(shown: Shown) -> None:
    """A sale that nobody told of yet stands behind the one that is known."""
    shown.sync()
    shown.sells("C", 2)
    shown.hear()
    shown.sells("C", 3)
    assert shown.exposure("C").shows is None
    shown.sync()
    assert shown.there()["C"] == 15
    assert (shown.exposure("C").unseen, shown.exposure("C").shows) == (3, 15)
    told = shown.times()["C"]
    shown.hear()
    assert (shown.sync(), shown.there()["C"], shown.times()["C"], shown.exposure("C").unseen) == (0, 15, told, 0)


def test_a_guess_that_is_too_low_is_put_right_and_is_no_drift(shown: Shown) -> None:
    shown.sync()
    shown.sells("C", 2)
    shown.hear()
    assert shown.shop.http.put("/inventory/C", json={"available": 20}).status_code == 200  # as if it was sold before
    shown.sync()
    assert (shown.there()["C"], shown.exposure("C").shows, shown.exposure("C").unseen) == (18, 18, 0)
    assert db.scalar("SELECT count(*) FROM channels_drift") == 0


def test_what_was_sold_there_and_has_no_order_here_yet_is_not_offered_again(shown: Shown) -> None:
    """The daily job pushed on-hand and resold what was promised (woocommerce_fusion #170)."""
    shown.sync(timedelta(minutes=-1))
    shown.sells("A", 5)
    place(shown.ctx, draft([("A", 1)]))
    expose.follow(shown.ctx)
    shown.sync()  # refused: the shop shows 15, we thought 20
    assert (shown.exposure("A").unseen, shown.exposure("A").shows) == (5, 14)
    assert shown.there()["A"] == 14
    shown.hear()
    assert shown.exposure("A").unseen == 0
    assert shown.sync() == 0
    assert shown.there()["A"] == 14


def test_a_number_that_somebody_changed_in_the_shop_is_set_right(shown: Shown) -> None:
    shown.sync()
    shown.shop.http.put("/inventory/A", json={"available": 3})
    place(shown.ctx, draft([("A", 1)]))
    shown.sync()
    assert shown.exposure("A").unseen == 17
    assert shown.there()["A"] == 2
    assert [(one.cause, one.is_known) for one in drift.list_page(shown.ctx, where=DriftFilter())] == [("late_order", False)]
    exposures.forget_unseen(shown.ctx, connection_id=shown.connection.id, before=shown.at(timedelta(minutes=1)).now)
    shown.sync()
    assert shown.there()["A"] == 19
    [drifted] = drift.list_page(shown.ctx, where=DriftFilter())
    # Though it was right again, with another number, before that was known.
    assert (drifted.cause, drifted.is_known, drifted.thought, drifted.showed) == ("edited", True, 20, 3)


@pytest.mark.parametrize("first", ["the shop", "we"])
def test_a_drift_ends_where_the_stock_moves_to_what_the_shop_shows(shown: Shown, first: str) -> None:
    """As where a refund there puts a unit back and cancels the order here: no number is told, and none was ever told again."""
    place(shown.ctx, draft([("A", 1)], external_id="K-9"))
    expose.follow(shown.ctx)
    shown.sync()
    assert shown.there()["A"] == 19
    shown.shop.http.put("/inventory/A", json={"available": 20})

    def comes_back() -> None:
        receive(shown.ctx, shown.brand.variants["A"], shown.brand.berlin, 1)
        expose.follow(shown.ctx)

    if first == "we":
        comes_back()
        expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    else:
        expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
        assert [one.healed_at for one in drift.list_page(shown.ctx, where=DriftFilter())] == [None]
        comes_back()
    assert (shown.sync(), shown.exposure("A").wanted, shown.exposure("A").shows) == (0, 20, 20)
    [drifted] = drift.list_page(shown.ctx, where=DriftFilter())
    assert (drifted.thought, drifted.showed, drifted.healed_at is not None) == (19, 20, True)
    assert drift.list_page(shown.ctx, where=DriftFilter(is_open=True)) == []


def test_a_number_that_is_told_again_took_as_long_as_it_was_under_way(shown: Shown) -> None:
    """Who asks why it took an hour would otherwise be told of the wish, which was taken at once an hour ago."""
    shown.sync(timedelta(hours=-1))
    shown.shop.http.put("/inventory/A", json={"available": 25})
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    assert shown.sync() == 1
    again, first = history.list_told(shown.ctx, listing_id=shown.listing("A"))
    assert ([again.number, first.number], again.again, first.again) == ([20, 20], True, False)
    assert again.took_s < 60
    assert history.lag_s(shown.ctx, connection_ids=[shown.connection.id])[shown.connection.id] < 60


def test_what_became_of_a_number_is_kept_for_its_own_organisation_only(shown: Shown) -> None:
    shown.sync()
    id, other = shown.listing("A"), make_brand()
    claimed = Claimed(id, "A", False, 3, 20, shown.ctx.now, shown.ctx.now)
    exposures.settle(other.ctx, told=[(claimed, Stale(7))])
    for ctx in (shown.ctx, other.ctx):
        assert [one.number for one in history.list_told(ctx, listing_id=id)] == ([20] if ctx is not other.ctx else [])
        assert drift.list_page(ctx, where=DriftFilter()) == []
    assert shown.exposure("A").shows == 20


def test_what_was_under_way_when_a_process_died_is_told_again(shown: Shown) -> None:
    shown.sync()
    place(shown.ctx, draft([("D", 4)]))
    expose.follow(shown.ctx)
    assert len(exposures.claim(shown.ctx, connection_id=shown.connection.id, limit=10)) == 1  # and nobody settles it
    assert shown.sync() == 1
    assert shown.there()["D"] == 16


def test_a_shop_that_is_away_is_told_when_it_is_back(shown: Shown) -> None:
    shown.sync()
    place(shown.ctx, draft([("A", 2)]))
    shown.shop.kill()
    with pytest.raises(httpx.HTTPError):
        shown.sync()
    assert shown.exposure("A").problem
    shown.shop.start()
    channels.move(shown.ctx, connection_id=shown.connection.id, url=str(shown.shop.http.base_url))
    assert shown.sync(timedelta(minutes=1)) == 1
    assert (shown.there()["A"], shown.exposure("A").problem) == (18, "")


def test_numbers_that_go_to_zero_go_first(shown: Shown) -> None:
    shown.sync()
    place(shown.at(timedelta(seconds=-5)), draft([("A", 1)]))
    expose.follow(shown.at(timedelta(seconds=-5)))
    place(shown.ctx, draft([("D", 20)]))
    expose.follow(shown.ctx)
    claimed = exposures.claim(shown.ctx, connection_id=shown.connection.id, limit=1)
    assert [(one.external_id, one.number) for one in claimed] == [("D", 0)]


class AtOnce:
    """Lanes without threads: what is submitted is done."""

    def submit(self, work: Callable[..., None], *given: Any) -> Future[None]:
        done: Future[None] = Future()
        work(*given)
        done.set_result(None)
        return done


def test_what_goes_to_zero_does_not_wait_with_the_others_for_a_free_call(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """Amazon takes a feed every two minutes; some are kept for what is sold out."""
    shown.sync()
    tell = SandboxShop.tell_numbers

    def keeps(self: SandboxShop, numbers: Sequence[Number], *, key: str) -> Sequence[NumberAnswer]:
        if all(one.number for one in numbers):
            raise Throttled(3600)
        return tell(self, numbers, key=key)

    monkeypatch.setattr(SandboxShop, "tell_numbers", keeps)
    monkeypatch.setattr("doorstep.worker.sync.close_old_connections", lambda: None)  # the lane has the test's own
    lanes: Any = Lanes(threading.Event())

    def look(sku: str, qty: int) -> dict[str, int]:
        place(shown.ctx, draft([(sku, qty)]))
        expose.follow(shown.ctx)
        lanes.look(AtOnce())
        return shown.there()

    assert look("A", 1)["A"] == 20
    assert look("B", 20) == {"A": 19, "B": 0, "C": 20, "D": 20}  # A goes with it
    assert look("C", 1)["C"] == 20
    assert shown.exposure("C").attempts == 0  # not even tried: no call is free yet


def test_where_no_call_is_free_to_ask_with_numbers_are_told_all_the_same(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    shown.sync()

    def later(_self: SandboxShop, numbers: Sequence[Number], *, key: str) -> Sequence[NumberAnswer]:
        told.extend(one.id for one in numbers)
        return [Later(key)] * len(numbers)

    def busy(_self: SandboxShop, _ids: Sequence[str], *, handle: str) -> Sequence[NumberAnswer]:
        asked.append(handle)
        raise Throttled(45)

    told: list[str] = []
    asked: list[str] = []
    monkeypatch.setattr(SandboxShop, "tell_numbers", later)
    monkeypatch.setattr(SandboxShop, "ask_numbers", busy)
    place(shown.ctx, draft([("A", 1)]))
    assert shown.sync() == 1
    place(shown.ctx, draft([("B", 1)]))
    assert shown.sync(timedelta(seconds=10)) == 1
    assert (told, len(asked)) == (["A", "B"], 1)
    assert shown.sync(timedelta(seconds=20)) == 0  # the answer on A is asked for again when a call is free, B's is due
    assert len(asked) == 2
    assert shown.sync(timedelta(seconds=60)) == 0
    assert len(asked) == 3


def test_a_newer_wish_does_not_have_a_part_of_a_feed_asked_for(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """Amazon tells what became of a feed once in 45 seconds: to ask for each of its numbers apart would take hours."""
    asked: list[list[str]] = []

    def taken(_self: SandboxShop, ids: Sequence[str], *, handle: str) -> Sequence[NumberAnswer]:
        asked.append(sorted(ids))
        return [Taken()] * len(ids)

    monkeypatch.setattr(SandboxShop, "tell_numbers", lambda _self, numbers, *, key: [Later(key)] * len(numbers))
    monkeypatch.setattr(SandboxShop, "ask_numbers", taken)
    assert shown.sync() == 4
    place(shown.ctx, draft([("A", 1)]))
    assert shown.sync(timedelta(seconds=2)) == 0
    assert asked == []
    assert shown.sync(timedelta(seconds=6)) == 1  # now that it is known what A shows
    assert asked == [["A", "B", "C", "D"]]
    [told] = history.list_told(shown.ctx, listing_id=shown.listing("A"))
    assert (told.number, told.wanted_at <= told.sent_at) == (20, True)


def test_numbers_that_the_shop_says_are_done_are_asked_for_at_once(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SandboxShop, "tell_numbers", lambda _self, numbers, *, key: [Later(key)] * len(numbers))
    monkeypatch.setattr(SandboxShop, "ask_numbers", lambda _self, ids, *, handle: [Taken()] * len(ids))
    assert shown.sync() == 4
    assert shown.sync() == 0
    assert shown.exposure("A").accepted is None  # it is asked in some seconds
    (kept,) = arrivals.keep(shown.ctx, [Incoming(shown.connection.id, "n1", "FEED_PROCESSING_FINISHED", b"{}")])
    reading = Reading(arrivals.get(shown.ctx, id=kept.id), shown.connection.id)
    hear_shops.hear(shown.ctx, reading, [NumbersDone(shown.exposure("A").handle)])
    assert (reading.outcome, reading.detail) == ("processed", {"reason": hear_shops.ASKED})
    shown.sync()
    assert shown.exposure("A").accepted == 20


def test_rules_decide_what_is_shown_and_why_is_said(shown: Shown) -> None:
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, rule=Rule(share_pct=50))
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, listing_id=shown.listing("A"), rule=Rule(buffer=4, share_pct=100))
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, listing_id=shown.listing("B"), rule=Rule(excluded=True))
    expose.set_rule(
        shown.ctx, connection_id=shown.connection.id, listing_id=shown.listing("C"), rule=Rule(places=(shown.brand.seoul,))
    )
    shown.sync()
    assert shown.there() == {"A": 16, "B": 0, "C": 5, "D": 10}
    row = listings.get(shown.ctx, listing_id=shown.listing("C"))
    why = expose.explain(shown.ctx, rows=[row])[row.id]
    assert [(step.step.value, step.number) for step in why.steps] == [("available", 20), ("places", 10), ("share", 5)]


def test_an_unmapped_listing_waits_and_is_told_once_somebody_maps_it(shown: Shown) -> None:
    shown.sync()
    shown.shop.http.put("/admin/catalog", json=[*CATALOG, {"sku": "X-1", "title": "Odd", "price": "1.00", "currency": "EUR"}])
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    (odd,) = listings.list_page(shown.ctx, where=ListingFilter(state="unmapped"))
    assert (odd.sku, shown.sync(), "X-1" in shown.there()) == ("X-1", 0, False)
    expose.link(shown.ctx, listing_id=odd.id, variant_id=shown.brand.variants["B"])
    shown.sync()
    assert shown.there()["X-1"] == 20
    expose.link(shown.ctx, listing_id=odd.id, variant_id=None)
    assert exposures.find(shown.ctx, listing_ids=[odd.id]) == {}
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    assert listings.get(shown.ctx, listing_id=odd.id).variant_id is None


def test_a_listing_that_vanished_ends_and_comes_back(shown: Shown) -> None:
    shown.shop.http.put("/admin/catalog", json=CATALOG[:3])
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    (gone,) = listings.list_page(shown.ctx, where=ListingFilter(state="ended"))
    assert gone.sku == "D"
    assert exposures.find(shown.ctx, listing_ids=[gone.id]) == {}
    shown.shop.http.put("/admin/catalog", json=CATALOG)
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    assert listings.get(shown.ctx, listing_id=gone.id).ended_at is None
    shown.sync()
    assert shown.there()["D"] == 20


def test_a_bundle_is_shown_as_often_as_its_components_allow(shown: Shown) -> None:
    kit = make_variants(shown.ctx, ["KIT"])["KIT"]
    assert compose.set_components(shown.ctx, variant_id=kit, contents=[Contained("A", 3), Contained("B", 1)])
    shown.shop.http.put("/admin/catalog", json=[*CATALOG, {"sku": "KIT", "title": "Kit", "price": "1.00", "currency": "EUR"}])
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    shown.sync()
    assert shown.there()["KIT"] == 6
    stock.change(
        shown.ctx, changes=[Change(shown.brand.variants["A"], shown.brand.seoul, on_hand=-3)], kind=MovementKind.ADJUSTMENT,
        reason="lost", reference="test",
    )  # fmt: skip
    shown.sync()
    assert (shown.there()["A"], shown.there()["KIT"]) == (17, 5)




def test_places_of_one_item_never_show_more_together_than_there_is(shown: Shown) -> None:
    other = channels.connect(shown.ctx, provider="sandbox_shop", name="Two places", url="http://127.0.0.1:9")
    items = [ListedItem(f"1@{place}", "1", "A", "", "Thing", None) for place in ("berlin", "seoul")]
    first, second = expose.note(shown.ctx, connection_id=other.id, items=items, since=shown.ctx.now)

    def numbers() -> list[int]:
        found = exposures.find(shown.ctx, listing_ids=[first, second])
        return [found[first].wanted, found[second].wanted]

    assert numbers() == [20, 0]
    for id, place_id in ((first, shown.brand.berlin), (second, shown.brand.seoul)):
        expose.set_rule(shown.ctx, connection_id=other.id, listing_id=id, rule=Rule(places=(place_id,)))
    assert numbers() == [10, 10]
    place(shown.ctx, draft([("A", 15)]))  # promised without a place yet: either may have to give
    expose.follow(shown.ctx)
    assert sum(numbers()) == 5
    row = listings.get(shown.ctx, listing_id=second)
    steps = [step.step.value for step in expose.explain(shown.ctx, rows=[row])[second].steps]
    assert steps[-1] == "other_places"
