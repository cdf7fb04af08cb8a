"""Reads of accounts."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence

from doorstep.accounts import rules
from doorstep.accounts.values import ApiKey, BulkFailure, BulkJob, Organisation, SavedView, StaffMember
from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused

ORGANISATION = "id, name, slug, default_currency, default_language, timezone, accent, support_email, is_demo"
STAFF = "s.id, s.organisation_id, s.user_id, u.email, u.name, s.role, u.language, u.theme, s.added_at, s.location_ids"
KEY = "id, organisation_id, name, prefix, scopes, created_at, created_by, last_used_at, revoked_at"
BULK_JOB = "id, verb, state, arguments, total, done, failed, idle, started_by, created_at, finished_at"


def organisation(ctx: Ctx) -> Organisation:
    """The organisation that this ctx acts for."""
    found = find_organisation(id=ctx.organisation_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "organisation", "key": ctx.organisation_id})
    return found


def find_organisation(*, id: int) -> Organisation | None:
    """An organisation by its id, for faces that have no ctx yet."""
    return db.one(Organisation, f"SELECT {ORGANISATION} FROM accounts_organisation WHERE id = %s", [id])


def find_organisation_by_slug(*, slug: str) -> Organisation | None:
    """An organisation by the short name in its customers' addresses."""
    return db.one(Organisation, f"SELECT {ORGANISATION} FROM accounts_organisation WHERE slug = %s", [slug])


def list_organisations() -> list[Organisation]:
    """Every organisation of this installation, oldest first: for timers and the command line."""
    return db.rows(Organisation, f"SELECT {ORGANISATION} FROM accounts_organisation ORDER BY id")


def staff_of_user(*, user_id: int) -> list[StaffMember]:
    """The places that a person holds now, first joined first; empty for somebody who was removed everywhere."""
    return db.rows(
        StaffMember,
        f"""SELECT {STAFF} FROM accounts_staff s JOIN accounts_user u ON u.id = s.user_id
             WHERE s.user_id = %s AND s.removed_at IS NULL AND u.is_active ORDER BY s.id""",
        [user_id],
    )


def staff_with_email(*, email: str) -> list[StaffMember]:
    """The places that whoever signs in with this address holds now."""
    return db.rows(
        StaffMember,
        f"""SELECT {STAFF} FROM accounts_staff s JOIN accounts_user u ON u.id = s.user_id
             WHERE u.email = %s AND s.removed_at IS NULL ORDER BY s.id""",
        [email],
    )


def organisations_of_user(*, user_id: int) -> list[Organisation]:
    """The organisations that a person may work in now, first joined first."""
    columns = ", ".join(f"o.{column}" for column in ORGANISATION.split(", "))
    return db.rows(
        Organisation,
        f"""SELECT {columns} FROM accounts_organisation o JOIN accounts_staff s ON s.organisation_id = o.id
             WHERE s.user_id = %s AND s.removed_at IS NULL ORDER BY s.id""",
        [user_id],
    )


def list_staff(ctx: Ctx) -> list[StaffMember]:
    """Everybody on the staff now, by name."""
    return db.rows(
        StaffMember,
        f"""SELECT {STAFF} FROM accounts_staff s JOIN accounts_user u ON u.id = s.user_id
             WHERE s.organisation_id = %s AND s.removed_at IS NULL ORDER BY lower(u.name), u.email""",
        [ctx.organisation_id],
    )


def get_member(ctx: Ctx, *, user_id: int) -> StaffMember:
    """The person on the staff who signs in as this user.  Refuses: unknown or removed people."""
    found = next((member for member in list_staff(ctx) if member.user_id == user_id), None)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "person", "key": user_id})
    return found


def get_staff(ctx: Ctx, *, id: int) -> StaffMember:
    """One person on the staff.  Refuses: unknown or removed people."""
    found = db.one(
        StaffMember,
        f"""SELECT {STAFF} FROM accounts_staff s JOIN accounts_user u ON u.id = s.user_id
             WHERE s.organisation_id = %s AND s.id = %s AND s.removed_at IS NULL""",
        [ctx.organisation_id, id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "person", "key": id})
    return found


def list_keys(ctx: Ctx) -> list[ApiKey]:
    """API keys, those in use first, newest first."""
    return db.rows(
        ApiKey,
        f"""SELECT {KEY} FROM accounts_apikey WHERE organisation_id = %s
             ORDER BY revoked_at IS NOT NULL, id DESC LIMIT 200""",
        [ctx.organisation_id],
    )


def get_key(ctx: Ctx, *, id: int) -> ApiKey:
    """One API key.  Refuses: unknown ids."""
    found = db.one(
        ApiKey,
        f"SELECT {KEY} FROM accounts_apikey WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "API key", "key": id})
    return found


def find_key(*, secret: str) -> ApiKey | None:
    """The living key that this secret opens, of whichever organisation; None for any other text."""
    prefix = rules.prefix_of(secret)
    if prefix is None:
        return None
    found = db.dicts(
        f"SELECT {KEY}, secret_hash FROM accounts_apikey WHERE prefix = %s AND revoked_at IS NULL",
        [prefix],
    )
    if not found or not hmac.compare_digest(found[0].pop("secret_hash"), rules.hash_of(secret)):
        return None
    return ApiKey(**found[0])


def living_keys(*, ids: Sequence[int]) -> dict[int, ApiKey]:
    """Those of these keys that nobody revoked, of whichever organisation."""
    sql = f"SELECT {KEY} FROM accounts_apikey WHERE id = ANY(%s::bigint[]) AND revoked_at IS NULL"
    found = db.rows(ApiKey, sql, [db.array(ids)], kept=True)
    return {key.id: key for key in found}


def get_bulk_job(ctx: Ctx, *, id: int) -> BulkJob:
    """A bulk action.  Refuses: unknown ids."""
    found = db.one(
        BulkJob,
        f"SELECT {BULK_JOB} FROM accounts_bulkjob WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "bulk action", "key": id})
    return found


def list_bulk_jobs(ctx: Ctx, *, before: int | None = None, limit: int = 20) -> list[BulkJob]:
    """Bulk actions newest first, keyset-paged by id."""
    return db.rows(
        BulkJob,
        f"""SELECT {BULK_JOB} FROM accounts_bulkjob
             WHERE organisation_id = %s AND (%s::bigint IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, before, before, limit],
    )


def find_unfinished_bulk_jobs(*, limit: int = 1000) -> list[tuple[int, int, str]]:
    """Bulk actions that nobody closed yet, of every organisation, oldest first.

    Shapes: (organisation id, job id, verb).
    """
    found = db.dicts(
        """SELECT organisation_id, id, verb FROM accounts_bulkjob WHERE state IN ('queued', 'running')
            ORDER BY id LIMIT %s""",
        [limit],
    )
    return [(line["organisation_id"], line["id"], line["verb"]) for line in found]


def list_bulk_failures(ctx: Ctx, *, job_id: int, after: int = 0, limit: int = 500) -> list[BulkFailure]:
    """The lines of a job's report in the order in which they failed, keyset-paged by id."""
    return db.rows(
        BulkFailure,
        """SELECT id, line FROM accounts_bulkfailure WHERE organisation_id = %s AND job_id = %s AND id > %s
            ORDER BY id LIMIT %s""",
        [ctx.organisation_id, job_id, after, limit],
    )


def failures_of_bulk_job(ctx: Ctx, *, job_id: int) -> Iterator[BulkFailure]:
    """Every line of a job's report, read page by page."""
    found = list_bulk_failures(ctx, job_id=job_id)
    while found:
        yield from found
        found = list_bulk_failures(ctx, job_id=job_id, after=found[-1].id)


VIEW = """SELECT v.id, v.listing, v.owner_id, u.name AS owner_name, v.name, v.query, v.is_shared
            FROM accounts_savedview v JOIN accounts_user u ON u.id = v.owner_id"""
# A view of one's own, or one that somebody shares; what a person shared stays when that person has left.
_VISIBLE = "v.organisation_id = %(org)s AND (v.is_shared OR v.owner_id = %(user)s)"


def list_views(ctx: Ctx, *, listing: str) -> list[SavedView]:
    """The saved views of a list that the acting person may use: the shared ones and their own, by name."""
    return db.rows(
        SavedView,
        f"{VIEW} WHERE {_VISIBLE} AND v.listing = %(listing)s ORDER BY lower(v.name), v.id LIMIT 200",
        {"org": ctx.organisation_id, "user": ctx.actor.id, "listing": listing},
    )


def get_view(ctx: Ctx, *, id: int) -> SavedView:
    """One saved view.  Refuses: unknown ids, and what somebody else keeps for themselves."""
    found = db.one(
        SavedView,
        f"{VIEW} WHERE {_VISIBLE} AND v.id = %(id)s",
        {"org": ctx.organisation_id, "user": ctx.actor.id, "id": id},
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "view", "key": id})
    return found


def columns_of(ctx: Ctx, *, listing: str) -> list[str] | None:
    """The columns that the acting person chose for a list; None where they never chose."""
    found: list[str] | None = db.scalar(
        "SELECT columns FROM accounts_columnchoice WHERE organisation_id = %s AND listing = %s AND user_id = %s",
        [ctx.organisation_id, listing, ctx.actor.id],
    )
    return found
