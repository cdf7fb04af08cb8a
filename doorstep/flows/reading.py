"""One arrival while it is read, whoever sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from doorstep.base.arrivals import Arrival
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop

NOTHING_NEW = gettext_noop("It tells nothing that was not known.")


@dataclass(slots=True)
class Reading:
    """What became of an arrival so far; nothing, until somebody says so."""

    arrival: Arrival
    connection_id: int
    outcome: str = "ignored"
    detail: dict[str, Any] = field(default_factory=dict)

    def say(self, outcome: str, **detail: Any) -> None:
        """Notes what became of it."""
        self.outcome, self.detail = outcome, self.detail | detail

    def refuse(self, refused: Refused) -> None:
        """Notes why it could not be taken; the facts are kept so that a page can say it in the reader's language."""
        facts = {name: str(value)[:300] for name, value in refused.facts.items()}
        self.say(
            "refused", code=refused.code, says=refused.refusal.says, facts=facts, next_step=refused.refusal.next_step
        )
