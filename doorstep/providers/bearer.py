"""Vendors that a bearer token opens, and that answer and push as the sandbox does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from doorstep.base import outward
from doorstep.base.registry import Settings

TIMEOUT = httpx.Timeout(10, connect=3)


class Bearer:
    """One account; `settings`: url, token, webhook_secret."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings["url"].rstrip("/")
        self._headers = {"authorization": f"Bearer {settings.get('token', '')}"}
        self._secret = settings.get("webhook_secret", "")

    def _ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One request; 401, 403, 429 and 5xx raise, to be tried again later."""
        with outward.client(TIMEOUT) as http:
            answer = http.request(method, self._url + path, json=body, headers={**self._headers, **(headers or {})})
        if answer.status_code in (401, 403, 429) or answer.status_code >= 500:
            answer.raise_for_status()
        return answer
