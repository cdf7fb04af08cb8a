"""What our processes do about Python's garbage collector."""

from __future__ import annotations

import atexit
import gc


def seldom() -> None:
    """Has a process that has just begun look for garbage seldom, and not at all when it ends: nearly all that it loads stays.

    Measured: a fifth of the CPU of a first migration, up to a tenth of the start of any command (which makes some 300,000
    objects); and half a second, a third of all that a short command costs, for the search before the end, when all goes back
    to the kernel anyway.
    """
    gc.set_threshold(500_000, 20, 20)
    atexit.register(gc.freeze)  # what was registered first is called last: whoever has something to close has closed it


def settle() -> None:
    """Leaves out of the search for garbage what is here for good, and has it search more seldom; call it once all is loaded.

    Measured: a fifth to a quarter of intake's CPU went into looking through modules, models and templates again and again. What
    loading left behind stays too: under a megabyte, for which a look through all would cost a tenth of the start.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
