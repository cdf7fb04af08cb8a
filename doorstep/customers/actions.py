"""Writes to customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import transaction

from doorstep.base import aging, db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import LOST_RACE, Refused
from doorstep.customers import bulk, events, queries, rules
from doorstep.customers.rules import Key
from doorstep.customers.values import EMAIL, EMAIL_TAKEN, CustomerDraft, Known, Person


@transaction.atomic(savepoint=False)
def match(ctx: Ctx, *, people: Sequence[Person]) -> list[int]:
    """Says which customer each person is, and makes those who are new; call it once per transaction.

    Shapes: one customer id per person, in order; the same person twice is one customer.
    Locks: identities in sorted order, then customers ascending.
    Emits: CustomerCreated, CustomerIdentified, CustomerCompleted.
    """
    cleaned = [rules.clean_person(person) for person in people]
    keys = {key for person in cleaned for key in person.identities}
    asked, spare = bulk.holders(ctx, keys), bulk.new_ids(len(cleaned))  # one way there and back for both
    known = asked()
    ids, fresh, attached = _settle(ctx, cleaned, known, spare())
    if fresh:
        bulk.insert(ctx, sorted(fresh.items()))
    facts = [
        _happened(events.CUSTOMER_CREATED, customer_id, {"name": person.name, "email": person.email})
        for customer_id, person in sorted(fresh.items())
    ]
    facts += [
        _happened(events.CUSTOMER_IDENTIFIED, customer_id, {"kinds": kinds})
        for customer_id, kinds in sorted(_kinds(attached, fresh).items())
    ]
    outbox.record(ctx, facts)
    _complete(ctx, cleaned, ids, set(fresh), known)
    return ids


def _settle(
    ctx: Ctx, people: Sequence[Person], known: dict[Key, Known], spare: Sequence[int]
) -> tuple[list[int], dict[int, Person], dict[Key, int]]:
    """Claims the identities that nobody has; where another process was quicker, plans again with what it wrote.

    Returns: ids per person, the people to make by id, and the identities that were claimed.  `known` grows; `spare` are ids for
    as many as there are people.
    """
    mine: set[Key] = set()
    is_first = True
    while True:
        plan = rules.plan(people, {key: holder.id for key, holder in known.items()})
        real = {token: spare[-token - 1] for token in plan.fresh}
        owners = {key: real.get(token, token) for key, token in plan.attach.items()}
        missing = {key: owner for key, owner in owners.items() if key not in mine}
        if missing:
            mine |= bulk.claim(ctx, missing)
        lost = owners.keys() - mine
        if not lost:
            if not is_first:  # what an earlier plan claimed may belong to others by this one
                bulk.give(ctx, owners)
            ids = [real.get(token, token) for token in plan.people]
            return ids, {real[token]: person for token, person in plan.fresh.items()}, owners
        known |= bulk.holders(ctx, lost)()
        is_first = False


def _kinds(attached: Mapping[Key, int], fresh: Mapping[int, Person]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for (kind, _), customer_id in sorted(attached.items()):
        if customer_id not in fresh:
            found.setdefault(customer_id, []).append(kind)
    return found


def _complete(
    ctx: Ctx, people: Sequence[Person], ids: Sequence[int], fresh: set[int], known: Mapping[Key, Known]
) -> None:
    """Fills the blanks of customers from what the batch tells of them; most batches have nothing to fill."""
    seen = {holder.id: holder for holder in known.values()}
    told: dict[int, list[Person]] = {}
    first: set[int] = set()
    for customer_id, person in zip(ids, people, strict=True):
        if customer_id in fresh and customer_id not in first:
            first.add(customer_id)  # written with these very fields
        elif customer_id in fresh or rules.has_more(person, seen[customer_id]):
            told.setdefault(customer_id, []).append(person)
    if not told:
        return
    changed: list[Known] = []
    facts: list[Happened] = []
    for customer_id, was in bulk.lock(ctx, told).items():
        now = was
        for person in told[customer_id]:
            now = rules.complete(now, person)
        if now != was:
            changed.append(now)
            fields = [name for name in Known.__slots__ if getattr(now, name) != getattr(was, name)]
            after = {name: getattr(now, name) for name in fields}
            facts.append(_happened(events.CUSTOMER_COMPLETED, customer_id, {"after": after}))
    bulk.update(ctx, changed)
    outbox.record(ctx, facts)


@transaction.atomic
def edit_customer(ctx: Ctx, *, customer_id: int, version: int, customer: CustomerDraft) -> int:
    """Writes a customer as a person edited them and returns the new version; a new e-mail address becomes an identity.

    Emits: CustomerEdited.  Refuses: a version that is no longer the newest, an address that names another customer.
    """
    was = queries.get(ctx, customer_id=customer_id)
    draft = rules.clean_person(
        Person(
            customer.name,
            customer.email,
            customer.phone,
            customer.language,
            customer.country,
            customer.accepts_marketing,
        )
    )
    if draft.email:
        _own_email(ctx, customer_id, draft.email)
    moved = db.execute(
        f"""UPDATE customers_customer SET name = %(name)s, email = %(email)s, phone = %(phone)s, language = %(language)s,
                   country = %(country)s, accepts_marketing = %(consent)s, version = version + 1, updated_at = %(now)s,
                   search = {bulk.SEARCH.format(name="%(name)s", email="%(email)s", phone="%(phone)s")}
             WHERE organisation_id = %(organisation)s AND id = %(id)s AND version = %(version)s""",
        {
            "name": draft.name, "email": draft.email, "phone": draft.phone, "language": draft.language,
            "country": draft.country, "consent": draft.accepts_marketing, "now": ctx.now,
            "organisation": ctx.organisation_id, "id": customer_id, "version": version,
        },
    )  # fmt: skip
    if not moved:
        raise Refused(LOST_RACE, {"what": "customer"})
    fields = ("name", "email", "phone", "language", "country", "accepts_marketing")
    before = {name: getattr(was, name) for name in fields if getattr(was, name) != getattr(draft, name)}
    after = {name: getattr(draft, name) for name in before}
    outbox.record(ctx, [_happened(events.CUSTOMER_EDITED, customer_id, {"before": before, "after": after})])
    return version + 1


def _own_email(ctx: Ctx, customer_id: int, email: str) -> None:
    if bulk.claim(ctx, {(EMAIL, email): customer_id}):
        return
    if queries.find_by_identity(ctx, kind=EMAIL, value=email) != customer_id:
        raise Refused(EMAIL_TAKEN, {"email": email})


@transaction.atomic
def strip(ctx: Ctx, *, names: Mapping[int, str]) -> None:
    """Leaves to customers a name that tells nobody's: how they are reached and recognised goes, by the facts of them too.

    Shapes: names by customer.  Locks: the customers, ascending.
    """
    ids = sorted(names)
    known = bulk.lock(ctx, ids)
    bulk.update(ctx, [replace(row, name=names[id], email="", phone="") for id, row in sorted(known.items())])
    db.execute("UPDATE customers_customer SET note = '' WHERE organisation_id = %s AND id = ANY(%s)", [ctx.organisation_id, ids])
    db.execute(
        "DELETE FROM customers_identity WHERE organisation_id = %s AND customer_id = ANY(%s) AND kind = %s",
        [ctx.organisation_id, ids, EMAIL],
    )
    aging.forget_said(ctx, timelines=[f"customer:{id}" for id in ids], names=["name", "email", "phone"])


@transaction.atomic
def note(ctx: Ctx, *, customer_id: int, note: str) -> None:
    """Writes what colleagues should know about a customer, over what stood there.  Emits: CustomerNoted."""
    was = queries.get(ctx, customer_id=customer_id)
    text = note.replace("\x00", "").strip()[:10_000]
    if text == was.note:
        return
    db.execute(
        """UPDATE customers_customer SET note = %s, version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [text, ctx.now, ctx.organisation_id, customer_id],
    )
    outbox.record(ctx, [_happened(events.CUSTOMER_NOTED, customer_id, {"before": was.note, "after": text})])


def create_customer(ctx: Ctx, *, customer: CustomerDraft) -> int:
    """Adds one customer, or finds who has that e-mail address, and returns the id.  Emits: as `match`."""
    person = Person(
        customer.name, customer.email, customer.phone, customer.language, customer.country, customer.accepts_marketing
    )
    return match(ctx, people=[person])[0]


def _happened(event: str, customer_id: int, data: Mapping[str, object]) -> Happened:
    return Happened(event, f"customer:{customer_id}", f"customer:{customer_id}", data)
