"""Writes to accounts: organisations, their people and their keys."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from doorstep.accounts import events, lockout, models, queries, rules
from doorstep.accounts.bulk_jobs import advance_bulk_job as advance_bulk_job
from doorstep.accounts.bulk_jobs import finish_bulk_job as finish_bulk_job
from doorstep.accounts.bulk_jobs import start_bulk_job as start_bulk_job
from doorstep.accounts.bulk_jobs import take_bulk_job as take_bulk_job
from doorstep.accounts.lists import change_view as change_view
from doorstep.accounts.lists import choose_columns as choose_columns
from doorstep.accounts.lists import remove_view as remove_view
from doorstep.accounts.lists import save_view as save_view
from doorstep.accounts.values import (
    BAD_KEY,
    EMAIL_TAKEN,
    LANGUAGES,
    LAST_OWNER,
    PERMISSIONS,
    THEMES,
    WRONG_PASSWORD,
    ApiKey,
    NewKey,
    NewStaff,
    Organisation,
    Role,
    StaffMember,
)
from doorstep.base import money, outbox
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop

TOUCH_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_organisation(
    *,
    now: datetime,
    trace: str,
    name: str,
    slug: str,
    currency: str,
    language: str = "en",
    timezone: str = "UTC",
    support_email: str = "",
    is_demo: bool = False,
) -> Organisation:
    """Founds an organisation; there is no ctx before it, so clock and trace come by themselves.

    Emits: OrganisationCreated.  Refuses: unknown languages.
    """
    rules.require_choice("language", language, LANGUAGES)
    made = models.Organisation.objects.create(
        name=rules.require_text("name", name, longest=120), slug=slug, default_currency=currency,
        default_language=language, timezone=timezone, support_email=support_email, is_demo=is_demo, created_at=now,
    )  # fmt: skip
    ctx = Ctx(made.id, SYSTEM, now, trace)
    _record(ctx, events.ORGANISATION_CREATED, f"organisation:{made.id}", {"name": made.name})
    return queries.organisation(ctx)


@transaction.atomic
def change_organisation(
    ctx: Ctx, *, name: str, accent: str, support_email: str, language: str, timezone: str, currency: str
) -> Organisation:
    """Changes how the organisation presents itself, where its day begins, and the currency that forms offer first.

    Prices keep the currency they have.  Emits: OrganisationChanged with what was and what is.
    Refuses: bad colours, addresses, languages, time zones, currencies.
    """
    rules.require_choice("language", language, LANGUAGES)
    rules.require_timezone("timezone", timezone)
    money.digits_of(currency)
    if not rules.ACCENT.fullmatch(accent):
        raise Refused(INVALID, {"field": "accent", "problem": gettext_noop("Send a colour such as #2f6f5e.")})
    row = models.Organisation.objects.select_for_update().get(id=ctx.organisation_id)
    wanted = {
        "name": rules.require_text("name", name, longest=120),
        "accent": accent.lower(),
        "support_email": rules.require_email("support_email", support_email) if support_email.strip() else "",
        "default_language": language,
        "timezone": timezone,
        "default_currency": currency,
    }
    changed = {k: {"was": getattr(row, k), "is": v} for k, v in wanted.items() if getattr(row, k) != v}
    if changed:
        models.Organisation.objects.filter(id=row.id).update(**wanted)
        _record(ctx, events.ORGANISATION_CHANGED, f"organisation:{row.id}", {"changed": changed})
    return queries.organisation(ctx)


@transaction.atomic
def add_staff(
    ctx: Ctx, *, email: str, name: str | None, role: str, language: str = "en", password: str | None = None,
    location_ids: Sequence[int] = (), hashed: str = "",
) -> NewStaff:
    """Puts a person on the staff; somebody new gets a generated password, which is in the answer and nowhere else.

    `name`: None while nobody knows it.  `password`: "" for somebody new who is not to sign in with one.  `location_ids`: where
    shop staff work; others work everywhere.  `hashed`: the password of somebody new as it is kept, where it was hashed before.
    Emits: StaffAdded.  Refuses: an address that is on the staff already, shop staff without a location.
    """
    rules.require_choice("role", role, [r.value for r in Role])
    rules.require_choice("language", language, LANGUAGES)
    places = rules.require_places(role, location_ids)
    address = rules.require_email("email", email)
    user = models.User.objects.select_for_update().filter(email=address).first()
    shown = None
    if user is None:
        shown = new_password() if password is None else password or None
        called = rules.require_text("name", name, longest=120) if name is not None else ""
        user = models.User.objects.create_user(address, shown, name=called, language=language, joined_at=ctx.now)
        if hashed:
            user.password = hashed
            user.save(update_fields=["password"])
    mine = models.Staff.objects.filter(organisation_id=ctx.organisation_id, user=user)
    if mine.filter(removed_at=None).exists():
        raise Refused(EMAIL_TAKEN, {"email": address})
    back = mine.update(role=role, added_at=ctx.now, removed_at=None, location_ids=places)
    if not back:
        models.Staff.objects.create(
            organisation_id=ctx.organisation_id, user=user, role=role, added_at=ctx.now, location_ids=places
        )
    id = mine.values_list("id", flat=True).get()
    _record(ctx, events.STAFF_ADDED, f"staff:{id}", {"email": address, "role": role})
    return NewStaff(queries.get_staff(ctx, id=id), shown)


@transaction.atomic
def change_role(ctx: Ctx, *, id: int, role: str, location_ids: Sequence[int] = ()) -> StaffMember:
    """Gives a person another role, or shop staff other locations.

    Emits: StaffRoleChanged.  Refuses: taking the role of the last owner, shop staff without a location.

    Locks: the owners' staff rows by id, so that two owners cannot demote each other at once.
    """
    rules.require_choice("role", role, [r.value for r in Role])
    places = rules.require_places(role, location_ids)
    owners = _lock_owners(ctx)
    member = queries.get_staff(ctx, id=id)
    if (member.role, list(member.location_ids)) == (role, places):
        return member
    if member.role != role:
        _keep_an_owner(owners, id)
    models.Staff.objects.filter(organisation_id=ctx.organisation_id, id=id).update(role=role, location_ids=places)
    fact: dict[str, object] = {"email": member.email, "was": member.role, "is": role, "location_ids": places}
    _record(ctx, events.STAFF_ROLE_CHANGED, f"staff:{id}", fact)
    return queries.get_staff(ctx, id=id)


@transaction.atomic
def remove_staff(ctx: Ctx, *, id: int) -> None:
    """Takes a person off the staff; what they did stays in their name.  Emits: StaffRemoved.  Refuses: the last owner.

    Locks: the owners' staff rows by id.
    """
    owners = _lock_owners(ctx)
    member = queries.get_staff(ctx, id=id)
    _keep_an_owner(owners, id)
    models.Staff.objects.filter(organisation_id=ctx.organisation_id, id=id).update(removed_at=ctx.now)
    _record(ctx, events.STAFF_REMOVED, f"staff:{id}", {"email": member.email, "role": member.role})


@transaction.atomic
def reset_password(ctx: Ctx, *, id: int) -> str:
    """Gives a person a new generated password, ends their sessions and lifts their lock-out; it is in the answer and
    nowhere else.

    Emits: StaffPasswordReset.  Refuses: people who also work for another organisation.
    """
    member = queries.get_staff(ctx, id=id)
    if len(queries.staff_of_user(user_id=member.user_id)) > 1:
        problem = gettext_noop("This person works for several organisations and changes the password under Profile.")
        raise Refused(INVALID, {"field": "password", "problem": problem})
    password = _give_new_password(member.email)
    _record(ctx, events.STAFF_PASSWORD_RESET, f"staff:{id}", {"email": member.email})
    return password


@transaction.atomic
def reset_forgotten_password(*, email: str, now: datetime, trace: str) -> str:
    """As `reset_password`, for whoever runs the house and for people of several organisations too.

    Emits: StaffPasswordReset in each organisation of the person.  Refuses: somebody who is on no staff.
    """
    address = rules.require_email("email", email)
    places = queries.staff_with_email(email=address)
    if not places:
        raise Refused(NOT_FOUND, {"what": "person", "key": address})
    password = _give_new_password(address)
    for place in places:
        ctx = Ctx(place.organisation_id, SYSTEM, now, trace)
        _record(ctx, events.STAFF_PASSWORD_RESET, f"staff:{place.id}", {"email": address})
    return password


@transaction.atomic
def change_profile(ctx: Ctx, *, name: str, language: str, theme: str) -> None:
    """Changes the acting person's own name, language and theme."""
    rules.require_choice("language", language, LANGUAGES)
    rules.require_choice("theme", theme, THEMES)
    models.User.objects.filter(id=ctx.actor.id).update(
        name=rules.require_text("name", name, longest=120), language=language, theme=theme
    )


@transaction.atomic
def set_language(*, user_id: int, language: str) -> None:
    """Keeps the language that a person chose by the switch."""
    rules.require_choice("language", language, LANGUAGES)
    models.User.objects.filter(id=user_id).update(language=language)


@transaction.atomic
def set_theme(*, user_id: int, theme: str) -> None:
    """Keeps the theme that a person chose by the switch."""
    rules.require_choice("theme", theme, THEMES)
    models.User.objects.filter(id=user_id).update(theme=theme)


@transaction.atomic
def change_password(ctx: Ctx, *, current: str, new: str) -> None:
    """Changes the acting person's own password; every other session of theirs ends.

    Refuses: a wrong current password, a new one that is too weak.
    """
    user = models.User.objects.select_for_update().get(id=ctx.actor.id)
    if not user.check_password(current):
        raise Refused(WRONG_PASSWORD)
    try:
        validate_password(new, user)
    except ValidationError as trouble:
        raise Refused(INVALID, {"field": "new", "problem": " ".join(trouble.messages)}) from None
    user.set_password(new)
    user.save(update_fields=["password"])


@transaction.atomic
def make_key(ctx: Ctx, *, name: str, scopes: Sequence[str]) -> NewKey:
    """Makes an API key; the secret is in the answer and nowhere else.  Emits: KeyMade.  Refuses: unknown scopes, none."""
    if not scopes:
        raise Refused(INVALID, {"field": "scopes", "problem": gettext_noop("Choose what the key may do.")})
    for scope in scopes:
        rules.require_choice("scopes", scope, PERMISSIONS)
    prefix = secrets.token_hex(4)
    secret = f"ds_{prefix}_{secrets.token_urlsafe(32)}"
    row = models.ApiKey.objects.create(
        organisation_id=ctx.organisation_id, name=rules.require_text("name", name, longest=120), prefix=prefix,
        secret_hash=rules.hash_of(secret), scopes=sorted(set(scopes)), created_at=ctx.now, created_by=ctx.actor.name[:120],
    )  # fmt: skip
    _record(ctx, events.KEY_MADE, f"api_key:{row.id}", {"name": row.name, "prefix": prefix, "scopes": row.scopes})
    return NewKey(queries.get_key(ctx, id=row.id), secret)


@transaction.atomic
def revoke_key(ctx: Ctx, *, id: int) -> None:
    """Ends an API key; doing it twice changes nothing.  Emits: KeyRevoked."""
    key = queries.get_key(ctx, id=id)
    mine = models.ApiKey.objects.filter(organisation_id=ctx.organisation_id, id=id, revoked_at=None)
    if mine.update(revoked_at=ctx.now):
        _record(ctx, events.KEY_REVOKED, f"api_key:{id}", {"name": key.name, "prefix": key.prefix})


def use_key(*, secret: str, now: datetime) -> ApiKey:
    """The key that a program presents, its last use noted at most once a minute.  Refuses: unknown and revoked keys."""
    key = queries.find_key(secret=secret)
    if key is None:
        raise Refused(BAD_KEY)
    if key.last_used_at is None or now - key.last_used_at >= TOUCH_EVERY:
        models.ApiKey.objects.filter(id=key.id).update(last_used_at=now)
    return key


def new_password() -> str:
    """A password of 74 random bits in groups that a person can read out: k7mqx-2fd9r-ptwe4."""
    letters = [secrets.choice(rules.PASSWORD_ALPHABET) for _ in range(15)]
    return "-".join("".join(letters[i : i + 5]) for i in range(0, 15, 5))


def _give_new_password(email: str) -> str:
    """Sessions end by themselves: each carries a hash of the password that opened it."""
    password = new_password()
    user = models.User.objects.select_for_update().get(email=email)
    user.set_password(password)
    user.save(update_fields=["password"])
    lockout.lift(email)
    return password


def _lock_owners(ctx: Ctx) -> list[int]:
    living = models.Staff.objects.filter(organisation_id=ctx.organisation_id, removed_at=None, role=Role.OWNER)
    return list(living.select_for_update().order_by("id").values_list("id", flat=True))


def _keep_an_owner(owners: list[int], id: int) -> None:
    if owners == [id]:
        raise Refused(LAST_OWNER)


def _record(ctx: Ctx, type: str, subject: str, data: dict[str, object]) -> None:
    outbox.record(ctx, [Happened(type, subject, subject, data)])
