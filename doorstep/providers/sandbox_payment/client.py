"""The sandbox payment provider over HTTP.  Source: sandbox/README.md, "Payment" and "Webhooks"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from doorstep.payments.port import Ask, Told
from doorstep.payments.values import CallState
from doorstep.providers import signed
from doorstep.providers.bearer import Bearer
from doorstep.providers.sandbox_payment import translate

SAID_NO = (400, 404, 409, 422)


class SandboxPayment(Bearer):
    """One account; `settings`: url, token, webhook_secret."""

    def ask(self, ask: Ask) -> Told:
        """The same key and body give the same answer; 402 is a decline that the provider keeps."""
        path, body = translate.write(ask)
        answer = self._ask("POST", path, body, {"idempotency-key": ask.key})
        if answer.status_code in SAID_NO:
            said = _json(answer)
            reason = f"{said.get('error', '')}: {said.get('message', '')}"
            return Told(ask.key, CallState.FAILED, "", ask.payment, ask.amount.minor, reason[:200])
        return _read(answer)

    def find(self, key: str) -> Told | None:
        """By the key of the wish."""
        answer = self._ask("GET", f"/by-key/{quote(key, safe='')}")
        return None if answer.status_code == 404 else _read(answer)

    def subscribe(self, url: str, secret: str) -> None:
        """Replaces the address to which the provider sends."""
        self._ask("POST", "/admin/webhook", {"url": url, "secret": secret}).raise_for_status()

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """By Standard Webhooks."""
        return signed.open_webhook(self._secret, headers, body)

    def read_webhook(self, body: bytes) -> list[Told]:
        """One operation per push."""
        return translate.read_webhook(body)


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    """An answer's object.  Raises: httpx errors for what cannot be read: what was done is then unknown."""
    try:
        said = answer.json()
        if isinstance(said, dict):
            return said
        raise ValueError("no object")
    except (ValueError, RecursionError) as trouble:
        raise httpx.DecodingError(f"an answer that cannot be read ({trouble})"[:200], request=answer.request) from None


def _read(answer: httpx.Response) -> Told:
    if answer.status_code != 402:
        answer.raise_for_status()
    try:
        return translate.read(_json(answer))
    except (ValueError, KeyError, TypeError) as trouble:
        problem = f"an answer that cannot be read ({type(trouble).__name__}: {trouble})"[:200]
        raise httpx.DecodingError(problem, request=answer.request) from None
