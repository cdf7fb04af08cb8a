"""Messages to buyers are what Amazon's model of its Messaging API describes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doorstep.base.refusals import Refused
from doorstep.channels.port import About
from doorstep.providers.amazon import messages
from doorstep.providers.amazon.tests.test_translate import CHANNELS, NOT_THERE, example


def model() -> Any:
    return json.loads((CHANNELS / "amazon_sp_api_models" / "messaging.json").read_text())


@NOT_THERE
@pytest.mark.parametrize("about", list(About))
def test_each_purpose_has_an_action_of_the_model_that_takes_a_text_so_long(about: About) -> None:
    told = model()
    operation = told["paths"][f"/messaging/v1/orders/{{amazonOrderId}}/messages/{messages.ACTIONS[about]}"]["post"]
    given = {one["name"]: one for one in operation["parameters"]}
    assert {name for name, one in given.items() if one["required"]} == {"amazonOrderId", "marketplaceIds", "body"}
    shape = told["definitions"][given["body"]["schema"]["$ref"].rpartition("/")[2]]
    most = messages.LONGEST_ABOUT_CUSTOMISATION if about is About.CUSTOMISATION else messages.LONGEST
    assert shape["properties"]["text"]["maxLength"] == most
    assert "text" in shape["properties"]


@NOT_THERE
def test_what_may_be_written_is_read_from_the_links_of_the_example() -> None:
    assert messages.read_actions(example("messaging__getMessagingActionsForOrder__200_0")) == frozenset(About)
    answers = model()["paths"]["/messaging/v1/orders/{amazonOrderId}"]["get"]["responses"]
    shown = answers["200"]["examples"]["application/hal+json"]
    assert messages.read_actions(shown) == frozenset()  # it allows nothing but what has no text of ours


@NOT_THERE
def test_no_operation_of_the_model_reads_what_buyers_wrote() -> None:
    reads = {one["get"]["operationId"] for one in model()["paths"].values() if "get" in one}
    assert reads == {"getMessagingActionsForOrder", "GetAttributes"}


@pytest.mark.parametrize("said", [{"_links": []}, {"_links": {"actions": {}}}, {"_links": {"actions": ["x"]}}])
def test_links_of_another_shape_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        messages.read_actions(said)


def test_an_order_without_links_may_not_be_written_about() -> None:
    assert messages.read_actions({}) == frozenset()
