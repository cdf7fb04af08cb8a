"""Messages to buyers against Amazon's model of its Messaging API, served by Prism, which checks each of our requests against it."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.channels.port import About, Declined
from tests.contracts import test_amazon_models as models
from tests.contracts.test_amazon_models import US, answer_with, port_at, url
from tests.sandboxes import Server

__all__ = ["url"]
pytestmark = [*models.pytestmark, pytest.mark.django_db]


@pytest.fixture
def port(amazon: Server, url: str) -> Any:
    return port_at(url, amazon, marketplace=US)


def test_every_purpose_is_asked_for_and_told_as_the_model_wants(port: Any, monkeypatch: Any) -> None:
    assert not isinstance(port.may_write("123-1234567-1234567"), Declined)
    for about in About:
        assert port.write_buyer("123-1234567-1234567", about=about, text="My message") is None
    refused = port.write_buyer("123-1234567-1234567", about=About.ORDER, text="x" * 2001)  # Prism knows the model's limit
    assert isinstance(refused, Declined)
    answer_with(monkeypatch, 403)
    assert isinstance(port.may_write("123-1234567-1234567"), Declined)
