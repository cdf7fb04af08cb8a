"""The door of the API: every request passes it, whatever Django or ninja would have made of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja.errors import ValidationError

from doorstep.accounts.values import ApiKey
from doorstep.api import keys, limits, refusals, strict_json, troubles
from doorstep.api.v1 import errors
from doorstep.base import idempotency, problems
from doorstep.base.ctx import Ctx, new_trace
from doorstep.base.idempotency import Answer, Wish
from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop

View = Callable[..., HttpResponseBase]
WRITES = ("POST", "PATCH", "PUT", "DELETE")


class Asked(HttpRequest):
    """A request that came through the door."""

    ctx: Ctx
    key: ApiKey
    language: str
    trace: str


def door(
    view: View, *, most: int = limits.ONE, steps: bool = False, asks: bool = False
) -> Callable[..., HttpResponseBase]:
    """Wraps a view of the API: key, rate, size, kind, idempotency, one transaction per write, problems for all errors.

    `steps`: no transaction may be open around the view, which calls the network or takes many steps; it opens its own.
    `asks`: the body of a POST is a question, and nothing is written.
    """
    write = _ask if asks else _in_steps if steps else _write

    def answer(request: HttpRequest, /, **kwargs: object) -> HttpResponseBase:
        asked: Asked = request  # type: ignore[assignment]
        asked.trace = getattr(request, "trace", "") or new_trace()
        asked.language = problems.language_of(request.headers.get("Accept-Language", ""))
        now = datetime.now(UTC)
        extra: dict[str, str] = {}
        try:
            asked.key = keys.authenticate(request.headers.get("Authorization", ""), now=now)
            asked.ctx = keys.ctx_of(asked.key, now=now, trace=asked.trace)
            extra = limits.require_within(asked.key.id, now=now, limit=settings.API_REQUESTS_PER_MINUTE)
            _check_query(request)
            response: HttpResponseBase = (
                write(asked, view, most, kwargs) if request.method in WRITES else _read(asked, view, kwargs)
            )
        except Exception as trouble:  # noqa: BLE001  # said to the sender, and logged where it is our fault
            if isinstance(trouble, ValidationError):
                trouble = Mistaken(errors.of_request(trouble.errors))
            refused = troubles.refusal_of(trouble, trace=asked.trace)
            response = _problem(asked, refused)
            extra |= troubles.hints(refused)
        for name, value in ({"Trace": asked.trace, "Cache-Control": "no-store"} | extra).items():
            response.headers[name] = value
        return response

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    return answer


def missing(_request: HttpRequest) -> HttpResponse:
    """What stands at every address that is none."""
    raise Refused(refusals.NO_SUCH_ADDRESS)


def _check_query(request: HttpRequest) -> None:
    """Refuses what no text column can hold."""
    for name, values in request.GET.lists():
        if any("\x00" in value for value in (name, *values)):
            problem = gettext_noop("holds control characters.")
            raise Mistaken([Mistake(name.replace("\x00", "")[:60], "control_characters", problem)])


def _read(asked: Asked, view: View, kwargs: dict[str, object]) -> HttpResponseBase:
    return _allowed(asked, view(asked, **kwargs))


def _ask(asked: Asked, view: View, most: int, kwargs: dict[str, object]) -> HttpResponseBase:
    """A read whose question is too long for an address; asked again, it is answered anew."""
    _body(asked, most)
    return _read(asked, view, kwargs)


def _write(asked: Asked, view: View, most: int, kwargs: dict[str, object]) -> HttpResponse:
    """One transaction around the effect and the answer kept for it.  A refusal undoes both and is not kept."""
    wish = _wish(asked, _body(asked, most))
    with transaction.atomic():
        again = _before(asked, wish)
        if again is not None:
            return again
        response = _checked(asked, view(asked, **kwargs))
        _keep(asked, wish, response)
        return response


def _in_steps(asked: Asked, view: View, most: int, kwargs: dict[str, object]) -> HttpResponse:
    """No transaction around the view. Two at once under one key both act, and both get the first's answer."""
    wish = _wish(asked, _body(asked, most))
    with transaction.atomic():
        again = _before(asked, wish)
    if again is not None:
        return again
    response = _checked(asked, view(asked, **kwargs))
    with transaction.atomic():
        again = _before(asked, wish)
        if again is None:
            _keep(asked, wish, response)
    return again or response


def _wish(asked: Asked, body: bytes) -> Wish | None:
    key = idempotency_key(asked.headers.get("Idempotency-Key"))
    return wish_of(asked.key, key, (asked.method or "").encode(), asked.get_full_path().encode(), body) if key else None


def wish_of(key: ApiKey, under: str, method: bytes, path: bytes, body: bytes) -> Wish:
    """What a repeated request is known by."""
    return Wish(f"api_key:{key.id}", under, idempotency.fingerprint_of([method, path, body]))


def _before(asked: Asked, wish: Wish | None) -> HttpResponse | None:
    """What this wish was answered before; None where it is still to be done."""
    if wish is None:
        return None
    kept = idempotency.begin(asked.ctx, wish)
    if kept is None:
        return None
    again = HttpResponse(kept.body, status=kept.status, content_type=kept.content_type)
    again.headers["Idempotent-Replayed"] = "true"
    return again


def _keep(asked: Asked, wish: Wish | None, response: HttpResponse) -> None:
    if wish is not None:
        kept = Answer(response.status_code, response.content, response.headers["Content-Type"])
        idempotency.keep(asked.ctx, [(wish, kept)])


def _body(asked: Asked, most: int) -> bytes:
    """The bytes of the body, no more than may be; ninja finds them decoded."""
    length = asked.headers.get("Content-Length", "")
    if length.isdigit():
        limits.require_size(int(length), most=most)
    body = asked.read(most + 1)
    limits.require_size(len(body), most=most)
    if body:
        limits.require_json(asked.headers.get("Content-Type", ""))
        asked.document = strict_json.read(body)  # type: ignore[attr-defined]
    asked._body = body
    return body


def idempotency_key(key: str | None) -> str:
    """The key that a request came under; "" for none.  Refuses: one that cannot be kept."""
    if key is None:
        return ""
    if not 1 <= len(key) <= idempotency.LONGEST_KEY or not key.isascii() or not key.isprintable():
        problem = gettext_noop("must be 1 to %(most)s printable ASCII characters.")
        raise Mistaken([Mistake("Idempotency-Key", "bad_key", problem, {"most": idempotency.LONGEST_KEY})])
    return key


def _checked(asked: Asked, response: HttpResponseBase) -> HttpResponse:
    """The answer of a view that writes, whole."""
    response = _allowed(asked, response)
    assert isinstance(response, HttpResponse)
    return response


def _allowed(asked: Asked, response: HttpResponseBase) -> HttpResponseBase:
    """The view's answer; what Django says about methods becomes a refusal."""
    if response.status_code == 405:
        allowed = response.headers.get("Allow", "")
        raise Refused(problems.METHOD_NOT_ALLOWED, {"method": asked.method or "", "allowed": allowed})
    return response


def _problem(asked: Asked, refused: Refused) -> HttpResponse:
    body = problems.body_of(refused, language=asked.language, trace=asked.trace)
    response = HttpResponse(body, status=refused.refusal.status, content_type=problems.CONTENT_TYPE)
    response.headers["Content-Language"] = asked.language
    response.headers["Vary"] = "Accept-Language, Authorization"
    return response
