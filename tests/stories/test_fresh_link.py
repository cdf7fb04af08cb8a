"""The form for a fresh tracking link: it tells nothing, and is no mail cannon."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from doorstep.base import db
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
