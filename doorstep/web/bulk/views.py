"""One verb on many rows of a list: what it would do, how far it is, what it left and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BulkJob
from doorstep.base.refusals import FORBIDDEN, NOT_FOUND, Refused
from doorstep.base.sheets import Cell
from doorstep.flows import bulk
from doorstep.web.parts import exporting
from doorstep.web.parts import listing as lists
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import ids_of
from doorstep.web.parts.listing import Listing
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.setup.views import say

SHOWN = 200
CHUNK = 500
MOST_AT_ONCE = 10_000


@page(None, methods=("POST",))
def preview(request: StaffRequest, listing: str) -> HttpResponse:
    """A dialog that tells what a verb would do to the chosen rows."""
    found, doing = _wanted(request, listing)
    effect = bulk.preview(request.ctx, verb=doing.name, ids=_chosen(request, found))
    facts = {
        "effect": effect, "left": effect.total - effect.able, "post": request.POST, "listing": found, "doing": doing,
        "chosen": request.POST.getlist("row"),
    }  # fmt: skip
    return render(request, "bulk/preview.html", facts)


@page(None, methods=("POST",))
def start(request: StaffRequest, listing: str) -> HttpResponse:
    """Starts a verb on the chosen rows in the worker and shows how far it is."""
    found, doing = _wanted(request, listing)
    note = request.POST.get("note", "").replace("\x00", "")
    job = bulk.start(request.ctx, verb=doing.name, ids=_chosen(request, found), note=note)
    return redirect("bulk:job", job)


def _wanted(request: StaffRequest, name: str) -> tuple[Listing, Doing]:
    """The list and what is to be done.  Refuses: what the list does not offer, and what the role does not allow."""
    found = lists.get(name)
    doing = next((one for one in found.doings if one.name == request.POST.get("verb", "")), None)
    if doing is None:
        raise Refused(NOT_FOUND, {"what": "action", "key": request.POST.get("verb", "")[:40]})
    if not (request.may(found.permission) and request.may(bulk.get_verb(doing.name).permission)):
        raise Refused(FORBIDDEN)
    return found, doing


def _chosen(request: StaffRequest, found: Listing) -> list[int]:
    """The rows that a form ticked, or every row that its filter matches."""
    post = request.POST
    if post.get("all"):
        return found.ids(request.ctx, lists.filters_of(found, QueryDict(post.get("query", ""))), MOST_AT_ONCE)
    return ids_of(post.getlist("row")[:MOST_AT_ONCE])


@page(None)
def job(request: StaffRequest, job_id: int) -> HttpResponse:
    """One bulk action with its progress and its report."""
    found, listing, doing = _job(request, job_id)
    first = accounts.list_bulk_failures(request.ctx, job_id=job_id, limit=SHOWN)
    failures = [{**one.line, **_words(one.line)} for one in first]
    facts = {
        "job": found, "word": doing.doing, "failures": failures, "listing": listing, "is_cut": found.failed > len(failures),
    }  # fmt: skip
    return render(request, "bulk/progress.html" if request.htmx else "bulk/job.html", facts)


@page(None)
def report(request: StaffRequest, job_id: int) -> HttpResponse:
    """Every row that a bulk action left as it was, and why, as a file."""
    found, _listing, _doing = _job(request, job_id)
    heads = (gettext("Row"), gettext("Reason"), gettext("What to do"))
    return exporting.file_of("csv", name=f"report-{job_id}.csv", heads=heads, lines=_lines(request, found))


def _lines(request: StaffRequest, found: BulkJob) -> Iterator[Sequence[Sequence[Cell]]]:
    failures = accounts.failures_of_bulk_job(request.ctx, job_id=found.id)
    while batch := list(islice(failures, CHUNK)):
        yield [(one.line["key"], *_words(one.line).values()) for one in batch]


def _words(line: dict[str, object]) -> dict[str, str]:
    facts, step = line.get("facts", {}), str(line.get("next_step") or "")
    assert isinstance(facts, dict)
    return {"says": say(str(line["problem"]), facts), "next_step": say(step, facts) if step else ""}


def _job(request: StaffRequest, job_id: int) -> tuple[BulkJob, Listing, Doing]:
    """A job with its list.  Refuses: people who may not open that list."""
    found = bulk.get_job(request.ctx, job_id=job_id)
    listing = lists.get(found.verb.partition(".")[0])
    if not request.may(listing.permission):
        raise Refused(FORBIDDEN)
    return found, listing, next(one for one in listing.doings if one.name == found.verb)
