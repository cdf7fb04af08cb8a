"""A column that we write ourselves reads like one that the driver wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from doorstep.base import db

pytestmark = pytest.mark.django_db
texts = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
EARLIEST, LATEST = (datetime(year, 6, 1) for year in (1, 9999))  # noqa: DTZ001  # Hypothesis adds the zone
KINDS: dict[str, some.SearchStrategy[Any]] = {
    "bigint": some.integers(-(2**63), 2**63 - 1),
    "text": texts | some.sampled_from(["", "NULL", "null", "{}", '"', "\\", ",", " ", 'a"b\\c', "한국어"]),
    "bool": some.booleans(),
    "timestamptz": some.datetimes(EARLIEST, LATEST, timezones=some.just(UTC)),
    "date": some.dates(date(1, 1, 1)),
    "bytea": some.binary(max_size=20),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=some.data())
def test_a_column_comes_back_as_it_was(kind: str, data: some.DataObject) -> None:
    values = data.draw(some.lists(some.none() | KINDS[kind], max_size=8))

    ours = db.column(f"SELECT unnest(%s::{kind}[])", [db.array(values)])
    the_drivers = db.column(f"SELECT unnest(%s::{kind}[])", [values])

    assert _plain(ours) == _plain(the_drivers) == values


def _plain(values: list[Any]) -> list[Any]:
    return [bytes(value) if isinstance(value, memoryview) else value for value in values]


def test_lines_become_columns() -> None:
    assert db.columns([(1, "a", None), (2, 'b"', True)], 3) == ["{1,2}", '{"a","b\\""}', "{NULL,t}"]
    assert db.columns([], 2) == ["{}", "{}"]


def test_lines_of_another_width_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="lines of 2 values, not 3"):
        db.columns([(1, 2)], 3)
    with pytest.raises(TypeError, match="no array of set"):
        db.array([{1}])
