"""What `audit` would say of everything that a test made."""

from __future__ import annotations

from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants


def assert_all_holds() -> None:
    """Every invariant of the house holds, over all organisations."""
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []
