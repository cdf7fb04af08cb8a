"""A small world outside the package: each server a process with its own books, knowing nothing of Doorstep."""

import gc

gc.set_threshold(100_000, 20, 20)  # nearly all that a server loads stays: looking through it was a sixth of its start
