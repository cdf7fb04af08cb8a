"""What a verb on many rows is, and what it would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

NOTHING_CHOSEN = Refusal(
    "nothing_chosen", gettext_noop("Nothing is selected."), gettext_noop("Tick at least one row."), status=422
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a verb would do.  `able` of `total` rows change; `units` of stock become available again."""

    verb: str
    total: int
    able: int
    units: int = 0


@dataclass(frozen=True, slots=True)
class Wished:
    """What a person asked for with a verb: the job, so that a repeated batch does nothing twice, and what they typed."""

    job_id: int
    arguments: Mapping[str, Any]

    @property
    def note(self) -> str:
        return str(self.arguments.get("note", ""))


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb.  `names` gives those of the ids that exist, with what people call them; `able` counts those that it would
    change (and units of stock); `act` does one, and may refuse; False says that nothing was left to do.  `oldest_first`:
    whatever order the rows were listed in.
    """

    name: str
    permission: str
    names: Callable[[Ctx, Sequence[int]], dict[int, str]]
    able: Callable[[Ctx, Sequence[int]], tuple[int, int]]
    act: Callable[[Ctx, Wished, int], bool | None]
    oldest_first: bool = False


def every(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:  # noqa: ARG001
    """What a verb is able to do that nothing hinders: every row, no units.  A `Verb.able`."""
    return len(ids), 0
