"""Runs child processes: starts those that die again, and takes them all along when it ends, however it ends."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 15.0
SETTLED_S = 30.0
GRACE_S = 7.0
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> Callable[[], None]:
    """What a child does before it becomes its program, so that the kernel kills it when this process is gone.

    Where there is no such kernel, the next start ends what is left (`Crew.end_left_over`).
    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def spawn(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, stdout: int | None = None
) -> subprocess.Popen[str]:
    """Starts a program in a session of its own, so that Ctrl-C reaches only us.  Call it from the main thread: the
    kernel takes the end of the thread that started a child for the end of its parent."""
    return subprocess.Popen(
        list(command),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr if stdout is None else stdout,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent(),  # the supervisor has one thread
    )


@dataclass
class Child:
    """A program that shall always run."""

    name: str
    command: Sequence[str]
    quiet: bool = False
    process: subprocess.Popen[str] | None = None
    began: float = 0.0
    wait_s: float = FIRST_WAIT_S
    again_at: float = 0.0
    deaths: int = 0


@dataclass
class Crew:
    """The children of one start.  `kept`: the file in which their process ids stand for the next start."""

    folder: Path
    environment: Mapping[str, str]
    kept: Path
    children: list[Child] = field(default_factory=list)

    def add(self, child: Child) -> Child:
        """Starts one more child and keeps it running from now on."""
        self.children.append(child)
        self._start(child)
        return child

    def tend(self) -> None:
        """Starts again what died, each time after a longer wait; one that ran for a while begins with short waits."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None:
                code = child.process.poll()
                if code is None:
                    continue
                if now - child.began > SETTLED_S:
                    child.wait_s = FIRST_WAIT_S
                child.process, child.again_at = None, now + child.wait_s
                child.wait_s, child.deaths = min(child.wait_s * 2, LONGEST_WAIT_S), child.deaths + 1
                print(f"{child.name} ended ({_reason(code)}); starting it again.", file=sys.stderr)
            if now >= child.again_at:
                self._start(child)

    def stop(self) -> None:
        """Asks all to end, and ends those that do not listen."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_S
        for process in running:
            try:
                process.wait(timeout=max(deadline - time.monotonic(), 0.05))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.children.clear()
        self.kept.unlink(missing_ok=True)

    def end_left_over(self) -> None:
        """Ends children of an earlier start that was killed; a process that only has the number of one is left alone."""
        try:
            left = json.loads(self.kept.read_text())
        except (FileNotFoundError, ValueError):
            return
        for pid, created in left:
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 0.5:
                    process.kill()
                    process.wait(timeout=5)
            except psutil.Error:
                continue
        self.kept.unlink(missing_ok=True)

    def _start(self, child: Child) -> None:
        stdout = subprocess.DEVNULL if child.quiet else None
        child.process = spawn(child.command, environment=self.environment, folder=self.folder, stdout=stdout)
        child.began = time.monotonic()
        self._keep()

    def _keep(self) -> None:
        alive = []
        for child in self.children:
            if child.process is not None:
                try:
                    alive.append([child.process.pid, psutil.Process(child.process.pid).create_time()])
                except psutil.Error:
                    continue
        draft = self.kept.with_suffix(".new")
        draft.write_text(json.dumps(alive))
        draft.replace(self.kept)


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
