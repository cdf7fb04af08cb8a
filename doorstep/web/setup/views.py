"""Moving in: the checklist, and files of products, stock, customers and bins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base.problems import in_words
from doorstep.base.refusals import FORBIDDEN, Refused
from doorstep.base.sheets import Cell
from doorstep.flows.moving_in import checklist, columns
from doorstep.flows.moving_in import run as moving_in
from doorstep.flows.moving_in.values import MAX_BYTES, TOO_BIG, UNREADABLE, Check, Kind, Table, Wish
from doorstep.locations import queries as locations
from doorstep.web.customers.views import country_words
from doorstep.web.parts import exporting
from doorstep.web.parts.choices import CURRENCIES, currency_words
from doorstep.web.parts.pages import StaffRequest, page, words_of

SHOWN = 50
PERMISSION = {
    Kind.PRODUCTS: "catalog:write", Kind.BUNDLES: "catalog:write", Kind.STOCK: "stock:write",
    Kind.CUSTOMERS: "customers:write", Kind.BINS: "settings:write",
}  # fmt: skip
KIND_WORDS = {
    Kind.PRODUCTS: (_("Products"), _("SKU, title, price; also barcode, options, weight"), "tags"),
    Kind.BUNDLES: (_("Bundles"), _("SKU of the bundle, SKU of each component, units"), "packages"),
    Kind.STOCK: (_("Stock"), _("SKU and units on hand, per location"), "packages"),
    Kind.CUSTOMERS: (_("Customers"), _("Name, e-mail, phone, consent"), "users"),
    Kind.BINS: (_("Bins"), _("Shelf codes per location, in walking order"), "box"),
}
# Step → word, why, icon, where it is done, and what a role must be allowed to do it.
FILE = "setup:upload?kind="
STEP_WORDS = {
    "locations": (_("Locations"), _("The warehouses and shops where stock lies."), "building-warehouse", "locations:index",
                  "settings:write"),
    "bins": (_("Bins"), _("Shelf codes make pick lists follow a path. Small rooms do without."), "box", f"{FILE}bins",
             "settings:write"),
    "products": (_("Products"), _("Orders find their products by SKU."), "tags", f"{FILE}products", "catalog:write"),
    "stock": (_("Stock"), _("What lies where. Only what is counted here is promised."), "packages", f"{FILE}stock",
              "stock:write"),
    "customers": (
        _("Customers"), _("They come with their orders; a file brings those from before."), "users", f"{FILE}customers",
        "customers:write",
    ),
    "carrier": (_("Carrier"), _("Who takes the parcels and makes their labels."), "truck", "carriers:index",
                "settings:write"),
    "printer": (_("Printer"), _("Where labels come out by themselves. Without one they are opened and printed by hand."),
                "printer", "printers:index", "settings:write"),
    "source": (_("Shop or API key"), _("Where orders come from. A key lets your own web store send them."),
               "plug-connected", "channels:index", "channels:write"),
    "order": (_("First order"), _("It comes by itself as soon as somebody buys; the list shows it at once."),
              "shopping-cart", "orders:index", "orders:read"),
}  # fmt: skip
THERE = {
    Kind.PRODUCTS: "products:index", Kind.BUNDLES: "products:index", Kind.CUSTOMERS: "customers:index",
    Kind.BINS: "locations:index",
}  # fmt: skip
MAP = "m-"


@page(None)
def index(request: StaffRequest) -> HttpResponse:
    """What is set up already and what comes next."""
    steps = checklist.steps(request.ctx)
    following = next((step.name for step in steps if not step.is_done and not step.is_optional), "")
    shown = []
    for step in steps:
        word, why, icon, where, permission = STEP_WORDS[step.name]
        shown.append((step, word, why, icon, _link(where) if request.may(permission) else ""))
    done = sum(step.is_done for step in steps)
    return render(request, "setup/index.html", {"steps": shown, "done": done, "following": following})


def _link(where: str) -> str:
    name, _mark, query = where.partition("?")
    return reverse(name) + (f"?{query}" if query else "")


@page(None, methods=("GET", "HEAD", "POST"))
def upload(request: StaffRequest) -> HttpResponse:
    """Takes a file and says what it is."""
    kind = _kind(request.POST.get("kind") or request.GET.get("kind", ""))
    facts: dict[str, Any] = {
        "kinds": [(k.value, *KIND_WORDS[k]) for k in Kind if request.may(PERMISSION[k])], "kind": kind.value if kind else "",
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "setup/upload.html", facts)
    file = request.FILES.get("file")
    try:
        if kind is None or file is None:
            raise Refused(UNREADABLE, {"name": file.name if file else gettext("What you sent")})
        _require(request, kind)
        if (file.size or 0) > MAX_BYTES:
            raise Refused(TOO_BIG, {"name": file.name})
        arrival_id = moving_in.keep(request.ctx, name=file.name or "", data=file.read())
    except Refused as refused:
        return render(request, "setup/upload.html", {**facts, "problem": words_of(refused)}, status=422)
    response = redirect("setup:mapping", arrival_id)
    response["Location"] += f"?kind={kind.value}"
    return response


@page(None)
def mapping(request: StaffRequest, arrival_id: int) -> HttpResponse:
    """Which column is what; after a look, what a run would do."""
    kind = _kind(request.GET.get("kind", "")) or Kind.PRODUCTS
    _require(request, kind)
    name, table = moving_in.table_of(request.ctx, arrival_id=arrival_id)
    is_asked = any(key.startswith(MAP) for key in request.GET)
    chosen = _mapping(request.GET, kind, table) if is_asked else moving_in.guess(request.ctx, kind=kind, table=table)
    wish = _wish(request, arrival_id, kind, chosen)
    facts: dict[str, Any] = {}
    try:
        facts["check"] = _shown(moving_in.check(request.ctx, wish=wish))
    except Refused as refused:
        facts["problem"] = words_of(refused)
    named = [head or f"({i + 1})" for i, head in enumerate(table.heads)]
    heads = [("", _("– leave out –")), *[(str(i), head) for i, head in enumerate(named)]]
    facts |= {
        "name": name, "kind": kind.value, "kind_word": KIND_WORDS[kind][0], "wish": wish, "heads": table.heads,
        "fields": _fields(kind, chosen), "options": heads, "sample": table.rows[:5], "total": len(table.rows),
        "arrival_id": arrival_id, "left_out": ", ".join(named[i] for i in columns.left_out(table, chosen)),
        "currencies": currency_words(request.organisation.default_currency),
        "countries": [("", "–"), *country_words()],
        "locations": [("0", _("– each row says –")), *[(str(at.id), at.name) for at in locations.list_active(request.ctx)]],
    }  # fmt: skip
    return render(request, "setup/mapping.html", facts)


@page(None, methods=("POST",))
def run(request: StaffRequest, arrival_id: int) -> HttpResponse:
    """Starts the run in the worker."""
    kind = _kind(request.POST.get("kind", "")) or Kind.PRODUCTS
    _require(request, kind)
    _name, table = moving_in.table_of(request.ctx, arrival_id=arrival_id)
    wish = _wish(request, arrival_id, kind, _mapping(request.POST, kind, table))
    return redirect("setup:job", moving_in.start(request.ctx, wish=wish))


@page(None)
def job(request: StaffRequest, job_id: int) -> HttpResponse:
    """How far a run is, and what it refused."""
    found = moving_in.get_job(request.ctx, job_id=job_id)
    kind = Kind(found.arguments["kind"])
    _require(request, kind)
    lines = [one.line for one in accounts.list_bulk_failures(request.ctx, job_id=job_id, limit=SHOWN)]
    problems = [(line["key"], say(line["problem"], line.get("facts", {}))) for line in lines]
    facts = {
        "job": found, "kind_word": KIND_WORDS[kind][0], "problems": problems, "is_over": found.state in ("done", "failed"),
        "there": THERE.get(kind, "setup:index"),
    }  # fmt: skip
    return render(request, "setup/progress.html" if request.htmx else "setup/job.html", facts)


@page(None)
def report(request: StaffRequest, job_id: int) -> HttpResponse:
    """The refused rows with their reasons, as a file that spreadsheets open."""
    found = moving_in.get_job(request.ctx, job_id=job_id)
    _require(request, Kind(found.arguments["kind"]))
    refused = moving_in.report(request.ctx, job_id=job_id)
    lines: Iterator[list[list[Cell]]] = (
        [[number, say(problem.says, dict(problem.facts)), *cells] for number, problem, cells in batch]
        for batch in refused.batches
    )
    heads = [gettext("Row"), gettext("Reason"), *refused.heads]
    return exporting.file_of("csv", name=f"refused-{job_id}.csv", heads=heads, lines=lines)


def say(sentence: str, facts: dict[str, Any]) -> str:
    """A problem in the reader's language."""
    words = in_words(facts)
    return gettext(sentence) % words if words else gettext(sentence)


def _fields(kind: Kind, chosen: dict[str, int]) -> list[tuple[str, str, bool, str]]:
    """Form name, label, whether it is needed, and the column that is chosen."""
    return [
        (f"{MAP}{c.name}", gettext(c.label), c.required, str(chosen.get(c.name, ""))) for c in columns.COLUMNS[kind]
    ]


def _kind(text: str) -> Kind | None:
    return Kind(text) if text in set(Kind) else None


def _require(request: StaffRequest, kind: Kind) -> None:
    if not request.may(PERMISSION[kind]):
        raise Refused(FORBIDDEN)


def _mapping(given: QueryDict, kind: Kind, table: Table) -> dict[str, int]:
    """Column of ours → column of the file, as chosen."""
    chosen = {}
    for column in columns.COLUMNS[kind]:
        text = given.get(f"{MAP}{column.name}", "")
        if text.isdecimal() and len(text) < 5 and int(text) < len(table.heads):
            chosen[column.name] = int(text)
    return chosen


def _wish(request: StaffRequest, arrival_id: int, kind: Kind, chosen: dict[str, int]) -> Wish:
    given = request.POST if request.method == "POST" else request.GET
    places = locations.list_active(request.ctx)
    text = given.get("location", "")
    only = places[0].id if len(places) == 1 else 0
    location_id = next((at.id for at in places if str(at.id) == text), only)
    currency = given.get("currency", "") or request.organisation.default_currency
    return Wish(
        arrival_id, kind, chosen, currency if currency in CURRENCIES else request.organisation.default_currency,
        given.get("country", "")[:2].upper(), location_id, given.get("update") == "on",
    )  # fmt: skip


def _shown(check: Check) -> dict[str, Any]:
    examples = [(bad.number, say(bad.problem.says, dict(bad.problem.facts)), row) for bad, row in check.examples]
    return {
        "total": check.total, "fresh": check.fresh, "known": check.known, "refused": check.refused, "examples": examples,
        "good": check.fresh + check.known,
    }  # fmt: skip
