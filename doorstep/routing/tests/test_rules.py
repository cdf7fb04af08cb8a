from hypothesis import given
from hypothesis import strategies as st

from doorstep.routing.rules import choose
from doorstep.routing.values import Line, Place


def test_the_nearest_location_that_has_everything_wins() -> None:
    lines = [Line(1, 10, 2), Line(2, 11, 1)]
    near_but_short = Place(1, 5.0, {10: 2, 11: 0})
    near = Place(2, 50.0, {10: 5, 11: 5})
    far = Place(3, 500.0, {10: 5, 11: 5})
    plan = choose(lines, [far, near_but_short, near])
    assert plan is not None
    assert plan.parts == ((2, tuple(lines)),)
    assert plan.why == "nearest_complete"


def test_it_splits_only_when_it_must_and_into_as_few_parcels_as_possible() -> None:
    lines = [Line(1, 10, 2), Line(2, 11, 1)]
    a, b, c = Place(1, 1.0, {10: 1}), Place(2, 2.0, {10: 1, 11: 0}), Place(3, 3.0, {10: 2})
    d = Place(4, 4.0, {11: 1})
    plan = choose(lines, [a, b, c, d])
    assert plan is not None
    assert plan.why == "split"
    assert plan.parts == ((3, (Line(1, 10, 2),)), (4, (Line(2, 11, 1),)))


def test_it_says_none_when_the_stock_does_not_suffice() -> None:
    assert choose([Line(1, 10, 3)], [Place(1, 1.0, {10: 1}), Place(2, 1.0, {10: 1})]) is None


def test_a_location_nobody_can_place_comes_last() -> None:
    plan = choose([Line(1, 10, 1)], [Place(1, None, {10: 1}), Place(2, 9000.0, {10: 1})])
    assert plan is not None
    assert plan.parts[0][0] == 2


places = st.lists(
    st.tuples(st.floats(0, 9999), st.dictionaries(st.integers(1, 4), st.integers(0, 5))), min_size=0, max_size=6
)


@given(lines=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=5), places=places)
def test_a_plan_ships_every_unit_once_and_never_more_than_is_there(
    lines: list[tuple[int, int]], places: list[tuple[float, dict[int, int]]]
) -> None:
    wanted = [Line(i, variant, qty) for i, (variant, qty) in enumerate(lines)]
    known = [Place(i, km, free) for i, (km, free) in enumerate(places)]
    plan = choose(wanted, known)
    total: dict[int, int] = {}
    have: dict[int, int] = {}
    for line in wanted:
        total[line.variant_id] = total.get(line.variant_id, 0) + line.qty
    for place in known:
        for variant, qty in place.free.items():
            have[variant] = have.get(variant, 0) + qty
    assert (plan is not None) == all(have.get(v, 0) >= q for v, q in total.items())
    if plan is None:
        return
    for place_id, part in plan.parts:
        used: dict[int, int] = {}
        for line in part:
            used[line.variant_id] = used.get(line.variant_id, 0) + line.qty
        assert all(known[place_id].free.get(v, 0) >= q for v, q in used.items())
    for line in wanted:
        sent = sum(p.qty for _, part in plan.parts for p in part if p.order_line_id == line.order_line_id)
        assert sent == line.qty
