"""The form for a fresh tracking link: it tells nothing, and is no mail cannon."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from doorstep.base import db
from doorstep.web.parts.for_customers import network_of
from doorstep.web.tracking.views import ASKS_PER_HOUR
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_an_address_asks_so_often_in_an_hour_and_no_more() -> None:
    """Asks are counted by the hour of the clock, so the clock stands still within one."""
    cache.clear()
    client, form = Client(), {"number": "#1", "email": "a@x.example"}
    with time_machine.travel(NOW, tick=False):
        answers = [client.post(reverse("tracking:ask"), form).status_code for _ in range(ASKS_PER_HOUR + 2)]
        ends = db.scalar("SELECT max(expires) FROM django_cache WHERE cache_key LIKE '%%tracking-ask%%'")
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        in_an_hour = client.post(reverse("tracking:ask"), form).status_code

    assert answers == [200] * ASKS_PER_HOUR + [429, 429]
    assert ends == NOW + timedelta(hours=1)
    assert in_an_hour == 200


def _from_everywhere(asks: list[tuple[str, str]]) -> list[int]:
    """What they are answered who ask each from an address of their own."""
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        return [
            Client(REMOTE_ADDR=f"198.51.100.{n}").post(reverse("tracking:ask"), {"number": number, "contact": contact}).status_code
            for n, (number, contact) in enumerate(asks)
        ]


def test_nobody_guesses_whose_an_order_is_by_writing_its_number_in_other_ways() -> None:
    typed = [("#" * n + " " * (n % 3) + "1042" + " " * n, f"{n}@x.example") for n in range(ASKS_PER_HOUR + 1)]
    assert _from_everywhere(typed) == [200] * ASKS_PER_HOUR + [429]


def test_nobody_guesses_which_orders_somebody_has_from_many_addresses() -> None:
    for ways in (("a@x.example", " A@X.example"), ("+82 10-5555-1234", "010 5555 1234")):
        typed = [(f"#{n}", ways[n % 2]) for n in range(ASKS_PER_HOUR + 1)]
        assert _from_everywhere(typed) == [200] * ASKS_PER_HOUR + [429]


def test_whoever_has_one_address_of_a_network_has_all_of_them() -> None:
    same = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9")
    assert {network_of(one) for one in same} == {"2001:db8:1:2::/64"}
    assert network_of("2001:db8:1:3::1") == "2001:db8:1:3::/64"
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("192.0.2.2") == "192.0.2.2"
    assert network_of("") == ""
