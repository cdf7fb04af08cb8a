"""Addresses of orders are checked as they come and as they change; where nothing can arrive, the order may be held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from doorstep.base import jobs
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import doubts, edit_order
from doorstep.flows.offers import carrier_of
from doorstep.locations import places
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.orders.values import ERASED_LINE, KEPT_LINE, Address
from doorstep.shipping import addressing, checks, policy
from doorstep.shipping import queries as shipping
from doorstep.shipping.addressing import AddressState, Finding, Known, Verdict
from doorstep.shipping.checks import Checked

NOTHING_SUGGESTED = Refusal(
    "nothing_suggested",
    gettext_noop("No better address is known for order %(order)s."),
    gettext_noop("Change the address by hand."),
)
TEXTS = ("name", "city", "country", "postal_code", "region", "company", "phone")


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Checks where new and changed orders go."""
    check(ctx, order_ids=sorted({e.timeline_id for e in happened}))


@transaction.atomic
def check(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, Verdict]:
    """Checks addresses by their shape and their postal code, and asks a carrier where the brand wants that.

    Those that the channel tells only for shipping, and those that a person found right, are left alone.  Shapes: by order.
    """
    rules = policy.find(ctx)
    wanted = _to_check(ctx, order_ids)
    found = places.find_many(places=[(str(a.get("country")), str(a.get("postal_code") or "")) for a in wanted.values()])
    verdicts = {
        order_id: addressing.check(address, Known(place.place, place.region, place.has_country))
        for (order_id, address), place in zip(wanted.items(), found, strict=True)
    }
    told = [Checked(order_id, wanted[order_id], verdict, checks.BY_RULES) for order_id, verdict in verdicts.items()]
    for order_id in sorted(checks.record(ctx, checked=told)):
        _follow(ctx, order_id, verdicts[order_id], rules)
        if rules.ask_carrier_id is not None and verdicts[order_id].state is not AddressState.UNDELIVERABLE:
            arguments = {"organisation_id": ctx.organisation_id, "order_id": order_id}
            jobs.defer("verify_address", arguments=arguments, lock=f"address:{order_id}")
    return verdicts


def _to_check(ctx: Ctx, order_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """The addresses that are ours to judge, and not judged as they are: by a person, or by a carrier after us."""
    apart = recipients.rows(ctx, order_ids=order_ids)
    known = checks.checks_of(ctx, order_ids=order_ids)
    open_ones = {id for id, row in orders.orders_by_id(ctx, ids=order_ids).items() if row.state == "open"}
    wanted: dict[int, Mapping[str, Any]] = {}
    for order_id, order in orders.destinations(ctx, order_ids=order_ids).items():
        address, row = order.ship_to, known.get(order_id)
        lines = list(address.get("lines") or ())
        is_ours = order_id not in apart and order_id in open_ones and lines not in ([ERASED_LINE], [KEPT_LINE])
        is_settled = row is not None and row.source != checks.BY_RULES and row.address == checks.fingerprint(address)
        if is_ours and not is_settled and address.get("country"):
            wanted[order_id] = address
    return wanted


def verify(ctx: Ctx, *, order_id: int) -> None:
    """Asks the brand's carrier about an order's address.  Raises: httpx errors, to be tried again."""
    rules = policy.find(ctx)
    order = orders.destinations(ctx, order_ids=[order_id]).get(order_id)
    if order is None or rules.ask_carrier_id is None or recipients.rows(ctx, order_ids=[order_id]):
        return
    row = shipping.get_carrier(ctx, carrier_id=rules.ask_carrier_id)
    address = order.ship_to
    answer = carrier_of(ctx, row.id).check_address(address)
    if answer is None:
        return
    said = [Finding(addressing.REMOTE_NO, "lines", {"carrier": row.name, "value": one}) for one in answer.problems or ("?",)]
    verdict = Verdict(AddressState.OK, ())
    if not answer.is_deliverable:
        verdict = addressing.judge(said, None)
    elif answer.address is not None:
        better = {**address, **{k: answer.address[k] for k in ("lines", "city", "region", "postal_code") if answer.address.get(k)}}
        alike = {k: addressing.fold(str(better.get(k))) == addressing.fold(str(address.get(k))) for k in better}
        verdict = replace(verdict, suggestion=None if all(alike.values()) else better)
    with transaction.atomic():
        if checks.record(ctx, checked=[Checked(order_id, address, verdict, row.name)]):
            _follow(ctx, order_id, verdict, rules)


def _follow(ctx: Ctx, order_id: int, verdict: Verdict, rules: policy.PolicyRow) -> None:
    if verdict.state is AddressState.UNDELIVERABLE and rules.hold_addresses:
        doubts.hold(ctx, why={order_id: doubts.Doubt.UNDELIVERABLE})


@transaction.atomic
def accept(ctx: Ctx, *, order_id: int, version: int) -> None:
    """Sends an order to the suggested address, and checks that one.  Refuses: nothing suggested, an order that changed."""
    row = checks.checks_of(ctx, order_ids=[order_id]).get(order_id)
    order = orders.destinations(ctx, order_ids=[order_id]).get(order_id)
    if order is None:
        raise Refused(NOT_FOUND, {"what": "order", "key": order_id})
    if row is None or row.suggestion is None or row.address != checks.fingerprint(order.ship_to):
        raise Refused(NOTHING_SUGGESTED, {"order": order.name})
    edit_order.change_address(ctx, order_id=order_id, version=version, ship_to=address_of(row.suggestion))
    check(ctx, order_ids=[order_id])


@transaction.atomic
def keep(ctx: Ctx, *, order_id: int) -> None:
    """Notes that a person found an address right as it is, until it changes."""
    order = orders.destinations(ctx, order_ids=[order_id]).get(order_id)
    if order is None:
        raise Refused(NOT_FOUND, {"what": "order", "key": order_id})
    checks.record(ctx, checked=[Checked(order_id, order.ship_to, Verdict(AddressState.OK, ()), checks.BY_PERSON)])


def address_of(kept: Mapping[str, Any]) -> Address:
    """An address as orders take it."""
    return Address(lines=tuple(str(line) for line in kept.get("lines") or ()), **{k: str(kept.get(k) or "") for k in TEXTS})


