"""The three promises: each figure with its target, its definition, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.analytics import actions, events, queries, rules, said
from doorstep.analytics.said import MINUTES, PER_100, SAID, SHARE, Said, Words
from doorstep.analytics.values import ENTERED, Figure, Metric, Verdict
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.inbox import contacts
from doorstep.web.parts import states, timeline
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.parts.timeline import Telling

timeline.register({events.BASELINES_SET: Telling(_("said what things took before Doorstep"), "pencil", states.DONE)})
ICONS = {"orders": "shopping-cart", "returns": "truck-return", "service": "message"}
LISTED: dict[Metric, tuple[str, str]] = {
    Metric.RETURN_HANDLING: ("returns:index", "view=done"),
    Metric.VALUE_KEPT: ("returns:index", "view=done"),
    Metric.CHAT_FIRST_REPLY: ("inbox:index", "view=all&channel=chat"),
    Metric.CHAT_SLOW_REPLY: ("inbox:index", "view=all&channel=chat"),
    Metric.MAIL_FIRST_REPLY: ("inbox:index", "view=all&channel=mail"),
    Metric.WISMO_RATE: ("inbox:index", "view=all&about=wismo"),
}
TREND_DAYS = 14
HOURS_FROM_MIN = 120  # from here on minutes are read as hours
TREND_SAYS = _("Contacts that ask where an order is, per day, 14 days")
ENTERABLE = (Metric.ORDER_HANDLING, Metric.RETURN_HANDLING, Metric.WISMO_RATE)
TONES = {
    Verdict.HIT: states.DONE, Verdict.MISSED: states.BROKEN, Verdict.NO_BASELINE: states.OVER, Verdict.WAITING: states.OVER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, ready to show.  `url`: the list of what it counts; "" where none shows it.

    `trend`: how often it happened on each of the last days, and what that counts; empty where nothing is counted by days.
    `why_url`: the page of what it is made of, where there is one.
    """

    figure: Figure
    said: Said
    shown: str
    tone: str
    note: str
    url: str
    trend: Sequence[int] = ()
    trend_says: Words = ""
    why_url: str = ""


@dataclass(frozen=True, slots=True)
class Pillar:
    """One promise of the three with its figures."""

    name: str
    label: Words
    promise: Words
    icon: str
    lines: Sequence[Line]


def pillars(ctx: Ctx) -> list[Pillar]:
    """The three promises with what was measured of them."""
    figures = queries.figures(ctx)
    wismo = contacts.wismo_by_day(ctx, days=TREND_DAYS, timezone=accounts.organisation(ctx).timezone)
    return [
        Pillar(name, label, says, ICONS[name], [_line(figure, wismo) for figure in said.figures_of(name, figures)])
        for name, label, says in said.PILLARS
    ]


def _line(figure: Figure, wismo: Sequence[int]) -> Line:
    told = SAID[figure.promise.metric]
    shown = _shown(figure.measured.value, told.unit)
    is_wismo = figure.promise.metric is Metric.WISMO_RATE
    trend, says, why = (wismo, TREND_SAYS, reverse("wismo_meter")) if is_wismo else ((), "", "")
    return Line(figure, told, shown, TONES[figure.verdict], _note(figure), _rows_of(figure.promise.metric), trend, says, why)


def _rows_of(metric: Metric) -> str:
    """The list that shows what a figure counts; "" where none does."""
    name, query = LISTED.get(metric, ("", ""))
    return f"{reverse(name)}?{query}" if name else ""


def _shown(value: float | None, unit: str) -> str:
    """The figure with its unit, as the reader's language writes it."""
    if value is None:
        return "–"
    if unit == SHARE:
        return gettext("%(n)s %%") % {"n": number_format(100 * value, 0)}
    if unit == MINUTES and value >= HOURS_FROM_MIN:
        return gettext("%(n)s h") % {"n": number_format(value / 60, 1)}
    if unit == MINUTES:
        return gettext("%(n)s min") % {"n": number_format(value, 1)}
    return number_format(value, 1 if unit == PER_100 else 0, force_grouping=True)


def _note(figure: Figure) -> str:
    """What stands below the figure: what it is compared with, or why it is not."""
    if figure.verdict == Verdict.WAITING:
        return gettext("nothing measured yet")
    if figure.promise.change is None:
        return ""
    if figure.change is None or figure.baseline is None:
        return gettext("no baseline yet")
    source = gettext("what you entered") if figure.baseline.source == ENTERED else gettext("the first 28 days")
    return gettext("%(change)s against %(source)s") % {"change": f"{figure.change:+.0%}", "source": source}


@page("orders:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every figure with its definition, and what the brand says of the time before."""
    return _show(request, {}, {})


@page("settings:write", methods=("POST",))
def set_baselines(request: StaffRequest) -> HttpResponse:
    """Keeps what things took before Doorstep."""
    typed = {metric: request.POST.get(metric.value, "") for metric in ENTERABLE}
    values: dict[Metric, float | None] = {}
    errors: dict[str, str] = {}
    for metric, text in typed.items():
        try:
            values[metric] = rules.read_baseline(text)
        except Refused as refused:
            errors[metric.value] = " ".join(words_of(refused))
    if errors:
        return _show(request, {metric.value: text for metric, text in typed.items()}, errors, status=422)
    actions.set_baselines(request.ctx, values=values)
    messages.success(request, gettext("The time before Doorstep is noted."))
    return redirect("promises")


def _show(request: StaffRequest, typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> HttpResponse:
    known = {metric: b for metric, b in queries.baselines(request.ctx).items() if b.source == ENTERED}
    fields = [
        {"name": metric.value, "label": SAID[metric].label, "error": errors.get(metric.value, ""),
         "value": typed.get(metric.value, f"{known[metric].value:g}" if metric in known else "")}
        for metric in ENTERABLE
    ]  # fmt: skip
    facts = {"pillars": pillars(request.ctx), "fields": fields, "can_write": request.may("settings:write")}
    return render(request, "home/promises.html", facts, status=status)
