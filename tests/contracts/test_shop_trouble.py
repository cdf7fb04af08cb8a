"""What a 429 of the sandbox shop means, which may come as an answer to a call that was repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from doorstep.channels.port import Throttled
from doorstep.providers.sandbox_shop.client import LONGEST_WAIT_S, USUAL_WAIT_S, SandboxShop

SHOP = SandboxShop({"url": "http://shop.example", "secret": "", "connection_id": "1"})
Says = Callable[..., None]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Lets the shop answer so, one call after the other."""
    client = httpx.Client

    def says(*answers: httpx.Response | Exception) -> None:
        left: Iterator[httpx.Response | Exception] = iter(answers)

        def answer(_request: httpx.Request) -> httpx.Response:
            one = next(left)
            if isinstance(one, Exception):
                raise one
            return one

        monkeypatch.setattr(httpx, "Client", lambda **_: client(transport=httpx.MockTransport(answer)))

    return says


@pytest.mark.parametrize(("told", "wait_s"), [("7", 7.0), ("86400", LONGEST_WAIT_S), ("soon", USUAL_WAIT_S), (None, USUAL_WAIT_S)])
def test_the_shop_says_for_how_long_it_is_left_alone(says: Says, told: str | None, wait_s: float) -> None:
    says(httpx.Response(429, headers={} if told is None else {"retry-after": told}))
    with pytest.raises(Throttled) as wait:
        SHOP.read_order("1")
    assert wait.value.wait_s == wait_s


def test_a_call_whose_answer_got_lost_is_never_called_throttled(says: Says) -> None:
    says(httpx.ReadTimeout("late"), httpx.Response(429))
    with pytest.raises(httpx.HTTPStatusError):
        SHOP.tell_cancelled("1", reason="customer")
