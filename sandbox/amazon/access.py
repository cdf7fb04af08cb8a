"""Who may call: access tokens of Login with Amazon, and restricted ones that name what they are for.

Source: https://developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api and the model of the Tokens API.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from sandbox.books import Books, now
from sandbox.serving import Fields

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, expires_at REAL NOT NULL, paths TEXT)",
)
LIVES_S = 3600
CREDENTIALS = {"client_id": "sandbox", "client_secret": "sandbox", "refresh_token": "sandbox"}
ROLES = ("address", "buyer", "finances")


class Denied(Exception):
    """The token is none, or does not reach so far."""

    def __init__(self, details: str, status: int = 403) -> None:
        super().__init__(details)
        self.details, self.status = details, status


def grant(books: Books, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Answers a refresh token with an access token.  Returns: (status, body)."""
    if form.get("grant_type") != "refresh_token":
        return 400, {"error": "unsupported_grant_type", "error_description": "only refresh_token"}
    if any(form.get(name) != CREDENTIALS[name] for name in ("client_id", "client_secret")):
        return 401, {"error": "invalid_client", "error_description": "client authentication failed"}
    if form.get("refresh_token") != CREDENTIALS["refresh_token"]:
        return 400, {"error": "invalid_grant", "error_description": "the refresh token is not known"}
    token = _make(books, paths=None)
    return 200, {"access_token": token, "refresh_token": form["refresh_token"], "token_type": "bearer", "expires_in": LIVES_S}


def restrict(books: Books, fields: Fields) -> dict[str, Any] | None:
    """A token for resources that tell of buyers; None where the application has no role for one of them."""
    paths = [one.text("path") for one in fields.groups("restrictedResources")]
    held = roles(books)
    if any(not held["address"] and path.endswith("/address") for path in paths) or (
        any(not held["buyer"] and path.lower().endswith("/buyerinfo") for path in paths)
    ):
        return None
    return {"restrictedDataToken": _make(books, paths=paths), "expiresIn": LIVES_S}


def _make(books: Books, *, paths: list[str] | None) -> str:
    token = ("Atza|" if paths is None else "Atz.sprdt|") + secrets.token_urlsafe(24)
    kept = None if paths is None else json.dumps(paths)
    books.run("INSERT INTO token (token, expires_at, paths) VALUES (?, ?, ?)", token, now() + LIVES_S, kept)
    return token


def check(books: Books, token: str, path: str) -> bool:
    """Whether a token is a restricted one, made for this path.  Raises: Denied."""
    row = books.find_row("SELECT expires_at, paths FROM token WHERE token = ?", token)
    if row is None:
        raise Denied("The access token you provided is revoked, malformed or invalid.")
    if row["expires_at"] <= now():
        raise Denied("The access token you provided has expired.")
    if row["paths"] is None:
        return False
    if path not in json.loads(row["paths"]):
        raise Denied("The restricted data token is not for this resource.")
    return True


def expire(books: Books) -> int:
    """Ends every token.  Returns: how many."""
    return books.run("UPDATE token SET expires_at = 0 WHERE expires_at > 0")


def roles(books: Books) -> dict[str, bool]:
    """What the application may see: where orders go, who bought, and what moved."""
    return {**dict.fromkeys(ROLES, True), **(books.find_setting("roles") or {})}
