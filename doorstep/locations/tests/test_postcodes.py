"""Postal codes, on the GeoNames files where they are at hand and on a few lines everywhere."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from doorstep.base import db
from doorstep.locations import actions, queries, rules
from doorstep.locations.values import Precision

FILES = Path(os.environ.get("DOORSTEP_GEONAMES", Path(__file__).parents[4] / "shared" / "data" / "geo"))
LINES = (
    "DE\t01945\tGrünewald\tBrandenburg\tBB\t\t00\t\t12066\t51.4\t14\t4\n"
    "DE\t01945\tKroppen\tBrandenburg\tBB\t\t00\t\t12066\t51.6\t13\t4\n"
    "GB\tSW1A\tLondon\tEngland\tENG\t\t\t\t\t51.5018\t-0.1328\t4\n"
    "US\t10001\tNew York\tNew York\tNY\t\t\t\t\t40.7484\t-73.9967\t4\n"
    "XX\tno coordinates\n"
)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["txt", "gz", "zip"])
def test_a_file_is_loaded_once_whatever_its_form(kind: str, tmp_path: Path) -> None:
    path = tmp_path / {"txt": "few.txt", "gz": "few.txt.gz", "zip": "few.zip"}[kind]
    if kind == "txt":
        path.write_text(LINES, encoding="utf-8")
    elif kind == "gz":
        path.write_bytes(gzip.compress(LINES.encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "GeoNames")
            archive.writestr("few.txt", LINES)
    for _ in range(2):
        loaded = actions.load_postcodes(files=[path])
        assert (loaded.places, loaded.countries) == (3, ["DE", "GB", "US"])
    assert db.scalar("SELECT count(*) FROM locations_postalplace") == 3
    middle = queries.find_coordinates(country="DE", postal_code="01945")
    assert middle is not None
    assert (round(middle.latitude, 6), middle.longitude) == (51.5, 13.5)


@pytest.mark.django_db
def test_a_place_is_known_exactly_then_by_its_area_then_by_its_country(tmp_path: Path) -> None:
    path = tmp_path / "few.txt"
    path.write_text(LINES, encoding="utf-8")
    actions.load_postcodes(files=[path])
    asked = [("US", "10001-1234"), ("GB", "sw1a 1aa"), ("US", "10019"), ("KR", "06236"), ("ZZ", "1"), ("US", "")]
    found = queries.find_many(places=asked)
    assert [at and at.precision for at in found] == [
        Precision.POSTCODE, Precision.POSTCODE, Precision.AREA, Precision.COUNTRY, None, Precision.COUNTRY,
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.skipif(not FILES.exists(), reason="the GeoNames files are not at hand (DOORSTEP_GEONAMES)")
def test_real_files_place_real_addresses() -> None:
    actions.load_postcodes(files=sorted(FILES.glob("*.txt.gz")))
    near = {
        ("KR", "04524"): (37.566, 126.978),
        ("US", "94103-1234"): (37.773, -122.411),
        ("DE", "10115"): (52.532, 13.385),
        ("GB", "M1 1AE"): (53.48, -2.237),
        ("BR", "01310-100"): (-23.56, -46.655),
    }
    for at, place in zip(queries.find_many(places=list(near)), near, strict=True):
        assert at is not None
        assert rules.distance_km(at, near[place]) < 15, place


@pytest.mark.parametrize(
    ("country", "code", "candidates"),
    [
        ("GB", "SW1A 1AA", ["SW1A1AA", "SW1A", "SW1"]),
        ("US", "10001-1234", ["100011234", "10001"]),
        ("KR", "06236", ["06236"]),
        ("CA", "K1A 0B1", ["K1A0B1", "K1A"]),
        ("KR", "", []),
    ],
)
def test_codes_are_cut_as_their_country_lists_them(country: str, code: str, candidates: list[str]) -> None:
    assert rules.postal_candidates(country, code) == candidates
