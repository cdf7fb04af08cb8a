"""Channels: the shops that orders come from, and how each is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from doorstep.base import arrivals, outbox
from doorstep.base.arrivals import Arrival
from doorstep.base.refusals import Refused
from doorstep.base.vendors import webhook_url
from doorstep.channels import actions as channels
from doorstep.channels import deliveries, drift, exposure_rules, file_profiles, kinds, listings, queries
from doorstep.channels.exposure import PLAIN
from doorstep.channels.port import shops
from doorstep.channels.values import ConnectionRow, SubscriptionRow
from doorstep.flows.hear_shops import COMPARED
from doorstep.locations import queries as locations
from doorstep.web.channels.connecting import errors_of, fields_of, kind_of
from doorstep.web.channels.listing import lines_of
from doorstep.web.channels.signing_in import lacking
from doorstep.web.parts import timeline
from doorstep.web.parts.pages import StaffRequest, page

RECENT, LOOKED_AT = 10, 300


@dataclass(frozen=True, slots=True)
class Doing:
    """One connection, what came from it since midnight, and what it lists, if anything."""

    row: ConnectionRow
    provider: str
    came: int
    waiting: int
    failed: int
    listed: listings.Counts | None


def _doing(row: ConnectionRow, counts: Mapping[tuple[int, str], int], listed: Mapping[int, listings.Counts]) -> Doing:
    def count(*outcomes: str) -> int:
        return sum(n for (id, outcome), n in counts.items() if id == row.id and (not outcomes or outcome in outcomes))

    return Doing(row, kind_of(row.provider), count(), count("refused", "received"), count("failed"), listed.get(row.id))


def _counts(request: StaffRequest) -> dict[tuple[int, str], int]:
    """Arrivals since midnight where the organisation is."""
    local = timezone.localtime(request.ctx.now, timezone=ZoneInfo(request.organisation.timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return arrivals.count_since(request.ctx, since=midnight)


@page("channels:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every connection with its health."""
    counts, listed = _counts(request), listings.count(request.ctx)
    rows = [_doing(row, counts, listed) for row in queries.list_connections(request.ctx)]
    facts = {
        "rows": rows,
        "can_write": request.may("channels:write"),
        "came": sum(row.came for row in rows),
        "waiting": sum(row.waiting for row in rows),
        "failed": sum(row.failed for row in rows),
        "failing": sum(row.row.health == "failing" for row in rows),
        "listed": sum(one.listed for one in listed.values()),
        "unmapped": sum(one.unmapped for one in listed.values()),
        "drifted": sum(drift.count_open(request.ctx).values()),
        "given_up": _given_up(request),
    }
    return render(request, "channels/index.html", facts)


def _given_up(request: StaffRequest) -> list[tuple[SubscriptionRow, int]]:
    """Webhooks of ours that nobody takes, and how many deliveries of each were given up."""
    if not request.may("settings:read"):
        return []
    standings = deliveries.standings(request.ctx)
    found = [(row, standings.get(row.id)) for row in deliveries.list_subscriptions(request.ctx)]
    return [(row, standing.dead) for row, standing in found if standing is not None and standing.dead]


def _recent(request: StaffRequest, connection_id: int) -> list[Arrival]:
    """What came lately; where a shop mostly says what it shows, that steps back behind the orders."""
    found = arrivals.list_recent(
        request.ctx, sources=arrivals.OF_A_CONNECTION, connection_id=connection_id, limit=LOOKED_AT
    )
    telling = [row for row in found if row.detail.get("reason") != COMPARED]
    return (telling or found)[:RECENT]


@page("channels:read")
def connection(request: StaffRequest, id: int) -> HttpResponse:
    """One connection: its health, what came lately and what it was told."""
    return _show(request, id, {})


def _show(request: StaffRequest, id: int, errors: dict[str, str]) -> HttpResponse:
    row = queries.get(request.ctx, connection_id=id)
    listed = listings.count(request.ctx)
    facts: dict[str, Any] = {
        "doing": _doing(row, _counts(request), listed),
        "row": row,
        "can_write": request.may("channels:write"),
        "webhook_url": webhook_url(row),
        "recent": lines_of(request.ctx, _recent(request, id)),
        "notices": queries.list_notices(request.ctx, connection_id=id, limit=RECENT),
        "history": timeline.told(outbox.timeline(request.ctx, of=[f"connection:{id}"], limit=50)),
        "quiet": row.last_seen_at is not None and request.ctx.now - row.last_seen_at > timedelta(hours=24),
        "errors": errors,
        "fields": fields_of(request, row, errors),
        "name": request.POST.get("name", row.name),
        "trouble": kinds.trouble_of(row.provider, row.problem),
        "deliveries": kinds.deliveries_of(row.provider),
        "lacking": lacking(row),
        "again": f"{reverse('channels:sign_in', args=[row.provider])}?connection={id}" if row.settings.get("grant") else "",
        "sends": row.provider in shops.names(),
        "takes_stock": row.provider in shops.names() and queries.shop_of(request.ctx, connection=row).can.takes_stock,
        "by_files": row.provider == file_profiles.FILE,
        "listed": listed.get(id),
        "rule": exposure_rules.rule_of_connection(request.ctx, connection_id=id),
        "plain": PLAIN,
        "places": locations.list_locations(request.ctx),
    }
    return render(request, "channels/connection.html", facts, status=422 if errors else 200)


@page("channels:write", methods=("POST",))
def rename(request: StaffRequest, id: int) -> HttpResponse:
    """Calls a connection something else."""
    try:
        channels.rename(request.ctx, connection_id=id, name=request.POST.get("name", ""))
    except Refused as refused:
        return _show(request, id, errors_of(refused))
    return redirect("channels:connection", id)


@page("channels:write", methods=("POST",))
def pause(request: StaffRequest, id: int) -> HttpResponse:
    """Lets nothing of a shop through until it is resumed."""
    channels.set_active(request.ctx, connection_id=id, active=False)
    return redirect("channels:connection", id)


@page("channels:write", methods=("POST",))
def resume(request: StaffRequest, id: int) -> HttpResponse:
    """Reads again what a shop sends."""
    channels.set_active(request.ctx, connection_id=id, active=True)
    return redirect("channels:connection", id)


@page("channels:write", methods=("POST",))
def introduce(request: StaffRequest, id: int) -> HttpResponse:
    """Tells the shop again where its webhooks go."""
    channels.introduce(request.ctx, connection_id=id)
    messages.success(request, gettext("The shop is being told where its webhooks go."))
    return redirect("channels:connection", id)
