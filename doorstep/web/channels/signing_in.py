"""Connecting a shop by signing in there: what the app needs, the way to the shop and back, and what was not allowed.

What is under way stands in the person's session, its secret sealed: who comes back in another browser begins again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base import outward, sealing
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import actions as channels
from doorstep.channels import kinds, queries, rules
from doorstep.channels.port import Scope, SignInPort
from doorstep.channels.values import ConnectionRow
from doorstep.web.channels.connecting import errors_of, kind_of
from doorstep.web.parts import asking
from doorstep.web.parts.middleware import POLICY
from doorstep.web.parts.pages import StaffRequest, page, words_of

UNDER_WAY = "shop_sign_in"  # in the session
LASTS = timedelta(hours=1)
# A form that is answered by the way to the shop: browsers ask the form's own page whether it may lead there.
LEADS_OUT = POLICY.replace("form-action 'self'", "form-action 'self' https: http://127.0.0.1:* http://localhost:*")
SIGN_IN_LOST = Refusal(
    "sign_in_lost",
    gettext_noop("This sign-in was begun in another browser, or too long ago."),
    gettext_noop("Begin it again; nothing was changed."),
    status=422,
)
UNHEARD = Refusal(
    "shop_unheard",
    gettext_noop("The shop did not answer."),
    gettext_noop("Check its domain, and try again in a moment."),
    status=502,
)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A sign-in that somebody began.  `connection_id`: of one that is there already, 0 for a new one."""

    provider: str
    organisation_id: int
    connection_id: int
    name: str
    state: str
    until: str
    settings: dict[str, str]

    def fits(self, *, provider: str, organisation_id: int, now: datetime) -> bool:
        """Whether it may be ended here and now."""
        mine = (self.provider, self.organisation_id) == (provider, organisation_id)
        return mine and now < datetime.fromisoformat(self.until)


def _port(provider: str) -> SignInPort:
    found = kinds.sign_in_of(provider)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "connection", "key": provider[:30]})
    return found


def back_url(provider: str) -> str:
    """Where the shop sends a person back to; the app has to name it."""
    return settings.PUBLIC_URL + reverse("channels:signed_in", args=[provider])


def lacking(row: ConnectionRow) -> list[Scope]:
    """What the shop did not allow, and what does not work for it."""
    port = kinds.sign_in_of(row.provider)
    found = [*(port.lacks(row.settings) if port else []), *kinds.denied_of(row.provider, row.denied)]
    return list({one.name: one for one in found}.values())


@page("channels:write", methods=("GET", "POST"))
def sign_in(request: StaffRequest, provider: str) -> HttpResponse:
    """Says where the app's id and secret are found, takes them, and leads to the shop; or asks for the token at once."""
    port, row = _port(provider), _known(request, provider)
    if request.method != "POST":
        return _form(request, provider, row, {})
    try:
        name = row.name if row else rules.check_name(request.POST.get("name", ""))
        asked = _given(request, port, row)
        given = outward.checked(rules.check_settings(port.check(asked) if asked["url"] else asked, needs=port.needs))
        if request.POST.get("way") == "app":
            return _end(request, provider, row.id if row else 0, name, port.ask(given, now=request.ctx.now))
    except (Refused, httpx.HTTPError) as trouble:
        return _form(request, provider, row, _errors(trouble))
    state = secrets.token_urlsafe(24)
    until = (request.ctx.now + LASTS).isoformat()
    begun = UnderWay(
        provider, request.ctx.organisation_id, row.id if row else 0, name, state, until, sealing.seal_settings(given)
    )
    request.session[UNDER_WAY] = asdict(begun)
    return HttpResponseRedirect(port.page_of(given, back_url=back_url(provider), state=state))


@page("channels:write")
def signed_in(request: StaffRequest, provider: str) -> HttpResponse:
    """Takes back who signed in at the shop: its answer is checked and changed for a token."""
    port, kept = _port(provider), request.session.pop(UNDER_WAY, None)
    begun = UnderWay(**kept) if kept else None
    if begun is None or not begun.fits(provider=provider, organisation_id=request.ctx.organisation_id, now=request.ctx.now):
        raise Refused(SIGN_IN_LOST)
    if request.GET.get("error"):
        messages.warning(request, gettext("The shop was not told to let us in. Nothing was changed."))
        return redirect("channels:sign_in", provider)
    known, query = sealing.unseal_settings(begun.settings), request.META.get("QUERY_STRING", "")
    try:
        given = port.redeem(known, query=query, state=begun.state, now=request.ctx.now)
        return _end(request, provider, begun.connection_id, begun.name, given)
    except (Refused, httpx.HTTPError) as trouble:
        row = queries.get(request.ctx, connection_id=begun.connection_id) if begun.connection_id else None
        again = {"name": begun.name, "url": known.get("url", ""), "client_id": known.get("client_id", "")}
        return _form(request, provider, row, _errors(trouble), again=again)


def _known(request: StaffRequest, provider: str) -> ConnectionRow | None:
    """The connection that is signed in anew, where one is named.  Refuses: unknown ids, and those of another kind."""
    said = request.POST.get("connection") or request.GET.get("connection") or ""
    if not said:
        return None
    row = queries.get(request.ctx, connection_id=int(said) if said.isdecimal() and len(said) < 18 else 0)
    if row.provider != provider:
        raise Refused(NOT_FOUND, {"what": "connection", "key": said[:18]})
    return row


def _given(request: HttpRequest, port: SignInPort, row: ConnectionRow | None) -> dict[str, str]:
    """What was given; of a shop that is known its address stays, and a secret that is left empty does for the same app."""
    given = {need.name: request.POST.get(need.name, "").strip() for need in port.needs}
    if row is None:
        return given
    given["url"] = row.settings.get("url", "")
    if given.get("client_id") == row.settings.get("client_id"):
        given = {name: value or row.settings.get(name, "") for name, value in given.items()}
    return given


def _end(request: StaffRequest, provider: str, connection_id: int, name: str, given: Mapping[str, str]) -> HttpResponse:
    """Keeps what the shop gave, and says what it did not."""
    ctx = request.ctx
    if connection_id:
        row = channels.reach(ctx, connection_id=connection_id, settings=given)
    else:
        row = channels.connect(ctx, provider=provider, name=name, url=given["url"], settings=given)
    messages.success(request, gettext("The shop lets us in. %(name)s is being connected.") % {"name": row.name})
    return redirect("channels:connection", row.id)


def _errors(trouble: Exception) -> dict[str, str]:
    """What went wrong, at its field or above the form."""
    refused = trouble if isinstance(trouble, Refused) else Refused(UNHEARD)
    try:
        return errors_of(refused)
    except Refused as other:
        return {"form": " ".join(words_of(other)).strip()}


def _form(
    request: StaffRequest, provider: str, row: ConnectionRow | None, errors: dict[str, str], *,
    again: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    port = _port(provider)
    usual = again or (row.settings if row else {})
    facts: dict[str, Any] = {
        "provider": provider, "kind": kind_of(provider), "row": row, "errors": errors,
        "name": request.POST.get("name", usual.get("name", "")),
        "fields": [
            replace(
                asking.field_of(need, request, usual, errors, kept=bool(row and need.secret and row.settings.get(need.name))),
                kind="password" if need.secret else "text",  # a domain alone is no address to a browser
            )
            for need in port.needs if not (row and need.name == "url")
        ],
        "scopes": ",".join(one.name for one in port.scopes), "back_url": back_url(provider),
        "lacking": lacking(row) if row else [],
    }  # fmt: skip
    response = render(request, "channels/sign_in.html", facts, status=422 if errors else 200)
    response.headers["Content-Security-Policy"] = LEADS_OUT
    return response
