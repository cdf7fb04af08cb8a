"""Parts that their place does not send: rejected by people, and sent from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money, show
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import options, reroute
from doorstep.flows import reject as flow
from doorstep.flows.options import Option
from doorstep.locations.values import LocationRow
from doorstep.orders import queries
from doorstep.orders.values import FOLineRow, FORow, OrderDetail
from doorstep.routing import exclusions
from doorstep.routing.values import ExclusionRow, Why
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page

REASONS: Mapping[Why, Promise] = {
    Why.OUT_OF_STOCK: _("It is not there"),
    Why.DAMAGED: _("It is damaged"),
    Why.TOO_BUSY: _("Too busy today"),
    Why.CANNOT_SHIP: _("It cannot be sent from here"),
    Why.OTHER: _("Other"),
}
SHORT_PICK = _("A picker found too few")


def rejected_words(reason: str) -> str | Promise:
    """Why a place does not send something, in words."""
    return SHORT_PICK if reason == Why.SHORT_PICK else REASONS[Why(reason)]


@dataclass(frozen=True, slots=True)
class Rejectable:
    """A part that its place may still say no to."""

    id: int
    location_id: int
    place: str
    lines: list[FOLineRow]


@dataclass(frozen=True, slots=True)
class Shut:
    """A place that is not asked again for units of a part.  `skus`: which, in words."""

    place: str
    why: str
    skus: str
    row: ExclusionRow


def rejectable(detail: OrderDetail, places: Mapping[int, LocationRow]) -> list[Rejectable]:
    """Parts of which nothing is picked, at the place that is to send them."""
    found = []
    for part in detail.fulfilment_orders:
        lines = [x for x in detail.fulfilment_lines if x.fulfilment_order_id == part.id]
        if part.state in ("open", "in_progress") and part.location_id in places and not any(x.picked for x in lines):
            found.append(Rejectable(part.id, part.location_id or 0, places[part.location_id or 0].name, lines))
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """A place that a part could go to.  `says`: what that costs more, or what speaks against it."""

    row: Option
    says: str
    can: bool


@dataclass(frozen=True, slots=True)
class Movable:
    """A part that a person may send from elsewhere."""

    row: FORow
    place: str
    lines: list[FOLineRow]
    choices: list[Choice]

    @property
    def elsewhere(self) -> list[tuple[int, str]]:
        """Places for a select box, with what they say; the cheapest that has it first."""
        return [(one.row.location_id, f"{one.row.name} · {one.says}") for one in self.choices if not one.row.is_here]


def movable(ctx: Ctx, detail: OrderDetail, places: Mapping[int, LocationRow]) -> list[Movable]:
    """Parts that another place could fulfil, with what each costs more."""
    able = [part for part in detail.fulfilment_orders if part.state in ("open", "in_progress") and part.location_id in places]
    if not able or len(places) < 2 or detail.historical:
        return []
    found = []
    for part, offered in zip(able, options.offered(ctx, parts=able), strict=True):
        choices = [Choice(one, _says(one, offered.currency), not one.missing) for one in offered.options]
        lines = [x for x in detail.fulfilment_lines if x.fulfilment_order_id == part.id]
        found.append(Movable(part, places[part.location_id or 0].name, lines, choices))
    return [one for one in found if one.elsewhere]


def _says(one: Option, currency: str) -> str:
    if one.missing:
        return gettext("lacks %(skus)s") % {"skus": ", ".join(one.missing)}
    said = []
    if one.is_excluded:
        said.append(gettext("said no"))
    elif one.rule:
        said.append(gettext("left out by a rule"))
    if one.more_minor is not None:
        amount = show(Money(abs(one.more_minor), currency), get_language() or "en")
        if one.more_minor:
            said.append((gettext("%(amount)s more") if one.more_minor > 0 else gettext("%(amount)s less")) % {"amount": amount})
        else:
            said.append(gettext("costs the same"))
    if one.distance_km is not None:
        said.append(f"{one.distance_km:,} km")
    return ", ".join(said) or gettext("has everything")


def shut_of(ctx: Ctx, detail: OrderDetail, places: Mapping[int, LocationRow]) -> dict[int, list[Shut]]:
    """Which places are not asked again, by part."""
    rows = exclusions.of_orders(ctx, order_ids=[detail.order.id])
    found: dict[int, list[Shut]] = {}
    for part in detail.fulfilment_orders:
        lines = {x.order_line_id: x.sku for x in detail.fulfilment_lines if x.fulfilment_order_id == part.id}
        mine: dict[tuple[int, str], list[ExclusionRow]] = {}
        for row in rows:
            if row.order_line_id in lines:
                mine.setdefault((row.location_id, row.reason), []).append(row)
        for (location_id, reason), some in mine.items():
            skus = ", ".join(dict.fromkeys(lines[row.order_line_id] for row in some))
            name = places[location_id].name if location_id in places else f"#{location_id}"
            found.setdefault(part.id, []).append(Shut(name, str(rejected_words(reason)), skus, some[-1]))
    return found


def facts_of(ctx: Ctx, detail: OrderDetail, places: Mapping[int, LocationRow]) -> dict[str, Any]:
    """What the page of an order says of places that do not send it."""
    return {
        "rejectable": rejectable(detail, places), "shut": shut_of(ctx, detail, places),
        "reject_reasons": [(why.value, word) for why, word in REASONS.items()],
    }  # fmt: skip


@page("fulfilment:write", methods=("POST",))
def reject(request: StaffRequest, id: int) -> HttpResponse:
    """The place of a part says that it does not send it."""
    detail = queries.get(request.ctx, id=id)
    part = _part_of(detail, id_of(request.POST.get("part", "")))
    given = request.POST.get("reason", "")
    flow.reject(
        request.ctx, fulfilment_order_id=part, location_id=id_of(request.POST.get("location", "")),
        reason=Why(given) if given in set(REASONS) else Why.SHORT_PICK, note=keepable(request.POST.get("note", ""))[:500],
        units={line.id: id_of(request.POST.get(f"qty-{line.id}", "")) for line in detail.lines},
    )  # fmt: skip
    messages.success(request, what_became(request.ctx, id))
    return redirect("orders:order", id)


def _part_of(detail: OrderDetail, part_id: int) -> int:
    if part_id not in {part.id for part in detail.fulfilment_orders}:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": part_id})
    return part_id


def what_became(ctx: Ctx, id: int) -> str:
    """What the person is told who rejected something: whether it goes on or waits."""
    holds = queries.holds_by_order(ctx, order_ids=[id]).get(id, ())
    if any(hold.detail.get("rejected") for hold in holds):
        return gettext("That place is not asked again. What no other place has waits.")
    return gettext("That place is not asked again; the units go from elsewhere.")


@page("orders:write", methods=("POST",))
def route_again(request: StaffRequest, id: int) -> HttpResponse:
    """Has an order find its places anew."""
    queries.get(request.ctx, id=id)
    moved = reroute.again(request.ctx, order_id=id)
    called = reroute.called_back(request.ctx, order_id=id)
    if called:
        said = gettext("It is called back from %(warehouse)s first, and goes from elsewhere once they gave it back.")
        messages.success(request, said % {"warehouse": called[0].warehouse_name})
        return redirect("orders:order", id)
    word = ngettext("%(n)s part goes from elsewhere now.", "%(n)s parts go from elsewhere now.", moved) % {"n": moved}
    messages.success(request, word if moved else gettext("It was looked at again: the place stays the best."))
    return redirect("orders:order", id)
