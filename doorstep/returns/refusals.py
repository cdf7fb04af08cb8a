"""What returns refuse, in words for people."""

from __future__ import annotations

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

NOT_DELIVERED = Refusal(
    "not_delivered",
    gettext_noop("%(title)s has not arrived yet, so it cannot be sent back."),
    gettext_noop("Wait until the carrier has delivered it, or cancel the order."),
)
BROUGHT_AGAIN = Refusal(
    "returned_with_first_order",
    gettext_noop("%(order)s only brought again, at no charge, what was bought with %(first)s."),
    gettext_noop("Start the return with order %(first)s: what arrived of both counts there."),
)
TOO_MANY_UNITS = Refusal(
    "too_many_units",
    gettext_noop("Of %(title)s only %(left)s can still be sent back, not %(wanted)s."),
    gettext_noop("Choose fewer; what was sent back before does not count again."),
)
NOTHING_CHOSEN = Refusal(
    "nothing_chosen",
    gettext_noop("Nothing was chosen to be sent back."),
    gettext_noop("Choose at least one item and how many of it."),
    status=422,
)
NOT_OFFERED = Refusal(
    "outcome_not_offered",
    gettext_noop("%(outcome)s is not offered for %(title)s."),
    gettext_noop("Choose one of the outcomes that are offered."),
)
QUESTION_OPEN = Refusal(
    "question_open",
    gettext_noop("Please answer first: %(question)s"),
    gettext_noop("Write a short answer and send the request again."),
    status=422,
)
NO_WITHDRAWAL = Refusal(
    "no_withdrawal",
    gettext_noop("The right to withdraw does not apply: %(why)s"),
    gettext_noop("Ask for a return in the usual way."),
)
NOT_IN_THE_EU = gettext_noop("the order did not go to a country with this right.")
WITHDRAWAL_OVER = gettext_noop("more than 14 days have passed since the delivery.")
WRONG_STATE = Refusal(
    "return_state",
    gettext_noop("Return %(number)s is “%(state)s”; this is not possible now."),
    gettext_noop("Look at its timeline to see what happened."),
)
NOT_THERE = Refusal(
    "not_received",
    gettext_noop("Only %(left)s of %(title)s lie here to be inspected, not %(wanted)s."),
    gettext_noop("Receive the units first."),
)
TOO_MANY_CAME = Refusal(
    "more_than_announced",
    gettext_noop("Only %(left)s of %(title)s are still awaited, not %(wanted)s."),
    gettext_noop("Note what came beyond that as an extra item."),
)
NO_LOCATION = Refusal(
    "no_location",
    gettext_noop("There is no location to which goods could be sent back."),
    gettext_noop("Add or reopen one under Locations."),
)
NO_LABEL_DUE = Refusal(
    "no_label_due",
    gettext_noop("Return %(number)s gets no label from us now."),
    gettext_noop("A label is for returns that are approved with a free one and of which nothing is on its way yet."),
)
BAD_POLICY = Refusal(
    "bad_policy",
    gettext_noop("%(path)s: %(problem)s"),
    gettext_noop("Correct this part of the policy and publish it again."),
    status=422,
)
TOO_MANY_PICTURES = Refusal(
    "too_many_pictures",
    gettext_noop("There are %(most)s pictures of this item already."),
    gettext_noop("The ones that are here are enough; nothing was added."),
)
EXCHANGE_SHORT = Refusal(
    "exchange_short",
    gettext_noop("There is not enough of %(title)s to promise it. There would be: %(others)s."),
    gettext_noop("Choose another variant, or a refund."),
)
NO_EXCHANGE_VARIANT = Refusal(
    "no_exchange_variant",
    gettext_noop("Nobody said what %(title)s shall be exchanged for."),
    gettext_noop("Choose another variant of the same product."),
    status=422,
)
NOT_AT_THE_COUNTER = Refusal(
    "return_not_at_counter",
    gettext_noop("The return policy does not take this back of %(order)s."),
    gettext_noop("Ask a manager: a return can be decided by hand under Returns."),
    status=422,
)
