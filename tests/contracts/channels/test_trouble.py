"""A shop's bad days and bad guests, whoever its vendor is: nothing is lost, nothing is believed that nobody signed."""

from __future__ import annotations

import httpx
import pytest

from doorstep.base import arrivals
from doorstep.base.refusals import Refused
from doorstep.channels.port import Later, Number, Taken, Throttled
from tests.contracts.channels.stage import Line, Stage
from tests.contracts.channels.test_orders import lacking


def test_who_is_throttled_sends_nothing_more_and_goes_on_later(stage: Stage) -> None:
    order = stage.sells(Line("A"))
    stage.settles()
    stage.misbehaves(throttle=1)
    with pytest.raises(Throttled) as wait:
        stage.port.read_order(order)
    assert wait.value.wait_s > 0
    assert stage.fetch() == 0
    assert stage.health == "active"  # it is no trouble to be asked to wait
    stage.misbehaves()
    stage.rests()
    stage.fetch()
    assert set(stage.rows) == {order}


def test_a_token_that_ends_loses_no_order(stage: Stage) -> None:
    lacking(stage, "token")
    stage.fetch()
    order = stage.sells(Line("A"))
    stage.ends_access()
    if not stage.renews_access:
        assert stage.fetch() == 0
        assert (stage.health, stage.rows) == ("failing", {})
        stage.gives_access()
    stage.fetch()
    assert (stage.health, set(stage.rows)) == ("active", {order})


@pytest.mark.parametrize("fault", ["error_5xx", "cut"])
def test_a_storm_of_errors_and_answers_that_are_cut_lose_nothing(stage: Stage, fault: str) -> None:
    orders = {stage.sells(Line(sku)) for sku in "AB"}
    stage.misbehaves(**{fault: 1})
    assert stage.fetch() == 0
    assert (stage.health, stage.rows) == ("failing", {})
    stage.misbehaves()
    stage.fetch()
    assert (stage.health, set(stage.rows)) == ("active", orders)
    assert stage.committed() == {"A": 1, "B": 1}


def test_what_was_given_back_in_a_storm_is_read_afterwards_and_once(stage: Stage) -> None:
    order = stage.sells(Line("A", 3), Line("B"))
    stage.hear()
    stage.ticks()
    stage.misbehaves(drop=1)
    stage.refunds_one(order, amount="10.00")
    for fault in ("error_5xx", "cut"):
        stage.misbehaves(**{fault: 1})
        assert stage.fetch() == 0
        assert (stage.health, stage.given_back(order)) == ("failing", [])
    if stage.renews_access:
        stage.ends_access()
    stage.misbehaves()
    stage.fetch()
    stage.fetch()
    assert (stage.health, stage.given_back(order)) == ("active", [(1000, "succeeded")])
    assert (stage.units(order), stage.committed()) == ({"A": 2, "B": 1}, {"A": 2, "B": 1})


@pytest.mark.parametrize("fault", ["error_5xx", "cut"])
def test_a_number_that_is_told_into_a_storm_is_open_until_it_is_told_again(stage: Stage, fault: str) -> None:
    (item, *_) = stage.port.list_listings(after="").items
    number = Number(item.id, 7, item.number)
    stage.misbehaves(**{fault: 1})
    with pytest.raises((httpx.HTTPError, Refused)):
        stage.port.tell_numbers([number], key="1")
    stage.misbehaves()
    (answer,) = stage.port.tell_numbers([number], key="1")
    assert isinstance(answer, Taken | Later)


@pytest.mark.parametrize("harm", ["changed", "cut", "unsigned"])
def test_what_the_shop_did_not_sign_so_is_turned_away_and_kept_nowhere(stage: Stage, harm: str) -> None:
    order = stage.sells(Line("A"))
    sent = stage.sent()
    for one in sent:
        if harm == "unsigned":
            signature = next(name for name in one.headers if "signature" in name or "hmac" in name)
            forged = one.without(signature)
        else:
            forged = one.with_body(one.body[: len(one.body) // 2] if harm == "cut" else one.body + b" ")
        assert forged != one
        assert stage.post(forged).status_code == 401
    stage.work()
    assert (stage.rows, arrivals.list_recent(stage.ctx, limit=10)) == ({}, [])
    stage.hear(sent)
    assert set(stage.rows) == {order}
