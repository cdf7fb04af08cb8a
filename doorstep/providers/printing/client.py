"""Printers: a folder, a CUPS queue, a raw socket (port 9100)."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from doorstep.base.registry import Settings
from doorstep.fulfilment.port import PrinterTrouble

TIMEOUT_S = 15


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

    def _path(self, key: str, language: str) -> Path:
        safe = "".join(c if c.isalnum() or c == "-" else "-" for c in key)[:60]
        return self.folder / f"{safe}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.{language}"


class CupsPrinter:
    """`settings`: queue."""

    def __init__(self, settings: Settings) -> None:
        self.queue = settings["queue"]

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
                    capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired as slow:
                raise PrinterTrouble("CUPS did not answer") from slow
        if done.returncode:
            raise PrinterTrouble(done.stderr.strip()[:300] or f"lp ended with {done.returncode}")

    def was_printed(self, key: str) -> bool | None:
        return None


class RawPrinter:
    """`settings`: host, port. The bytes go to the printer as they are."""

    def __init__(self, settings: Settings) -> None:
        self.address = (settings["host"], int(settings.get("port", "9100")))

    def print(self, *, key: str, data: bytes, language: str) -> None:
        try:
            with socket.create_connection(self.address, timeout=TIMEOUT_S) as connection:
                connection.sendall(data)
        except OSError as trouble:
            raise PrinterTrouble(f"{self.address[0]}:{self.address[1]}: {trouble}") from trouble

    def was_printed(self, key: str) -> bool | None:
        return None
