"""What comes back of each product: counted by units, compared with its category, found beyond chance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.flows import findings, intake
from doorstep.orders.placing import Accepted
from doorstep.returns import actions, queries
from doorstep.tasks import queries as tasks
from tests.factories import NOW, Brand, add_person, draft, make_brand
from tests.returning import ask, wish

pytestmark = pytest.mark.django_db
SINCE, UNTIL = NOW - timedelta(days=90), NOW


@pytest.fixture
def brand() -> Brand:
    """A hundred of A and of B and ten of C, of one category; thirty of A came back, five of B, two of C."""
    made = make_brand(stock_each=0)
    db.execute("UPDATE catalog_product SET category = 'Shirts'")
    [answer] = intake.accept(made.ctx, [draft([("A", 100), ("B", 100), ("C", 10)])], historical=True)
    assert isinstance(answer, Accepted)
    for n, (sku, qty, reason) in enumerate(
        [("A", 20, "too_small"), ("A", 10, "damaged"), ("B", 5, "changed_mind"), ("C", 2, "defective")]
    ):
        ask(made.ctx, answer.order_id, wish(made.ctx, answer.order_id, sku, qty, reason=reason), key=f"k{n}")
    called_off = ask(made.ctx, answer.order_id, wish(made.ctx, answer.order_id, "B", 50), key="off")
    actions.cancel(made.ctx, return_id=called_off)
    return made


def test_a_product_is_counted_by_units_and_compared_with_its_category(brand: Brand) -> None:
    found = queries.report(brand.ctx, since=SINCE, until=UNTIL)

    assert [(f.title, f.share.hits, f.share.of, f.reasons, f.is_finding) for f in found] == [
        ("Thing A", 30, 100, {"too_small": 20, "damaged": 10}, True),
        ("Thing C", 2, 10, {"defective": 2}, False),
        ("Thing B", 5, 100, {"changed_mind": 5}, False),
    ]
    assert {(f.category, f.category_share.hits, f.category_share.of) for f in found} == {("Shirts", 37, 210)}
    assert (round(found[0].share.low, 3), round(found[0].share.high, 3)) == (0.219, 0.396)


def test_only_what_was_sold_in_the_time_counts(brand: Brand) -> None:
    assert queries.report(brand.ctx, since=NOW, until=NOW + timedelta(days=1)) == []


def test_a_finding_becomes_one_task(brand: Brand) -> None:
    [task_id] = findings.look(brand.ctx, since=SINCE, until=UNTIL)

    assert findings.look(brand.ctx, since=SINCE, until=UNTIL) == []
    [task] = tasks.list_open(brand.ctx, kind="return_finding")
    assert task.id == task_id
    assert task.owner_id is None
    facts = {k: task.facts[k] for k in ("title", "returned", "sold", "rate", "category_rate", "reason")}
    assert facts == {
        "title": "Thing A", "returned": 30, "sold": 100, "rate": 0.3, "category_rate": 0.1762, "reason": "too_small",
    }  # fmt: skip


def test_a_finding_is_given_to_whom_somebody_chose(brand: Brand) -> None:
    add_person(brand.ctx, "manager")
    person = accounts.list_staff(brand.ctx)[0].user_id

    findings.look(brand.ctx, since=SINCE, until=UNTIL, owner_id=person)

    assert [task.owner_id for task in tasks.list_open(brand.ctx, kind="return_finding")] == [person]
