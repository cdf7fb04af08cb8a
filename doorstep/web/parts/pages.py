"""The door of every staff page: signed in, allowed, and refusals said in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from doorstep.accounts import rules
from doorstep.accounts.values import PERMISSIONS, Organisation, StaffMember
from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.problems import in_words
from doorstep.base.refusals import FORBIDDEN, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.web.parts.given import keepable_query

NO_PLACE = Refusal(
    "no_organisation",
    gettext_noop("You are signed in, but on the staff of no organisation."),
    gettext_noop("Ask an owner to add you again, or sign in as somebody else."),
    status=403,
)
NOT_A_PAGE = Refusal(
    "not_a_page",
    gettext_noop("This address cannot be opened like a page."),
    gettext_noop("Nothing was changed. Go to the page it belongs to, and use the button there."),
    status=405,
)
CHOSEN_ORGANISATION = "organisation"  # in the session: where somebody of several works now


class StaffRequest(HttpRequest):
    """A request that came through the door: `ctx`, `staff` and `organisation` are there, and all `places` of the person.

    `live_head`: the newest event when the view began; of pages that are followed from there.
    `may(permission)` says whether this person's role allows something; templates ask `"orders:write" in permissions`.
    """

    ctx: Ctx
    staff: StaffMember
    organisation: Organisation
    places: Sequence[StaffMember]
    trace: str
    htmx: HtmxDetails
    user: Any
    LANGUAGE_CODE: str
    may: Callable[[str], bool]
    live_head: tuple[int, int]


P = ParamSpec("P")
V = TypeVar("V", bound=Callable[..., HttpResponseBase])
View = Callable[Concatenate[StaffRequest, P], HttpResponse]
Door = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(permission: str | tuple[str, ...] | None, *, methods: Sequence[str] = ("GET", "HEAD")) -> Callable[[View[P]], Door[P]]:
    """Makes a view a staff page: signed in, role holds `permission` (any of several; None: any staff), refusals become notices.

    Nothing that no column holds is left in the address's query.  Refuses: other methods with 405 and the way to the page
    above.  What the view refuses is answered with the refusal's own status: as a fragment that lands in the notices region
    when htmx asked, as a page of its own otherwise.
    """
    wanted = (permission,) if isinstance(permission, str) else permission or ()
    for one in wanted:
        if one not in PERMISSIONS:
            raise ValueError(f"no permission is called {one}")

    def decorate(view: View[P]) -> Door[P]:
        @wraps(view)
        def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            asked: StaffRequest = request  # type: ignore[assignment]
            try:
                if asked.ctx is None:
                    raise Refused(NO_PLACE)
                if wanted and not any(rules.may(asked.staff.role, one) for one in wanted):
                    raise Refused(FORBIDDEN)
                if asked.staff.is_bound:
                    _require_place(asked, is_for_all=not wanted, of=kwargs)
                if request.method not in methods:
                    raise Refused(NOT_A_PAGE)
                asked.GET = keepable_query(asked.GET)  # type: ignore[assignment]
                if asked.method == "GET" and not getattr(asked, "htmx", None):
                    # Before the view reads: what happens while it does is told to the page that does not show it yet.
                    asked.live_head = outbox.head(asked.ctx.organisation_id)
                response = view(asked, *args, **kwargs)
            except Refused as refused:
                response = show_refusal(request, refused)
                if refused.refusal is NOT_A_PAGE:
                    response.headers["Allow"] = ", ".join(methods)
            patch_cache_control(response, private=True, no_store=True)
            return response

        door.staff_page = True  # type: ignore[attr-defined]
        door.methods = methods  # type: ignore[attr-defined]
        return door

    return decorate


OWN_PAGES = ("", "home", "parts", "settings")  # what needs no permission: one's profile, the frame, and the way to one's shop


def _require_place(request: StaffRequest, *, is_for_all: bool, of: Mapping[str, object]) -> None:
    """Refuses what is not of the locations where this person works; of pages for all staff, those about the house."""
    there = of.get("location_id")
    found = request.resolver_match
    about_the_house = is_for_all and found is not None and found.app_name not in OWN_PAGES
    if about_the_house or (isinstance(there, int) and not request.staff.works_at(there)):
        raise Refused(FORBIDDEN)


def public(view: V) -> V:
    """Says that a view is meant to be open to anybody; a test finds views with neither this nor `page`."""
    view.public_page = True  # type: ignore[attr-defined]
    return view


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sends a visitor to the sign-in page and back afterwards; an htmx request takes the whole tab there."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        back = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")


def page_above(path: str) -> str:
    """The nearest address above this one that can be opened as a staff page; empty where there is none."""
    while (path := path.rstrip("/").rpartition("/")[0] + "/") != "/":
        try:
            found = resolve(path)
        except Resolver404:
            continue
        if "GET" in getattr(found.func, "methods", ()):
            return path
    return ""


def words_of(refused: Refused) -> tuple[str, str]:
    """A refusal in the reader's language: what it says, and what to do next."""
    facts = in_words(refused.facts)
    says, next_step = gettext(refused.refusal.says), refused.refusal.next_step
    return says % facts, gettext(next_step) % facts if next_step else ""


def show_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal as this request can show it."""
    says, next_step = words_of(refused)
    facts = {"says": says, "next_step": next_step, "code": refused.code, "tone": "refused"}
    status = refused.refusal.status
    if refused.refusal is NOT_A_PAGE:
        facts["above"] = page_above(request.path_info)
    if getattr(request, "htmx", None):
        response = render(request, "parts/notice.html", facts, status=status)
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "beforeend"
        return response
    return render(request, "parts/refused.html", facts, status=status)
