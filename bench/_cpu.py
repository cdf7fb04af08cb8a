"""CPU seconds that processes took, from /proc."""

from __future__ import annotations

import psutil


def taken_by(*pids: int) -> float:
    """What processes and those below them took so far, also those that have ended and were waited for."""
    return sum(map(_taken_by, pids))


def _taken_by(pid: int) -> float:
    total = 0.0
    try:
        top = psutil.Process(pid)
        for process in [top, *top.children(recursive=True)]:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    except psutil.Error:
        pass
    return total
