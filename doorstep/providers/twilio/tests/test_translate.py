"""Twilio's signature, states and errors."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import pytest

from doorstep.base.refusals import Refused
from doorstep.messaging.port import Found, Heard, Receipt, Taken, Text
from doorstep.providers.twilio import client, translate

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = {"CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030", "To": "+18005551212"}


def test_the_signature_is_that_of_the_vendors_example() -> None:
    """Source: https://www.twilio.com/docs/usage/security (token 12345)."""
    assert translate.signature("12345", URL, list(CALL.items())) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_a_delivery_of_somebody_else_is_turned_away() -> None:
    body = urlencode({"MessageSid": "SM1", "MessageStatus": "delivered"}).encode()
    signed = {"X-Twilio-Signature": translate.signature("t", URL, translate.fields_of(body))}
    assert translate.open_webhook("t", URL, signed, body) == "SM1:delivered"
    for token, url, headers, said in (
        ("u", URL, signed, body), ("t", URL + "&x=1", signed, body), ("t", URL, {}, body), ("t", URL, signed, body + b"&a=b"),
        ("", URL, signed, body), ("t", URL, {"X-Twilio-Signature": "é"}, body), ("t", URL, signed, b"\xff"),
    ):  # fmt: skip
        with pytest.raises(Refused):
            translate.open_webhook(token, url, headers, said)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"MessageSid": "SM1", "MessageStatus": "delivered"}, [Receipt("SM1", "delivered")]),
        ({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}, [Receipt("SM1", "undelivered", "30003")]),
        ({"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21610"},
         [Receipt("SM1", "undelivered", "21610", opted_out=True)]),
        ({"MessageSid": "SM1", "MessageStatus": "something new"}, []),
        ({"MessageSid": "SM2", "SmsStatus": "received", "From": "+1", "To": "+2", "Body": ""}, [Heard("SM2", "+1", "+2", "")]),
    ],
)  # fmt: skip
def test_what_a_delivery_says(said: dict[str, str], read: list[Receipt | Heard]) -> None:
    assert translate.read_webhook(urlencode(said).encode()) == read


def test_a_price_is_kept_to_the_millionth_and_segments_only_where_they_are_known() -> None:
    message = {"sid": "SM1", "num_segments": "2", "price": "-0.01580", "price_unit": "usd"}
    assert translate.taken(message) == Taken("SM1", 2, 15800, "USD")
    assert translate.taken({"sid": "SM1", "num_segments": "0", "price": None}) == Taken("SM1")
    for strange in ("NaN", "-Infinity", "1e400", "\u00b2"):
        assert translate.taken({"sid": "SM1", "num_segments": "\u00b2", "price": strange}) == Taken("SM1")
    with pytest.raises(ValueError, match="without a message"):
        translate.taken({})


def test_a_list_that_does_not_hold_a_text_proves_nothing() -> None:
    text = Text("k", "+1", "+2", "hi", datetime(2026, 11, 27, 9, tzinfo=UTC))
    it = {"sid": "SM1", "to": "+2", "body": "hi", "date_created": "Fri, 27 Nov 2026 09:00:05 +0000"}
    assert translate.find({"messages": [it]}, text, but=()).found is Found.SENT
    for other in ({"body": "other"}, {"date_created": "Thu, 26 Nov 2026 09:00:05 +0000"}, {"date_created": None}):
        assert translate.find({"messages": [it | other]}, text, but=()).found is Found.NOBODY_KNOWS
    assert translate.find({"messages": [it]}, text, but={"SM1"}).found is Found.NOBODY_KNOWS


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(500, text="root:x:0:0:secret of another host"), "it answered 500"),
        (httpx.Response(404, json={"message": "secret", "code": "none"}), "it answered 404"),
        (httpx.Response(400, json={"message": "Too long", "code": 21617, "status": 400}), "400 Too long"),
    ],
)
def test_only_what_twilio_itself_says_is_shown(answer: httpx.Response, words: str) -> None:
    assert client._words(answer) == words
    assert "secret" not in str(client._trouble(answer))
