"""A small world outside the package: each server a process with its own books, knowing nothing of Doorstep."""
