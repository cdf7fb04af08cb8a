"""How people are told apart: what counts as the same e-mail address, phone and person."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import phonenumbers

from doorstep.base.texts import one_line
from doorstep.customers.values import EMAIL, Conflict, CustomerRow, Known, Person, Plan

Key = tuple[str, str]
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_COUNTRY = re.compile(r"[A-Z]{2}")


@lru_cache(maxsize=4096)
def normalise_email(text: str) -> str:
    """The address as it is compared: NFKC, trimmed, lower case; empty where it is no address at all."""
    folded = unicodedata.normalize("NFKC", text.replace("\x00", "")).strip().lower()
    return folded if len(folded) <= 254 and _ADDRESS.fullmatch(folded) else ""


@lru_cache(maxsize=4096)
def normalise_phone(text: str, country: str) -> str:
    """The number in E.164 where it is valid in that country or carries its own; else as typed, trimmed."""
    typed = one_line(text, 40)
    if not typed:
        return ""
    try:
        number = phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException:
        return typed
    if not phonenumbers.is_valid_number(number):
        return typed
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=4096)
def mobile_number(text: str, country: str) -> str:
    """The number in E.164 where a text message can reach it; "" for landlines, and for what is no number there.

    In some countries, of North America for one, nobody can tell them apart: those count.
    """
    try:
        number = phonenumbers.parse(one_line(text, 40), country or None)
    except phonenumbers.NumberParseException:
        return ""
    reached = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in reached:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def clean_person(person: Person) -> Person:
    """The person with every field normalised, and the e-mail address as the last identity."""
    country = person.country.strip().upper()
    country = country if _COUNTRY.fullmatch(country) else ""
    email = normalise_email(person.email)
    given = [(kind, _bounded(value)) for kind, value in person.identities if kind != EMAIL and value.strip()]
    given += [
        (EMAIL, address) for kind, value in person.identities if kind == EMAIL and (address := normalise_email(value))
    ]
    if email:
        given.append((EMAIL, email))
    return Person(
        name=one_line(person.name, 200),
        email=email,
        phone=normalise_phone(person.phone, country),
        language=one_line(person.language, 5) or "en",
        country=country,
        accepts_marketing=person.accepts_marketing,
        identities=tuple(dict.fromkeys(given)),
    )


def _bounded(value: str) -> str:
    value = one_line(value, 2000)
    return value if len(value) <= 254 else "sha256:" + hashlib.sha256(value.encode()).hexdigest()


def plan(people: Sequence[Person], known: Mapping[Key, int]) -> Plan:
    """Decides who each cleaned person is, one after the other: the first identity that is known names the customer,
    identities that nobody has go to that customer, and who has no known identity is new."""
    holders = dict(known)
    tokens: list[int] = []
    fresh: dict[int, Person] = {}
    attach: dict[Key, int] = {}
    for person in people:
        token = next((holders[key] for key in person.identities if key in holders), None)
        if token is None:
            token = -len(fresh) - 1
            fresh[token] = person
        for key in person.identities:
            if key not in holders:
                holders[key] = attach[key] = token
        tokens.append(token)
    return Plan(tokens, fresh, attach)


def complete(known: Known, person: Person) -> Known:
    """What is known, with blanks filled from the person; consent given newly counts, silence takes none away."""
    return Known(
        id=known.id,
        name=known.name or person.name,
        email=known.email or person.email,
        phone=known.phone or person.phone,
        country=known.country or person.country,
        accepts_marketing=known.accepts_marketing or person.accepts_marketing,
    )


FILLED = ("name", "email", "phone", "country")


def has_more(person: Person, known: Known) -> bool:
    """Whether `complete` would fill anything."""
    return any(getattr(person, name) and not getattr(known, name) for name in (*FILLED, "accepts_marketing"))


def merged(keep: CustomerRow, gone: CustomerRow) -> dict[str, str | bool]:
    """What the one who stays is after a merge, field by field.

    Blanks are filled from the other; where both say something, the one who stays is right. Consent to marketing needs that of
    both: the stricter wins. Notes are put one below the other.
    """
    fields: dict[str, str | bool] = {name: getattr(keep, name) or getattr(gone, name) for name in FILLED}
    fields["accepts_marketing"] = keep.accepts_marketing and gone.accepts_marketing
    notes = dict.fromkeys(text for text in (keep.note, gone.note) if text)
    return fields | {"note": "\n".join(notes)[:10_000]}


def conflicts(keep: CustomerRow, gone: CustomerRow) -> list[Conflict]:
    """Where both say something and it is not the same."""
    after = merged(keep, gone)
    return [
        Conflict(name, getattr(keep, name), getattr(gone, name), after[name])
        for name in (*FILLED, "accepts_marketing")
        if getattr(keep, name) != getattr(gone, name)
        and (name == "accepts_marketing" or (getattr(keep, name) and getattr(gone, name)))
    ]


def are_alike(a: CustomerRow, b: CustomerRow) -> bool:
    """Whether two customers are called the same, whatever the spaces and capitals."""
    return bool(a.name) and _folded(a.name) == _folded(b.name)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
