"""The feed of availability: whatever the order in which transactions commit, no change is lost."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest
from django.db import transaction

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries as accounts_queries
from doorstep.api.v1 import following
from doorstep.api.v1.availability_shapes import cursor_of, place_of
from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.stock import feed
from tests.api.conftest import Api, refused
from tests.api.following import Follower, add, components, follower, held, settled, shop, whole
from tests.factories import make_variants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("feed")]


def test_a_change_is_told_and_what_did_not_change_is_not() -> None:
    api = shop()
    settled()
    front = follower(api)

    assert front.follow() == []
    add(api, "B", 5)
    assert front.follow() == ["B"]
    assert front.on_sale == {"A": 20, "B": 25, "C": 20}
    settled()
    front.follow()
    assert front.follow() == []


def test_without_a_cursor_it_answers_the_cursor_of_now() -> None:
    api = shop()
    answer = api.get("/availability/changes").json()
    add(api, "A", 1)

    assert (answer["availability"], answer["more"]) == ([], False)
    assert "A" in Follower(api, answer["cursor"], {}).follow()


def test_what_commits_late_is_told_though_what_came_after_it_was_told_before() -> None:
    api = shop()
    settled()
    front = follower(api)
    with held(lambda: add(api, "A", 1)):
        add(api, "B", 1)
        assert front.follow() == ["B"]
        assert front.on_sale == {"A": 20, "B": 21, "C": 20}
    assert "A" in front.follow()
    assert front.on_sale == {"A": 21, "B": 21, "C": 20}


def test_what_a_savepoint_wrote_is_told_when_its_transaction_commits() -> None:
    """Its rows bear a number of their own, which no snapshot lists among the open ones."""
    api = shop()
    settled()
    front = follower(api)

    def write() -> None:
        add(api, "C", 1)
        with transaction.atomic():  # the call has a savepoint of its own within this one
            add(api, "A", 1)

    with held(write):
        add(api, "B", 1)
        place = place_of(front.cursor, field="after")
        front.follow()
        now = place_of(front.cursor, field="after")
        [xmin] = db.column("SELECT xmin::text::bigint FROM stock_item WHERE variant_id = %s", [api.brand.variants["B"]])
        assert place is not None
        assert now is not None
        assert place.since <= now.since < xmin
    front.follow()
    assert front.on_sale == {"A": 21, "B": 21, "C": 21}


def test_the_oldest_open_transaction_is_told_itself() -> None:
    """Its number is the cursor's, and its rows bear it without a savepoint between."""
    api = shop()
    settled()
    front = follower(api)
    touch = "UPDATE stock_item SET kept_everywhere = kept_everywhere WHERE organisation_id = %s AND variant_id = %s"
    with held(lambda: db.execute(touch, [api.brand.ctx.organisation_id, api.brand.variants["A"]])):
        assert front.follow() == []
    assert front.follow() == ["A"]


def test_a_product_that_is_archived_takes_its_variants_off_sale() -> None:
    api = shop()
    settled()
    front = follower(api)
    [product] = [one for one in api.get("/products").json()["products"] if one["title"] == "Thing B"]
    answer = api.patch(f"/products/{product['id']}", {"version": product["version"], "status": "archived"})

    assert answer.status_code == 200, answer.content
    assert front.follow() == ["B"]
    assert front.on_sale == whole_on_sale(api) == {"A": 20, "C": 20}


def test_what_was_rolled_back_is_not_told() -> None:
    api = shop()
    settled()
    front = follower(api)
    with held(lambda: add(api, "A", 1), undone=True):
        assert front.follow() == []
    with transaction.atomic():
        add(api, "B", 7)
        transaction.set_rollback(True)

    assert front.follow() == []
    assert front.on_sale == whole_on_sale(api) == {"A": 20, "B": 20, "C": 20}


def test_a_bundle_is_told_with_its_components_and_when_its_composition_changes() -> None:
    api = shop(skus=("A", "B", "C"))
    api.brand.variants.update(make_variants(api.brand.ctx, ["SET"]))
    settled()
    front = follower(api)
    told = []
    for change in (
        lambda: components(api, "SET", A=2, B=1),
        lambda: add(api, "A", 2),
        lambda: components(api, "SET", B=1),
        lambda: components(api, "SET", B=10),
        lambda: components(api, "SET"),
    ):
        change()
        settled()
        front.follow()
        told.append(("SET" in front.told, front.on_sale["SET"]))
        assert front.on_sale == whole_on_sale(api)

    assert told == [(True, 10), (True, 11), (True, 20), (True, 2), (True, 0)]


def test_the_rest_of_many_changes_comes_with_the_next_calls_and_changes_between_them_too() -> None:
    api = shop(skus=("A", "B", "C", "D"))
    front = follower(api)
    for sku in "ABCD":
        add(api, sku, 1)
    first = api.get(f"/availability/changes?after={front.cursor}&limit=2").json()
    add(api, "A", 1)
    add(api, "D", 1)
    front.cursor, front.known = first["cursor"], {row["variant_id"]: row for row in first["availability"]}

    assert (first["more"], front.on_sale) == (True, {"A": 21, "B": 21})
    front.follow(limit=2)
    front.follow(limit=2)
    assert front.on_sale == {"A": 22, "B": 21, "C": 21, "D": 22}


def test_frozen_rows_are_old() -> None:
    """Vacuum freezes rows, and leaves the number of who wrote them as it was."""
    api = shop()
    settled()
    front = follower(api)
    for table in ("stock_item", "catalog_variant", "catalog_product"):
        db.execute(f"VACUUM (FREEZE) {table}")
    assert front.follow() == []
    add(api, "B", 1)
    db.execute("VACUUM (FREEZE) stock_item")
    assert front.follow() == ["B"]


def test_cursors_of_another_database_and_old_ones_say_read_all_anew() -> None:
    api = shop()
    now = feed.now(api.brand.ctx)
    add(api, "A", 1)
    told = refused(api.get(f"/availability/changes?after={cursor_of(replace(now, mark='0' * 16))}"), 410, "cursor_gone")

    assert told["next_step"] == "Read all anew, and go on from the cursor that comes with it."
    for gone in (
        replace(now, since=now.since + 10**6),  # of a house that was put back to an earlier day
        replace(now, until=now.since + 10**6, after=1),
        replace(now, since=now.since - 2**30 - 10**6) if now.since > 2**30 + 10**6 else replace(now, mark=""),
    ):
        refused(api.get(f"/availability/changes?after={cursor_of(gone)}"), 410, "cursor_gone")


def test_tables_that_a_restore_put_in_place_have_another_mark() -> None:
    api = shop()
    was = feed.now(api.brand.ctx)
    with transaction.atomic():
        db.execute("ALTER TABLE stock_item RENAME TO stock_item_was")
        db.execute("CREATE TABLE stock_item (LIKE stock_item_was INCLUDING DEFAULTS)")
        with pytest.raises(Refused) as raised:
            feed.changes(api.brand.ctx, after=was, limit=10)
        transaction.set_rollback(True)

    assert raised.value.code == "cursor_gone"
    assert feed.now(api.brand.ctx).mark == was.mark


def test_all_who_follow_share_one_line_which_ends_with_the_last_and_a_revoked_key_hears_no_more() -> None:
    api = shop()
    [key] = accounts_queries.list_keys(api.brand.ctx)
    listener = following.Listener(api.brand.ctx, f"Bearer {api.secret}")
    place = feed.now(api.brand.ctx)

    async def both() -> None:
        first = following.stream(listener, place, heartbeat_s=0.05)
        second = following.stream(listener, place, heartbeat_s=0.05)
        assert [(await anext(one)).partition(b"\nid")[0] for one in (first, second)] == [b"retry: 1000"] * 2
        [line] = following.hub._lines.values()
        assert line.followers == 2
        await second.aclose()
        assert (line.followers, line.task.cancelling()) == (1, 0)
        while not (await anext(first)).startswith(b":\nid: "):
            pass
        await following._apart(accounts.revoke_key, api.brand.ctx, id=key.id)
        async for _ in first:
            pass
        with contextlib.suppress(asyncio.CancelledError):
            await line.task
        assert (line.task.cancelled(), following.hub._lines) == (True, {})

    asyncio.run(both())


def test_who_is_let_in_with_too_many_at_once_is_told_to_come_again(api: Api) -> None:
    listener, place = following.Listener(api.brand.ctx, f"Bearer {api.secret}"), feed.now(api.brand.ctx)

    async def one_too_many() -> list[bytes]:
        with following.hub.join(api.brand.ctx) as line:
            line.followers += following.MOST_OF_ONE
            try:
                return [told async for told in following.stream(listener, place)]
            finally:
                line.followers -= following.MOST_OF_ONE

    [told] = asyncio.run(one_too_many())
    assert told.startswith(b"retry: 30000\n")
    assert b"event: too_many_follow\n" in told


def whole_on_sale(api: Api) -> dict[str, int]:
    return {row["sku"]: row["available"] for row in whole(api)[1].values()}
