"""What Shopify says to numbers and parcels, in our words."""

from __future__ import annotations

from typing import Any

from doorstep.channels.port import Declined, Gone, Number, Shipped, Stale
from doorstep.providers.shopify import numbers, sending
from doorstep.providers.shopify.sending import Wish

TOLD = [Number("11@1", 5, shows=4), Number("12@1", 6, shows=None), Number("13@2", 0, shows=9)]


def error(code: str, place: int | None, message: str = "no") -> dict[str, Any]:
    return {"code": code, "message": message, "field": None if place is None else ["input", "quantities", str(place), "x"]}


def test_numbers_are_put_as_the_shop_takes_them() -> None:
    assert numbers.as_input(TOLD[:2]) == {
        "name": "available",
        "reason": "correction",
        "quantities": [
            {"inventoryItemId": "gid://shopify/InventoryItem/11", "locationId": "gid://shopify/Location/1", "quantity": 5,
             "changeFromQuantity": 4},
            {"inventoryItemId": "gid://shopify/InventoryItem/12", "locationId": "gid://shopify/Location/1", "quantity": 6,
             "changeFromQuantity": None},
        ],
    }  # fmt: skip


def test_an_error_is_about_the_number_whose_place_it_names() -> None:
    said = [error("CHANGE_FROM_QUANTITY_STALE", 0), error("ITEM_NOT_STOCKED_AT_LOCATION", 2), error("INVALID_QUANTITY_NEGATIVE", 2)]
    assert numbers.refused(said, TOLD) == {"11@1": Stale(None), "13@2": Gone("no")}


def test_an_error_that_names_none_is_about_all() -> None:
    said = [error("INVALID_REASON", None, "why"), error("INVALID_REASON", 7)]
    assert numbers.refused(said, TOLD) == {one.id: Declined("why") for one in TOLD}


def test_a_key_that_is_spent_is_about_no_number() -> None:
    said = [error("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None)]
    assert numbers.refused(said, TOLD) == {}
    assert numbers.has(said, *numbers.KEY_IS_SPENT)
    assert not numbers.has(said, numbers.STILL_AT_IT)


def part(id: str, location: str | None, *lines: tuple[str, str | None, int], status: str = "OPEN") -> dict[str, Any]:
    nodes = [
        {"id": line, "sku": sku, "remainingQuantity": left, "variant": {"id": f"gid://shopify/ProductVariant/{ord(line)}"}}
        for line, sku, left in lines
    ]
    return {
        "id": id, "status": status, "lineItems": {"nodes": nodes},
        "assignedLocation": {"location": location and {"id": location}},
    }  # fmt: skip


def wishes(**units: int) -> list[Wish]:
    return [Wish("", sku, qty) for sku, qty in units.items()]


def test_units_are_taken_where_the_shop_waits_for_them_place_by_place() -> None:
    waiting = [
        part("1", "L1", ("a", "A", 2), ("b", "B", 1)),
        part("2", "L2", ("c", "A", 5), ("n", None, 1)),
        part("3", "L1", ("d", "A", 1), status="CLOSED"),
        part("4", "L1", ("e", "A", 9), status="ON_HOLD"),
    ]
    assert sending.by_location(waiting, wishes(A=3, C=1)) == [
        [{"fulfillmentOrderId": "1", "fulfillmentOrderLineItems": [{"id": "a", "quantity": 2}]}],
        [{"fulfillmentOrderId": "2", "fulfillmentOrderLineItems": [{"id": "c", "quantity": 1}]}],
    ]
    assert sending.by_location(waiting, wishes(C=1)) == []
    assert sending.is_held(waiting, wishes(A=3))
    assert not sending.is_held(waiting, wishes(B=1))


def test_a_variant_that_is_named_counts_before_its_sku() -> None:
    waiting = [part("1", "L1", ("a", "A", 2), ("b", "B", 2))]
    shipped = Shipped("9", "t", "DHL", "", (("ours", 1), ("A", 1)), items=(str(ord("b")), ""))
    assert sending.by_location(waiting, sending.wishes(shipped)) == [
        [{"fulfillmentOrderId": "1", "fulfillmentOrderLineItems": [{"id": "a", "quantity": 1}, {"id": "b", "quantity": 1}]}]
    ]
    assert sending.by_location(waiting, [Wish("1", "A", 1)]) == []


def test_a_tracking_number_that_was_called_back_is_not_known() -> None:
    told = [
        {"id": "f1", "status": "CANCELLED", "trackingInfo": [{"number": "7"}]},
        {"id": "f2", "status": "SUCCESS", "trackingInfo": [{"number": "8"}]},
        {"id": "f3", "status": "SUCCESS", "trackingInfo": []},
    ]
    assert (sending.known(told, "7"), sending.known(told, "8")) == ([], ["f2"])
