"""Refusals are for people; every other exception is a bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.base.words import gettext_noop

# Facts that are words of ours and said in the reader's language; every other one is somebody's name, number or text.
WORDS = frozenset({"field", "form", "outcome", "problem", "reason", "state", "to", "was", "what", "why"})
# Facts that are states of what the refusal is about; faces say them as their pages do.
STATES = frozenset({"state", "to", "was"})
# What a refusal may be about, so that its `what` is said in the reader's language too.
THINGS = frozenset(
    (
        gettext_noop("action"), gettext_noop("API key"), gettext_noop("arrival"), gettext_noop("bin"),
        gettext_noop("box"), gettext_noop("brand"), gettext_noop("bulk action"), gettext_noop("carrier"),
        gettext_noop("connection"),
        gettext_noop("conversation"), gettext_noop("count line"), gettext_noop("count sheet"), gettext_noop("customer"),
        gettext_noop("decision"), gettext_noop("delivery"), gettext_noop("expected delivery"),
        gettext_noop("file"), gettext_noop("fulfilment order"), gettext_noop("job"), gettext_noop("label"),
        gettext_noop("list"), gettext_noop("listing"), gettext_noop("location"), gettext_noop("lot"),
        gettext_noop("macro"), gettext_noop("mailbox"), gettext_noop("manifest"),
        gettext_noop("merge"), gettext_noop("message"), gettext_noop("notice"), gettext_noop("order"),
        gettext_noop("parked part"),
        gettext_noop("reservation"), gettext_noop("tracking page"),
        gettext_noop("draft"), gettext_noop("replay"), gettext_noop("routing rule"),
        gettext_noop("routing rules"),
        gettext_noop("order line"), gettext_noop("organisation"), gettext_noop("parcel"), gettext_noop("payment"),
        gettext_noop("payment account"), gettext_noop("payment call"), gettext_noop("payment of order"),
        gettext_noop("person"), gettext_noop("pick list"), gettext_noop("pick task"), gettext_noop("picture"),
        gettext_noop("policy"), gettext_noop("print job"), gettext_noop("printer"), gettext_noop("product"),
        gettext_noop("reason"), gettext_noop("receipt"), gettext_noop("till shift"), gettext_noop("card payment"),
        gettext_noop("refund"), gettext_noop("return"), gettext_noop("sentence"), gettext_noop("shipment"),
        gettext_noop("state"), gettext_noop("task"), gettext_noop("transfer"),
        gettext_noop("variant"), gettext_noop("view"), gettext_noop("webhook"), gettext_noop("wave"),
        gettext_noop("wave template"), gettext_noop("floor plan"), gettext_noop("put-away"), gettext_noop("phone number"),
        gettext_noop("warehouse"), gettext_noop("request to a warehouse"),
    )
)  # fmt: skip


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
    gettext_noop("This %(what)s is “%(was)s” and cannot become “%(to)s”."),
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
