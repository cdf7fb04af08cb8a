"""What comes back most, and why: each product beside its category."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.flows import findings
from doorstep.returns import queries
from doorstep.returns.reporting import ProductReturns
from doorstep.tasks import queries as tasks
from doorstep.web.parts.given import Known, id_of, unknown
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.returns import words

PERIODS = (("30", _("30 days")), ("90", _("90 days")), ("365", _("One year")))
FILTERS: Mapping[str, Known] = {"days": dict(PERIODS)}
USUAL = "90"
MOST_SHOWN = 200


@page("returns:read")
def index(request: StaffRequest) -> HttpResponse:
    """Products by how often they come back, those that do so for certain first."""
    days = request.GET.get("days", "")
    days = days if days in dict(PERIODS) else USUAL
    until = request.ctx.now
    found = queries.report(request.ctx, since=until - timedelta(days=int(days)), until=until)
    back = [row for row in found if row.share.hits]
    asked = tasks.tasks_about(request.ctx, subjects=[f"product:{row.product_id}" for row in back if row.is_finding])
    facts = {
        "rows": [{"row": row, "reasons": _reasons(row)} for row in back[:MOST_SHOWN]], "days": days, "periods": PERIODS,
        "findings": sum(row.is_finding for row in back), "can_write": request.may("returns:write"),
        "asked": {int(task.subject.partition(":")[2]) for task in asked if task.kind == findings.KIND},
        "sold": sum(row.share.of for row in found), "returned": sum(row.share.hits for row in found),
        "can_ask": days == USUAL, "unknown": unknown(request.GET, FILTERS),
        "staff_list": [("", gettext("Anybody")), *((p.user_id, p.called) for p in accounts.list_staff(request.ctx))],
    }  # fmt: skip
    return render(request, "returns/report.html", facts)


@page("returns:read")
def of_product(request: StaffRequest, product_id: int) -> HttpResponse:
    """How often one product comes back, as a line of its own page."""
    until = request.ctx.now
    share = queries.rate_of(request.ctx, product_id=product_id, since=until - timedelta(days=int(USUAL)), until=until)
    return render(request, "returns/rate.html", {"share": share, "days": int(USUAL)})


def _reasons(row: ProductReturns) -> list[tuple[str, int]]:
    return [(words.reason(reason), units) for reason, units in row.reasons.items()]


@page("returns:write", methods=("POST",))
def ask(request: StaffRequest) -> HttpResponse:
    """Asks a person to look at each product that comes back too often; once per product and month."""
    until, wanted = request.ctx.now, id_of(request.POST.get("owner", ""))
    owner_id = wanted if wanted in {person.user_id for person in accounts.list_staff(request.ctx)} else None
    made = len(findings.look(request.ctx, since=until - findings.LOOKS_BACK, until=until, owner_id=owner_id))
    says = ngettext("%(n)s task is made.", "%(n)s tasks are made.", made) % {"n": made}
    messages.success(request, says if made else gettext("Somebody was asked about each of them before."))
    return redirect("returns:report")
