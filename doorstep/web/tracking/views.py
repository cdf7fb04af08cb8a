"""Where an order is, for its customer: no sign-in, no JavaScript, nothing to guess."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import Organisation
from doorstep.base import tokens, zones
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.flows import chat, fresh_link, notice_words, stalled, tracking, wismo_words
from doorstep.flows.notify import TRACKING, TRACKING_DAYS, tracking_link
from doorstep.flows.tracking import Told
from doorstep.flows.wismo_words import Clock
from doorstep.orders import promised
from doorstep.orders import queries as orders
from doorstep.orders.opening import as_sold
from doorstep.orders.values import OrderDetail
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Direction, ParcelLineRow, ParcelRow, ParcelState
from doorstep.web.parts.for_customers import HOUR_S, customer_ctx, kept_private, language_of, may_ask, within
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import public, words_of
from doorstep.web.products.pictures import handed_out

DAY_S = 24 * 3600
ASKS_PER_HOUR = 10
QUESTIONS_PER_HOUR = 5
LONGEST_QUESTION = 2000
STEPS = ((_("Ordered"), "shopping-cart"), (_("Being packed"), "package"), (_("On its way"), "truck"), (_("Delivered"), "home"))
# Something is to be done, or to be sorry for; the rest of a journey needs no words of its own.
NOTABLE = {"attempt_failed", "available_for_pickup", "delayed", "exception", "return_to_sender", "cancelled", "expired"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A parcel as its customer sees it: what lies in it, the newest scan apart from the others, what to know and to do."""

    row: ParcelRow
    lines: list[ParcelLineRow]
    newest: Told | None
    earlier: list[Told]
    says: list[str]
    tone: str


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
        out = [
            p for p in shipping.parcels_of(ctx, order_ids=[detail.order.id])
            if p.state != ParcelState.CANCELLED and p.direction == Direction.OUT
        ]  # fmt: skip
        # Carriers say the day on which a parcel is expected by the clocks of its destination.
        zone = zones.zone_of_country(detail.order.country, at=ctx.now) or brand.timezone
        reached = _reached(detail, out)
        sold = as_sold(detail.lines)
        pictured = catalog.variants_by_id(ctx, ids=sorted({line.variant_id for line in sold if line.variant_id}))
        facts: dict[str, Any] = {
            "detail": detail, "sold": [(line, bool(getattr(pictured.get(line.variant_id), "picture", ""))) for line in sold],
            "brand": brand, "organisation": brand, "language": language, "zone": zone, "zone_name": zones.zone_name(zone, language),
            "steps": [(word, icon, n) for n, (word, icon) in enumerate(STEPS)], "reached": reached,
            "parcels": _shown(ctx, out, Clock(language, zone, ctx.now)), "is_out": any(_comes_today(p, ctx, zone) for p in out),
            "waiting": [
                p for p in promised.promised_of(ctx, order_ids=[detail.order.id]).get(detail.order.id, []) if p.is_sold_so
            ],
            "theme": "system", "token": token, "choices": notice_words.choices_link(ctx, order_id=detail.order.id),
            "wish": str(uuid.uuid4()), **more,
        }  # fmt: skip
        return kept_private(render(request, "tracking/order.html", facts, status=status))


def _shown(ctx: Ctx, parcels: list[ParcelRow], clock: Clock) -> list[Shown]:
    told = tracking.told_of(ctx, parcels=parcels, language=clock.language)
    quiet = stalled.stalled_among(ctx, parcels=[p for p in parcels if p.state == ParcelState.HANDED_OVER])
    lines: dict[int, list[ParcelLineRow]] = {}
    for line in shipping.parcel_lines_of(ctx, parcel_ids=[p.id for p in parcels]):
        lines.setdefault(line.parcel_id, []).append(line)
    found = []
    for parcel in parcels:
        scans = told[parcel.id]
        says: list[str] = []
        if parcel.state == ParcelState.HANDED_OVER and parcel.status in NOTABLE:
            says = wismo_words.state_words(parcel, last=scans[0].row if scans else None, clock=clock)
        if parcel.id in quiet:
            says.append(gettext("That is longer without a scan than usual. A colleague asks the carrier about it."))
        tone = "" if not says else "act" if parcel.status == "available_for_pickup" else "trouble"
        found.append(Shown(parcel, lines.get(parcel.id, []), scans[0] if scans else None, scans[1:], says, tone))
    return found


def _comes_today(parcel: ParcelRow, ctx: Ctx, zone: str) -> bool:
    """Whether a carrier has set out with it on the day that it is at its destination: yesterday's scan promises nothing more."""
    days = {at.astimezone(ZoneInfo(zone)).date() for at in (ctx.now, parcel.status_at or ctx.now)}
    return parcel.status == "out_for_delivery" and len(days) == 1


def _reached(detail: OrderDetail, parcels: list[ParcelRow]) -> int:
    """The last step that is reached."""
    if detail.order.fulfilment_state == "delivered":
        return 3
    if detail.order.fulfilment_state == "fulfilled" or any(p.state == "handed_over" for p in parcels):
        return 2
    return 1 if parcels or any(part.state == "in_progress" for part in detail.fulfilment_orders) else 0


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

    What is asked at once is shown at once; where the two do not belong together nothing says which of them is wrong.  A link by
    mail goes to the order's own address, and its answer never tells whether the order exists.
    """
    with translation.override(language_of(request, translation.get_language() or "en")):
        if request.method != "POST":
            return _form(request, {})
        number = keepable(request.POST.get("number", ""))[:80]
        contact = keepable(request.POST.get("contact", "") or request.POST.get("email", ""))[:254]
        is_calm = within(f"tracking-number:{number.strip().lower()}", most=ASKS_PER_HOUR, per_s=HOUR_S)
        if not may_ask(request, what="tracking-ask", most=ASKS_PER_HOUR) or not is_calm:
            return _form(request, {"problem": gettext("Too many attempts. Try again in an hour.")}, status=429)
        if request.POST.get("show"):
            return _show(request, number, contact)
        for organisation in accounts.list_organisations():
            fresh_link.ask(customer_ctx(organisation.id), number=number, email=contact)
        return _form(request, {"is_sent": True})


def _show(request: HttpRequest, number: str, contact: str) -> HttpResponse:
    for organisation in accounts.list_organisations():
        ctx = customer_ctx(organisation.id)
        order = fresh_link.find_order(ctx, number=number, email=contact)
        if order is not None:
            path = "/t/" + tracking_link(ctx, order_id=order.id).partition("/t/")[2]
            return kept_private(HttpResponseRedirect(f"{path}?language={translation.get_language()}"))
    problem = gettext("We find no order with this number and this e-mail address or phone number.")
    return _form(request, {"problem": problem, "number": number, "contact": contact}, status=422)


def refused_form(request: HttpRequest, refused: Refused) -> HttpResponse:
    """What a link that does not open says, and the form for another."""
    with translation.override(language_of(request, translation.get_language() or "en")):
        says, _next = words_of(refused)
        return _form(request, {"problem": says}, status=refused.refusal.status)


def _form(request: HttpRequest, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    brand: Organisation | None = None
    known = accounts.list_organisations()
    if len(known) == 1:  # a house of one brand shows its face before anybody is known
        brand = known[0]
    facts = {"language": translation.get_language(), "brand": brand, **facts}
    return kept_private(render(request, "tracking/ask.html", facts, status=status))
