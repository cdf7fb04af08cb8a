"""Tables of how an order's units may be taken apart: made once for each shape, since most orders have the same few.

A shape says how many of each item an order has; a state is a number of each, written as one whole number in mixed radix, so
that taking one state from another is a subtraction.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import prod

Shape = tuple[int, ...]
Steps = tuple[tuple[int, int, int], ...]
Parts = tuple[tuple[int, ...], ...]

MOST_PAIRS = 3**10  # ten units that all differ
SMALL = 64  # states: up to here tables are kept for many shapes, beyond only for the last few


def pairs(shape: Shape) -> int:
    """How many (state, part of it) there are: what a plan by dynamic programming costs."""
    return prod((count + 1) * (count + 2) // 2 for count in shape)


@lru_cache(maxsize=512)
def strides(shape: Shape) -> Shape:
    """What one more of each item adds to a state."""
    found = [1]
    for count in shape[:-1]:
        found.append(found[-1] * (count + 1))
    return tuple(found)


def steps(shape: Shape, caps: Shape) -> Steps:
    """Every state but nothing that has no more of an item than its cap.

    Shapes: (state, the same with one unit fewer, of which item), the latter state always earlier.
    """
    return _kept_steps(shape, caps) if prod(cap + 1 for cap in caps) <= SMALL else _steps(shape, caps)


def _steps(shape: Shape, caps: Shape) -> Steps:
    stride = strides(shape)
    found = []
    for counts in product(*(range(cap + 1) for cap in reversed(caps))):
        held = counts[::-1]
        state = sum(have * step for have, step in zip(held, stride, strict=True))
        if state:
            item = next(index for index, have in enumerate(held) if have)
            found.append((state, state - stride[item], item))
    return tuple(sorted(found))


_kept_steps = lru_cache(maxsize=8192)(_steps)


def parts(shape: Shape) -> Parts:
    """For every state the parts that hold some of its first item: each way to take a state apart is then met once."""
    return _few_parts(shape) if prod(count + 1 for count in shape) <= SMALL else _many_parts(shape)


def _parts(shape: Shape) -> Parts:
    stride = strides(shape)
    found: list[tuple[int, ...]] = []
    for counts in product(*(range(count + 1) for count in reversed(shape))):
        held = counts[::-1]
        first = next((index for index, have in enumerate(held) if have), None)
        if first is None:
            found.append(())
            continue
        step = stride[first]
        found.append(tuple(state for state, _, _ in steps(shape, held) if state // step % (shape[first] + 1)))
    return tuple(found)


_few_parts = lru_cache(maxsize=256)(_parts)
_many_parts = lru_cache(maxsize=4)(_parts)


def counts_of(shape: Shape, state: int) -> list[int]:
    """How many of each item a state has."""
    found = []
    for count in shape:
        state, have = divmod(state, count + 1)
        found.append(have)
    return found
