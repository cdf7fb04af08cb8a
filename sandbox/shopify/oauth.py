"""How an app is let in: a page on which the merchant installs it, codes, tokens that end, and what the next is got with.

Source: https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant,
.../client-credentials-grant, .../offline-access-tokens (`expiring`; an hour, 90 days),
https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens (what a token was renewed with works
until its replacement is used), https://shopify.dev/docs/api/usage/access-scopes (write implies read)
"""

from __future__ import annotations

import hashlib
import hmac
import html
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.books import Books, now
from sandbox.serving import Refusal, read_fields
from sandbox.shopify import hooks
from sandbox.shopify.graphql import Field

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS code (code TEXT PRIMARY KEY, scopes TEXT NOT NULL, until REAL NOT NULL)",
    """CREATE TABLE IF NOT EXISTS granted (
        token TEXT PRIMARY KEY, scopes TEXT NOT NULL, until REAL, refresh TEXT UNIQUE, was TEXT,
        retired INTEGER NOT NULL DEFAULT 0)""",
)
CODE_LIVES_S, TOKEN_LIVES_S, APP_TOKEN_LIVES_S, REFRESH_LIVES_S = 60.0, 3600.0, 86_399.0, 7_776_000
NEEDED = {
    "orders": "read_orders", "order": "read_orders", "orderCancel": "write_orders", "refundCreate": "write_orders",
    "productVariants": "read_products", "inventoryItem": "read_inventory", "inventorySetQuantities": "write_inventory",
    "fulfillmentCreate": "write_merchant_managed_fulfillment_orders", "return": "read_returns",
    "reverseFulfillmentOrderDispose": "write_returns", "returnClose": "write_returns",
    "bulkOperationRunQuery": "read_products",
}  # fmt: skip


def needed_of(one: Field) -> list[str]:
    """What a token must be allowed for a field at the top, and for returns within it."""
    found = [NEEDED[one.name]] if one.name in NEEDED else []
    is_of_returns = any(inner.name == "returns" for inner in one.selected or ())
    if is_of_returns or str(one.arguments.get("topic", "")).startswith("RETURNS_"):
        found.append("read_returns")
    return found


class App:
    """The one app that this shop knows.  `settings`: client_id, scopes that the merchant grants, redirects, lives_s."""

    def __init__(self, books: Books) -> None:
        self._books = books

    @property
    def settings(self) -> dict[str, Any]:
        """As it stands in the dashboard; everything asked for is granted and every address taken unless that was told."""
        usual = {"client_id": "sandbox-client-id", "scopes": None, "redirects": None, "lives_s": TOKEN_LIVES_S}
        return {**usual, **(self._books.find_setting("oauth") or {})}

    async def set_up(self, request: Request) -> Response:
        """Sets up the app; tokens that it has stay."""
        fields = await read_fields(request)
        told = self.settings
        if fields.has("client_id"):
            told["client_id"] = fields.text("client_id")
        for name in ("scopes", "redirects"):
            if fields.has(name):
                told[name] = fields.texts(name)
        told["lives_s"] = fields.number("lives_s", told["lives_s"], low=-1e6)
        with self._books.write():
            self._books.set_setting("oauth", told)
        return JSONResponse(told)

    async def page(self, request: Request) -> Response:
        """The page on which a merchant installs the app."""
        asked, app = dict(request.query_params), self.settings
        self._require(asked, app)
        scopes = "".join(f"<li>{html.escape(one)}</li>" for one in asked.get("scope", "").split(","))
        action = html.escape(f"/admin/oauth/authorize?{urlencode(asked)}")
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Install app</title>'
            "<style>body{font:16px/1.5 sans-serif;max-width:34rem;margin:10vh auto;padding:0 16px}</style>"
            f"<h1>Install app</h1><p>It asks for:</p><ul>{scopes}</ul>"
            f'<form method="post" action="{action}"><button>Install</button></form></html>'
        )

    async def install(self, request: Request) -> Response:
        """Sends the merchant back with a code, signed by the app's secret."""
        asked, app = dict(request.query_params), self.settings
        self._require(asked, app)
        code = secrets.token_hex(16)
        wanted = asked.get("scope", "").split(",")
        scopes = ",".join(one for one in wanted if app["scopes"] is None or one in app["scopes"])
        with self._books.write():
            self._books.run("INSERT INTO code (code, scopes, until) VALUES (?, ?, ?)", code, scopes, now() + CODE_LIVES_S)
        shop = request.url.netloc
        said = {"code": code, "host": secrets.token_urlsafe(9), "shop": shop, "state": asked.get("state", ""),
                "timestamp": str(int(now()))}  # fmt: skip
        joined = "&".join(f"{name}={value}" for name, value in sorted(said.items()))
        said["hmac"] = hmac.new(hooks.client_secret(self._books).encode(), joined.encode(), hashlib.sha256).hexdigest()
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said)}", status_code=302)

    def _require(self, asked: Mapping[str, str], app: Mapping[str, Any]) -> None:
        if asked.get("client_id") != app["client_id"]:
            raise Refusal(400, "application_cannot_be_found", "Oauth error: the client_id is unknown")
        to = asked.get("redirect_uri", "")
        if not urlsplit(to).netloc or (app["redirects"] is not None and to not in app["redirects"]):
            raise Refusal(400, "invalid_request", "The redirect_uri is not whitelisted")

    async def token(self, request: Request) -> Response:
        """A token for a code, for what the last came with, or for the app itself."""
        wish = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        try:
            with self._books.write():
                return JSONResponse(self._granted(wish))
        except Refusal as refusal:
            body = {"error": refusal.code, "error_description": refusal.message}
            return JSONResponse(body, status_code=refusal.status)

    def _granted(self, wish: Mapping[str, str]) -> dict[str, Any]:
        app = self.settings
        fits = hmac.compare_digest(wish.get("client_secret", "").encode(), hooks.client_secret(self._books).encode())
        if not fits or wish.get("client_id") != app["client_id"]:
            raise Refusal(400, "invalid_client", "The client_id or client_secret is invalid")
        kind = wish.get("grant_type", "")
        if kind == "client_credentials":
            return self._give(",".join(app["scopes"] or NEEDED.values()), lives_s=min(APP_TOKEN_LIVES_S, app["lives_s"] * 24))
        if kind == "refresh_token":
            return self._again(wish.get("refresh_token", ""), app)
        row = self._books.find_row("SELECT * FROM code WHERE code = ?", wish.get("code", ""))
        self._books.run("DELETE FROM code WHERE code = ?", wish.get("code", ""))
        if row is None or row["until"] < now():
            raise Refusal(400, "invalid_request", "The authorization code was not found or was already used")
        if wish.get("expiring") != "1":
            return self._give(row["scopes"], lives_s=None)
        return self._give(row["scopes"], lives_s=app["lives_s"], is_renewable=True)

    def _again(self, refresh: str, app: Mapping[str, Any]) -> dict[str, Any]:
        row = self._books.find_row("SELECT * FROM granted WHERE refresh = ?", refresh)
        if row is None or row["retired"]:
            raise Refusal(400, "invalid_grant", "Token has been expired or revoked")
        self._books.run("UPDATE granted SET retired = 1 WHERE refresh = ?", row["was"])
        return self._give(row["scopes"], lives_s=app["lives_s"], is_renewable=True, was=refresh)

    def _give(
        self, scopes: str, *, lives_s: float | None, is_renewable: bool = False, was: str | None = None
    ) -> dict[str, Any]:
        token = f"shpat_{secrets.token_hex(16)}"
        refresh = f"shprt_{secrets.token_hex(16)}" if is_renewable else None
        self._books.run(
            "INSERT INTO granted (token, scopes, until, refresh, was) VALUES (?, ?, ?, ?, ?)",
            token, scopes, None if lives_s is None else now() + lives_s, refresh, was,
        )  # fmt: skip
        found: dict[str, Any] = {"access_token": token, "scope": scopes}
        if lives_s is not None:
            found["expires_in"] = max(int(lives_s), 1)
        if refresh:
            found |= {"refresh_token": refresh, "refresh_token_expires_in": REFRESH_LIVES_S}
        return found

    async def revoke(self, _request: Request) -> Response:
        """Ends every token now, before its time."""
        with self._books.write():
            count = self._books.run("UPDATE granted SET until = 0")
        return JSONResponse({"ended": count})

    async def tokens(self, _request: Request) -> Response:
        return JSONResponse({"count": self._books.number("SELECT count(*) FROM granted")})

    def scopes_of(self, token: str) -> set[str] | None:
        """What a token that was granted may do, what writing implies among it; None for one that nobody has, or that ended."""
        row = self._books.find_row("SELECT * FROM granted WHERE token = ?", token)
        if row is None or (row["until"] is not None and row["until"] < now()):
            return None
        given = {one for one in row["scopes"].split(",") if one}
        return given | {one.replace("write_", "read_", 1) for one in given}
