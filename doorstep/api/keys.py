"""Who calls: bearer keys and what they may do.  Source: RFC 6750."""

from __future__ import annotations

from datetime import datetime

from doorstep.accounts import actions as accounts
from doorstep.accounts.values import ApiKey
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

NO_KEY = Refusal(
    "no_api_key",
    gettext_noop("The request carries no API key."),
    gettext_noop("Send the header Authorization: Bearer <key>. Keys are made under Settings, API keys."),
    status=401,
)
MISSING_SCOPE = Refusal(
    "missing_scope",
    gettext_noop("This key may not do that: it lacks the scope %(scope)s."),
    gettext_noop("Make a key with this scope under Settings, API keys."),
    status=403,
)


def authenticate(authorization: str, *, now: datetime) -> ApiKey:
    """The key behind an Authorization header.  Refuses: no key, an unknown one, a revoked one."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Refused(NO_KEY)
    return accounts.use_key(secret=secret.strip(), now=now)


def require(key: ApiKey, scope: str) -> None:
    """Refuses a key without this scope."""
    if scope not in key.scopes:
        raise Refused(MISSING_SCOPE, {"scope": scope})


def ctx_of(key: ApiKey, *, now: datetime, trace: str) -> Ctx:
    """The key acting for its organisation."""
    return Ctx(key.organisation_id, Actor("api_key", key.id, key.name), now, trace)
