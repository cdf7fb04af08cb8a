"""What shops say that is no order: it is looked up, or compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from doorstep.base.ctx import Ctx
from doorstep.base.words import gettext_noop
from doorstep.channels import actions as channels
from doorstep.channels import exposures
from doorstep.channels.port import ListingsChanged, NumberTold, OrderNamed, ShopFact, UnitsPending
from doorstep.channels.port.facts import NumbersDone
from doorstep.flows import pending
from doorstep.flows.reading import Reading

HEARD_AFTER = timedelta(seconds=30)  # what a shop says by webhook may be so old
LOOKED_UP = gettext_noop("The shop named an order; it is fetched.")
COMPARED = gettext_noop("The shop said what it shows; it was compared.")
HELD = gettext_noop("Its buyer has not paid yet; its units are kept for it.")
ASKED = gettext_noop("The shop worked through the numbers that it was told; it is asked what became of each.")
READ_ANEW = gettext_noop("What the shop offers is read anew.")


def hear(ctx: Ctx, reading: Reading, facts: Sequence[ShopFact]) -> None:
    """Does what a delivery asks for beyond orders.  Locks: the exposure of each number that is told."""
    connection_id = reading.connection_id
    for fact in facts:
        if isinstance(fact, OrderNamed):
            channels.want_order(ctx, connection_id=connection_id, external_id=fact.external_id)
            reading.say("processed", reason=LOOKED_UP, external_id=fact.external_id)
        if isinstance(fact, NumberTold):
            said_at = fact.at or ctx.now - HEARD_AFTER
            exposures.note_shown(ctx, connection_id=connection_id, shown={fact.id: fact.number}, since=said_at)
            reading.say("processed", reason=COMPARED)
        if isinstance(fact, NumbersDone):
            exposures.ask_now(ctx, connection_id=connection_id, handle=fact.handle)
            reading.say("processed", reason=ASKED)
    if any(isinstance(fact, ListingsChanged) for fact in facts):
        channels.want_listings(ctx, connection_id=connection_id)
        reading.say("processed", reason=READ_ANEW)


def hold(ctx: Ctx, *, connection_id: int, told: Sequence[tuple[Reading, UnitsPending]]) -> None:
    """Keeps the units of orders that are not paid for yet, of all deliveries together.  Locks, Emits: as `pending.keep`."""
    news = pending.keep(ctx, connection_id=connection_id, pending=[fact for _, fact in told]) if told else set()
    for reading, fact in told:
        if fact.external_id in news:
            reading.say("processed", reason=HELD, external_id=fact.external_id)
