"""Events told as sentences: actor, verb, object, and the why behind each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.web.parts import states

Words = str | Promise
Facts = Callable[[Event], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Telling:
    """How one type of event is told.

    `says`: a sentence after the actor's name, with %(facts)s. `facts`: the event's data unless given; HTML in them is
    escaped unless it is safe already. `why`: the reason to unfold, empty for none. `is_minor`: folded between others.
    """

    says: Words
    icon: str = "history"
    tone: str = states.OVER
    facts: Facts | None = None
    why: Callable[[Event], str] | None = None
    is_minor: bool = False


def nothing(_event: Event) -> dict[str, Any]:
    """The facts of a sentence that needs none."""
    return {}


def only(*names: str) -> Facts:
    """The facts of a sentence that needs these of the event's data; one that it does not tell is left empty."""
    return lambda event: {name: event.data.get(name, "") for name in names}


def problem(event: Event) -> str:
    """What went wrong by the event's own data, in the reader's language; "" where it does not say."""
    said = str(event.data.get("problem") or event.data.get("reason") or "")
    return gettext(said) if said else ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a timeline, ready to show."""

    actor: str
    actor_kind: str
    sentence: SafeString
    icon: str
    tone: str
    at: datetime
    why: str
    is_minor: bool
    type: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Neighbouring minor lines, shown as one until they are unfolded."""

    items: Sequence[Item]


_tellings: dict[str, Telling] = {}
ACTORS: dict[str, Words] = {
    "channel": _("Channel"), "carrier": _("Carrier"), "payment": _("Payment provider"), "customer": _("Customer"),
    "warehouse": _("Warehouse"),
}  # fmt: skip


def register(tellings: dict[str, Telling]) -> None:
    """Teaches the timeline some types of events; one that two rooms tell is a bug."""
    twice = _tellings.keys() & tellings.keys()
    if twice:
        raise ValueError(f"told by two rooms: {', '.join(sorted(twice))}")
    _tellings.update(tellings)


def told(events: Sequence[Event]) -> list[Item]:
    """Events as lines, in the order given; a type that nobody described says its own name."""
    return [_tell(event) for event in events]


def folded(items: Sequence[Item]) -> list[Item | Fold]:
    """The same lines with runs of two or more minor ones put behind one fold."""
    result: list[Item | Fold] = []
    run: list[Item] = []
    for item in [*items, None]:
        if item is not None and item.is_minor:
            run.append(item)
            continue
        result.extend([Fold(run)] if len(run) > 1 else run)
        run = []
        if item is not None:
            result.append(item)
    return result


def _tell(event: Event) -> Item:
    telling = _tellings.get(event.type)
    actor = event.actor_name or gettext(str(ACTORS.get(event.actor_kind, event.actor_kind)))
    if telling is None:
        sentence = format_html("{}", event.type.replace(".", " ").replace("_", " "))
        return Item(actor, event.actor_kind, sentence, "history", states.OVER, event.at, "", True, event.type)
    facts = telling.facts(event) if telling.facts else event.data
    marked = {name: format_html("<b>{}</b>", value) for name, value in facts.items()}
    sentence = SafeString(str(telling.says) % marked) if marked else SafeString(str(telling.says))
    why = telling.why(event) if telling.why else ""
    return Item(
        actor, event.actor_kind, sentence, telling.icon, telling.tone, event.at, why, telling.is_minor, event.type
    )
