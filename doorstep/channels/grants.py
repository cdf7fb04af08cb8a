"""Tokens that a shop gave for a while, and who is renewing them: of all our processes one at a time.

A new token comes with what the next one is got with, and the old means end when the new ones are used. So the wish to renew is
committed before the call, and what the answer brings is kept only while it is about the token that was to be renewed.

Source: RFC 6749, sections 5.1 and 6
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from doorstep.base import db, sealing

LEASE_S = 30  # longer than a call may take; who lost the answer, or was refused, tries again after it
ENDS, RENEWING = "token_until", "renewing_until"  # settings of the connection


@dataclass(frozen=True, slots=True)
class Held:
    """What a connection has.  `left_s`: how long its token still lives, None where it has no end."""

    settings: dict[str, str] = field(repr=False)  # secrets are among them
    left_s: float | None


@dataclass(frozen=True, slots=True)
class Grants:
    """The token of one connection."""

    organisation_id: int
    connection_id: int

    def read(self) -> Held:
        """What is kept now."""
        (line,) = db.dicts(
            f"""SELECT settings, extract(epoch FROM (settings->>'{ENDS}')::timestamptz - clock_timestamp()) AS left_s
                  FROM channels_connection WHERE organisation_id = %s AND id = %s""",
            [self.organisation_id, self.connection_id],
        )
        left = line["left_s"]
        return Held(sealing.unseal_settings(line["settings"]), None if left is None else float(left))

    def claim(self, *, ends: str) -> datetime | None:
        """Claims the renewal of the token that ends then.  Returns: the moment, None where somebody else is at it or did it."""
        found: datetime | None = db.scalar(
            f"""UPDATE channels_connection
                   SET settings = settings || jsonb_build_object('{RENEWING}', clock_timestamp() + make_interval(secs => %s))
                 WHERE organisation_id = %s AND id = %s AND settings->>'{ENDS}' = %s
                   AND COALESCE((settings->>'{RENEWING}')::timestamptz < clock_timestamp(), TRUE)
             RETURNING clock_timestamp()""",
            [LEASE_S, self.organisation_id, self.connection_id, ends],
        )
        return found

    def keep(self, settings: Mapping[str, str], *, ends: str) -> bool:
        """Keeps what came for the token that ended then; whether that is still the one that is there."""
        kept = db.as_json(sealing.seal_settings(settings))
        return bool(
            db.execute(
                f"""UPDATE channels_connection SET settings = (settings - '{RENEWING}') || %s::jsonb
                     WHERE organisation_id = %s AND id = %s AND settings->>'{ENDS}' = %s""",
                [kept, self.organisation_id, self.connection_id, ends],
            )
        )

    def remember(self, settings: Mapping[str, str]) -> None:
        """Keeps what was found out about how a shop is to be called; "" forgets it."""
        kept = {name: value for name, value in settings.items() if value}
        gone = [name for name in settings if name not in kept]
        db.execute(
            """UPDATE channels_connection SET settings = (settings - %s::text[]) || %s::jsonb
                WHERE organisation_id = %s AND id = %s""",
            [gone, db.as_json(sealing.seal_settings(kept)), self.organisation_id, self.connection_id],
        )
