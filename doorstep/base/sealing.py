"""Secrets of vendors as they are kept: sealed by a key that is made of the house's own, so that a dump gives none away.

Whatever was kept before this was built opens as it is.
Source: https://github.com/fernet/spec/blob/master/Spec.md (the seal), RFC 5869 (its key).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from doorstep.base import db

SECRETS = frozenset({"token", "password", "smtp_url", "webhook_secret", "client_secret", "refresh_token"})
_SEAL = "sealed:"
log = logging.getLogger(__name__)


def seal(secret: str) -> str:
    """A secret as it is kept; nothing stays nothing."""
    return _SEAL + _fernet(_keys()).encrypt(secret.encode()).decode() if secret else ""


def unseal(kept: str) -> str:
    """A secret as it is used.  One whose key is lost is as good as none, which is logged: a person gives it anew."""
    if not kept.startswith(_SEAL):
        return kept
    try:
        return _fernet(_keys()).decrypt(kept.removeprefix(_SEAL)).decode()
    except InvalidToken:
        log.error("A secret of a vendor does not open: its key is lost.")
        return ""


def seal_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Settings as they are kept: the secrets among them sealed."""
    return {name: seal(value) if name in SECRETS else value for name, value in given.items()}


def unseal_settings(kept: Mapping[str, str]) -> dict[str, str]:
    """Settings as they are used."""
    return {name: unseal(value) if name in SECRETS else value for name, value in kept.items()}


@transaction.atomic
def reseal(table: str, columns: Sequence[str]) -> int:
    """Seals by today's key what lies in the open or under an older one; what does not open stays as it is.

    Shapes: columns of text, or of settings in JSON.  Returns: how many rows changed.  Locks: the table's rows, ascending.
    """
    changed = 0
    for line in db.dicts(
        f"SELECT id, organisation_id, {', '.join(columns)} FROM {table} ORDER BY id FOR NO KEY UPDATE"
    ):
        new = {column: _anew(line[column]) for column in columns}
        if any(new[column] != line[column] for column in columns):
            sets = ", ".join(f"{column} = %s" for column in columns)
            values = [db.as_json(value) if isinstance(value, dict) else value for value in new.values()]
            key = [line["organisation_id"], line["id"]]
            changed += db.execute(f"UPDATE {table} SET {sets} WHERE organisation_id = %s AND id = %s", [*values, *key])
    return changed


def _anew(kept: Any) -> Any:
    if isinstance(kept, dict):
        return {name: _anew(value) if name in SECRETS else value for name, value in kept.items()}
    try:
        _fernet(_keys()[:1]).decrypt(kept.removeprefix(_SEAL))
    except InvalidToken:
        return seal(unseal(kept)) or kept
    return kept


def fingerprints(text: str) -> list[str]:
    """What a text is known by where it may not stand itself: by today's key first, then by older ones."""
    said = text.encode()
    return [hmac.new(_key(of, b"doorstep.fingerprints"), said, hashlib.sha256).hexdigest() for of in _keys()]


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key(of, b"doorstep.sealing"))) for of in keys])


def _key(of: str, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(of.encode())
