"""Settings, Partner warehouses: who runs which location, and what they were asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import arrivals
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows.warehouses import warehouse_of
from doorstep.fulfilment.port import warehouses
from doorstep.fulfilment.warehouses import accounts, queries
from doorstep.fulfilment.warehouses.values import OPEN, RequestRow, WarehouseRow
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.web.parts import states
from doorstep.web.parts.asking import Field
from doorstep.web.parts.given import id_of
from doorstep.web.parts.pages import StaffRequest
from doorstep.web.settings.vendors import WebhookPages, Words
from doorstep.web.settings.views import Errors

MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a warehouse was asked, as its page shows it."""

    row: RequestRow
    order_name: str
    units: int
    look: states.Look


class Warehouses(WebhookPages[WarehouseRow]):
    """Partners, and the location that each runs."""

    space, one, source = "warehouses", "warehouse", arrivals.WAREHOUSE
    vendors, accounts = warehouses, queries.WAREHOUSES
    taken = {"warehouse_code_taken": "name", "location_run_by_another": "location"}
    heads = (_("Location"), _("Under way"))
    template = "warehouse"
    words = Words(
        title=_("Partner warehouses"), icon="building-warehouse",
        about=_("What is routed to a location that a partner runs is sent to them, instead of onto your pick lists."),
        empty=_("Every location is run by your own people"),
        empty_says=_(
            "Does a partner (3PL) pack for you somewhere? Connect them: orders go there by themselves, and parcels, shorts and "
            "stock come back by themselves."
        ),
        connect=_("Connect a warehouse"), saved=_("The warehouse is saved."),
        retired=_("Your own floor runs the location from now on."), retire_says="",
        returned=_("The warehouse is in use again."), told=_("The warehouse is being told where its webhooks go."),
        tell_again=_("Tell the warehouse again"),
        sends=_("The warehouse sends here; every delivery is signed. What it does not send is asked for every minute."),
        troubled=_("The warehouse does not answer."),
        troubled_says=_("It is asked again by itself. Until then nothing is sent there, and nothing is lost."),
    )  # fmt: skip

    def cells(self, ctx: Ctx, rows: Sequence[WarehouseRow]) -> Mapping[int, tuple[str, ...]]:
        """The location of each, and how many fulfilment orders are under way there."""
        names = {at.id: at.name for at in locations.list_locations(ctx)}
        open_: dict[int, int] = {}
        for (id, _state), n in queries.counts(ctx).items():
            open_[id] = open_.get(id, 0) + n
        return {row.id: (names.get(row.location_id, ""), str(open_.get(row.id, 0))) for row in rows}

    def own_fields(self, request: StaffRequest, row: WarehouseRow | None, errors: Errors) -> Sequence[Field]:
        """Which location it runs; that never changes."""
        if row is not None:
            return []
        taken = queries.runs(request.ctx)
        places = tuple((str(at.id), at.name) for at in locations.list_active(request.ctx) if at.id not in taken)
        given, error = request.POST.get("location", ""), errors.get("location", "")
        return [Field("location", gettext("Location that they run"), "", "text", given, error, True, places)]

    def connect(self, request: StaffRequest, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int:
        """Refuses: as `accounts.connect`."""
        given = request.POST.get("location", "")
        at = id_of(given)
        if not at:
            raise Refused(NOT_FOUND, {"what": "location", "key": given[:20], "field": "location"})
        return accounts.connect(
            request.ctx, code=code, name=name, provider=provider, location_id=at, settings=settings
        )  # fmt: skip

    def set_active(self, ctx: Ctx, *, id: int, active: bool) -> None:
        """Refuses: a location that another runs by now."""
        accounts.set_active(ctx, id=id, active=active)

    def ask(self, ctx: Ctx, row: WarehouseRow) -> str:
        """Asks for its news, and leaves them there."""
        warehouse_of(row).news(row.cursor)
        return gettext("%(name)s answers.") % {"name": row.name}

    def facts(self, request: StaffRequest, row: WarehouseRow) -> dict[str, Any]:
        """What it was asked; `state=all` in the address: also what is over."""
        only_open = request.GET.get("state") != "all"
        found = queries.list_requests(request.ctx, warehouse_id=row.id, states=OPEN if only_open else (), limit=MOST)
        names = orders.orders_by_id(request.ctx, ids=[one.order_id for one in found])
        asked = [
            Asked(one, names[one.order_id].name, sum(map(int, one.lines.values())), states.look_of("warehouse_request", one.state))
            for one in found
        ]
        at = locations.get(request.ctx, location_id=row.location_id)
        return {"asked": asked, "only_open": only_open, "location": at.name}
