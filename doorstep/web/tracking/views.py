"""Where an order is, for its customer: no sign-in, no JavaScript, nothing to guess."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from doorstep.accounts import branding
from doorstep.accounts import queries as accounts
from doorstep.accounts.values import Organisation
from doorstep.base import tokens, zones
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.flows import chat, fresh_link, notice_words
from doorstep.flows.notify import TRACKING, TRACKING_DAYS, tracking_link
from doorstep.orders import queries as orders
from doorstep.orders.opening import as_sold
from doorstep.orders.rules import plain_number
from doorstep.orders.values import OrderDetail
from doorstep.web.parts.for_customers import HOUR_S, customer_ctx, kept_private, language_of, may_ask, spoken, within
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import public, words_of
from doorstep.web.products.pictures import handed_out
from doorstep.web.tracking import shown

DAY_S = 24 * 3600
ASKS_PER_HOUR = 10
QUESTIONS_PER_HOUR = 5
LONGEST_QUESTION = 2000
LAST_DIGITS = 8  # a phone number is the same with its country and without


def _open(token: str) -> tuple[Ctx, OrderDetail]:
    """The order that a link opens.  Refuses: forged and expired links, orders that are gone."""
    organisation_id, order_id = tokens.read(TRACKING, token, max_age_s=TRACKING_DAYS * DAY_S)
    ctx = customer_ctx(organisation_id)
    return ctx, orders.get(ctx, id=order_id)


@public
@require_safe
def track(request: HttpRequest, token: str) -> HttpResponse:
    """One order's parcels, in the language of the order unless another is asked for."""
    try:
        ctx, detail = _open(token)
    except Refused as refused:
        return refused_form(request, refused)
    return _page(request, ctx, detail, token)


def _page(request: HttpRequest, ctx: Ctx, detail: OrderDetail, token: str, *, status: int = 200, **more: Any) -> HttpResponse:
    language = language_of(request, detail.language)
    with translation.override(language):
        brand = accounts.organisation(ctx)
        zone = shown.zone_of(ctx, detail, brand)
        facts: dict[str, Any] = {
            **face_of(brand), "page": shown.of_order(ctx, detail=detail, brand=brand, language=language, token=token),
            "words": branding.words(ctx, language=language), "language": language, "zone": zone,
            "zone_name": zones.zone_name(zone, language), "theme": "system", "token": token,
            "choices": notice_words.choices_link(ctx, order_id=detail.order.id), "wish": str(uuid.uuid4()), **more,
        }  # fmt: skip
        return kept_private(render(request, "tracking/order.html", facts, status=status))


def face_of(brand: Organisation | None) -> dict[str, Any]:
    """What every page for customers shows of a brand."""
    return {"brand": brand, "organisation": brand, "logo": branding.logos_of([brand.id]).get(brand.id) if brand else None}


@public
@require_safe
def logo(_request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """A brand's logo, for everybody; its address is made of its contents, so that browsers keep it.  Raises: Http404."""
    found = branding.read_logo(slug=slug, digest=digest)
    if found is None:
        raise Http404
    answer = HttpResponse(found, content_type="image/png")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@public
@require_safe
def picture(_request: HttpRequest, token: str, variant_id: int) -> HttpResponse:
    """The picture of something in the order.  Raises: Http404 for all else."""
    try:
        ctx, detail = _open(token)
    except Refused:
        raise Http404 from None
    own = {line.variant_id for line in as_sold(detail.lines)} | {line.variant_id for line in detail.lines}
    found = catalog.variants_by_id(ctx, ids=[variant_id]).get(variant_id) if variant_id in own else None
    if found is None or not found.picture:
        raise Http404
    answer = handed_out(found.picture, organisation_id=ctx.organisation_id)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@public
@require_http_methods(["POST"])
def question(request: HttpRequest, token: str) -> HttpResponse:
    """A question about the order becomes a conversation in the inbox, with the order beside it."""
    try:
        ctx, detail = _open(token)
    except Refused as refused:
        return refused_form(request, refused)
    text = keepable(request.POST.get("text", "")).strip()[:LONGEST_QUESTION]
    language = language_of(request, detail.language)
    with translation.override(language):
        if not text:
            return _page(request, ctx, detail, token, status=422, problem=gettext("Write your question first."))
        if not may_ask(request, what="tracking-question", most=QUESTIONS_PER_HOUR):
            problem = gettext("Too many attempts. Try again in an hour.")
            return _page(request, ctx, detail, token, status=429, problem=problem, text=text)
    # The form carries an id of its own, so that pressing twice asks once.
    wish = keepable(request.POST.get("wish", ""))[:36] or str(uuid.uuid4())
    chat.say(ctx, visitor=chat.of_order(ctx, order_id=detail.order.id), text=text, client_id=wish, language=language)
    return HttpResponseRedirect(reverse("tracking:track", args=[token]) + f"?language={language}&asked=1#help")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The way to an order for whoever has no link: its number and the e-mail address or phone number that it was placed with.

    `?brand=`: only the orders of a brand, whose face is shown.  What is asked at once is shown at once; where the two do not
    belong together nothing says which of them is wrong.  A link by mail goes to the order's own address, and its answer never
    tells whether the order exists.
    """
    only = accounts.find_organisation_by_slug(slug=keepable(request.GET.get("brand", ""))[:60])
    with translation.override(spoken(request, otherwise=only.default_language if only else "en")):
        if request.method != "POST":
            return _form(request, {}, only=only)
        number = keepable(request.POST.get("number", ""))[:80]
        contact = keepable(request.POST.get("contact", "") or request.POST.get("email", ""))[:254]
        if not may_ask(request, what="tracking-ask", most=ASKS_PER_HOUR) or not _is_calm(number, contact):
            return _form(request, {"problem": gettext("Too many attempts. Try again in an hour.")}, only=only, status=429)
        if request.POST.get("show"):
            return _show(request, number, contact, only)
        for organisation in [only] if only else accounts.list_organisations():
            fresh_link.ask(customer_ctx(organisation.id), number=number, email=contact)
        return _form(request, {"is_sent": True}, only=only)


def _is_calm(number: str, contact: str) -> bool:
    """Whether nobody guesses, from however many addresses: neither whose a number is, nor which numbers somebody has.

    Both count as they are looked for: however else they are typed, they are the same.
    """
    typed = unicodedata.normalize("NFKC", contact).strip().casefold()
    whose = typed if "@" in typed else "".join(char for char in typed if char.isdigit())[-LAST_DIGITS:]
    counted = [f"tracking-number:{plain_number(number)}", f"tracking-contact:{whose}"]
    keys = [hashlib.sha256(one.encode()).hexdigest() for one in counted]
    calm = [within(f"tracking-ask:{key}", most=ASKS_PER_HOUR, per_s=HOUR_S) for key in keys]
    return all(calm)


def _show(request: HttpRequest, number: str, contact: str, only: Organisation | None) -> HttpResponse:
    for organisation in [only] if only else accounts.list_organisations():
        ctx = customer_ctx(organisation.id)
        order = fresh_link.find_order(ctx, number=number, email=contact)
        if order is not None:
            path = "/t/" + tracking_link(ctx, order_id=order.id).partition("/t/")[2]
            return kept_private(HttpResponseRedirect(f"{path}?language={translation.get_language()}"))
    problem = gettext("We find no order with this number and this e-mail address or phone number.")
    return _form(request, {"problem": problem, "number": number, "contact": contact}, only=only, status=422)


def refused_form(request: HttpRequest, refused: Refused) -> HttpResponse:
    """What a link that does not open says, and the form for another."""
    with translation.override(spoken(request, otherwise="en")):
        says, _next = words_of(refused)
        return _form(request, {"problem": says}, status=refused.refusal.status)


def _form(request: HttpRequest, facts: dict[str, Any], *, only: Organisation | None = None, status: int = 200) -> HttpResponse:
    """`only`: the brand that the address names; a house of one brand shows its face before anybody is known."""
    known = [only] if only else accounts.list_organisations()
    face = face_of(known[0] if len(known) == 1 else None)
    facts = {"language": translation.get_language(), "only": only, **face, **facts}
    return kept_private(render(request, "tracking/ask.html", facts, status=status))
