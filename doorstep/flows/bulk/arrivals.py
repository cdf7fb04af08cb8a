"""Arrivals: read again."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import arrivals
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.arrivals import read_again
from doorstep.flows.bulk.values import Verb, Wished, every

STILL_REFUSED = Refusal(
    "still_refused",
    gettext_noop("Read again, with the same result."),
    gettext_noop("Open it: its page tells the reason."),
)

STAYS = Refusal(
    "stays",
    gettext_noop("It could not be taken this time. What it did before stays."),
    gettext_noop("See that its sender is not paused, then read it again."),
)

FROM_A_FILE = Refusal(
    "from_a_file",
    gettext_noop("It is a row of a file."),
    gettext_noop("Import the file again: what is here already is not taken twice."),
)


def _names(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: name or f"#{id}" for id, name in arrivals.names_of(ctx, ids=ids).items()}


def _replay(ctx: Ctx, wished: Wished, id: int) -> bool:  # noqa: ARG001
    outcome = read_again(ctx, arrival_id=id)
    if not outcome:
        raise Refused(FROM_A_FILE)
    if outcome == "stays":
        raise Refused(STAYS)
    if outcome not in ("processed", "ignored"):
        raise Refused(STILL_REFUSED)
    return outcome == "processed"


# Oldest first, so that a cancellation finds the order that came before it.
VERBS = (Verb("arrivals.replay", "channels:write", _names, every, _replay, oldest_first=True),)
