"""How accounts with vendors speak: what happens to those of every kind, as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.base.vendors import WebhookAccounts
from doorstep.web.parts import states
from doorstep.web.parts.timeline import Telling, Words, nothing, problem


def of(accounts: WebhookAccounts[Any], *, subscribed: Words, failing: Words) -> dict[str, Telling]:
    """The events of one kind of accounts.  `subscribed`, `failing`: what is said of telling its vendors where webhooks go."""
    told = {
        "connected": Telling(_("connected %(name)s"), "plug-connected", states.DONE),
        "changed": Telling(_("changed address or token"), "pencil", facts=nothing, why=_address),
        "retired": Telling(_("took %(name)s out of use"), "archive", states.OVER),
        "returned": Telling(_("took %(name)s back into use"), "player-play", states.DONE),
        "subscribed": Telling(subscribed, "send", states.DONE, facts=nothing),
        "failing": Telling(failing, "alert-triangle", states.BROKEN, facts=nothing, why=problem),
        "hook_rejected": Telling(
            _("turned away a webhook with a bad signature"), "shield-check", states.WAITING, facts=nothing, why=problem
        ),
    }
    return {f"{accounts.kind}.{what}": telling for what, telling in told.items()}


def _address(event: Event) -> str:
    return str(event.data.get("url") or "")
