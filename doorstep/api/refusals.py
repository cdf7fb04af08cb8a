"""What the API refuses whatever is asked of it."""

from __future__ import annotations

from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

NO_SUCH_ADDRESS = Refusal(
    "no_such_address",
    gettext_noop("There is nothing at this address."),
    gettext_noop("Look for the address in /api/v1/openapi.json."),
    status=404,
)
INTERNAL = Refusal(
    "internal_error",
    gettext_noop("Something went wrong on our side; nothing was changed."),
    gettext_noop("Try again. If it stays, tell us the trace."),
    status=500,
)
OUT_OF_RANGE = Refusal(
    "out_of_range",
    gettext_noop("A number would become larger than can be kept."),
    gettext_noop("Check the quantities and amounts."),
    status=422,
)


def not_together(field: str) -> Mistaken:
    """The mistake of a filter that goes alone."""
    return Mistaken([Mistake(field, "not_together", gettext_noop("does not go with other filters."))])
