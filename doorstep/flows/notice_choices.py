"""What a customer wants to be told, by each of the addresses that are known of them: seen and set by the house."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.customers import queries as customers
from doorstep.customers.rules import mobile_number
from doorstep.customers.values import EMAIL
from doorstep.messaging.notices import opt_outs
from doorstep.messaging.notices.values import OptOutRow, Way

SMS = "sms"


@dataclass(frozen=True, slots=True)
class Choice:
    """One address by one way.  `last`: what was asked last at it, be it over or not; None where nothing ever was."""

    way: Way
    address: str
    wants: bool
    last: OptOutRow | None


def of_customer(ctx: Ctx, *, customer_id: int) -> list[Choice]:
    """What stands of every address of a customer, mail first.  Refuses: unknown ids."""
    row = customers.get(ctx, customer_id=customer_id)
    known = customers.identities(ctx, customer_id=customer_id)
    found = {
        Way.MAIL: [row.email, *(one.value for one in known if one.kind == EMAIL)],
        Way.SMS: [mobile_number(row.phone, row.country), *(one.value for one in known if one.kind == SMS)],
    }
    choices = []
    for way, addresses in found.items():
        mine = list(dict.fromkeys(opt_outs.normal(way, one) for one in addresses if one))
        last = opt_outs.newest_of(ctx, way=way, addresses=mine)
        silent = opt_outs.opted_out(ctx, way=way, addresses=mine)
        choices += [Choice(way, one, one not in silent, last.get(one)) for one in mine]
    return choices


def choose(ctx: Ctx, *, customer_id: int, way: Way, address: str, wants: bool) -> None:
    """Notes what a customer asked for at an address of theirs; what stands there already changes nothing.

    Emits: OptedOut or OptedIn, on their timeline.  Refuses: an address that is not theirs.
    """
    plain = opt_outs.normal(way, address)
    if not any((one.way, one.address) == (way, plain) for one in of_customer(ctx, customer_id=customer_id)):
        problem = gettext_noop("This is no address of this customer.")
        raise Refused(INVALID, {"field": "address", "problem": problem})
    change = opt_outs.opt_in if wants else opt_outs.opt_out
    change(ctx, way=way, address=plain, source="staff", timeline=f"customer:{customer_id}")
