"""Amazon's own models as a server, which refuses every request that does not fit them.

Prism is no part of the project: `bin/test` takes it, as prism/package-lock.json pins it, into an ignored folder where there is npm.
Source: https://docs.stoplight.io/docs/prism
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from doorstep.providers.amazon.tests.test_paces import MODELS
from tests.serving import free_port

BIN = Path(__file__).resolve().parents[2] / ".prism/node_modules/.bin"
PRISM = shutil.which("prism") or (shutil.which("prism", path=BIN) if (BIN.parents[1] / ".stamp").exists() else None)
SERVED = ("orders_2026-01-01", "ordersV0", "feeds_2021-06-30", "tokens_2021-03-01", "listingsItems_2021-08-01", "messaging")


def together() -> dict[str, Any]:
    """All models as one: their paths are their own already, what they define gets the model's name before it."""
    paths: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for model in SERVED:
        text = (MODELS / f"{model}.json").read_text(encoding="utf-8")
        read = json.loads(text.replace('"#/definitions/', f'"#/definitions/{model}.'))
        assert not paths.keys() & read["paths"].keys()
        paths |= read["paths"]
        definitions |= {f"{model}.{name}": shape for name, shape in read["definitions"].items()}
    kept = {name: read[name] for name in ("swagger", "schemes", "consumes", "produces")}
    return {**kept, "info": {"title": "Amazon", "version": "1"}, "paths": paths, "definitions": definitions}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The models as a server of their own: it keeps nothing, and answers with the models' own examples."""
    (folder / "models.json").write_text(json.dumps(together()), encoding="utf-8")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(PRISM), "mock", "--errors", "-h", "127.0.0.1", "-p", str(port), str(folder / "models.json")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while not _answers(url):
            assert process.poll() is None, f"prism ended: {(folder / 'log').read_text()}"
            assert time.monotonic() < end, "waited a minute for prism"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False)
    except httpx.ConnectError:
        return False
    return True
