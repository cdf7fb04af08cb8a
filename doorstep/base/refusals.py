"""Refusals are for people; every other exception is a bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.base.words import gettext_noop


@dataclass(frozen=True, slots=True)
class Refusal:
    """What can be refused: a stable code, a sentence with %(facts)s, and what to do next."""

    code: str
    says: str
    next_step: str = ""
    status: int = 409


class Refused(Exception):
    """Carries a refusal and its facts to the face, which says it in the reader's language."""

    def __init__(self, refusal: Refusal, facts: Mapping[str, object] | None = None) -> None:
        self.refusal = refusal
        self.facts = dict(facts or {})
        super().__init__(f"{refusal.code}: {self.facts}")

    @property
    def code(self) -> str:
        return self.refusal.code


NOT_FOUND = Refusal(
    "not_found",
    gettext_noop("There is no %(what)s %(key)s here."),
    gettext_noop("Check the number, or search for it."),
    status=404,
)
LOST_RACE = Refusal(
    "changed_meanwhile",
    gettext_noop("Somebody else changed this %(what)s a moment ago."),
    gettext_noop("Reload it and look again before you decide."),
)
ILLEGAL_MOVE = Refusal(
    "illegal_move",
    gettext_noop("A %(what)s that is %(was)s cannot become %(to)s."),
    gettext_noop("Look at its timeline to see what happened."),
)
BAD_SIGNATURE = Refusal(
    "bad_signature",
    gettext_noop("The signature does not fit: %(reason)s."),
    gettext_noop("Sign with the secret of this connection, and set the sender's clock."),
    status=401,
)
UNREADABLE = Refusal(
    "unreadable",
    gettext_noop("This cannot be read: %(reason)s"),
    gettext_noop("Look at the raw payload; send it again once it is right."),
    status=422,
)
FORBIDDEN = Refusal(
    "forbidden",
    gettext_noop("Your role does not allow this."),
    gettext_noop("Ask an owner of the organisation."),
    status=403,
)
INVALID = Refusal(
    "invalid", gettext_noop("%(field)s: %(problem)s"), gettext_noop("Correct it and send it again."), status=422
)
