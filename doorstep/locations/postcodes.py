"""Reading GeoNames postal code files.

Source: https://download.geonames.org/export/zip/readme.txt (CC BY 4.0): tab-separated, UTF-8, no header; country, code,
place, admin1 name and code, admin2, admin3, latitude, longitude, accuracy.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import connection, transaction

from doorstep.base import db
from doorstep.locations import rules
from doorstep.locations.values import Loaded

Place = tuple[str, str, str, str, float, float]


def read(path: Path) -> Iterator[Place]:
    """(country, code, place, region, latitude, longitude) of each line that has them all; .txt, .txt.gz or .zip."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from _places(lines)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".txt") and "readme" not in name.lower():
                    with archive.open(name) as raw:
                        yield from _places(io.TextIOWrapper(raw, encoding="utf-8"))
    else:
        with path.open(encoding="utf-8") as lines:
            yield from _places(lines)


def _places(lines: Iterator[str] | io.TextIOBase) -> Iterator[Place]:
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) < 11 or len(fields[0]) != 2:
            continue
        code = rules.normalise_postal_code(fields[1])
        try:
            latitude, longitude = float(fields[9]), float(fields[10])
        except ValueError:
            continue
        if code:
            yield fields[0].upper(), code, fields[2][:180], fields[3][:100], latitude, longitude


def load(files: Sequence[Path]) -> Loaded:
    """Copies the files into the shared table; a code that has several places lies in their middle.

    A second load of the same files changes nothing.  Locks: the rows it writes, by country and code.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMP TABLE postal_arrivals (country text, postal_code text, place text, region text,
                                                  latitude float8, longitude float8) ON COMMIT DROP"""
        )
        with cursor.copy("COPY postal_arrivals FROM STDIN") as copy:
            for path in files:
                for place in read(path):
                    copy.write_row(place)
        written = db.column(
            """INSERT INTO locations_postalplace AS p (country, postal_code, place, region, latitude, longitude)
               SELECT country, postal_code, min(place), min(region), avg(latitude), avg(longitude)
                 FROM postal_arrivals GROUP BY country, postal_code ORDER BY country, postal_code
               ON CONFLICT (country, postal_code) DO UPDATE
                  SET place = excluded.place, region = excluded.region, latitude = excluded.latitude,
                      longitude = excluded.longitude
               RETURNING country"""
        )
        cursor.execute("DROP TABLE postal_arrivals")
    return Loaded(len(written), sorted(set(written)))
