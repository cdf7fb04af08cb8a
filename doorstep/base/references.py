"""References that are proved by the audit and guarded when a row goes, not looked up for every row that comes (ADR 24)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.migrations import RunSQL


class Reference(NamedTuple):
    """A column that refers to the id of a row in another table."""

    table: str
    column: str
    to: str

    @property
    def guard(self) -> str:
        """What the trigger that guards it is called."""
        return f"needed_by_{self.table}_{self.column}"[:63]


def guarded(references: Sequence[Reference]) -> list[RunSQL]:
    """Steps of a migration after which no row goes while one of these columns refers to it."""
    return [
        RunSQL(
            f"""CREATE CONSTRAINT TRIGGER {r.guard} AFTER DELETE ON {r.to} DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION base_still_needed('{r.table}', '{r.column}')""",
            f"DROP TRIGGER {r.guard} ON {r.to}",
        )
        for r in references
    ]
