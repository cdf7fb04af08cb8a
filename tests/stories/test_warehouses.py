"""A warehouse that somebody else runs sends what is routed to it, and our books follow what it reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from doorstep.base import arrivals, db, outbox
from doorstep.base.arrivals import Incoming
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, edit_order, reject, reroute, send_outside, warehouse_news, warehouses
from doorstep.flows.arrivals import process, read_again
from doorstep.flows.bulk import orders as by_hand
from doorstep.flows.edit_order import Edit
from doorstep.fulfilment import gifts, unreleased, wave_queries, waves
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment.port import FoundShort, Sent
from doorstep.fulfilment.values import NOTHING_OPEN, Method, Takes
from doorstep.fulfilment.warehouses import accounts, queries, requests
from doorstep.fulfilment.warehouses.values import AT_A_WAREHOUSE, RequestRow
from doorstep.orders import queries as orders
from doorstep.orders.values import Address
from doorstep.routing.values import Why
from doorstep.shipping import policy
from doorstep.shipping import queries as parcels
from doorstep.shipping.policy import PolicyRow
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, place
from tests.sandboxes import Server, borrowed
from tests.short_picks import assert_all_holds, level, parts_of, shape

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with borrowed("warehouse", "--retry-s", "0.05") as running:
        yield running


@pytest.fixture
def brand(server: Server) -> Brand:
    """Berlin is run by somebody else."""
    server.post("/admin/faults", {})
    brand = make_brand()
    settings = {"url": str(server.http.base_url), "token": "sandbox"}
    id = accounts.connect(
        brand.ctx, code="partner", name="Partner Berlin", provider="sandbox_warehouse", location_id=brand.berlin, settings=settings
    )
    seen = server.get("/events?after=0&limit=500")["next_after"]
    accounts.note_read(brand.ctx, id=id, was="", cursor=str(seen))
    return brand


def asked(brand: Brand, *lines: tuple[str, int]) -> tuple[int, RequestRow]:
    """An order that was sent to the warehouse, and the request for it."""
    [order_id] = place(brand.ctx, draft(list(lines)))
    drain()
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    row = queries.open_of(brand.ctx, fulfilment_order_ids=[part.id])[part.id]
    warehouses.settle(brand.ctx, request_id=row.id)
    return order_id, queries.get_request(brand.ctx, request_id=row.id)


_hours = iter(range(1, 10_000))


def hear(brand: Brand) -> list[str]:
    """Reads the warehouse's news.  Gives what became of each piece of them, oldest first."""
    warehouse_news.read_due(NOW + timedelta(hours=next(_hours)))
    drain()
    found = arrivals.list_recent(brand.ctx, sources=(arrivals.WAREHOUSE,), limit=50)
    return [row.outcome for row in reversed(found)]


def lines_of(row: RequestRow) -> list[str]:
    return sorted(row.lines)


def state(brand: Brand, row: RequestRow) -> str:
    return queries.get_request(brand.ctx, request_id=row.id).state


def test_an_order_is_sent_confirmed_and_shipped_and_everybody_is_told(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 2), ("B", 1))
    assert (row.state, bool(row.vendor_id), floor.list_pick_lists(brand.ctx)) == ("submitted", True, [])
    [at_theirs] = [one for one in server.get("/admin/books")["orders"] if one["key"] == row.key]
    assert [(one["sku"], one["quantity"]) for one in at_theirs["lines"]] == [("A", 2), ("B", 1)]
    assert at_theirs["body"]["ship_to"]["country_code"] == "DE"
    server.post("/admin/act/confirm", {"key": row.key})
    hear(brand)
    assert (state(brand, row), shape(brand, order_id)) == ("accepted", [("in_progress", brand.berlin, {"A": 2, "B": 1})])
    server.post("/admin/act/ship", {"key": row.key, "carrier": "Kurier", "tracking_number": "K1", "weight_g": 900})
    assert hear(brand)[-1] == "processed"
    [parcel] = parcels.parcels_of(brand.ctx, order_ids=[order_id])
    assert (parcel.state, parcel.carrier_name, parcel.tracking_number, parcel.weight_g) == ("handed_over", "Kurier", "K1", 900)
    assert (state(brand, row), orders.get(brand.ctx, id=order_id).order.fulfilment_state) == ("closed", "fulfilled")
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).committed) == (8, 0)
    assert_all_holds()


def test_two_parcels_are_two_and_the_order_is_shipped_in_part_in_between(brand: Brand, server: Server) -> None:
    """2 of 3 shipped does not become partially shipped (vendure #2191)."""
    order_id, row = asked(brand, ("A", 2), ("B", 1))
    first, second = lines_of(row)
    server.post("/admin/act/ship", {"key": row.key, "lines": [{"line": first, "quantity": 2}], "tracking_number": "K2"})
    hear(brand)
    assert (state(brand, row), orders.get(brand.ctx, id=order_id).order.fulfilment_state) == ("submitted", "partially_fulfilled")
    server.post("/admin/act/ship", {"key": row.key, "lines": [{"line": second, "quantity": 1}], "tracking_number": "K3"})
    hear(brand)
    assert (state(brand, row), orders.get(brand.ctx, id=order_id).order.fulfilment_state) == ("closed", "fulfilled")
    assert len(parcels.parcels_of(brand.ctx, order_ids=[order_id])) == 2
    assert_all_holds()


def test_what_it_lacks_goes_on_from_elsewhere_and_the_rest_is_sent(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 2), ("B", 1))
    line = next(x["line"] for x in server.get(f"/orders/by-key/{row.key}")["lines"] if x["sku"] == "A")
    server.post("/admin/act/short", {"key": row.key, "line": line, "missing": 1})
    server.post("/admin/act/ship", {"key": row.key, "tracking_number": "K4"})
    assert hear(brand)[-2:] == ["processed", "processed"]
    assert shape(brand, order_id) == [("closed", brand.berlin, {"A": 1, "B": 1}), ("open", brand.seoul, {"A": 1})]
    assert state(brand, row) == "closed"
    assert_all_holds()


def test_an_order_of_which_nothing_is_there_moves_whole(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 1))
    server.post("/admin/act/short", {"key": row.key, "line": lines_of(row)[0], "missing": 1})
    hear(brand)
    assert (state(brand, row), shape(brand, order_id)) == ("closed", [("open", brand.seoul, {"A": 1})])
    assert len(floor.list_pick_lists(brand.ctx)) == 1
    assert_all_holds()


def test_what_it_gives_back_goes_on_from_elsewhere(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 2))
    server.post("/admin/act/give-back", {"key": row.key, "reason": "no boxes"})
    hear(brand)
    assert (state(brand, row), shape(brand, order_id)) == ("cancelled", [("open", brand.seoul, {"A": 2})])
    assert level(brand, brand.berlin).on_hand == 10
    assert_all_holds()


def test_what_it_does_not_take_on_goes_on_from_elsewhere(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    from doorstep.providers.sandbox_warehouse import translate

    whole = translate.write_order
    monkeypatch.setattr(translate, "write_order", lambda wish: whole(wish) | {"lines": []})
    order_id, row = asked(brand, ("A", 2))
    assert (row.state, "lines" in row.problem) == ("rejected", True)
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]


def test_a_hold_calls_it_back_and_its_end_asks_anew(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 1))
    by_hand.hold_order(brand.ctx, order_id=order_id, note="Call first")
    drain()
    warehouses.settle(brand.ctx, request_id=row.id)
    assert (state(brand, row), server.get(f"/orders/by-key/{row.key}")["state"]) == ("cancelled", "cancelled")
    by_hand.release_order(brand.ctx, order_id=order_id)
    drain()
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    again = queries.open_of(brand.ctx, fulfilment_order_ids=[part.id])[part.id]
    assert again.key != row.key
    assert_all_holds()


def test_a_hold_that_comes_too_late_says_so_and_the_parcel_is_believed(brand: Brand, server: Server) -> None:
    """A hold placed during picking does not stop the shipment (ShipHero): here it does, or a person knows at once."""
    order_id, row = asked(brand, ("A", 1))
    server.post("/admin/act/confirm", {"key": row.key, "packing": True})
    by_hand.hold_order(brand.ctx, order_id=order_id, note="Call first")
    drain()
    warehouses.settle(brand.ctx, request_id=row.id)
    [task] = tasks.list_open(brand.ctx)
    assert (task.kind, task.facts["warehouse"], state(brand, row)) == ("warehouse_too_late", "Partner Berlin", "submitted")
    server.post("/admin/act/ship", {"key": row.key, "tracking_number": "K5"})
    hear(brand)
    assert (state(brand, row), shape(brand, order_id)) == ("closed", [("closed", brand.berlin, {"A": 1})])
    assert_all_holds()


def test_one_that_left_although_it_was_cancelled_leaves_the_books_and_a_person_knows(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 2))
    server.post("/admin/act/confirm", {"key": row.key, "packing": True})
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    drain()
    warehouses.settle(brand.ctx, request_id=row.id)
    server.post("/admin/act/ship", {"key": row.key, "tracking_number": "K6"})
    hear(brand)
    assert sorted(task.kind for task in tasks.list_open(brand.ctx)) == ["warehouse_shipped_cancelled", "warehouse_too_late"]
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).committed) == (8, 0)
    assert parcels.parcels_of(brand.ctx, order_ids=[order_id]) == []
    told, again = queries.get_request(brand.ctx, request_id=row.id), ((lines_of(row)[0], 2),)
    assert send_outside.send(brand.ctx, request=told, report=Sent(row.key, "", "", "K6", 0, again, NOW), wish="again") is None
    assert level(brand, brand.berlin).on_hand == 8  # told once more, under another id of theirs
    assert_all_holds()


def test_an_answer_that_got_lost_is_looked_up_and_nothing_is_asked_twice(brand: Brand, server: Server) -> None:
    server.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        asked(brand, ("A", 1))
    server.post("/admin/faults", {})
    [warehouse] = queries.list_warehouses(brand.ctx)
    [row] = queries.list_requests(brand.ctx, warehouse_id=warehouse.id)
    assert (row.state, row.asked_times) == ("unknown", 1)
    warehouses.settle(brand.ctx, request_id=row.id)
    assert (state(brand, row), queries.get_request(brand.ctx, request_id=row.id).asked_times) == ("submitted", 1)
    assert sum(one["key"] == row.key for one in server.get("/admin/books")["orders"]) == 1


@pytest.mark.parametrize(("change", "left"), [(5, 15), (-3, 7), (-9, 2)], ids=["more", "fewer", "fewer than are free"])
def test_its_shelf_is_ours_as_far_as_nobody_was_promised_it(brand: Brand, server: Server, change: int, left: int) -> None:
    asked(brand, ("A", 2))
    hear(brand)
    server.post("/admin/act/adjust", {"sku": "A", "change": change, "reason": "counted"})
    assert hear(brand)[-1] == "processed"
    assert level(brand, brand.berlin).on_hand == left
    assert_all_holds()


def test_a_report_heard_twice_or_of_somebody_else_changes_nothing(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 1))
    server.post("/admin/act/ship", {"key": row.key, "tracking_number": "K7"})
    hear(brand)
    before = outbox.timeline(brand.ctx, of=[f"order:{order_id}"])
    [warehouse] = queries.list_warehouses(brand.ctx)
    news: list[tuple[str, bytes]] = list(warehouses.warehouse_of(warehouse).news("").items)
    mine = [(id, body) for id, body in news if row.key.encode() in body]
    incoming = [arrivals.Incoming(warehouse.id, id, "report", body, source=arrivals.WAREHOUSE) for id, body in mine]
    kept = arrivals.keep(brand.ctx, incoming)
    assert not any(one.is_new for one in kept)
    process(brand.ctx, arrival_ids=[one.id for one in kept], again=True)
    assert outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) == before
    assert len(parcels.parcels_of(brand.ctx, order_ids=[order_id])) == 1
    assert queries.requests_by_key(make_brand().ctx, keys=[row.key]) == {}


def test_what_it_was_asked_for_goes_from_nowhere_else_and_stays_as_it_is(brand: Brand) -> None:
    """Otherwise two places send the same units, or the parcel goes where nobody lives any more."""
    order_id, row = asked(brand, ("A", 1))
    [(part, [line])] = parts_of(brand, order_id)
    version = orders.get(brand.ctx, id=order_id).version
    there = Address(name="M", lines=("Ku'damm 2",), city="Berlin", country="DE")
    for move in (
        lambda: reject.reject(brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, reason=Why.TOO_BUSY),
        lambda: edit_order.change_address(brand.ctx, order_id=order_id, version=version, ship_to=there),
        lambda: edit_order.apply(brand.ctx, order_id=order_id, version=version, edit=Edit(qty={line.order_line_id: 2})),
        lambda: edit_order.split(
            brand.ctx, order_id=order_id, version=version, fulfilment_order_id=part.id, units={line.order_line_id: 1},
            location_id=brand.seoul,
        ),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            move()
        assert refused.value.refusal is AT_A_WAREHOUSE
    with pytest.raises(Refused) as refused:
        waves.release(brand.ctx, location_id=brand.berlin, method=Method.BATCH, takes=Takes(None, False, "", ()), client_id="w1")
    assert (refused.value.refusal, wave_queries.count_open(brand.ctx)) == (NOTHING_OPEN, {})
    assert unreleased.find(brand.ctx, limit=10) == []
    assert (state(brand, row), shape(brand, order_id)) == ("submitted", [("open", brand.berlin, {"A": 1})])


def test_what_it_was_not_told_of_yet_may_change_and_it_is_told_the_newest(brand: Brand, server: Server) -> None:
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    drain()
    [(part, [line])] = parts_of(brand, order_id)
    first = queries.open_of(brand.ctx, fulfilment_order_ids=[part.id])[part.id]
    there = Address(name="M", lines=("Ku'damm 2",), city="Berlin", country="DE", postal_code="10719")
    version = orders.get(brand.ctx, id=order_id).version
    edit_order.change_address(brand.ctx, order_id=order_id, version=version, ship_to=there)
    assert state(brand, first) == "wanted"
    edit_order.apply(brand.ctx, order_id=order_id, version=version + 1, edit=Edit(qty={line.order_line_id: 2}))
    drain()
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    row = queries.open_of(brand.ctx, fulfilment_order_ids=[part.id])[part.id]
    warehouses.settle(brand.ctx, request_id=first.id)
    warehouses.settle(brand.ctx, request_id=row.id)
    assert (state(brand, first), state(brand, row)) == ("cancelled", "submitted")
    [at_theirs] = [one for one in server.get("/admin/books")["orders"] if one["key"] in (first.key, row.key)]
    assert (at_theirs["lines"][0]["quantity"], at_theirs["body"]["ship_to"]["zip"]) == (2, "10719")


def test_what_left_though_cancelled_is_booked_once_even_where_others_were_promised_it(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 2))
    server.post("/admin/act/confirm", {"key": row.key, "packing": True})
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    drain()
    warehouses.settle(brand.ctx, request_id=row.id)
    asked(brand, ("A", 9))  # one is free
    server.post("/admin/act/ship", {"key": row.key, "tracking_number": "K8"})
    assert hear(brand)[-1] == "processed"
    at = level(brand, brand.berlin)
    assert (at.on_hand, at.committed, at.recount_since is not None) == (9, 9, True)
    assert "warehouse_shipped_cancelled" in {task.kind for task in tasks.list_open(brand.ctx)}
    assert_all_holds()


def test_reports_read_again_take_nothing_off_the_books_again(brand: Brand, server: Server) -> None:
    _, row = asked(brand, ("A", 3))
    server.post("/admin/act/short", {"key": row.key, "line": lines_of(row)[0], "missing": 1})
    server.post("/admin/act/adjust", {"sku": "B", "change": -3, "reason": "counted"})
    hear(brand)
    before = [level(brand, brand.berlin, sku).on_hand for sku in "AB"]
    found = arrivals.list_recent(brand.ctx, sources=(arrivals.WAREHOUSE,), limit=50)
    assert [(row.outcome, read_again(brand.ctx, arrival_id=row.id)) for row in found] == [("processed", "ignored")] * 2
    assert [level(brand, brand.berlin, sku).on_hand for sku in "AB"] == before
    assert {row.outcome for row in arrivals.list_recent(brand.ctx, sources=(arrivals.WAREHOUSE,), limit=50)} == {"processed"}


def better_elsewhere(brand: Brand) -> None:
    """Berlin is not to ship to Germany any more, so Seoul would be asked."""
    db.execute("UPDATE locations_location SET serves = '[\"FR\"]' WHERE id = %s", [brand.berlin])


def test_what_moves_elsewhere_is_called_back_first_and_moves_once_it_is_back(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 2))
    assert reroute.again(brand.ctx, order_id=order_id) == 0  # the partner stays the best: nobody is bothered
    assert reroute.called_back(brand.ctx, order_id=order_id) == []
    better_elsewhere(brand)
    assert reroute.again(brand.ctx, order_id=order_id) == 0
    [called] = reroute.called_back(brand.ctx, order_id=order_id)
    assert (called.recall_for, shape(brand, order_id)) == ("route", [("open", brand.berlin, {"A": 2})])
    assert unreleased.find(brand.ctx, limit=9) == []  # nothing plans with it meanwhile
    warehouses.settle(brand.ctx, request_id=row.id)
    drain()
    assert (state(brand, row), server.get(f"/orders/by-key/{row.key}")["state"]) == ("cancelled", "cancelled")
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    assert len(floor.list_pick_lists(brand.ctx)) == 1
    assert_all_holds()


def test_what_a_partner_does_not_give_back_stays_and_nobody_moves_it(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 1))
    server.post("/admin/act/confirm", {"key": row.key, "packing": True})
    better_elsewhere(brand)
    reroute.again(brand.ctx, order_id=order_id)
    warehouses.settle(brand.ctx, request_id=row.id)
    drain()
    assert (state(brand, row), shape(brand, order_id)) == ("submitted", [("open", brand.berlin, {"A": 1})])
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    [line] = orders.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part.id])
    version = orders.get(brand.ctx, id=order_id).version
    units = {line.order_line_id: 1}
    to = Address(name="N", lines=("X 1",), city="Bonn", country="DE", postal_code="53111")
    for move in (
        lambda: reroute.again(brand.ctx, order_id=order_id),
        lambda: edit_order.split(
            brand.ctx, order_id=order_id, version=version, fulfilment_order_id=part.id, units=units, location_id=brand.seoul
        ),
        lambda: edit_order.change_address(brand.ctx, order_id=order_id, version=version, ship_to=to),
        lambda: reject.reject(brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, reason=Why.OTHER),
    ):
        with pytest.raises(Refused) as refused:
            move()
        assert refused.value.code == "at_a_warehouse"
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 1})]
    assert_all_holds()


def test_a_gift_its_words_its_service_and_who_pays_at_the_border_are_told(brand: Brand, server: Server) -> None:
    db.execute("UPDATE locations_location SET country = 'GB', export_incoterm = 'DDP' WHERE id = %s", [brand.berlin])
    policy.save(brand.ctx, policy=PolicyRow(promise_days=1))
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    gifts.set_gift(brand.ctx, order_id=order_id, is_gift=True, message="생일 축하해!")
    drain()
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    if part.location_id != brand.berlin:
        pytest.fail("it was to go from the partner")
    row = queries.open_of(brand.ctx, fulfilment_order_ids=[part.id])[part.id]
    warehouses.settle(brand.ctx, request_id=row.id)
    body = next(one["body"] for one in server.get("/admin/books")["orders"] if one["key"] == row.key)
    assert (body["gift"], body["note"], body["service"], body["incoterm"]) == (True, "생일 축하해!", "express", "DDP")


def test_what_it_would_not_give_back_is_asked_for_again_when_the_order_is_called_off(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 1))
    requests.recall(brand.ctx, fulfilment_order_ids=[row.fulfilment_order_id])
    requests.settle_recall(brand.ctx, request_id=row.id, given_back=False)
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    drain()
    warehouses.settle(brand.ctx, request_id=row.id)
    assert (state(brand, row), server.get(f"/orders/by-key/{row.key}")["state"]) == ("cancelled", "cancelled")


def test_one_that_it_found_after_all_is_not_booked_from_where_the_order_goes_now(brand: Brand, server: Server) -> None:
    order_id, row = asked(brand, ("A", 1))
    server.post("/admin/act/short", {"key": row.key, "line": lines_of(row)[0], "missing": 1})
    hear(brand)
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 1})]
    closed = queries.get_request(brand.ctx, request_id=row.id)
    late = Sent(row.key, "Kurier", "", "K9", 0, ((lines_of(row)[0], 1),), NOW)
    said = send_outside.send(brand.ctx, request=closed, report=late, wish="late")
    assert (said and said["cancelled"], level(brand, brand.seoul).on_hand) == (True, 10)
    assert "warehouse_shipped_cancelled" in {task.kind for task in tasks.list_open(brand.ctx)}
    assert_all_holds()


def test_what_it_lacks_of_an_order_that_goes_from_elsewhere_by_now_takes_nothing_off_the_books_there(
    brand: Brand, server: Server
) -> None:
    order_id, row = asked(brand, ("A", 2))
    better_elsewhere(brand)
    reroute.again(brand.ctx, order_id=order_id)
    warehouses.settle(brand.ctx, request_id=row.id)
    drain()
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    closed = queries.get_request(brand.ctx, request_id=row.id)
    assert send_outside.miss(brand.ctx, request=closed, report=FoundShort(row.key, lines_of(row)[0], 1, NOW)) is None
    assert (level(brand, brand.seoul).on_hand, level(brand, brand.berlin).recount_since) == (10, brand.ctx.now)
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    assert_all_holds()


def test_a_parcel_of_which_a_line_is_named_for_each_unit_is_booked_whatever_its_carrier_is_called(brand: Brand) -> None:
    _, row = asked(brand, ("A", 2))
    one = {"line": lines_of(row)[0], "quantity": 1}
    said = {"key": row.key, "carrier": "Ku\x00rier\ud800", "tracking_number": "D1", "lines": [one, one]}
    outcomes: list[str] = []
    for n, at in enumerate(("2026-11-27T10:00:00", "2026-11-27T10:00:00+00:00")):  # the first does not say by whose clock
        body = json.dumps({"type": "order.shipped", "data": said | {"event_id": f"odd-{n}", "occurred_at": at}}).encode()
        told = arrivals.keep(brand.ctx, [Incoming(row.warehouse_id, f"odd-{n}", "report", body, source=arrivals.WAREHOUSE)])
        outcomes += process(brand.ctx, arrival_ids=[one.id for one in told]).values()
    assert outcomes == ["refused", "processed"]
    [parcel] = parcels.parcels_of(brand.ctx, order_ids=[row.order_id])
    assert (parcel.tracking_number, parcel.carrier_name, state(brand, row)) == ("D1", "Ku rier", "closed")
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).committed) == (8, 0)
    assert_all_holds()
