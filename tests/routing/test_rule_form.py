"""Every kind of rule can be made on its page, in every way that it may count, and is shown again as it was made."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from doorstep.routing.ruling.kinds import FIELDS, PARAMS, STRENGTHS, Kind, Needs, Rule, Strength
from doorstep.web.routing import rule_form, words

EACH = [(kind, strength) for kind, strengths in STRENGTHS.items() for strength in strengths]
TOLD = {
    Needs.LOCATIONS: {"locations": (3, 7)}, Needs.DAYS: {"days": 2}, Needs.PARCELS: {"parcels": 3},
    Needs.PRODUCTS: {"skus": ("CUP-1", "POT, large"), "categories": ("Table",)}, Needs.CARRIER: {"carrier": "DHL"},
}  # fmt: skip
WHEN = {
    "all": [
        {"field": "shipping_service", "op": "starts_with", "value": "Express"},
        {"field": "customer_groups", "op": "has_any", "value": ["VIP", "staff"]},
        {"field": "order_value", "op": "at_least", "value": {"minor": 5000, "currency": "EUR"}},
    ]
}


@pytest.mark.parametrize(("kind", "strength"), EACH)
def test_a_rule_is_read_from_the_form_that_shows_it(kind: Kind, strength: Strength) -> None:
    needs = PARAMS.get(kind)
    told = {"km": 250} if needs is Needs.KM and strength is Strength.HARD else TOLD.get(needs, {}) if needs else {}
    rule = Rule(
        "r-1", kind, strength, "Mine", False, WHEN, price_minor=250 if strength is Strength.PRICED else 0, **told  # type: ignore[arg-type]
    )
    form = rule_form.shown(rule, currency="EUR")
    assert rule_form.read(form, id="r-1", on=False, currency="EUR") == rule
    posted = QueryDict(mutable=True)
    fields = {
        "strength": form.strength, "name": form.name, "price": form.price, "days": form.days, "km": form.km,
        "parcels": form.parcels, "skus": form.skus, "categories": form.categories, "carrier": form.carrier, "join": form.join,
    }
    posted.update(fields)
    posted.setlist("location", [str(id) for id in form.locations])
    for n, test in enumerate(form.tests or ()):
        posted.appendlist("test", str(n))
        posted.update({f"test-{n}-field": test.field, f"test-{n}-op": test.op, f"test-{n}-value": test.value})
    assert rule_form.read(rule_form.typed(posted, kind), id="r-1", on=False, currency="EUR") == rule
    assert all(map(str, (words.KINDS[kind], words.ABOUT[kind], words.STRENGTHS[strength])))


def test_every_field_has_its_words() -> None:
    assert {field.says for field in FIELDS.values()} >= {"Shipping service ordered", "Groups of the customer"}
