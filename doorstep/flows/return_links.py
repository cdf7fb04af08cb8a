"""The address of a return's status page: nobody can guess it, and it ends after half a year."""

from __future__ import annotations

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base import tokens
from doorstep.base.ctx import Ctx

STATUS = "return-status"
STATUS_LASTS_S = 180 * 24 * 3600


def status_token(ctx: Ctx, *, return_id: int) -> str:
    """What opens a return to its customer."""
    return tokens.make(STATUS, [ctx.organisation_id, return_id])


def read_status_token(token: str) -> tuple[int, int]:
    """The organisation and the return that a token opens.  Refuses: forged and expired ones."""
    organisation_id, return_id = tokens.read(STATUS, token, max_age_s=STATUS_LASTS_S)
    return int(organisation_id), int(return_id)


def status_link(ctx: Ctx, *, return_id: int) -> str:
    """Where a customer sees how a return is going."""
    slug = accounts.organisation(ctx).slug
    return f"{settings.PUBLIC_URL}/r/{slug}/s/{status_token(ctx, return_id=return_id)}/"


def portal_link(ctx: Ctx) -> str:
    """Where a customer begins to send something back."""
    return f"{settings.PUBLIC_URL}/r/{accounts.organisation(ctx).slug}/"
