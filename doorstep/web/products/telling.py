"""How the timeline tells what happened to products."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.catalog import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.telling import changes
from doorstep.web.parts.timeline import only


def _skus(event: Event) -> dict[str, Any]:
    lines = event.data.get("skus") or [line["sku"] for line in event.data.get("variants", [])]
    return {"skus": ", ".join(lines[:8]) + (" …" if len(lines) > 8 else "")}


def _why_variants(event: Event) -> str:
    return "; ".join(f"{line['sku']}: {changes(line['before'])}" for line in event.data["variants"])


def _why_contents(event: Event) -> str:
    """What is in a bundle now, and what was before."""
    return f"{_contents(event.data['before'])} → {_contents(event.data['after'])}"


def _contents(lines: list[dict[str, Any]]) -> str:
    return ", ".join(f"{line['qty']} × {line['sku']}" for line in lines) or "–"


def register() -> None:
    """Teaches the timeline the catalogue's events."""
    timeline.register(
        {
            events.PRODUCT_CREATED: timeline.Telling(_("added the product"), "plus", states.DONE),
            events.PRODUCT_EDITED: timeline.Telling(
                _("edited the product"), "pencil", why=lambda event: changes(event.data["before"], event.data["after"])
            ),
            events.VARIANTS_ADDED: timeline.Telling(_("added %(skus)s"), "plus", states.DONE, facts=_skus),
            events.VARIANTS_EDITED: timeline.Telling(_("edited %(skus)s"), "pencil", facts=_skus, why=_why_variants),
            events.COMPONENTS_SET: timeline.Telling(
                _("said what is in %(sku)s"), "packages", facts=only("sku"), why=_why_contents
            ),
            events.PICTURE_SET: timeline.Telling(_("changed the picture"), "photo"),
        }
    )
