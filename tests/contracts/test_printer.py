"""What every printer must keep: bytes as they are, failure only where nothing was printed, and no lie in between."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doorstep.fulfilment.port import PrinterTrouble, PrintUncertain
from doorstep.providers.printing.client import CupsPrinter, FolderPrinter, RawPrinter
from doorstep.shipping.labels import pdf, zpl
from doorstep.shipping.labels.tests.samples import korean
from tests.serving import free_port

CUPSD = shutil.which("cupsd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
ZPL = zpl.render_label(korean())
needs_cups = pytest.mark.skipif(
    CUPSD is None or shutil.which("lp") is None, reason="no cupsd and lp found: install cups and cups-client"
)


@dataclass
class Device:
    """A label printer on the network: keeps what each connection sent, and parts from it as told."""

    parting: str = "close"  # close, keep, reset_after (that many bytes), deaf
    after: int = 0
    got: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._door = socket.socket()
        if self.parting == "deaf":
            self._door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._door.bind(("127.0.0.1", 0))
        self._door.listen(8)
        self.port = int(self._door.getsockname()[1])
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._take, args=(line,), daemon=True).start()

    def _take(self, line: socket.socket) -> None:
        if self.parting == "deaf":
            self._kept.append(line)
            return
        data = b""
        while self.parting != "reset_after" or len(data) < self.after:
            piece = line.recv(65536)
            if not piece:
                break
            data += piece
        if self.parting == "reset_after":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if data:
            self.got.append(data)
        if self.parting == "keep":
            self._kept.append(line)
        else:
            line.close()

    def printer(self, *, timeout_s: float = 5) -> RawPrinter:
        return RawPrinter({"host": "127.0.0.1", "port": str(self.port)}, timeout_s=timeout_s)

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for line in self._kept:
            line.close()


@pytest.fixture
def device() -> Iterator[Callable[..., Device]]:
    made: list[Device] = []

    def device(parting: str = "close", after: int = 0) -> Device:
        made.append(Device(parting, after))
        return made[-1]

    yield device
    for one in made:
        one.close()


def until(condition: Callable[[], object], *, within_s: float = 60) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_folder_holds_a_document_whole_once_and_under_its_key(tmp_path: Path) -> None:
    printer = FolderPrinter({"folder": str(tmp_path / "out")})
    assert printer.was_printed("label:1") is False
    for _ in range(2):
        printer.print(key="label:1", data=ZPL, language="zpl")
    [paper] = (tmp_path / "out").iterdir()
    assert (paper.read_bytes(), printer.was_printed("label:1")) == (ZPL, True)


@pytest.mark.parametrize("parting", ["close", "keep"])
def test_a_raw_printer_gets_the_bytes_as_they_are(device: Callable[..., Device], parting: str) -> None:
    printer = device(parting)
    began = time.monotonic()
    printer.printer().print(key="label:1", data=ZPL, language="zpl")
    assert time.monotonic() - began < 10  # a printer that keeps the line open is not waited for
    until(lambda: printer.got)
    assert printer.got == [ZPL]


def test_a_raw_printer_that_is_away_has_failed_for_certain() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(PrinterTrouble):
            RawPrinter({"host": "127.0.0.1", "port": str(port)}, timeout_s=2).print(key="k", data=ZPL, language="zpl")


def test_a_raw_printer_that_breaks_off_half_way_leaves_it_open(device: Callable[..., Device]) -> None:
    printer = device("reset_after", after=1000)
    with pytest.raises(PrintUncertain, match="bytes were sent"):
        printer.printer().print(key="k", data=b"^XA" + b"x" * 20_000_000 + b"^XZ", language="zpl")


def test_a_raw_printer_that_stops_reading_leaves_it_open(device: Callable[..., Device]) -> None:
    """A time-out after bytes were sent: out of paper, perhaps, and it prints the rest once somebody feeds it."""
    printer = device("deaf")
    with pytest.raises(PrintUncertain, match="timed out"):
        printer.printer(timeout_s=0.5).print(key="k", data=b"x" * 20_000_000, language="zpl")


def test_a_raw_printer_that_breaks_off_at_the_end_leaves_it_open(device: Callable[..., Device]) -> None:
    printer = device("reset_after", after=len(ZPL))
    with pytest.raises(PrintUncertain, match=f"{len(ZPL)} of {len(ZPL)} bytes"):
        printer.printer().print(key="k", data=ZPL, language="zpl")


def fake_lp(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> CupsPrinter:
    program = folder / "lp"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return CupsPrinter({"queue": "labels"}, timeout_s=0.5)


def test_a_cups_that_does_not_answer_in_time_leaves_it_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printer = fake_lp(tmp_path, monkeypatch, "exec sleep 20")
    with pytest.raises(PrintUncertain):
        printer.print(key="k", data=ZPL, language="zpl")


def test_an_lp_that_was_killed_leaves_it_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printer = fake_lp(tmp_path, monkeypatch, "kill -9 $$")
    with pytest.raises(PrintUncertain):
        printer.print(key="k", data=ZPL, language="zpl")


def test_without_lp_nothing_was_printed_for_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PrinterTrouble, match="lp is missing"):
        CupsPrinter({"queue": "labels"}).print(key="k", data=ZPL, language="zpl")


# ── CUPS itself ──────────────────────────────────────────────────────────────────────────────────────────────────────

CONF = """
Listen 127.0.0.1:{port}
Browsing Off
DefaultAuthType None
WebInterface No
LogLevel warn
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow from 127.0.0.1
  </Limit>
</Policy>
"""
FILES = """
ServerRoot {home}/etc
RequestRoot {home}/spool
CacheDir {home}/cache
StateDir {home}/run
TempDir {home}/tmp
AccessLog {home}/access_log
ErrorLog {home}/error_log
PageLog {home}/page_log
"""
QUEUE = """
<Printer {name}>
DeviceURI socket://127.0.0.1:{port}
State Idle
Accepting {accepting}
Shared No
ErrorPolicy stop-printer
</Printer>
"""


@dataclass
class Cups:
    """A cupsd of our own, with folders of its own; `labels` is a raw queue to `device`, `closed` takes nothing."""

    device: Device
    home: Path
    port: int
    process: subprocess.Popen[bytes]

    def log(self) -> str:
        path = self.home / "error_log"
        return path.read_text() if path.exists() else ""


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def cups() -> Iterator[Cups]:
    """Runs as root too: cupsd then works as another user, who must be able to reach its folders."""
    assert CUPSD is not None
    home = Path(tempfile.mkdtemp(prefix="doorstep-cups-"))
    home.chmod(0o755)
    device, port = Device(), free_port()
    for name in ("etc", "spool", "cache", "run", "tmp"):
        (home / name).mkdir()
    (home / "etc/cupsd.conf").write_text(CONF.format(port=port))
    (home / "etc/cups-files.conf").write_text(FILES.format(home=home))
    queues = [QUEUE.format(name=n, port=device.port, accepting=a) for n, a in (("labels", "Yes"), ("closed", "No"))]
    (home / "etc/printers.conf").write_text("".join(queues))
    process = subprocess.Popen(
        [CUPSD, "-f", "-c", str(home / "etc/cupsd.conf"), "-s", str(home / "etc/cups-files.conf")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    made = Cups(device, home, port, process)
    try:
        until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None, made.log() + str(process.stderr and process.stderr.read())
        yield made
    finally:
        process.terminate()
        process.wait(60)
        device.close()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def queue(cups: Cups, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], CupsPrinter]:
    monkeypatch.setenv("CUPS_SERVER", f"127.0.0.1:{cups.port}")
    cups.device.got.clear()
    return lambda name: CupsPrinter({"queue": name})


@needs_cups
def test_cups_passes_zpl_on_byte_for_byte(cups: Cups, queue: Callable[[str], CupsPrinter]) -> None:
    queue("labels").print(key="label:1", data=ZPL, language="zpl")
    until(lambda: cups.device.got)
    assert cups.device.got == [ZPL], cups.log()


@needs_cups
def test_cups_passes_a_pdf_on_to_a_queue_without_a_driver(cups: Cups, queue: Callable[[str], CupsPrinter]) -> None:
    data = pdf.render_label_pdf(korean())
    queue("labels").print(key="label:2", data=data, language="pdf")
    until(lambda: cups.device.got)
    assert cups.device.got == [data], cups.log()


@needs_cups
@pytest.mark.parametrize("name", ["closed", "nowhere"])
def test_a_queue_that_takes_nothing_has_failed_for_certain(
    cups: Cups, queue: Callable[[str], CupsPrinter], name: str
) -> None:
    with pytest.raises(PrinterTrouble):
        queue(name).print(key="label:3", data=ZPL, language="zpl")
    time.sleep(0.5)
    assert cups.device.got == []


@needs_cups
def test_a_cups_that_is_not_running_has_failed_for_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUPS_SERVER", f"127.0.0.1:{free_port()}")
    with pytest.raises(PrinterTrouble):
        CupsPrinter({"queue": "labels"}).print(key="label:4", data=ZPL, language="zpl")
