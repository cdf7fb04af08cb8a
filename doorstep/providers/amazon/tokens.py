"""Access tokens of Login with Amazon: got with the refresh token, kept for the process, renewed before they end.

Source: https://developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from hashlib import blake2b

import httpx

from doorstep.base.refusals import UNREADABLE, Refused

AUTH_URL = "https://api.amazon.com/auth/o2/token"
BEFORE_THE_END_S = 60.0

_held: dict[bytes, tuple[str, float]] = {}
_gate = threading.Lock()


@dataclass(frozen=True, slots=True)
class Grant:
    """What a seller gave an application."""

    auth_url: str
    client_id: str
    client_secret: str
    refresh_token: str

    def __repr__(self) -> str:
        """Without its secrets, so that no log has them."""
        return f"Grant({self.auth_url!r}, {self.client_id!r})"

    def key(self) -> bytes:
        """A name for it that tells nothing."""
        parts = (self.auth_url, self.client_id, self.client_secret, self.refresh_token)
        return blake2b("\n".join(parts).encode(), digest_size=16).digest()


def access_token(grant: Grant, http: httpx.Client) -> str:
    """A token that still lives for a while.  Raises: httpx errors.  Refuses: a grant that Amazon does not know."""
    with _gate:
        held = _held.get(grant.key())
    if held is not None and time.monotonic() < held[1] - BEFORE_THE_END_S:
        return held[0]
    token, lives_s = _renew(grant, http)
    with _gate:
        _held[grant.key()] = (token, time.monotonic() + lives_s)
    return token


def drop(grant: Grant, token: str) -> None:
    """Forgets a token that Amazon refused; another that was got meanwhile stays."""
    with _gate:
        if _held.get(grant.key(), ("", 0.0))[0] == token:
            del _held[grant.key()]


def forget() -> None:
    """Forgets every token of this process: what is asked for next is got anew."""
    with _gate:
        _held.clear()


def _renew(grant: Grant, http: httpx.Client) -> tuple[str, float]:
    form = {
        "grant_type": "refresh_token", "refresh_token": grant.refresh_token, "client_id": grant.client_id,
        "client_secret": grant.client_secret,
    }  # fmt: skip
    try:
        answer = http.post(grant.auth_url, data=form)
    except httpx.InvalidURL:
        raise Refused(UNREADABLE, {"reason": "the address for tokens is none"}) from None
    if answer.status_code >= 500 or answer.status_code == 429:
        answer.raise_for_status()
    try:
        said = answer.json()
        if answer.is_success:
            return str(said["access_token"]), float(said["expires_in"])
        problem = str(said["error"])[:100]
    except (ValueError, KeyError, TypeError):
        problem = f"the answer {answer.status_code}"
    raise Refused(UNREADABLE, {"reason": f"Amazon gives no access to this application: {problem}"})
