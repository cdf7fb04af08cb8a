"""Settings, Carriers: who takes the parcels, and how they are reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import arrivals
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.flows import ship
from doorstep.locations import queries as locations
from doorstep.shipping import carriers as accounts
from doorstep.shipping import policy, queries, upkeep
from doorstep.shipping.port import LabelWish, abilities_of, carriers, sells
from doorstep.shipping.values import CarrierRow
from doorstep.web.parts import states
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.vendors import Text, WebhookPages, Words
from doorstep.web.shipments.sheet_views import own_facts

SAMPLE_G = 500
SHUT = {  # what is said of who only tracks
    "troubled": _("The carrier does not let us in."),
    "says": _("Its parcels are not tracked until it does. Give its keys anew under Change, then test it."),
}
ASKED_NOW_AND_THEN, TOLD_AT_ONCE = _("tracking, asked now and then"), _("tracking, told at once")
NO_WEBHOOKS = states.Look(states.OVER, "dots", _("none"))
COSTS_OF = timedelta(days=30)


class Carriers(WebhookPages[CarrierRow]):
    """Carriers; one of them may come first."""

    space, one, source = "carriers", "carrier", arrivals.CARRIER
    vendors, accounts = carriers, queries.CARRIERS
    usual_url = settings.SANDBOX_CARRIER_URL
    taken = {"carrier_code_taken": "name"}
    index_template, template, form_template = "carriers", "carrier", "carrier_form"
    words = Words(
        title=_("Carriers"), icon="truck",
        about=_(
            "A label is bought as soon as a parcel is packed: at the cheapest service of these that arrives by the promised day."
        ),
        empty=_("No carrier is connected"),
        empty_says=_("Connect one, and every packed parcel gets its label by itself. Packed parcels wait until then."),
        connect=_("Connect a carrier"), saved=_("The carrier is saved."), retired=_("No label is bought there any more."),
        retire_says="", returned=_("The carrier is in use again."), told=_("The carrier is being told where its webhooks go."),
        tell_again=_("Tell the carrier again"),
        sends=_("The carrier sends here; every delivery is signed. What it does not send is asked for."),
        troubled=_("The carrier does not know where its webhooks go."),
        troubled_says=_("It is told again by itself. Until then it is asked about every parcel, so nothing is lost."),
        first=_("Buys the labels"), first_icon="tag",
    )  # fmt: skip

    def list(self, ctx: Ctx) -> Sequence[CarrierRow]:
        """Every carrier, the one preferred first."""
        return queries.list_carriers(ctx)

    def first(self, ctx: Ctx) -> CarrierRow | None:
        """The carrier that comes first: the one preferred, or the only one in use; else prices decide."""
        rows = [row for row in queries.list_carriers(ctx) if row.active]
        preferred = policy.wishes(ctx).preferred_id
        return next((row for row in rows if row.id == preferred), rows[0] if len(rows) == 1 else None)

    def look(self, row: CarrierRow) -> states.Look:
        """How its webhooks are doing, where it sends any."""
        return super().look(row) if abilities_of(row.provider).pushes else NO_WEBHOOKS

    def can(self, provider: str) -> Sequence[Text]:
        """By what it declares of itself."""
        able = abilities_of(provider)
        said: list[tuple[bool, Text]] = [
            (able.sells, _("rates")), (able.sells, _("labels")), (able.sells and able.voids, _("voids")),
            (able.tracks, TOLD_AT_ONCE if able.pushes else ASKED_NOW_AND_THEN), (able.sells and able.manifests, _("manifests")),
            (able.checks_addresses, _("address check")), (not able.sells, _("sells no labels")),
        ]  # fmt: skip
        return [word for holds, word in said if holds]

    def set_active(self, ctx: Ctx, *, id: int, active: bool) -> None:
        """One that comes back is not the first choice again by itself."""
        accounts.set_active(ctx, id=id, active=active)

    def ask(self, ctx: Ctx, row: CarrierRow) -> str:
        """Asks what a small parcel would cost; of who sells nothing, whether it lets us in."""
        if not sells(row.provider):
            ship.try_sign_in(ctx, carrier_id=row.id)
            return gettext("%(name)s answers: it is asked after parcels from now on.") % {"name": row.name}
        rates = ship.carrier_of(ctx, row.id).rates(_sample(ctx))
        words = ngettext(
            "%(name)s answers and offers %(n)s service.", "%(name)s answers and offers %(n)s services.", len(rates)
        )
        return words % {"name": row.name, "n": len(rates)}

    def facts(self, request: StaffRequest, row: CarrierRow) -> dict[str, Any]:
        """What it can do, what it charges, what is on its way, and who would sell the labels in its place."""
        ctx, pushes = request.ctx, abilities_of(row.provider).pushes
        return {
            "others": [other for other in queries.list_carriers(ctx) if other.active and other.id != row.id],
            "on_their_way": queries.count_open(ctx, carrier_id=row.id), "costs": _costs(ctx, row.id),
            "pushes": pushes, **({} if pushes else SHUT), **own_facts(ctx, row),
        }  # fmt: skip


@page("settings:write", methods=("POST",))
def prefer(request: StaffRequest, id: int) -> HttpResponse:
    """Lets a carrier sell the labels from now on."""
    accounts.prefer(request.ctx, id=id)
    messages.success(request, gettext("Labels are bought there from now on."))
    return redirect("carriers:carrier", id)


def _costs(ctx: Ctx, carrier_id: int) -> list[dict[str, Any]]:
    """What its labels of the last thirty days cost, and what comes back of those that were voided."""
    found = upkeep.costs(ctx, since=ctx.now - COSTS_OF, carrier_id=carrier_id)
    return [
        {
            "row": row,
            **{name: Money(getattr(row, f"{name}_minor"), row.currency) for name in ("bought", "given", "pending", "refused")},
        }
        for row in found
    ]


def _sample(ctx: Ctx) -> LabelWish:
    """A small parcel from the first location to itself."""
    at = next(iter(locations.list_active(ctx)), None)
    address = {
        "name": at.name if at else "Test", "company": at.company if at else "", "lines": at.lines if at else ["1"],
        "postal_code": at.postal_code if at else "04524", "city": at.city if at else "Seoul",
        "region": at.region if at else "", "country": at.country if at else "KR", "phone": at.phone if at else "",
    }  # fmt: skip
    return LabelWish("test", "test", "", address, address, SAMPLE_G)
