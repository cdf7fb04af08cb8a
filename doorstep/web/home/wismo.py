"""Why the figure of “Where is my order?” is what it is: what it is made of, and what those who asked had been told."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.analytics.queries import WINDOW
from doorstep.analytics.values import Metric
from doorstep.flows import wismo_meter
from doorstep.messaging.notices.values import NoticeKind
from doorstep.web.home import promises
from doorstep.web.notices.words import KINDS
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.states import word_of

# What a brand can do about those who ask after a notice: the next one that they might have got.
NEXT: dict[str, str | Promise] = {
    wismo_meter.NOTHING: _("Is the confirmation switched on, and does the shop tell the e-mail address?"),
    NoticeKind.CONFIRMED: _("They wait for it to leave: promise a day, or tell them that it is late."),
    NoticeKind.SHIPPED: _("They wait on the way: say the day, and switch on “Out for delivery”."),
    NoticeKind.OUT_FOR_DELIVERY: _("They wait at the door: the carrier did not come, or said so too late."),
    NoticeKind.DELIVERED: _("They do not find it: say where it was left."),
    NoticeKind.DELAY: _("They were told that it is late, and ask all the same: say the new day."),
}  # fmt: skip


@page("orders:read")
def index(request: StaffRequest) -> HttpResponse:
    """The figure, its arithmetic, by channel, and by what was told before."""
    story = wismo_meter.story(request.ctx, since=request.ctx.now - WINDOW, until=request.ctx.now)
    line = next(
        line for pillar in promises.pillars(request.ctx) for line in pillar.lines
        if line.figure.promise.metric is Metric.WISMO_RATE
    )  # fmt: skip
    facts: dict[str, Any] = {
        "story": story, "line": line, "channels": [(word_of("channel", one.channel), one) for one in story.channels],
        "told": [(_told(kind), n, NEXT.get(kind, "")) for kind, n in story.told], "may_set": request.may("settings:read"),
        "asked": sum(n for _, n in story.told),
    }  # fmt: skip
    return render(request, "home/wismo.html", facts)


def _told(kind: str) -> str | Promise:
    if kind == wismo_meter.NO_ORDER:
        return _("No order is known of them")
    if kind == wismo_meter.NOTHING:
        return _("Nothing had been told")
    return KINDS[NoticeKind(kind)][0] if kind in set(NoticeKind) else kind
