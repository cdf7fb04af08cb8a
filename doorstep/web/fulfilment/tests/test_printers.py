"""Settings, Printers through HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries
from tests.factories import make_brand, make_ctx, signed_in

pytestmark = pytest.mark.django_db
FORM = {"name": "Desk", "kind": "folder", "target": "desk", "language": "pdf", "location_id": ""}


@pytest.mark.parametrize("language", ["pdf", "zpl"])
def test_a_printer_is_added_prints_a_test_label_and_retires(tmp_path: Path, settings: Any, language: str) -> None:
    settings.HOME = tmp_path
    brand = make_brand()
    client = signed_in(brand.ctx)
    form = FORM | {"language": language, "location_id": str(brand.seoul)}
    assert client.post("/settings/printers/add/", form).status_code == 302
    [row] = queries.list_printers(brand.ctx)
    assert (row.name, row.kind, row.language, row.location_id) == ("Desk", "folder", language, brand.seoul)
    for _time in range(2):
        assert client.post(f"/settings/printers/{row.id}/test/", {"wish": "1"}).status_code == 302
    [paper] = (tmp_path / "printed" / "desk").iterdir()
    assert paper.suffix == f".{language}"
    client.post(f"/settings/printers/{row.id}/retire/")
    assert queries.list_printers(brand.ctx)[0].active is False
    assert "Out of use" in client.get("/settings/printers/").content.decode()


@pytest.mark.parametrize("changes", [{"name": " "}, {"target": ""}, {"kind": "fax"}, {"language": "pcl"}])
def test_a_bad_form_comes_back(changes: dict[str, str]) -> None:
    ctx = make_ctx()
    assert signed_in(ctx).post("/settings/printers/add/", FORM | changes).status_code == 422
    assert queries.list_printers(ctx) == []


def test_a_printer_that_is_not_there_says_so() -> None:
    ctx = make_ctx()
    id = fulfilment.add_printer(ctx, name="Gone", kind="raw", target="127.0.0.1:9")
    answer = signed_in(ctx).post(f"/settings/printers/{id}/test/", {"wish": "1"})
    assert answer.status_code == 502
    assert "Gone does not print" in answer.content.decode()


def test_a_manager_looks_and_changes_nothing_and_strangers_find_nothing() -> None:
    ctx = make_ctx()
    id = fulfilment.add_printer(ctx, name="Desk", kind="folder", target="desk")
    manager = signed_in(ctx, role="manager")
    assert manager.get("/settings/printers/").status_code == 200
    for path in ("add/", f"{id}/test/", f"{id}/retire/"):
        assert manager.post(f"/settings/printers/{path}", FORM).status_code == 403
    stranger = signed_in(make_ctx("Stranger"))
    assert stranger.post(f"/settings/printers/{id}/test/").status_code == 404
    assert stranger.post(f"/settings/printers/{id}/retire/").status_code == 404
    assert queries.list_printers(ctx)[0].active is True
