"""Arrivals: which source they have, and how far back a search looks."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest
from django.db import connection

from doorstep.base import arrivals
from doorstep.base.arrivals import Incoming
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db


def test_files_from_before_get_a_source_of_their_own_and_lose_it_again() -> None:
    ctx = make_ctx()
    told = {"told": ("channel", "orders/create"), "pushed": ("carrier", "tracking")}
    files = {"row": ("channel", "orders/import"), "sheet": ("channel", "moving_in.file")}
    arrivals.keep(ctx, [Incoming(1, id, topic, b"{}", source=at) for id, (at, topic) in (told | files).items()])
    migration = importlib.import_module("doorstep.base.migrations.0004_arrivals_of_files")
    before = {row.external_id: row.source for row in arrivals.list_recent(ctx)}
    for _twice in range(2):
        migration.forwards(None, SimpleNamespace(connection=connection))
        after = {row.external_id: row.source for row in arrivals.list_recent(ctx)}
        assert after == {"told": "channel", "pushed": "carrier", "row": "file", "sheet": "file"}
    migration.backwards(None, SimpleNamespace(connection=connection))
    assert {row.external_id: row.source for row in arrivals.list_recent(ctx)} == before


def test_a_text_is_looked_for_among_the_newest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "SEARCHED", 3)
    ctx = make_ctx()
    for n in range(5):
        arrivals.keep(ctx, [Incoming(1, f"order-{n}", "orders/create", b"{}")])
        arrivals.keep(make_ctx("Other"), [Incoming(1, f"order-{n}", "orders/create", b"{}")])
    assert [row.external_id for row in arrivals.list_recent(ctx, text="order")] == ["order-4", "order-3", "order-2"]
    assert arrivals.list_recent(ctx, text="order-1") == []
    assert len(arrivals.list_recent(ctx)) == 5


def test_what_came_together_keeps_the_order_in_which_it_came() -> None:
    came = [Incoming(1, f"uid-{n}", "mail", b"", "message/rfc822", source=arrivals.MAIL) for n in (9, 10, 9, 8)]
    ids = [one.id for one in arrivals.keep(make_ctx(), came)]
    assert ids[0] == ids[2]
    assert ids[0] < ids[1] < ids[3]
