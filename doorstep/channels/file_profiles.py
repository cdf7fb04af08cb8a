"""How the files of a connection look, as a person said: what comes in and what goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import events, queries
from doorstep.channels.values import ConnectionRow

FILE = "file"  # the provider of a connection whose shop is spoken with by files
Part = Literal["orders", "stock", "shipments"]
NOT_BY_FILES = Refusal(
    "connection_not_by_files",
    gettext_noop("%(name)s is not spoken with by files."),
    gettext_noop("Make a connection for files for what this channel cannot do by itself."),
)


@dataclass(frozen=True, slots=True)
class FileProfile:
    """What was said of each file of a connection; None where nothing was."""

    orders: dict[str, Any] | None = None
    stock: dict[str, Any] | None = None
    shipments: dict[str, Any] | None = None
    updated_at: datetime | None = None


def find(ctx: Ctx, *, connection_id: int) -> FileProfile:
    """What was said of a connection's files."""
    found = db.one(
        FileProfile,
        """SELECT orders, stock, shipments, updated_at FROM channels_fileprofile
            WHERE organisation_id = %s AND connection_id = %s""",
        [ctx.organisation_id, connection_id],
    )
    return found or FileProfile()


def get_connection(ctx: Ctx, *, connection_id: int) -> ConnectionRow:
    """A connection that is spoken with by files.  Refuses: unknown ids, and shops."""
    row = queries.get(ctx, connection_id=connection_id)
    if row.provider != FILE:
        raise Refused(NOT_BY_FILES, {"name": row.name})
    return row


@transaction.atomic
def keep(ctx: Ctx, *, connection_id: int, part: Part, profile: Mapping[str, Any]) -> None:
    """Keeps how one file looks; whoever reads it has checked it before.

    Emits: FilesChanged, where it is another than it was.  Refuses: unknown ids, and shops.
    """
    get_connection(ctx, connection_id=connection_id)
    if getattr(find(ctx, connection_id=connection_id), part) == dict(profile):
        return
    db.execute(
        f"""INSERT INTO channels_fileprofile (organisation_id, connection_id, {part}, updated_at) VALUES (%s, %s, %s::jsonb, %s)
            ON CONFLICT (organisation_id, connection_id)
            DO UPDATE SET {part} = EXCLUDED.{part}, updated_at = EXCLUDED.updated_at""",
        [ctx.organisation_id, connection_id, db.as_json(dict(profile)), ctx.now],
    )
    queries.CONNECTIONS.record(ctx, events.FILES_CHANGED, id=connection_id, data={"part": part})
