"""Settings, Printers: where labels, slips and pick lists come out."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts.rules import require_choice, require_text
from doorstep.base.refusals import INVALID, NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import printing
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries
from doorstep.fulfilment.port import PrinterTrouble, PrintUncertain
from doorstep.locations import queries as locations
from doorstep.shipping.labels import pdf, zpl
from doorstep.shipping.labels.values import LabelAddress, LabelFields
from doorstep.web.parts.given import id_of, wish_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import errors_of, show

KINDS = [
    ("folder", _("Folder: files on this computer")),
    ("cups", _("CUPS: a queue of this computer")),
    ("raw", _("Raw: a label printer on the network")),
    ("browser", _("Browser: a page that prints, on any computer")),
]
LANGUAGES = [("pdf", _("PDF: any printer")), ("zpl", _("ZPL: Zebra and compatible"))]
PRINTER_SILENT = Refusal(
    "printer_trouble",
    gettext_noop("%(printer)s does not print: %(problem)s"),
    gettext_noop("Check that it is on and that its target is right, then print the test label again."),
    status=502,
)


def _show(
    request: StaffRequest,
    *,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    opened: str = "",
) -> HttpResponse:
    places = locations.list_locations(request.ctx)
    facts: dict[str, Any] = {
        "printers": queries.list_printers(request.ctx),
        "places": {row.id: row.name for row in places},
        "place_words": [("", gettext("Every location")), *((row.id, row.name) for row in places if row.active)],
        "kinds": KINDS,
        "kind_words": dict(KINDS),
        "label_languages": LANGUAGES,
        "form": form or {"name": "", "kind": "folder", "target": "", "language": "pdf", "location_id": ""},
        "errors": errors or {},
        "opened": opened,
        "wish": uuid.uuid4(),
    }
    return show(request, "printers", facts, status=422 if errors else 200)


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every printer, those in use first."""
    return _show(request)


@page("settings:write", methods=("POST",))
def add(request: StaffRequest) -> HttpResponse:
    """Adds a printer, or changes the one of that name."""
    form = {name: request.POST.get(name, "") for name in ("name", "kind", "target", "language", "location_id")}
    try:
        fulfilment.add_printer(request.ctx, **_read(request, request.POST))
    except Refused as refused:
        return _show(request, form=form, errors=errors_of(refused), opened="add")
    messages.success(request, gettext("The printer is saved. Print a test label to be sure."))
    return redirect("printers:index")


def _read(request: StaffRequest, post: QueryDict) -> dict[str, Any]:
    require_choice("kind", post.get("kind", ""), [kind for kind, _word in KINDS])
    require_choice("language", post.get("language", ""), [language for language, _word in LANGUAGES])
    chosen = post.get("location_id", "")
    is_browser = post["kind"] == printing.BROWSER
    if is_browser and post["language"] != "pdf":
        raise Refused(INVALID, {"field": "language", "problem": gettext_noop("must be PDF: browsers do not speak ZPL.")})
    location_id = id_of(chosen) or None
    if location_id is not None:
        locations.get(request.ctx, location_id=location_id)
    return {
        "name": require_text("name", post.get("name", ""), longest=80),
        "kind": post["kind"],
        "target": "" if is_browser else require_text("target", post.get("target", ""), longest=200),
        "language": post["language"],
        "location_id": location_id,
    }


@page("settings:write", methods=("POST",))
def retire(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a printer out of use."""
    fulfilment.retire_printer(request.ctx, printer_id=id)
    messages.success(request, gettext("Nothing is printed there any more."))
    return redirect("printers:index")


@page("settings:write", methods=("POST",))
def test(request: StaffRequest, id: int) -> HttpResponse:
    """Prints a sample label, once per wish."""
    row = next((p for p in queries.list_printers(request.ctx) if p.id == id), None)
    if row is None or row.kind == printing.BROWSER:
        raise Refused(NOT_FOUND, {"what": "printer", "key": id})
    sample = _sample(request.organisation.name, request.LANGUAGE_CODE)
    data = zpl.render_label(sample) if row.language == "zpl" else pdf.render_label_pdf(sample)
    key = f"test:{row.id}:{wish_of(request.POST)}"
    try:
        printing.printer_of(row).print(key=key, data=data, language=row.language)
    except (PrinterTrouble, OSError) as trouble:
        raise Refused(PRINTER_SILENT, {"printer": row.name, "problem": str(trouble)[:200]}) from trouble
    except PrintUncertain as trouble:
        words = gettext("Look at %(printer)s: nobody knows whether it printed. %(problem)s")
        messages.warning(request, words % {"printer": row.name, "problem": str(trouble)[:200]})
        return redirect("printers:index")
    messages.success(request, gettext("A test label went to %(printer)s.") % {"printer": row.name})
    return redirect("printers:index")


def _sample(brand: str, language: str) -> LabelFields:
    """A label that no carrier would take."""
    korean = language.startswith("ko")
    return LabelFields(
        carrier="TEST",
        tracking_number="TEST0000000001",
        recipient=LabelAddress(
            name="홍길동" if korean else "Sample Recipient",
            lines=("세종대로 110",) if korean else ("1 Sample Street",),
            postal_code="04524",
            city="서울" if korean else "Seoul",
            country="KR",
        ),
        sender=LabelAddress(name=brand, country="KR"),
        service="TEST",
        reference="TEST",
        weight_g=500,
        language="ko" if korean else "en",
    )
