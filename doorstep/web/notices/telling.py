"""How notices speak: events as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.messaging import events
from doorstep.messaging.notices.values import NoticeKind, Way, Why
from doorstep.web.notices.words import KINDS, SOURCES, WAYS, WHY
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import Telling, nothing
from doorstep.web.settings.views import LANGUAGE_WORDS

LANGUAGES = dict(LANGUAGE_WORDS)


def kind_word(name: object) -> str:
    """What a kind is called; its own name where nobody knows it."""
    found = KINDS.get(NoticeKind(str(name))) if str(name) in set(NoticeKind) else None
    return str(found[0]) if found else str(name)


def _language(event: Event) -> dict[str, Any]:
    return {"language": LANGUAGES.get(str(event.data.get("language")), str(event.data.get("language")))}


def _before(event: Event) -> str:
    """What stood there before, so that it can be taken up again."""
    before = event.data.get("before") or {}
    return gettext("Before:") + "\n" + "\n\n".join(str(before.get(part, "")) for part in ("subject", "body", "sms"))


def _way(event: Event) -> dict[str, Any]:
    name = str(event.data.get("way"))
    return {"way": str(WAYS[Way(name)]) if name in set(Way) else name}


def _not_told(event: Event) -> dict[str, Any]:
    return {"kind": kind_word(event.data.get("kind")), **_way(event)}


def _why(event: Event) -> str:
    why = str(event.data.get("why"))
    return str(WHY[Why(why)]) if why in set(Why) else why


def _source(event: Event) -> str:
    return str(SOURCES.get(str(event.data.get("source")), ""))


def register() -> None:
    """Teaches the timeline the events of notices."""
    timeline.register(
        {
            events.NOTICE_WORDED: Telling(_("changed the text in %(language)s"), "pencil", states.DONE, _language, _before),
            events.NOTICE_RESET: Telling(_("took the standard text in %(language)s again"), "arrow-back-up",
                                         facts=_language, why=_before),
            events.NOTICE_SWITCHED: Telling(_("switched %(way)s"), "bell", facts=lambda e: {
                "way": f"{_way(e)['way']}: {gettext('on') if e.data.get('after') else gettext('off')}"}),
            events.NOTICE_HOURS_CHANGED: Telling(_("changed the quiet hours"), "moon", facts=nothing,
                                                 why=lambda e: f"{e.data.get('before')} → {e.data.get('after')}"),
            events.NOTICE_NOT_TOLD: Telling(_("did not send “%(kind)s” by %(way)s"), "bell", states.OVER, _not_told, _why,
                                            is_minor=True),
            events.OPTED_OUT: Telling(_("wants no more notices by %(way)s"), "hand-stop", states.OVER, _way, _source),
            events.OPTED_IN: Telling(_("wants notices by %(way)s again"), "bell", states.DONE, _way, _source),
            events.TEXT_RECEIPT: Telling(_("could not deliver a text message"), "alert-triangle", states.BROKEN,
                                         facts=nothing, why=lambda e: str(e.data.get("problem", ""))),
        }
    )  # fmt: skip
