"""How mailboxes speak: events as sentences."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.messaging import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import nothing, only, problem

PARTS = {
    "host": _("The server does not answer. Check its name and port, and whether it is up."),
    "tls": _("No safe connection comes about. Check the kind of security and the port, or the server's certificate."),
    "login": _("The server does not accept the name and password. Some providers want an app password here."),
    "folder": _("The server knows no such folder."),
    "answer": _("The server answered what could not be understood."),
}


def says(problem: str) -> str:
    """A kept problem in words; its detail is the server's own."""
    part = problem.partition(":")[0]
    return gettext(str(PARTS.get(part, PARTS["answer"])))


def _problem(event: Event) -> str:
    return says(str(event.data.get("problem", "")))


def _address(event: Event) -> str:
    return str(event.data.get("address") or "")


def register() -> None:
    """Teaches the timeline the events of mailboxes."""
    timeline.register(
        {
            events.MAILBOX_CONNECTED: timeline.Telling(
                _("connected %(name)s"), "plug-connected", states.DONE, facts=only("name"), why=_address
            ),
            events.MAILBOX_CHANGED: timeline.Telling(
                _("changed how it is reached"), "pencil", facts=nothing, why=_address
            ),
            events.MAILBOX_RETIRED: timeline.Telling(
                _("took %(name)s out of use"), "archive", states.OVER, facts=only("name")
            ),
            events.MAILBOX_RETURNED: timeline.Telling(
                _("took %(name)s back into use"), "player-play", states.DONE, facts=only("name")
            ),
            events.MAILBOX_FAILING: timeline.Telling(
                _("could not read the mailbox"), "alert-triangle", states.BROKEN, facts=nothing, why=_problem
            ),
            events.MAILBOX_HOOK_REJECTED: timeline.Telling(
                _("turned away a mail with a bad signature"), "shield-check", states.WAITING, facts=nothing, why=problem
            ),
        }
    )  # fmt: skip
