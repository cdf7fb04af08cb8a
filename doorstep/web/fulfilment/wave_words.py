"""Waves in words, and what their forms offer: methods, days, carriers with what is open for them, pick-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.fulfilment import leaving, wave_queries
from doorstep.fulfilment.tours import Route
from doorstep.fulfilment.values import Method, Takes
from doorstep.locations import dispatching
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.shipping import queries as shipping
from doorstep.web.parts.given import id_of, keepable

METHODS = [
    (Method.CLUSTER, _("Cluster: each order has its tote on the cart")),
    (Method.BATCH, _("Batch: fetched together, sorted afterwards")),
    (Method.SINGLE, _("Single: each order its own list")),
]
METHOD_WORDS = {"": _("As they come"), Method.CLUSTER: _("Cluster"), Method.BATCH: _("Batch"), Method.SINGLE: _("Single")}
ROUTES = [(Route.EXACT, _("Shortest walk")), (Route.S_SHAPE, _("S-shape: through every aisle"))]
DAYS = [(0, _("Mon")), (1, _("Tue")), (2, _("Wed")), (3, _("Thu")), (4, _("Fri")), (5, _("Sat")), (6, _("Sun"))]
WORKING_WEEK, WHOLE_WEEK, RUN = (0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6), 3
Options = list[tuple[str, str | Promise]]
PRIORITIES: Options = [("", _("any")), ("1", _("1 and more")), ("5", _("5 and more")), ("10", _("10 and more"))]


def method_of(given: Mapping[str, Any], otherwise: Method) -> Method:
    """The method that a form says."""
    asked = given.get("method", "")
    return Method(asked) if asked in list(Method) else otherwise


def read_takes(given: QueryDict) -> Takes:
    """What a form says that a wave takes; what makes no sense asks for nothing."""
    countries = keepable(given.get("countries", "")).upper().replace(",", " ").split()
    carrier, _colon, service = keepable(given.get("going", "")).partition(":")
    return Takes(
        id_of(given.get("min_priority", "").strip()) or None, given.get("single_line") in ("on", "1"),
        keepable(given.get("zone", ""))[:30], tuple(code for code in countries if len(code) == 2)[:60],
        id_of(carrier) or None, service[:40] if id_of(carrier) else "", keepable(given.get("leaves_by", ""))[:5],
    )  # fmt: skip


def form_of(takes: Takes) -> dict[str, Any]:
    """What a wave takes, as its form holds it."""
    return {
        "min_priority": str(takes.min_priority or ""), "single_line": takes.single_line, "zone": takes.zone,
        "countries": ", ".join(takes.countries), "leaves_by": takes.leaves_by,
        "going": f"{takes.carrier_id}:{takes.service}" if takes.carrier_id else "",
    }  # fmt: skip


def offered(ctx: Ctx, *, at: LocationRow, takes: Takes) -> dict[str, Any]:
    """What the form of a wave at a location offers; what is chosen already stands there though it has gone since."""
    zones = sorted({row.zone for row in locations.bins(ctx, location_id=at.id) if row.zone} | ({takes.zone} - {""}))
    return {
        "methods": METHODS, "priorities": _priorities(takes), "zones": [("", _("any")), *((zone, zone) for zone in zones)],
        "has_zones": bool(zones), "goings": _goings(ctx, at, takes), "pickups": _pickups(ctx, at, takes), "form_at": at,
    }  # fmt: skip


def _priorities(takes: Takes) -> Options:
    asked = str(takes.min_priority or "")
    return PRIORITIES if asked in dict(PRIORITIES) else [*PRIORITIES, (asked, asked)]


def _goings(ctx: Ctx, at: LocationRow, takes: Takes) -> Options:
    """Carriers and services with how many of the open orders are expected to go by them."""
    parts = leaving.known(ctx, at=at, parts=wave_queries.open_parts(ctx, location_id=at.id))
    open_ = leaving.by_carrier(parts)
    options: Options = [("", _("any"))]
    for row in shipping.list_carriers(ctx):
        services = {service: n for (id, _name, service), n in open_.items() if id == row.id}
        if row.id == takes.carrier_id and takes.service:
            services.setdefault(takes.service, 0)
        if not row.active and not services and row.id != takes.carrier_id:
            continue
        if not row.collects_at(at.id) and not services and row.id != takes.carrier_id:
            continue
        options.append((f"{row.id}:", _with(row.name, sum(services.values()))))
        options += [(f"{row.id}:{one}", _with(f"{row.name} · {one}", n)) for one, n in sorted(services.items()) if one]
    return options


def _with(words: str, n: int) -> str:
    return f"{words} ({n})" if n else words


def _pickups(ctx: Ctx, at: LocationRow, takes: Takes) -> Options:
    """The location's pick-ups and cut-off, as what an order is to leave by."""
    how = dispatching.dispatch_of(ctx, location_id=at.id)
    found: dict[str, str] = {one.at.strftime("%H:%M"): "" for one in how.pickups}
    for one in how.pickups:
        clock = one.at.strftime("%H:%M")
        found[clock] = ", ".join(filter(None, (found[clock], one.carrier)))
    if how.cut_off and not how.pickups:
        found[how.cut_off.strftime("%H:%M")] = gettext("Cut-off")
    if takes.leaves_by:
        found.setdefault(takes.leaves_by, "")
    if not found:
        return []
    return [("", _("any")), *((clock, f"{clock} · {who}" if who else clock) for clock, who in sorted(found.items()))]


def takes_words(takes: Takes | None, carriers: Mapping[int, str]) -> list[str]:
    """What a wave takes, in a few words each; nothing where it takes everything."""
    if takes is None:
        return []
    words = []
    if takes.carrier_id:
        words.append(" · ".join(filter(None, (carriers.get(takes.carrier_id, f"#{takes.carrier_id}"), takes.service))))
    if takes.leaves_by:
        words.append(gettext("leaves by %(at)s") % {"at": takes.leaves_by})
    if takes.min_priority:
        words.append(gettext("priority %(n)s and more") % {"n": takes.min_priority})
    if takes.single_line:
        words.append(gettext("one line"))
    if takes.zone:
        words.append(gettext("zone %(zone)s") % {"zone": takes.zone})
    if takes.countries:
        words.append(", ".join(takes.countries))
    return words


def days_words(weekdays: Sequence[int]) -> str:
    """The days of the week on which waves come."""
    if tuple(weekdays) == WHOLE_WEEK:
        return gettext("every day")
    if len(weekdays) >= RUN and weekdays[-1] - weekdays[0] == len(weekdays) - 1:
        return f"{WEEKDAYS_ABBR[weekdays[0]]}–{WEEKDAYS_ABBR[weekdays[-1]]}"
    return ", ".join(str(WEEKDAYS_ABBR[day]) for day in weekdays)
