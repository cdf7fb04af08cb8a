"""Choosing what goes back, seeing what becomes of it, and sending the wish: three pages, no account, no JavaScript."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from doorstep.accounts.values import Organisation
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.flows import order_door, refund_returns, return_links, send_back
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.orders.values import OrderDetail
from doorstep.returns import queries, rules
from doorstep.returns.values import Decision, Timing, Wish
from doorstep.web.parts.for_customers import customer_ctx, kept_private, language_of
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import public, words_of
from doorstep.web.products.pictures import handed_out
from doorstep.web.returns import asking, forms, words
from doorstep.web.returns_portal.door import brand_of

P = ParamSpec("P")


class Visit:
    """One request of a customer who has proved an order."""

    def __init__(self, request: HttpRequest, brand: Organisation, ctx: Ctx, detail: OrderDetail, pass_: str) -> None:
        self.request, self.brand, self.ctx, self.detail, self.pass_ = request, brand, ctx, detail, pass_
        self.able = queries.returnable(ctx, order_id=detail.order.id)

    def show(self, page: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """One of the portal's pages."""
        found = {
            "brand": self.brand, "organisation": self.brand, "language": translation.get_language(), "pass": self.pass_,
            "detail": self.detail, **facts,
        }  # fmt: skip
        return kept_private(render(self.request, f"returns_portal/{page}.html", found, status=status))


Page = Callable[Concatenate[Visit, P], HttpResponse]
Door = Callable[..., HttpResponse]  # Django calls it by the names of the address


def opened(*methods: str) -> Callable[[Page[P]], Door]:
    """Makes a page of one that takes a visit: the pass is read, the language set; a worn pass leads to the door."""

    def decorate(page: Page[P]) -> Door:
        @public
        @require_http_methods(list(methods))
        @wraps(page)
        def door(request: HttpRequest, slug: str, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            brand = brand_of(slug)
            try:
                organisation_id, order_id = order_door.read_pass(token)
            except Refused:
                return redirect("returns_portal:start", slug)
            if organisation_id != brand.id:
                return redirect("returns_portal:start", slug)
            ctx = customer_ctx(brand.id)
            detail = orders.get(ctx, id=sent_again.first_of(ctx, order_id=order_id))
            with translation.override(language_of(request, detail.language)):
                return page(Visit(request, brand, ctx, detail, token), *args, **kwargs)

        return door

    return decorate


@opened("GET", "HEAD")
def order(visit: Visit) -> HttpResponse:
    """What of the order can go back."""
    return _choose(visit, [])


def _choose(visit: Visit, chosen: Sequence[Wish], *, problem: str = "", status: int = 200) -> HttpResponse:
    came = [line.delivered_at for line in visit.able if line.left]
    may_withdraw = bool(came) and not any(
        rules.withdrawal(visit.detail.order.country, at, visit.ctx.now) for at in came
    )
    earlier = queries.returns_of(visit.ctx, order_ids=[visit.detail.order.id])
    facts = {
        "lines": asking.to_choose(visit.ctx, able=visit.able, chosen=chosen), "reasons": words.reasons(),
        "problem": problem, "may_withdraw": may_withdraw,
        "can_send": any(line.left for line in visit.able),
        "earlier": [(row, return_links.status_token(visit.ctx, return_id=row.id)) for row in earlier if not row.historical],
    }  # fmt: skip
    return visit.show("order", facts, status=status)


@opened("POST")
def check(visit: Visit) -> HttpResponse:
    """What would become of it, by the very path that the wish takes; and what is still to be said."""
    chosen = forms.read(visit.request.POST, visit.able)
    is_withdrawal = visit.request.POST.get("withdraw") == "1"
    if is_withdrawal:
        chosen = forms.withdrawing(visit.able, chosen)
    elif not chosen or not all(forms.is_complete(wish) for wish in chosen):
        problem = gettext("Choose what you want to send back, and say why.")
        return _choose(visit, chosen, problem=problem, status=422)
    return _check(visit, chosen, is_withdrawal)


def _check(visit: Visit, chosen: Sequence[Wish], is_withdrawal: bool, *, refused: Refused | None = None) -> HttpResponse:
    order_id = visit.detail.order.id
    try:
        seen = asking.preview(visit.ctx, order_id=order_id, chosen=chosen, is_withdrawal=is_withdrawal)
    except Refused as trouble:
        return _choose(visit, chosen, problem=" ".join(words_of(trouble)), status=trouble.refusal.status)
    told = asking.to_check(visit.ctx, seen=seen, chosen=chosen)
    facts = {
        "seen": seen, "lines": told, "may_swap": any(line["swaps"] for line in told),
        "has_review": any(line["review"] for line in told),
        "key": keepable(visit.request.POST.get("key", "")) or secrets.token_hex(12),
        "timing": words.TIMINGS[Timing(seen.timing)], "stated": words.STATED.items(),
        "problem": " ".join(words_of(refused)) if refused else "",
        "worth": refund_returns.worth(visit.ctx, seen=seen) if seen.decision != Decision.DECLINED else None,
    }  # fmt: skip
    return visit.show("check", facts, status=refused.refusal.status if refused else 200)


@opened("POST")
def send(visit: Visit) -> HttpResponse:
    """Sends the wish; twice is once."""
    is_withdrawal = visit.request.POST.get("withdraw") == "1"
    chosen = forms.read(visit.request.POST, visit.able)
    key = f"portal:{visit.detail.order.id}:{keepable(visit.request.POST.get('key', ''))[:40]}"
    known = queries.find_by_key(visit.ctx, key=key)
    if known is None and not chosen:
        return _choose(visit, [], problem=gettext("Choose what you want to send back, and say why."), status=422)
    try:
        return_id = known.id if known else send_back.request(
            visit.ctx, order_id=visit.detail.order.id, wishes=chosen, key=key, is_withdrawal=is_withdrawal,
            pictures=forms.pictures(visit.request.FILES, chosen),
        )  # fmt: skip
    except Refused as refused:
        return _check(visit, chosen, is_withdrawal, refused=refused)
    token = return_links.status_token(visit.ctx, return_id=return_id)
    answer = redirect("returns_portal:status", visit.brand.slug, token)
    answer.headers["Location"] += f"?language={translation.get_language()}"
    return kept_private(answer)


@opened("GET", "HEAD")
def picture(visit: Visit, variant_id: int) -> HttpResponse:
    """The picture of something in the order.  Raises: Http404 for all else."""
    own = {line.variant_id for line in visit.able} & {variant_id}
    found = catalog.variants_by_id(visit.ctx, ids=sorted(own)).get(variant_id)
    if found is None or not found.picture:
        raise Http404
    answer = handed_out(found.picture, organisation_id=visit.brand.id)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer
