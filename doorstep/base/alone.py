"""Each alone: what goes wrong with one of many stops none of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError

from doorstep.base.ctx import SYSTEM, Ctx, new_trace

log = logging.getLogger("doorstep.alone")
T = TypeVar("T")


def each(
    these: Iterable[T],
    do: Callable[[T], object],
    *,
    named: Callable[[T], str],
    mark: Callable[[T, Exception], None] | None = None,
) -> int:
    """Does something for each in turn; where that goes wrong as nobody foresaw it is logged, `mark` is told, and
    the next has its turn.

    Whatever is done for one is a transaction of its own, or several: this opens none.
    Returns: what came of all of them together, where it is counted.  Raises: as a database does that is away or chose us in a
    deadlock, since it would say the same to the others.
    """
    came = failed = 0
    for one in these:
        try:
            result = do(one)
        except (OperationalError, InterfaceError):
            raise
        except Exception as trouble:
            failed += 1
            log.exception("%s stumbled", named(one))
            if mark is not None:
                mark(one, trouble)
        else:
            came += result if isinstance(result, int) else 0
    if failed > 1:
        log.error("%s of them stumbled", failed)
    return came


def each_of(these: Iterable[tuple[int, int]], do: Callable[[Ctx, int], object], *, now: datetime, what: str) -> int:
    """As `each`, for rows of many organisations, by Doorstep itself.  Shapes: (organisation id, id) each.  `what`: the rows are."""
    return each(
        these,
        lambda one: do(Ctx(one[0], SYSTEM, now, new_trace()), one[1]),
        named=lambda one: f"{what} {one[1]} of organisation {one[0]}",
    )
