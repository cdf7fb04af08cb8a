"""Shipments, Exceptions: every parcel that needs a person, what is wrong with it, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import exception_words, exceptions, tracking
from doorstep.flows.exceptions import What
from doorstep.orders import queries as orders
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries
from doorstep.tasks.queries import OfKinds
from doorstep.tasks.values import WAIT_FOR_WHAT, TaskRow
from doorstep.web.parts import cursor, listing, states, timeline
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, anything, day_of, id_of, is_id
from doorstep.web.parts.listing import Column
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to

LIMIT, CHUNK = 50, 500
FILTERS: Mapping[str, Known] = {"q": anything, "what": set(What), "carrier": is_id, "view": {"waiting"}}
LOOKS = {
    What.LATE: ("waiting", "clock"), What.MISSED_ESTIMATE: ("waiting", "clock"), What.CUSTOMS: ("waiting", "hand-stop"),
    What.ATTEMPT_FAILED: ("waiting", "alert-triangle"), What.RETURN_TO_SENDER: ("broken", "truck-return"),
    What.OTHERS_SCANS: ("waiting", "help"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One exception, ready to show."""

    row: TaskRow
    what: What
    parcel: ParcelRow | None
    customer: str
    owner: str
    wait_until: datetime | None

    @property
    def word(self) -> str:
        """What is wrong."""
        return str(exception_words.WORDS[self.what])

    @property
    def tone(self) -> str:
        """Its colour."""
        return LOOKS.get(self.what, (states.BROKEN, ""))[0]

    @property
    def icon(self) -> str:
        """Its sign."""
        return LOOKS.get(self.what, ("", "alert-triangle"))[1]

    @property
    def first(self) -> str:
        """The step that usually helps first."""
        return exception_words.first_step(self.what, str(self.row.facts.get("trouble", "")))

    @property
    def next_word(self) -> str:
        """What usually helps first."""
        return str(NEXT[self.first])

    @property
    def said(self) -> str:
        """What the carrier said to it, or what is wrong by our word."""
        said = str(self.row.facts.get("said", ""))
        return said or str(exception_words.TROUBLES.get(str(self.row.facts.get("trouble", "")), ""))


NEXT = {
    "carrier": _("Ask the carrier"), "customer": _("Write to the customer"), "claim": _("File a claim"),
    "parcel": _("Say whose the scans are"), "file": _("Fetch the label again"),
}  # fmt: skip


def read(given: QueryDict) -> OfKinds:
    """The filter of an address; whatever is not one of ours does not filter."""
    what = given.get("what", "")
    return OfKinds(
        kinds=exceptions.KINDS,
        what=what if what in set(What) else "",
        carrier_id=id_of(given.get("carrier", "")),
        text=given.get("q", "").strip()[:100],
        waits=given.get("view") == "waiting",
    )


def _told(ctx: Ctx, rows: Sequence[TaskRow]) -> list[Line]:
    parcels = shipping.parcels_by_id(ctx, ids=[int(row.facts.get("parcel_id", 0)) for row in rows])
    names = {member.user_id: member.called for member in accounts.list_staff(ctx)} if rows else {}
    lines = []
    for row in rows:
        parcel = parcels.get(int(row.facts.get("parcel_id", 0)))
        until = row.facts.get("wait_until")
        wait_until = datetime.fromisoformat(str(until)) if until else None
        lines.append(
            Line(
                row, exceptions.what_of(row), parcel, str(parcel.ship_to.get("name", "")) if parcel else "",
                names.get(row.owner_id or 0, ""), wait_until if wait_until and wait_until > ctx.now else None,
            )
        )  # fmt: skip
    return lines


def about(ctx: Ctx, *, parcel_id: int) -> list[Line]:
    """What is wrong with one parcel, open matters only."""
    rows = queries.tasks_about(ctx, subjects=[f"parcel:{parcel_id}"])
    return _told(ctx, [row for row in rows if row.kind in exceptions.KINDS and row.state == "open"])


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[TaskRow]]:
    where = read(given)
    return listing.paged_lines(
        lambda before: queries.list_of_kinds(ctx, where=where, before=before, limit=CHUNK), lambda row: row.id
    )


def _lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    for rows in _pages(ctx, given):
        yield _told(ctx, rows)


def _ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


COLUMNS = (
    Column("parcel", _("Shipment"), lambda line: line.row.facts.get("number") or f"#{line.row.facts.get('parcel_id')}"),
    Column("what", _("What is wrong"), lambda line: line.word),
    Column("said", _("The carrier says"), lambda line: line.said, "phone-off"),
    Column("order", _("Order"), lambda line: line.row.facts.get("order", ""), "phone-off"),
    Column("customer", _("Customer"), lambda line: line.customer, "phone-off"),
    Column("carrier", _("Carrier"), lambda line: line.row.facts.get("carrier", ""), "phone-off", usual=False),
    Column("since", _("Since"), lambda line: line.row.created_at, "phone-off"),
    Column("next", _("Next step"), lambda line: line.next_word, "phone-off"),
    Column("owner", _("Owner"), lambda line: line.owner, "phone-off", usual=False),
    Column("wait", _("Waits until"), lambda line: line.wait_until, "phone-off", usual=False, usual_where=("view", "waiting")),
)
LISTING = listing.register(
    listing.Listing(
        "exceptions", _("Exceptions"), "shipments:exceptions", "fulfilment:read", FILTERS, lambda _ctx: COLUMNS, _lines, _ids,
        (
            Doing("exceptions.done", _("Done"), "check", _("Are these done?"), _("Ending them"), note=_("What came of it?")),
            Doing("exceptions.wait", _("Wait until tomorrow"), "clock", _("Wait with these until tomorrow?"),
                  _("Putting them off")),
        ),
    )
)  # fmt: skip


@page("fulfilment:read")
def index(request: StaffRequest) -> HttpResponse:
    """What needs a person now, newest first; `?view=waiting` what somebody waits with."""
    ctx, where = request.ctx, read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = queries.list_of_kinds(ctx, where=where, before=after[0] if after else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    counts = queries.count_of_kinds(ctx, where=OfKinds(exceptions.KINDS, waits=bool(where.waits)))
    tabs = (
        listing.Tab("", _("Now"), exceptions.count(ctx)),
        listing.Tab("waiting", _("Waiting"), exceptions.count(ctx, waiting=True)),
    )
    facts = {
        "page": listed, "lines": _told(ctx, listed.rows), "bar": listing.bar(request, LISTING, tabs=tabs, parameter="view"),
        "where": where, "kinds": [(what.value, exception_words.WORDS[what], counts.get(what.value, 0)) for what in What],
        "carriers": shipping.list_carriers(ctx),
        "is_filtered": bool(where.what or where.carrier_id or where.text or after),
        "can_write": request.may("fulfilment:write"),
    }  # fmt: skip
    return render(request, "shipments/exceptions.html", facts)


@page("fulfilment:read")
def one(request: StaffRequest, id: int) -> HttpResponse:
    """One exception: what is wrong and why we say so, what to do next, with the texts ready."""
    ctx, row = request.ctx, _row(request.ctx, id)
    parcel = shipping.get_parcel(ctx, parcel_id=int(row.facts["parcel_id"]))
    order = orders.get(ctx, id=parcel.order_id)
    told = tracking.told_of(ctx, parcels=[parcel], language=request.LANGUAGE_CODE)[parcel.id]
    brand = accounts.organisation(ctx)
    last, line = (told[0].row if told else None), _told(ctx, [row])[0]
    zone, language = brand.timezone, brand.default_language
    with translation.override(language):  # the carrier reads it, where the brand is
        question = exception_words.question(parcel, what=line.what, last=last, zone=zone, language=language)
        claim = exception_words.claim(parcel, last=last, zone=zone, language=language, value=str(order.order.total))
    facts = {
        "line": line, "row": row, "parcel": parcel, "order": order.order, "tracking": told[:6],
        "why": exception_words.WHY[line.what],
        "first": line.first, "question": question, "claim": claim,
        "asides": shipping.asides_of(ctx, parcel_ids=[parcel.id]), "can_write": request.may("fulfilment:write"),
        "is_open": row.state == "open", "tomorrow": _today(ctx, zone) + timedelta(days=1), "back": request.path,
        "items": timeline.told(
            [e for e in outbox.timeline(ctx, of=[row.timeline]) if e.subject in (f"parcel:{parcel.id}", f"task:{row.id}")]
        ),
    }  # fmt: skip
    return render(request, "shipments/exception.html", facts)


def _row(ctx: Ctx, id: int) -> TaskRow:
    row = queries.get(ctx, task_id=id)
    if row.kind not in exceptions.KINDS:
        raise Refused(NOT_FOUND, {"what": "task", "key": id})
    return row


def _today(ctx: Ctx, zone: str) -> date:
    return ctx.now.astimezone(ZoneInfo(zone)).date()


@page("fulfilment:write", methods=("POST",))
def wait(request: StaffRequest, id: int) -> HttpResponse:
    """Waits with one until the morning of a day."""
    _row(request.ctx, id)
    on = day_of(request.POST.get("until", ""))
    if on is None:
        raise Refused(WAIT_FOR_WHAT, {"field": "until"})
    zone = ZoneInfo(accounts.organisation(request.ctx).timezone)
    until = datetime.combine(on, time(8), tzinfo=zone).astimezone(UTC)
    tasks.put_off(request.ctx, task_id=id, until=until)
    messages.success(request, gettext("It comes back on that day, or as soon as something changes."))
    return redirect("shipments:exceptions")


@page("fulfilment:write", methods=("POST",))
def done(request: StaffRequest, id: int) -> HttpResponse:
    """Says what came of one."""
    _row(request.ctx, id)
    outcome = request.POST.get("outcome", "").replace("\x00", "").strip()[:2000]
    tasks.end(request.ctx, task_id=id, outcome=outcome)
    messages.success(request, gettext("It is done."))
    return redirect("shipments:exceptions")


@page("fulfilment:write", methods=("POST",))
def take_back(request: StaffRequest, id: int) -> HttpResponse:
    """Says that every scan with a parcel's number is its own."""
    shipping.get_parcel(request.ctx, parcel_id=id)
    exceptions.take_back(request.ctx, parcel_id=id)
    messages.success(request, gettext("The scans count for this parcel from now on."))
    return HttpResponseRedirect(back_to(request, f"/shipments/{id}/"))
