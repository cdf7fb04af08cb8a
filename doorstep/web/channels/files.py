"""Channels that are spoken with by files: orders that come in, stock and shipments that go out, in their own columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BulkJob
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.sheets import Cell
from doorstep.base.words import gettext_noop
from doorstep.channels import actions as channels
from doorstep.channels import file_profiles, listings
from doorstep.channels.file_profiles import Part
from doorstep.flows import channel_files
from doorstep.flows.channel_files import Form
from doorstep.flows.moving_in import run as moving_in
from doorstep.flows.moving_in.values import MAX_BYTES, TOO_BIG, UNREADABLE, Table
from doorstep.flows.order_import import columns, uploads
from doorstep.flows.order_import.uploads import Look
from doorstep.locations import queries as locations
from doorstep.web.channels.connecting import errors_of
from doorstep.web.customers.views import country_words
from doorstep.web.parts import exporting
from doorstep.web.parts.choices import CURRENCIES, currency_words
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.setup.views import say

MAP, HEAD = "m-", "h-"
MORE_COLUMNS = Refusal(
    "more_columns",
    gettext_noop("Some columns are still to be said: %(columns)s."),
    gettext_noop("Choose for each the column of the file that it is."),
    status=422,
)
SHOWN, USUAL_DAYS = 50, 7
SIGN_WORDS = {"point": "1234.50", "point_comma": "1,234.50", "comma": "1234,50", "comma_point": "1.234,50"}
DELIMITER_WORDS = {"comma": _("Comma"), "semicolon": _("Semicolon")}
PARTS = {"stock": _("Stock file"), "shipments": _("Shipments file")}


@page("channels:write", methods=("GET", "HEAD", "POST"))
def add(request: StaffRequest) -> HttpResponse:
    """Makes a connection for a channel that is spoken with by files."""
    facts: dict[str, Any] = {"name": request.POST.get("name", ""), "errors": {}}
    if request.method == "POST":
        try:
            currency = request.organisation.default_currency
            made = channels.ensure_file_connection(request.ctx, name=facts["name"], currency=currency)
            return redirect("channels:files", made.id)
        except Refused as refused:
            facts["errors"] = errors_of(refused)
    return render(request, "channels/add_files.html", facts, status=422 if facts["errors"] else 200)


@page("channels:read")
def index(request: StaffRequest, id: int) -> HttpResponse:
    """What a channel gives and gets as files, and how they look."""
    return _show(request, id)


def _show(request: StaffRequest, id: int, *, problem: tuple[str, str] | None = None, part: str = "",
          errors: Mapping[str, str] | None = None) -> HttpResponse:  # fmt: skip
    row = file_profiles.get_connection(request.ctx, connection_id=id)
    kept = file_profiles.find(request.ctx, connection_id=id)
    forms = []
    for name, word in PARTS.items():
        given = request.POST if part == name else None
        form = _form(given, name) if given is not None else channel_files.read_form(getattr(kept, name), part=name)
        wrong = errors if errors and part == name else {}
        fields = [(f"{HEAD}{n}", gettext(label), form.heads.get(n, ""), wrong.get(n, ""))
                  for n, label in channel_files.LABELS[name].items()]  # fmt: skip
        forms.append((name, word, form, fields, bool(wrong)))
    facts = {
        "row": row, "kept": kept, "forms": forms, "can_write": request.may("channels:write"), "problem": problem,
        "delimiters": list(DELIMITER_WORDS.items()), "jobs": _jobs(request, id),
        "listed": listings.count(request.ctx).get(id),
        "since": (request.ctx.now.astimezone(ZoneInfo(request.organisation.timezone)) - timedelta(days=USUAL_DAYS)).date(),
    }  # fmt: skip
    return render(request, "channels/files.html", facts, status=422 if problem or errors else 200)


def _jobs(request: StaffRequest, id: int) -> list[Any]:
    every = accounts.list_bulk_jobs(request.ctx, limit=100)
    return [job for job in every if job.verb == uploads.VERB and job.arguments.get("connection_id") == id][:5]


@page("channels:write", methods=("POST",))
def shape(request: StaffRequest, id: int, part: str) -> HttpResponse:
    """Keeps the columns of a file that goes out."""
    goes_out: dict[str, Part] = {"stock": "stock", "shipments": "shipments"}
    if part not in goes_out:
        raise Refused(NOT_FOUND, {"what": "file", "key": part[:20]})
    try:
        form = channel_files.check(_form(request.POST, part), part=part)
        file_profiles.keep(request.ctx, connection_id=id, part=goes_out[part], profile=form.as_dict())
    except Refused as refused:
        return _show(request, id, part=part, errors=errors_of(refused))
    messages.success(request, gettext("Saved. The next file looks so."))
    return redirect("channels:files", id)


def _form(given: QueryDict, part: str) -> Form:
    heads = {name: given.get(f"{HEAD}{name}", "") for name in channel_files.LABELS[part]}
    return Form(heads, given.get("delimiter", ""), given.get("bom") == "on")


@page("channels:read")
def stock(request: StaffRequest, id: int) -> HttpResponse:
    """What the channel may sell, as its file."""
    return _sent(request, id, "stock", channel_files.stock_file(request.ctx, connection_id=id))


@page("channels:read")
def shipments(request: StaffRequest, id: int) -> HttpResponse:
    """What left of the channel's orders since a day, as its file."""
    zone = ZoneInfo(request.organisation.timezone)
    day = _day(request.GET.get("since", ""))
    usual = (request.ctx.now.astimezone(zone) - timedelta(days=USUAL_DAYS)).date()
    since = datetime.combine(day or usual, time.min, zone)
    return _sent(request, id, "shipments", channel_files.shipments_file(request.ctx, connection_id=id, since=since))


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _sent(request: StaffRequest, id: int, part: str, pieces: Iterable[bytes]) -> HttpResponse:
    day = request.ctx.now.astimezone(ZoneInfo(request.organisation.timezone))
    response = HttpResponse(b"".join(pieces), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{part}-{id}-{day:%Y-%m-%d}.csv"'
    return response


@page("channels:write", methods=("POST",))
def offered(request: StaffRequest, id: int) -> HttpResponse:
    """Takes the channel's own list of what it offers, so that its SKUs are known here."""
    try:
        _name, table = moving_in.table_of(request.ctx, arrival_id=_brought(request))
        n = channel_files.read_offered(request.ctx, connection_id=id, table=table)
    except Refused as refused:
        return _show(request, id, problem=words_of(refused))
    said = ngettext("%(n)s thing that the channel offers is known.", "%(n)s things that the channel offers are known.", n)
    messages.success(request, said % {"n": n})
    return redirect("channels:files", id)


@page("channels:write", methods=("POST",))
def upload(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a file of orders and goes on to its columns; nothing is taken in yet."""
    file_profiles.get_connection(request.ctx, connection_id=id)
    try:
        arrival_id = _brought(request)
    except Refused as refused:
        return _show(request, id, problem=words_of(refused))
    return redirect("channels:file_columns", id, arrival_id)


def _brought(request: StaffRequest) -> int:
    """Keeps the file of a form.  Refuses: none, too big ones, those that cannot be read."""
    file = request.FILES.get("file")
    if file is None:
        raise Refused(UNREADABLE, {"name": gettext("What you sent")})
    if (file.size or 0) > MAX_BYTES:
        raise Refused(TOO_BIG, {"name": file.name})
    return moving_in.keep(request.ctx, name=file.name or "", data=file.read())


@page("channels:write")
def mapping(request: StaffRequest, id: int, arrival_id: int) -> HttpResponse:
    """Which column of a file is what, and what taking it in would do."""
    row = file_profiles.get_connection(request.ctx, connection_id=id)
    kept = file_profiles.find(request.ctx, connection_id=id).orders
    name, table = moving_in.table_of(request.ctx, arrival_id=arrival_id)
    is_asked = any(key.startswith(MAP) for key in request.GET)
    chosen = _chosen(request.GET, table) if is_asked else columns.guess(table.heads, kept=kept)
    usual = _usual(request, kept)
    given = {key: request.GET.get(key, value) for key, value in usual.items()}
    given["date_form"] = columns.fitting_dates(table.rows, chosen, wished=given["date_form"])
    given["signs"] = columns.fitting_signs(table.rows, chosen, wished=given["signs"])
    facts: dict[str, Any] = {}
    try:
        if missing := columns.required_of(chosen):
            raise Refused(MORE_COLUMNS, {"columns": ", ".join(gettext(label) for label in missing)})
        facts["look"] = look = uploads.look(
            request.ctx, connection_id=id, arrival_id=arrival_id, document=_document(table, chosen, given)
        )
        facts["examples"] = _said(look)
        facts["taken"] = look.rows - look.refused
    except Refused as refused:
        facts["problem"] = words_of(refused)
    heads = [("", _("– leave out –")), *[(str(i), head or f"({i + 1})") for i, head in enumerate(table.heads)]]
    facts |= {
        "row": row, "name": name, "arrival_id": arrival_id, "heads": table.heads, "sample": table.rows[:5],
        "total": len(table.rows), "options": heads, "given": given, "is_kept": kept is not None,
        "fields": [(f"{MAP}{c.name}", gettext(c.label), c.required, str(chosen.get(c.name, ""))) for c in columns.COLUMNS],
        "forms": [(form, _example(form)) for form in columns.DATE_FORMS], "signs": list(SIGN_WORDS.items()),
        "currencies": currency_words(given["currency"]), "countries": [("", _("– none –")), *country_words()],
        "zones": sorted(available_timezones()),
    }  # fmt: skip
    return render(request, "channels/file_columns.html", facts)


@page("channels:write", methods=("POST",))
def take_in(request: StaffRequest, id: int, arrival_id: int) -> HttpResponse:
    """Keeps how the file looks and, where that was asked for, has the worker take it in."""
    _name, table = moving_in.table_of(request.ctx, arrival_id=arrival_id)
    usual = _usual(request, None)
    given = {key: request.POST.get(key, value) for key, value in usual.items()}
    document = _document(table, _chosen(request.POST, table), given)
    if request.POST.get("only") == "keep":
        uploads.look(request.ctx, connection_id=id, arrival_id=arrival_id, document=document)
        file_profiles.keep(request.ctx, connection_id=id, part="orders", profile=document)
        messages.success(request, gettext("Saved. The next file with these columns is read so."))
        return redirect("channels:files", id)
    job_id = uploads.start(request.ctx, connection_id=id, arrival_id=arrival_id, document=document)
    return redirect("channels:file_job", id, job_id)


@page("channels:read")
def job(request: StaffRequest, id: int, job_id: int) -> HttpResponse:
    """How far a file is, and what was refused of it."""
    row = file_profiles.get_connection(request.ctx, connection_id=id)
    found = _job(request, id, job_id)
    lines = [one.line for one in accounts.list_bulk_failures(request.ctx, job_id=job_id, limit=SHOWN)]
    problems = [(line["key"], say(line["problem"], line.get("facts", {}))) for line in lines]
    counts = listings.count(request.ctx).get(id)
    facts = {
        "row": row, "job": found, "problems": problems, "is_over": found.state in ("done", "failed"),
        "unmapped": counts.unmapped if counts else 0,
    }  # fmt: skip
    return render(request, "channels/file_progress.html" if request.htmx else "channels/file_job.html", facts)


@page("channels:read")
def report(request: StaffRequest, id: int, job_id: int) -> HttpResponse:
    """Every row that was refused, and why, as a file."""
    _job(request, id, job_id)
    failures = accounts.failures_of_bulk_job(request.ctx, job_id=job_id)
    lines: Iterator[list[list[Cell]]] = (
        [[one.line["key"], say(one.line["problem"], one.line.get("facts", {}))]] for one in failures
    )
    return exporting.file_of("csv", name=f"refused-{job_id}.csv", heads=[gettext("Row"), gettext("Reason")], lines=lines)


def _job(request: StaffRequest, id: int, job_id: int) -> BulkJob:
    """A file's job.  Refuses: unknown ones, and those of another channel."""
    found = uploads.get_job(request.ctx, job_id=job_id)
    if found.arguments["connection_id"] != id:
        raise Refused(NOT_FOUND, {"what": "job", "key": job_id})
    return found


def _usual(request: StaffRequest, kept: Mapping[str, Any] | None) -> dict[str, str]:
    """What holds for all rows: as it was kept, else as it is where the brand is."""
    kept = kept or {}
    dates, numbers = kept.get("dates", {}), kept.get("numbers", {})
    pair = (numbers.get("decimal", "."), numbers.get("thousands", ""))
    return {
        "date_form": dates.get("form", "iso"), "time_zone": dates.get("time_zone", request.organisation.timezone),
        "signs": next((name for name, signs in columns.SIGNS.items() if signs == pair), "point"),
        "currency": kept.get("money", {}).get("currency", "") or request.organisation.default_currency,
        "country": kept["countries"].get("", "") if "countries" in kept else _home(request),
    }  # fmt: skip


def _home(request: StaffRequest) -> str:
    """The country of a location that keeps the brand's own time; of files that name none, as those of a home market do."""
    here = [row.country for row in locations.list_locations(request.ctx) if row.timezone == request.organisation.timezone]
    return here[0] if here else ""


def _document(table: Table, chosen: Mapping[str, int], given: Mapping[str, str]) -> dict[str, Any]:
    """What a person chose as a profile; what no form offers counts as not chosen."""
    form = given["date_form"] if given["date_form"] in columns.DATE_FORMS else "iso"
    signs = given["signs"] if given["signs"] in columns.SIGNS else "point"
    currency = given["currency"] if given["currency"] in CURRENCIES else ""
    country = given["country"] if given["country"] in dict(country_words()) else ""
    return columns.document_of(
        table.heads, chosen, date_form=form, time_zone=given["time_zone"], signs=signs, currency=currency, country=country
    )


def _chosen(given: QueryDict, table: Table) -> dict[str, int]:
    """Column of ours → column of the file, as chosen."""
    found = {}
    for column in columns.COLUMNS:
        text = given.get(f"{MAP}{column.name}", "")
        if text.isdecimal() and len(text) < 5 and int(text) < len(table.heads):
            found[column.name] = int(text)
    return found


def _said(look: Look) -> list[tuple[int, str]]:
    return [(one.number, say(one.says, one.facts)) for one in look.examples]


def _example(form: str) -> str:
    """A form of dates as a date in it."""
    when = datetime(2026, 3, 31, 17, 5)  # noqa: DTZ001  # a picture, not a moment
    return when.isoformat(" ", "minutes") if form == "iso" else when.strftime(form)
