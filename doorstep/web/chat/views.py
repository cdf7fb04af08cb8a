"""The chat of a page: a script, what it sends and what it hears. Pages of any shop may use it, so it knows no cookie."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import LANGUAGES, Organisation
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import chat
from doorstep.flows.chat import Visitor
from doorstep.web.chat.stream import stream
from doorstep.web.parts import scripts
from doorstep.web.parts.for_customers import customer_ctx, within
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import public, words_of

SCRIPT = Path(__file__).with_name("widget.js")
widget = scripts.of(SCRIPT, scripts.FOR_ANY_PAGE)  # a shop puts it into its pages
LARGEST = 16_384
MINUTE_S = 60
# Of one address; several people may sit behind it. One person writes less than this.
BEGINS, MESSAGES, STREAMS = 20, 40, 60
MESSAGES_OF_ONE = 15
TOO_OFTEN = Refusal(
    "too_often", gettext_noop("That was too much at once."), gettext_noop("Wait a minute, then try again."), status=429
)
UNREADABLE = Refusal(
    "unreadable", gettext_noop("This could not be read."), gettext_noop("Load the page again."), status=400
)

Body = dict[str, Any]
R = TypeVar("R", bound=HttpResponseBase)


def _open(view: Callable[[HttpRequest, Body], Body]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that any page may call with text in JSON: no cookie counts here, so nobody's session can be borrowed."""

    @public
    @csrf_exempt
    @require_POST
    def answer(request: HttpRequest) -> HttpResponse:
        body: Body = {}
        try:
            body = _read(request)
            response = JsonResponse(view(request, body))
        except Refused as refused:
            with translation.override(_language(body)):
                says, next_step = words_of(refused)
            facts = {"code": refused.refusal.code, "says": says, "next": next_step}
            response = JsonResponse(facts, status=refused.refusal.status)
        return _shared(response)

    return answer


def _read(request: HttpRequest) -> Body:
    raw = request.read(LARGEST + 1)
    try:
        found = json.loads(raw) if len(raw) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(UNREADABLE)
    return {str(name): keepable(value) for name, value in found.items() if isinstance(value, str)}


def _shared(response: R) -> R:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response


def _limit(key: str, most: int) -> None:
    """Counts what somebody does in a minute.  Refuses: more than `most`."""
    if not within(f"chat:{key}", most=most, per_s=MINUTE_S):
        raise Refused(TOO_OFTEN)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _language(body: Body) -> str:
    wanted = str(body.get("language", ""))[:2]
    return wanted if wanted in LANGUAGES else "en"


def _brand(slug: str) -> Organisation:
    found = accounts.find_organisation_by_slug(slug=slug)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "brand", "key": slug[:60]})
    return found


def _visitor(request: HttpRequest, body: Body) -> Visitor:
    visitor = chat.visitor_of(str(body.get("token", "")))
    _limit(f"say:{_address(request)}", MESSAGES)
    _limit(f"say:{visitor.key}", MESSAGES_OF_ONE)
    return visitor


@_open
def begin(request: HttpRequest, body: Body) -> Body:
    """A token for a new visitor, or what is to be known to one who comes back, and whether somebody is there."""
    brand = _brand(str(body.get("brand", "")))
    _limit(f"begin:{_address(request)}", BEGINS)
    ctx = customer_ctx(brand.id)
    visitor = _known(body, brand) or chat.begin(ctx, order_token=str(body.get("order", "")))
    return _told(ctx, visitor) | {"brand": brand.name, "accent": brand.readable.day}


def _known(body: Body, brand: Organisation) -> Visitor | None:
    """Who came back with a token of this brand; an old or foreign one begins anew."""
    try:
        visitor = chat.visitor_of(str(body.get("token", "")))
    except Refused:
        return None
    return visitor if visitor.organisation_id == brand.id else None


@_open
def say(request: HttpRequest, body: Body) -> Body:
    """Takes a message."""
    visitor = _visitor(request, body)
    ctx = customer_ctx(visitor.organisation_id)
    there = chat.say(
        ctx, visitor=visitor, text=str(body.get("text", "")), client_id=str(body.get("client_id", "")),
        language=_language(body),
    )  # fmt: skip
    return _told(ctx, there)


@_open
def address(request: HttpRequest, body: Body) -> Body:
    """Takes an e-mail address to go on by mail."""
    visitor = _visitor(request, body)
    ctx = customer_ctx(visitor.organisation_id)
    there = chat.leave_address(
        ctx, visitor=visitor, address=str(body.get("address", "")), name=str(body.get("name", "")),
        language=_language(body),
    )  # fmt: skip
    return _told(ctx, there)


def _told(ctx: Ctx, visitor: Visitor) -> Body:
    return {
        "token": visitor.token(), "conversation": visitor.conversation_id > 0, "staffed": chat.is_staffed(ctx),
        "has_address": chat.has_address(ctx, visitor=visitor),
    }  # fmt: skip


@public
@require_GET
def hear(request: HttpRequest) -> HttpResponseBase:
    """Streams what is said after Last-Event-ID, or after `?after=`, or from the beginning."""
    try:
        visitor = chat.visitor_of(keepable(request.GET.get("token", "")))
        _limit(f"hear:{_address(request)}", STREAMS)
    except Refused as refused:
        return _shared(HttpResponse("", status=refused.refusal.status, content_type="text/plain"))
    if not visitor.conversation_id:
        return _shared(HttpResponse(status=204))
    wanted = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 0
    # The stream may stay for minutes; without this it would keep its connection from everybody else.
    connection.close()
    response = StreamingHttpResponse(stream(visitor, after), content_type="text/event-stream; charset=utf-8")
    response.headers["X-Accel-Buffering"] = "no"
    return _shared(response)
