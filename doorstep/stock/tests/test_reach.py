"""What one more buyer may have, against the theorem that says it: no set of places may owe more than lies in it."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from doorstep.stock.reach import Places, reach
from doorstep.stock.rules import Lying

PLACES = (1, 2, 3, 4)
WHERE = st.one_of(st.none(), st.frozensets(st.sampled_from(PLACES)))


def kept(free: dict[int, int], promised: dict[Places, int]) -> bool:
    """Hall's theorem: each set of promises fits into the places that they reach together."""
    some = list(promised)
    for chosen in chain.from_iterable(combinations(some, n) for n in range(1, len(some) + 1)):
        places = set().union(*(PLACES if one is None else one for one in chosen))
        if sum(promised[one] for one in chosen) > sum(free.get(place, 0) for place in places):
            return False
    return True


@given(
    free=st.dictionaries(st.sampled_from(PLACES), st.integers(0, 6)),
    promised=st.dictionaries(WHERE, st.integers(1, 5), max_size=4),
    places=st.frozensets(st.sampled_from(PLACES)),
)
def test_as_many_as_can_be_kept_beside_the_others_and_no_more(
    free: dict[int, int], promised: dict[Places, int], places: frozenset[int]
) -> None:
    found = reach(free, promised, places)
    if not kept(free, promised):
        return
    for more in (found, found + 1):
        together = dict(promised)
        together[places] = together.get(places, 0) + more
        assert kept(free, together) == (more == found or more == 0)


def test_others_make_room_where_they_can() -> None:
    """Five units of anybody lie at either place; those who only reach the second still have its five."""
    assert reach({1: 5, 2: 5}, {None: 5}, frozenset({2})) == 5
    assert reach({1: 5, 2: 5}, {None: 5, frozenset({2}): 3}, frozenset({2})) == 2
    assert reach({1: 5, 2: 5}, {frozenset({2}): 5}, frozenset({2})) == 0
    assert reach({1: 5, 2: 5}, {frozenset({2}): 5}, frozenset({1, 2})) == 5


@given(
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
    st.lists(st.tuples(st.frozensets(st.sampled_from((0, 1, 2))), st.integers(1, 3)), max_size=6),
)
def test_carts_hold_together_what_their_places_have_and_none_is_refused_without_need(
    have: list[int], wishes: list[tuple[frozenset[int], int]]
) -> None:
    free = dict(enumerate(have))
    lying = Lying(free, Counter(), set(free))

    def fits(held: Counter[frozenset[int]]) -> bool:
        some = [frozenset(one) for n in range(4) for one in combinations(free, n)]
        return all(sum(qty for places, qty in held.items() if places <= of) <= sum(free[id] for id in of) for of in some)

    held = Counter[frozenset[int]]()
    for places, qty in wishes:
        can = lying.reach(places, in_carts=held.total()) >= qty
        assert can == fits(held + Counter({places: qty}))
        if can:
            held[places] += qty
            lying.near[places] += qty
