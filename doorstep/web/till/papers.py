"""How the receipts of a shop are headed, and which tax its prices contain."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper as papers
from doorstep.payments.till.paper import Paper
from doorstep.payments.till.tax import Taxed
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of

FIELDS = ("name", "registration", "footer", "rate", "others", "voucher_days")


@page("settings:read", methods=("GET", "HEAD", "POST"))
def paper(request: StaffRequest, location_id: int) -> HttpResponse:
    """Shows what receipts say, and lets owners change it."""
    if request.method == "POST":
        return _save(request, location_id)
    now = papers.paper_of(request.ctx, location_id=location_id)
    rates = {category: Taxed(rate, 0, 0).percent for category, rate in (now.rates or {}).items()}
    form = {
        "name": now.name, "registration": now.registration, "footer": now.footer, "rate": rates.pop("", ""),
        "voucher_days": str(now.voucher_days or ""),
        "others": "\n".join(f"{category} = {rate}" for category, rate in sorted(rates.items())),
    }  # fmt: skip
    return _show(request, location_id, form)


@page("settings:write", methods=("POST",))
def _save(request: StaffRequest, location_id: int) -> HttpResponse:
    till.shop_of(request.ctx, location_id=location_id)
    form = {key: keepable(request.POST.get(key, ""))[:2000] for key in FIELDS}
    try:
        footer = " ".join(form["footer"].split())
        wanted = Paper(form["name"], form["registration"], footer, read_rates(request.POST), read_days(form["voucher_days"]))
        papers.set_paper(request.ctx, location_id=location_id, paper=wanted)
    except Refused as refused:
        return _show(request, location_id, form, errors=_at_field(refused), status=refused.refusal.status)
    messages.success(request, gettext("Receipts are headed so from now on."))
    return redirect("till:paper", location_id=location_id)


def _show(
    request: StaffRequest, location_id: int, form: dict[str, str], *, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    shop = till.shop_of(request.ctx, location_id=location_id)
    facts = {"shop": shop, "form": form, "errors": errors or {}, "can_write": request.may("settings:write")}
    return render(request, "till/paper.html", facts, status=status)


def read_rates(post: QueryDict) -> dict[str, int]:
    """Rates as people type them: one for all, others as "category = percent".  Refuses: what is no percentage."""
    rates = {"": _basis_points(post.get("rate", ""), "rate")} if post.get("rate", "").strip() else {}
    for line in post.get("others", "")[:4000].splitlines():
        if line.strip():
            category, equals, rate = line.rpartition("=")
            if not equals or not category.strip():
                raise Refused(INVALID, {"field": "others", "problem": gettext_noop("Write each as category = percent.")})
            rates[keepable(category).strip()] = _basis_points(rate, "others")
    return rates


def read_days(text: str) -> int:
    """A number of days; 0 for an empty field.  Refuses: what is none."""
    try:
        return int(text.strip() or "0")
    except ValueError:
        problem = gettext_noop("This is not a number of days.")
        raise Refused(INVALID, {"field": "voucher_days", "problem": problem}) from None


def _at_field(refused: Refused) -> dict[str, str]:
    """A refusal at the field that it is about; what is about all rates stands at the first."""
    field = str(refused.facts.get("field", ""))
    problem = gettext(str(refused.facts.get("problem", ""))) or " ".join(words_of(refused))
    return {field if field in FIELDS else "rate": problem}


def _basis_points(text: str, field: str) -> int:
    problem = gettext_noop("This is not a percentage with at most two decimals.")
    try:
        bp = Decimal(text.strip().rstrip("%").strip().replace(",", ".")) * 100
        if not bp.is_finite() or abs(bp) > 10_000 or bp != int(bp):
            raise Refused(INVALID, {"field": field, "problem": problem})
    except ArithmeticError:
        raise Refused(INVALID, {"field": field, "problem": problem}) from None
    return int(bp)
