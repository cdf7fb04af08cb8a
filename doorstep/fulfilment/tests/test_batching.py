"""Carts are never overloaded, lose no order, and are never walked further than carts filled as orders came."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.fulfilment import batching, tours
from doorstep.fulfilment.batching import Cart, Load
from doorstep.fulfilment.tours import Floor, Route, Stop

FLOOR = Floor(aisles=6, length_mm=20_000, apart_mm=4_000)
_STOP = st.builds(Stop, st.integers(1, 6), st.integers(0, 20_000))
_LOADS = st.lists(st.tuples(st.lists(_STOP, max_size=4), st.integers(0, 4), st.integers(0, 900)), max_size=14)
_CARTS = st.builds(Cart, st.integers(1, 12), st.none() | st.integers(1, 5), st.none() | st.integers(100, 3_000))


@settings(max_examples=80, deadline=None)
@given(_LOADS, _CARTS, st.sampled_from(Route))
def test_batches_hold_every_order_once_within_the_carts_and_are_walked_no_further_than_first_come(
    given_loads: list[tuple[list[Stop], int, int]], cart: Cart, route: Route
) -> None:
    loads = [
        Load(n, tuple(stops), len(stops) + unplaced, weight_g) for n, (stops, unplaced, weight_g) in enumerate(given_loads)
    ]
    found = batching.batch(loads, cart=cart, floor=FLOOR, route=route)
    plain = batching.first_come(loads, cart=cart, floor=FLOOR, route=route)
    assert sorted(id for one in found for id in one.ids) == [load.id for load in loads]
    for one in [*found, *plain]:
        weight_g = sum(loads[id].weight_g for id in one.ids)
        fits = one.picks <= cart.picks and len(one.ids) <= (cart.orders or 99) and weight_g <= (cart.weight_g or 10**6)
        assert fits or len(one.ids) == 1
        stops = [stop for id in one.ids for stop in loads[id].stops]
        assert one.length_mm == tours.tour(FLOOR, stops, route=route).length_mm
    assert batching.walk_mm(found) <= batching.walk_mm(plain)


def test_orders_of_one_aisle_share_a_cart() -> None:
    far, near = Stop(6, 18_000), Stop(1, 1_000)
    loads = [Load(0, (far,), 1), Load(1, (near,), 1), Load(2, (far,), 1), Load(3, (near,), 1)]
    assert [one.ids for one in batching.batch(loads, cart=Cart(picks=2), floor=FLOOR)] == [(0, 2), (1, 3)]


def test_more_orders_than_can_be_compared_in_pairs_are_batched_in_portions_and_none_is_lost() -> None:
    loads = [Load(n, (Stop(1 + n * 7 % 6, n * 131 % 20_000),), 1) for n in range(600)]
    found = batching.batch(loads, cart=Cart(picks=12), floor=FLOOR)
    assert sorted(id for one in found for id in one.ids) == list(range(600))
    assert all(list(one.ids) == sorted(one.ids) for one in found)
    assert batching.walk_mm(found) < batching.walk_mm(batching.first_come(loads, cart=Cart(picks=12), floor=FLOOR))
