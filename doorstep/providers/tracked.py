"""What the tracking answers of all carriers have in common: texts, places, local times, ids, XML. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from lxml import etree

from doorstep.base import zones
from doorstep.base.refusals import UNREADABLE, Refusal, Refused
from doorstep.base.texts import one_line
from doorstep.shipping.refusals import CARRIER_TROUBLE
from doorstep.shipping.values import TrackingStatus

T = TypeVar("T")
Table = Mapping[str, TrackingStatus | None]
_TAGS = re.compile(r"<[^<>]{0,20}>")


def plain(value: object, longest: int = 255) -> str:
    """A text as our columns hold it, without marks; "" for nothing."""
    return one_line(_TAGS.sub("", str(value)), longest) if value is not None else ""


def parse_xml(body: bytes) -> Any:
    """The root of a document.  Refuses: what is no XML, and any that declares types or entities of its own."""
    careful = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, careful)
    except (etree.XMLSyntaxError, ValueError) as trouble:
        raise Refused(UNREADABLE, {"reason": plain(f"no XML ({trouble})", 150)}) from None
    if root.getroottree().docinfo.doctype:
        raise Refused(UNREADABLE, {"reason": "XML that declares types of its own"})
    return root


def all_of(root: Any, name: str) -> list[Any]:
    """Elements of a name below one, whatever their namespace, in the order of the document."""
    return [one for one in root.iter() if isinstance(one.tag, str) and etree.QName(one).localname == name]


def text_of(root: Any, *path: str) -> str:
    """The text of the first element down a path of names; "" where there is none."""
    here = root
    for name in path:
        here = next(iter(all_of(here, name)), None)
        if here is None:
            return ""
    return plain(here.text or "")


def guarded(read: Callable[[], T]) -> T:
    """What was read.  Refuses: a document of another shape."""
    try:
        return read()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as trouble:
        reason = plain(f"no tracking answer ({type(trouble).__name__}: {trouble})", 150)
        raise Refused(UNREADABLE, {"reason": reason}) from None


def refusal(code: str, said: str, known: Mapping[str, Refusal]) -> Refused:
    """What to raise for an error answer; a code that is not in the table is trouble of the carrier's own."""
    return Refused(known.get(code, CARRIER_TROUBLE), {"said": plain(f"{code} {said}", 200)})


def status_of(table: Table, code: str) -> TrackingStatus | None:
    """Our word for a carrier's code; one that nobody knows is `unknown`, and stands in the work list."""
    return table.get(code, TrackingStatus.UNKNOWN)


def moment(local: datetime, *, country: str = "", region: str = "", otherwise: str = "UTC") -> datetime:
    """A carrier's time in UTC; one without a zone is told by the clocks of its place, else of `otherwise`."""
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    zone = zones.zone_of_place(country, region, at=local.replace(tzinfo=UTC)) or otherwise
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def country_of(name: str) -> str:
    """The ISO 3166 code of a country by its two or three letters or its English name; "" where nobody knows it."""
    return _countries().get(name.strip().casefold(), "")


@cache
def _countries() -> Mapping[str, str]:
    english, aliases = Locale("en").territories, get_global("territory_aliases")
    names = {name.casefold(): code for code, name in english.items() if len(code) == 2 and code.isalpha()}
    three = {old.casefold(): to[0] for old, to in aliases.items() if len(old) == 3 and old.isalpha()}
    two = {code.casefold(): code for code in names.values()}
    return {"hong kong": "HK", "macau": "MO", "south korea": "KR", "korea": "KR", "turkey": "TR", **names, **three, **two}


def stamped(text: str, *forms: str) -> datetime:
    """A time as a carrier writes it, in one of these forms.  Raises: ValueError for another one."""
    for form in forms:
        try:
            return datetime.strptime(text.strip(), form)  # noqa: DTZ007 - its place says the zone
        except ValueError:
            continue
    return datetime.fromisoformat(text.strip())


def day(text: object) -> date | None:
    """The day that a text begins with: 2024-11-22…, 20241122; None for any other."""
    found = re.match(r"(\d{4})-?(\d{2})-?(\d{2})", str(text or ""))
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def id_of(number: str, code: str, local: datetime, place: str) -> str:
    """The same id for the same event, from carriers that give none: whoever tells it again tells nothing new."""
    wire = "|".join((number, code, local.isoformat(timespec="seconds"), place))
    return f"{code[:30]}-{local:%Y%m%dT%H%M%S}-{sha256(wire.encode()).hexdigest()[:12]}"


def offset(text: str) -> timedelta:
    """A distance from UTC such as -05:00."""
    found = re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})", text.strip())
    if found is None:
        raise ValueError(f"no distance from UTC: {text[:20]}")
    hours = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -hours if found[1] == "-" else hours
