"""Printers: a folder, a CUPS queue, a raw socket (port 9100)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from doorstep.base.registry import Settings
from doorstep.fulfilment.port import PrinterTrouble, PrintUncertain

TIMEOUT_S = 15
PARTING_S = 0.5  # how long a raw printer is given to hang up after the last byte


class FolderPrinter:
    """`settings`: folder. A document is there whole or not at all, under a name that its key gives."""

    def __init__(self, settings: Settings) -> None:
        self.folder = Path(settings["folder"])

    def print(self, *, key: str, data: bytes, language: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self._path(key, language)
            draft = path.with_suffix(f".{os.getpid()}.part")
            draft.write_bytes(data)
            os.replace(draft, path)
        except OSError as trouble:
            raise PrinterTrouble(str(trouble)) from trouble

    def was_printed(self, key: str) -> bool | None:
        return any(self._path(key, language).exists() for language in ("pdf", "zpl"))

    def forget(self, key: str) -> None:
        for language in ("pdf", "zpl"):
            self._path(key, language).unlink(missing_ok=True)

    def _path(self, key: str, language: str) -> Path:
        safe = "".join(c if c.isalnum() or c == "-" else "-" for c in key)[:60]
        return self.folder / f"{safe}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.{language}"


class CupsPrinter:
    """`settings`: queue.

    Source: CUPS, lp(1): it ends with 0 once the job is accepted; cupsPrintFiles2 cancels a job that it could not send whole.
    """

    def __init__(self, settings: Settings, *, timeout_s: float = TIMEOUT_S) -> None:
        self.queue, self.timeout_s = settings["queue"], timeout_s

    def print(self, *, key: str, data: bytes, language: str) -> None:
        program = shutil.which("lp")
        if program is None:
            raise PrinterTrouble("CUPS is not installed here: the program lp is missing")
        with tempfile.NamedTemporaryFile(suffix=f".{language}") as document:
            document.write(data)
            document.flush()
            options = ["-o", "raw"] if language == "zpl" else []
            try:
                done = subprocess.run(
                    [program, "-d", self.queue, "-t", key, *options, document.name],
                    capture_output=True, text=True, timeout=self.timeout_s, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired as slow:
                raise PrintUncertain("CUPS did not answer in time; it may have the document") from slow
        if done.returncode < 0:
            raise PrintUncertain(f"lp was killed by signal {-done.returncode}; CUPS may have the document")
        if done.returncode:
            raise PrinterTrouble(done.stderr.strip()[:300] or f"lp ended with {done.returncode}")

    def was_printed(self, key: str) -> bool | None:
        return None

    def forget(self, key: str) -> None:
        pass  # what became paper is not here


class RawPrinter:
    """`settings`: host, port. The bytes go to the printer as they are; it never says whether they became paper.

    Until the first byte is on its way it is certain that nothing was printed; from then on a broken line leaves it open.
    """

    def __init__(self, settings: Settings, *, timeout_s: float = TIMEOUT_S) -> None:
        self.address = (settings["host"], int(settings.get("port", "9100")))
        self.timeout_s = timeout_s

    def print(self, *, key: str, data: bytes, language: str) -> None:
        sent = 0
        try:
            with socket.create_connection(self.address, timeout=self.timeout_s) as connection:
                while sent < len(data):
                    sent += connection.send(data[sent:])
                _part(connection)
        except OSError as trouble:
            said = f"{self.address[0]}:{self.address[1]}: {trouble}"
            if sent:
                raise PrintUncertain(f"{said} ({sent} of {len(data)} bytes were sent)") from trouble
            raise PrinterTrouble(said) from trouble

    def was_printed(self, key: str) -> bool | None:
        return None

    def forget(self, key: str) -> None:
        pass  # what became paper is not here


def _part(connection: socket.socket) -> None:
    """Says that this was all, and waits a moment for the printer to hang up, or to break off with an error.

    Printers that keep the line are fine too: they have the bytes.  Raises: OSError where the printer broke off.
    """
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(PARTING_S)
    with contextlib.suppress(TimeoutError):
        for _ in range(8):  # a printer may talk back; it is not waited for without end
            if not connection.recv(1024):
                return
