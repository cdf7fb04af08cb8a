"""What every staff page needs: who asks, for which organisation, and a content-security-policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from doorstep.accounts import queries as accounts
from doorstep.accounts import rules
from doorstep.base.ctx import Actor, Ctx, new_trace
from doorstep.web.parts.pages import CHOSEN_ORGANISATION, StaffRequest

GetResponse = Callable[[HttpRequest], HttpResponse]
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Allows our own files only; inline scripts never."""
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def staff_context(get_response: GetResponse) -> GetResponse:
    """Puts `trace` on every request and, for a signed-in person, `ctx`, `staff` and `organisation`.

    The organisation is the one that the person chose in the top bar, or the first of their own. The page is in the person's
    language, whatever the browser asks for.
    """

    def middleware(request: StaffRequest) -> HttpResponse:
        request.trace = new_trace()
        request.ctx = request.staff = request.organisation = None  # type: ignore[assignment]
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return get_response(request)
        with translation.override(request.user.language):
            request.LANGUAGE_CODE = request.user.language
            _place(request)
            return get_response(request)

    return middleware  # type: ignore[return-value]


def _place(request: StaffRequest) -> None:
    """Finds the person's place; somebody who was removed everywhere has none, and then no page opens."""
    places = accounts.staff_of_user(user_id=request.user.pk)
    chosen = request.session.get(CHOSEN_ORGANISATION) if len(places) > 1 else None
    place = next((p for p in places if p.organisation_id == chosen), places[0] if places else None)
    organisation = accounts.find_organisation(id=place.organisation_id) if place else None
    if place is None or organisation is None:
        return
    request.staff, request.organisation, request.places = place, organisation, places
    request.may = partial(rules.may, place.role)
    actor = Actor("staff", place.user_id, place.name or place.email)
    request.ctx = Ctx(organisation.id, actor, timezone.now(), request.trace)
