"""What the Amazon adapter must keep of listings and their numbers, proved on the sandbox's Amazon."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.channels import exposures, listings
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import Declined, Gone, Later, Number, ShopPort, Stale, Taken, Throttled
from doorstep.flows import expose
from doorstep.providers.amazon import paces
from doorstep.providers.amazon.calls import Calls
from doorstep.providers.amazon.tokens import Grant
from tests.contracts.amazon import a_port, connect, now, until
from tests.factories import make_brand
from tests.sandboxes import Server


@pytest.mark.django_db
def test_listings_are_read_page_by_page_and_past_the_thousand_that_amazon_pages(amazon: Server) -> None:
    amazon.post("/admin/limits", {"factor": 1000})
    offered = [{"sku": f"S-{n:04d}", "quantity": n} for n in range(1050)] + [{"sku": "FBA", "by": "AMAZON"}]
    assert amazon.http.put("/admin/listings", json=offered).status_code == 200
    port, found, after = a_port(amazon), {}, ""
    while True:
        page = port.list_listings(after=after)
        found |= {one.id: one.number for one in page.items}
        if page.next_after is None:
            break
        after = page.next_after
    assert found == {f"S-{n:04d}": n for n in range(1050)}


def ended(port: ShopPort, ids: list[str], handle: str) -> Any:
    answers = port.ask_numbers(ids, handle=handle)
    return None if all(isinstance(answer, Later) for answer in answers) else list(answers)


def shown(amazon: Server) -> dict[str, Any]:
    return {one["sku"]: one["quantity"] for one in amazon.get("/admin/books")["listings"]}


@pytest.mark.django_db
def test_a_feed_with_partly_failed_messages_is_answered_sku_by_sku(amazon: Server) -> None:
    broken = {"sku": "B", "quantity": 1, "problem": "'size' is required but not supplied."}
    offered = [{"sku": "A", "quantity": 1, "handling_days": 5}, broken]
    amazon.http.put("/admin/listings", json=offered)
    port = a_port(amazon)
    ids = ["A", "B", "NONE"]
    answers = port.tell_numbers([Number(id, 7, None) for id in ids], key="1")
    (handle,) = {answer.handle for answer in answers if isinstance(answer, Later)}
    taken, declined, gone = until(lambda: ended(port, ids, handle))
    assert taken == Taken()
    assert declined == Declined("90220: 'size' is required but not supplied.")
    assert isinstance(gone, Gone)
    assert shown(amazon) == {"A": 7, "B": 1}
    assert amazon.get("/admin/books")["listings"][0]["handling_days"] == 5  # a number leaves the rest as it is


@pytest.mark.django_db
def test_a_feed_that_is_never_processed_is_cancelled_and_told_anew(amazon: Server) -> None:
    amazon.post("/admin/faults", {"feed_stuck": 1})
    port = a_port(amazon)
    (later,) = port.tell_numbers([Number("A", 7, None)], key="1")
    assert isinstance(later, Later)
    assert port.ask_numbers(["A"], handle=later.handle) == [later]
    amazon.post(f"/admin/feeds/{later.handle}/age", {"seconds": 3700})
    assert port.ask_numbers(["A"], handle=later.handle) == [later]
    (answer,) = port.ask_numbers(["A"], handle=later.handle)
    assert answer == Declined("Amazon cancelled the feed")
    assert shown(amazon)["A"] == 50
    assert port.ask_numbers(["A"], handle="1") == [Stale(None)]


@pytest.mark.django_db
def test_a_feed_that_broke_off_leaves_its_numbers_unknown(amazon: Server) -> None:
    amazon.post("/admin/faults", {"feed_fatal": 1})
    port = a_port(amazon)
    answers = port.tell_numbers([Number("A", 7, 50), Number("B", 8, 50)], key="1")
    assert isinstance(answers[0], Later)
    handle = answers[0].handle
    assert until(lambda: ended(port, ["A", "B"], handle)) == [Declined("Amazon broke the feed off", is_broken_off=True)] * 2


@pytest.mark.django_db
def test_numbers_are_told_as_stock_says_and_settle(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=40)
    connection = connect(brand, amazon)  # forty at each of two places

    def ctx_now() -> Ctx:
        return now(brand.ctx)

    assert expose.read_listings(ctx_now, connection_id=connection.id) == 4
    assert expose.push(ctx_now, connection_id=connection.id, go_on=lambda: True) == 4
    until(lambda: shown(amazon) == dict.fromkeys("ABCD", 80))
    ids = listings.ids_of(brand.ctx, connection_id=connection.id)

    def settled() -> bool:
        db.execute("UPDATE channels_exposure SET retry_at = NULL")
        expose.push(ctx_now, connection_id=connection.id, go_on=lambda: False)
        return {row.shows for row in exposures.find(brand.ctx, listing_ids=ids).values()} == {80}

    until(settled)
    assert check(INVARIANTS) == []


@pytest.mark.django_db
def test_who_is_turned_away_when_the_time_had_come_asks_again_soon_and_then_ever_later(amazon: Server) -> None:
    """Amazon's count may have begun a moment after ours: to wait two minutes more would be to lose every other feed."""
    brand = make_brand(skus="ABCD")
    connection = connect(brand, amazon)
    url = str(amazon.http.base_url).rstrip("/")
    grant = Grant(f"{url}/auth/o2/token", "sandbox", "sandbox", "sandbox")
    calls = Calls(url=url, grant=grant, pacer=Pacer(brand.ctx.organisation_id, connection.id))

    def wait_s() -> float:
        with pytest.raises(Throttled) as wait:
            calls.ask(paces.CREATE_FEED, "POST", "/feeds/2021-06-30/feeds", body={}, is_paid=True)
        return wait.value.wait_s

    amazon.post("/admin/limits", {"factor": 1})
    amazon.post("/admin/faults", {"throttle": 1})
    assert [wait_s() for _ in range(5)] == [1, 4, 16, 64, pytest.approx(120.5, abs=0.1)]
    amazon.post("/admin/faults", {})
    assert calls.ask(paces.CREATE_FEED, "POST", "/feeds/2021-06-30/feeds", body={}, is_paid=True).status_code == 400  # let in
    amazon.post("/admin/faults", {"throttle": 1})
    assert wait_s() == 1
