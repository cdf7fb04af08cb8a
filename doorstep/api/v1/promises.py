"""The three promises: the figures of Home with their definitions and what they are compared with."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils.translation import override
from ninja import Router
from pydantic import Field

from doorstep.analytics import actions, queries, said
from doorstep.analytics.rules import LARGEST
from doorstep.analytics.values import Figure, Metric
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import In, Out
from doorstep.flows import wismo_meter

router = Router(tags=["Promises"])
Before = Annotated[float, Field(strict=True, ge=0, le=LARGEST, allow_inf_nan=False)]


class BaselineOut(Out):
    """What it was before. `source`: what the brand entered, or measured over its first 28 days."""

    value: float
    source: Literal["entered", "measured"]
    at: datetime


class FigureOut(Out):
    """`value` is in `unit` and null where nothing was measured; a share is from 0 to 1. `measured_on`: how many things it was
    drawn from, and `measured_on_what` these are. Promised is `at_most`, `at_least`, or `wanted_change`, a share of the
    baseline; `change` is the share by which it differs from the baseline now."""

    metric: str
    label: str
    definition: str
    target: str
    unit: Literal["minutes", "share", "count", "per_100"]
    value: float | None
    measured_on: int
    measured_on_what: str
    at_most: float | None
    at_least: float | None
    wanted_change: float | None
    change: float | None
    baseline: BaselineOut | None
    verdict: Literal["hit", "missed", "no_baseline", "waiting"]


class PromiseOut(Out):
    name: Literal["orders", "returns", "service"]
    label: str
    promise: str
    figures: list[FigureOut]


class PromisesOut(Out):
    promises: list[PromiseOut]
    next: str | None


class BaselinesIn(In):
    """What it took before Doorstep; null leaves the first 28 days as the baseline. Minutes, and contacts per 100 shipments."""

    order_handling_min: Before | None
    return_handling_min: Before | None
    wismo_per_100: Before | None


class WismoChannelOut(Out):
    """`unread`: contacts in languages that the rules do not know."""

    channel: str
    contacts: int
    wismo: int
    unread: int


class ToldBeforeOut(Out):
    """`notice`: the kind that was told last before they asked, `nothing`, or `no_order` where no order is known of them."""

    notice: str
    wismo: int


class WismoOut(Out):
    """`per_100`: WISMO contacts per 100 shipments, null while nothing was sent. `unclassed`: messages that wait to be classed."""

    contacts: int
    wismo: int
    shipments: int
    per_100: float | None
    unclassed: int
    channels: list[WismoChannelOut]
    told_before: list[ToldBeforeOut]


@operation(router, "GET", "/promises", scope="orders:read", answers={200: PromisesOut})
def list_promises(request: Asked) -> dict[str, Any]:
    """The three promises with the figures of the last 28 days, as Home shows them; words are in the language of
    `Accept-Language`."""
    return _told(request)


@operation(router, "GET", "/promises/wismo", scope="orders:read", answers={200: WismoOut})
def get_wismo_meter(request: Asked) -> dict[str, Any]:
    """What the figure of “Where is my order?” is made of: the last 28 days by channel, and by what had been told before."""
    found = wismo_meter.story(request.ctx, since=request.ctx.now - queries.WINDOW, until=request.ctx.now)
    return {
        "contacts": found.meter.contacts, "wismo": found.meter.wismo, "shipments": found.meter.shipments,
        "per_100": found.meter.per_100, "unclassed": found.unclassed, "channels": [asdict(one) for one in found.channels],
        "told_before": [{"notice": kind, "wismo": n} for kind, n in found.told],
    }  # fmt: skip


@operation(router, "PUT", "/promises/baselines", scope="settings:write", answers={200: PromisesOut})
def set_baselines(request: Asked, given: BaselinesIn) -> dict[str, Any]:
    """Keeps what things took before Doorstep, which the figures are compared with."""
    values = {
        Metric.ORDER_HANDLING: given.order_handling_min, Metric.RETURN_HANDLING: given.return_handling_min,
        Metric.WISMO_RATE: given.wismo_per_100,
    }  # fmt: skip
    actions.set_baselines(request.ctx, values=values)
    return _told(request)


def _told(request: Asked) -> dict[str, Any]:
    figures = queries.figures(request.ctx)
    with override(request.language):
        shown = [
            {
                "name": name, "label": str(label), "promise": str(says),
                "figures": [_shown(figure) for figure in said.figures_of(name, figures)],
            }
            for name, label, says in said.PILLARS
        ]  # fmt: skip
    return {"promises": shown, "next": None}


def _shown(figure: Figure) -> dict[str, Any]:
    told, promise, baseline = said.SAID[figure.promise.metric], figure.promise, figure.baseline
    return {
        "metric": promise.metric.value, "label": str(told.label), "definition": str(told.definition),
        "target": str(told.target), "unit": told.unit, "value": figure.measured.value,
        "measured_on": figure.measured.of, "measured_on_what": str(told.of), "at_most": promise.at_most,
        "at_least": promise.at_least, "wanted_change": promise.change, "change": figure.change,
        "baseline": {"value": baseline.value, "source": baseline.source, "at": baseline.at} if baseline else None,
        "verdict": figure.verdict.value,
    }  # fmt: skip
