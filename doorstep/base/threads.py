"""Threads for what streams look up: few, and their own.

The loop's own threads are those that requests need to go on, and to give their connections back; when all of them wait for a
connection of the pool, nobody gives one back.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

STREAMS = ThreadPoolExecutor(2, thread_name_prefix="streams")
