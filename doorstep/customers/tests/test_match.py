"""Who is who: the set-based matcher against a slow and obvious twin, and two processes at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.base import db
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.invariants import check
from doorstep.customers import actions, queries, rules
from doorstep.customers.invariants import INVARIANTS
from doorstep.customers.values import Known, Person

CTX = Ctx(41, SYSTEM, datetime(2026, 11, 1, tzinfo=UTC), "test")


def slow_match(people: Sequence[Person], holders: dict[tuple[str, str], int], numbers: Iterator[int]) -> list[int]:
    """One person after the other, one identity after the other."""
    answer = []
    for person in people:
        cleaned = rules.clean_person(person)
        who = None
        for key in cleaned.identities:
            if key in holders:
                who = holders[key]
                break
        if who is None:
            who = next(numbers)
        for key in cleaned.identities:
            holders.setdefault(key, who)
        answer.append(who)
    return answer


def numbered(ids: Sequence[int], seen: dict[int, int]) -> list[int]:
    """Ids as the order in which they first appeared."""
    return [seen.setdefault(i, len(seen) + 1) for i in ids]


emails = st.sampled_from(["", "a@x.kr", " A@X.kr", "b@x.kr", "c@x.kr", "not an address"])
kinds = st.sampled_from(["shop:1", "shop:2"])
persons = st.builds(
    Person,
    name=st.sampled_from(["", "김영희", "Ann"]),
    email=emails,
    phone=st.sampled_from(["", "010-1234-5678"]),
    country=st.sampled_from(["", "KR"]),
    accepts_marketing=st.booleans(),
    identities=st.lists(st.tuples(kinds, st.sampled_from(["1", "2", "3"])), max_size=2).map(tuple),
)


@pytest.mark.django_db
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(persons, max_size=6), min_size=1, max_size=3))
def test_matching_in_batches_equals_matching_one_by_one(batches: list[list[Person]]) -> None:
    holders: dict[tuple[str, str], int] = {}
    seen: dict[int, int] = {}
    numbers = count(1)
    with transaction.atomic():
        for batch in batches:
            assert numbered(actions.match(CTX, people=batch), seen) == slow_match(batch, holders, numbers)
        kept = db.dicts("SELECT kind, value, customer_id FROM customers_identity WHERE organisation_id = 41")
        assert {(k["kind"], k["value"]): seen[k["customer_id"]] for k in kept} == holders
        assert queries.count(CTX) == len(seen)
        assert check(INVARIANTS) == []
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_person_who_comes_back_fills_blanks_and_takes_no_consent_away() -> None:
    first = actions.match(CTX, people=[Person(email="kim@x.kr", accepts_marketing=True)])
    again = actions.match(CTX, people=[Person("김철수", "KIM@x.kr", "010-1234-5678", country="KR")])
    assert first == again
    row = queries.get(CTX, customer_id=first[0])
    assert (row.name, row.phone, row.country, row.accepts_marketing) == ("김철수", "+821012345678", "KR", True)
    actions.match(CTX, people=[Person("Somebody Else", "kim@x.kr")])
    assert queries.get(CTX, customer_id=first[0]).name == "김철수"


@pytest.mark.django_db
def test_a_person_who_tells_nothing_new_locks_and_changes_nobody() -> None:
    person = Person("김영희", "back@x.kr", "010-1234-5678", "ko", "KR", identities=(("shop:1", "9"),))
    [known] = actions.match(CTX, people=[person])
    with CaptureQueriesContext(connection) as captured:
        assert actions.match(CTX, people=[person]) == [known]
    assert [sql for sql in captured if "FOR NO KEY UPDATE" in sql["sql"] or "UPDATE customers" in sql["sql"]] == []


@given(persons, persons)
def test_there_is_more_to_know_exactly_where_something_would_be_filled(known: Person, told: Person) -> None:
    was = Known(1, known.name, known.email, known.phone, known.country, known.accepts_marketing)
    assert rules.has_more(told, was) == (rules.complete(was, told) != was)


@pytest.mark.django_db
def test_the_strongest_identity_wins_and_the_others_stay_where_they_are() -> None:
    shop, mail = actions.match(CTX, people=[Person(identities=(("shop:1", "7"),)), Person(email="a@x.kr")])
    assert actions.match(CTX, people=[Person(email="a@x.kr", identities=(("shop:1", "7"),))]) == [shop]
    assert queries.find_by_identity(CTX, kind="email", value="a@x.kr") == mail


@pytest.mark.django_db
def test_people_without_any_identity_are_never_taken_for_each_other() -> None:
    one, two = actions.match(CTX, people=[Person("Walk-in"), Person("Walk-in", email="no address")])
    assert one != two


@pytest.mark.django_db
def test_organisations_do_not_share_people() -> None:
    other = Ctx(42, SYSTEM, CTX.now, "test")
    (here,) = actions.match(CTX, people=[Person(email="a@x.kr")])
    (there,) = actions.match(other, people=[Person(email="a@x.kr")])
    assert here != there


@pytest.mark.django_db(transaction=True)
def test_processes_that_meet_the_same_new_people_neither_double_them_nor_deadlock() -> None:
    batches = [
        [Person("P", f"p{n}@x.kr", identities=(("shop:1", str(n)),)) for n in range(40)],
        [Person("P", f"p{n}@x.kr") for n in reversed(range(40))],
        [Person("P", identities=(("shop:1", str(n)),)) for n in range(20, 60)],
        [Person("P", f"p{n}@x.kr", identities=(("shop:2", str(n)), ("shop:1", str(n)))) for n in range(10, 30)],
    ]
    barrier = threading.Barrier(len(batches))
    answers: dict[int, list[int]] = {}
    problems: list[Exception] = []

    def run(index: int) -> None:
        try:
            barrier.wait()
            answers[index] = actions.match(CTX, people=batches[index])
        except Exception as problem:  # noqa: BLE001  # told to the main thread, which fails
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    for batch, ids in ((batches[i], answers[i]) for i in answers):
        for person, customer_id in zip(batch, ids, strict=True):
            key = rules.clean_person(person).identities[0]
            assert queries.find_by_identity(CTX, kind=key[0], value=key[1]) == customer_id
    assert db.scalar("SELECT count(*) FROM customers_identity WHERE kind = 'email'") == 40
    orphans = db.scalar(
        """SELECT count(*) FROM customers_customer c
            WHERE NOT EXISTS (SELECT FROM customers_identity i WHERE i.customer_id = c.id)"""
    )
    assert orphans == 0
    assert check(INVARIANTS) == []
