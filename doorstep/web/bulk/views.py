"""How far a bulk action is, and what failed and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from doorstep.flows import bulk
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.setup.views import say

SHOWN = 200
WORDS = {
    "orders.hold": _("Holding orders"), "orders.release": _("Releasing holds"), "orders.print": _("Printing labels"),
    "orders.cancel": _("Cancelling orders"),
}  # fmt: skip


@page("orders:read")
def job(request: StaffRequest, job_id: int) -> HttpResponse:
    """One bulk action with its progress and its report."""
    found = bulk.get_job(request.ctx, job_id=job_id)
    failures = [
        {
            "key": line["key"], "order_id": line["order_id"], "says": say(line["problem"], line["facts"]),
            "next_step": say(line["next_step"], line["facts"]) if line["next_step"] else "",
        }
        for line in found.report[:SHOWN]
    ]  # fmt: skip
    facts = {"job": found, "word": WORDS[found.verb], "failures": failures}
    return render(request, "bulk/progress.html" if request.htmx else "bulk/job.html", facts)
