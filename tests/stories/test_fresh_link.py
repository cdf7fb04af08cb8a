"""The form for a fresh tracking link: it tells nothing, and is no mail cannon."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from doorstep.base import db
from doorstep.web.tracking.views import ASKS_PER_HOUR

pytestmark = pytest.mark.django_db


def test_an_address_asks_so_often_in_an_hour_and_no_more() -> None:
    cache.clear()
    client, form = Client(), {"number": "#1", "email": "a@x.example"}
    answers = [client.post(reverse("tracking:ask"), form).status_code for _ in range(ASKS_PER_HOUR + 2)]
    assert answers == [200] * ASKS_PER_HOUR + [429, 429]
    left_s = db.scalar(
        "SELECT extract(epoch FROM max(expires) - clock_timestamp()) FROM django_cache WHERE cache_key LIKE '%%tracking-ask%%'"
    )
    assert 3500 < left_s <= 3605
