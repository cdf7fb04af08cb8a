"""Rows of a table as the drafts of a domain, each on its own: one bad row never spoils its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.base.texts import one_line
from doorstep.base.words import gettext_noop
from doorstep.catalog import components
from doorstep.catalog import queries as catalog
from doorstep.catalog import rules as catalog_rules
from doorstep.catalog.values import MAX_COMPONENT_QTY, VariantItem
from doorstep.customers import queries as customers
from doorstep.customers import rules as customer_rules
from doorstep.customers.values import Person
from doorstep.flows import languages
from doorstep.flows.compose import Contained
from doorstep.flows.moving_in import cells
from doorstep.flows.moving_in.cells import Unreadable
from doorstep.flows.moving_in.values import Bad, Kind, Problem, Read, Table, Wish
from doorstep.locations import queries as locations
from doorstep.locations.values import BinDraft
from doorstep.stock.values import Count

Row = Mapping[str, str]
Shelf = tuple[int, BinDraft]
MAX_UNITS = 10_000_000


def read(ctx: Ctx, *, table: Table, wish: Wish) -> list[Read | Bad]:
    """Every row as a draft or a problem, in order; rows that repeat an earlier one are refused."""
    make = {
        Kind.PRODUCTS: _products, Kind.BUNDLES: _bundles, Kind.STOCK: _stock, Kind.CUSTOMERS: _customers, Kind.BINS: _bins,
    }[wish.kind](ctx, table, wish)  # fmt: skip
    answers: list[Read | Bad] = []
    for number, line in enumerate(table.rows, start=2):
        if not any(line):
            continue
        row = {name: line[i] for name, i in wish.mapping.items()}
        try:
            answers.append(make(number, row))
        except Unreadable as unreadable:
            answers.append(Bad(number, unreadable.problem))
        except Refused as refused:
            answers.append(Bad(number, Problem(refused.refusal.says, refused.facts)))
    return answers


Make = Callable[[int, Row], Read | Bad]


def _column(table: Table, wish: Wish, name: str) -> list[str]:
    return [row[wish.mapping[name]] for row in table.rows] if name in wish.mapping else []


class _Once:
    """Refuses what stood in an earlier row."""

    def __init__(self) -> None:
        self.seen: dict[object, int] = {}

    def require(self, key: object, number: int, says: str, **facts: object) -> None:
        """Notes a key.  Raises: Unreadable, naming the row where it stood first."""
        first = self.seen.setdefault(key, number)
        if first != number:
            raise Unreadable(says, row=first, **facts)


def _products(ctx: Ctx, table: Table, wish: Wish) -> Make:
    skus = {one_line(sku, 64) for sku in _column(table, wish, "sku")}
    here = catalog.find_variants(ctx, skus=sorted(skus))
    codes = {catalog_rules.normalise_barcode(code) for code in _column(table, wish, "barcode")}
    holders = catalog.barcode_holders(ctx, barcodes=sorted(codes))
    once = _Once()
    weight_head = table.heads[wish.mapping["weight_g"]] if "weight_g" in wish.mapping else ""
    names = tuple(table.heads[wish.mapping[o]] for o in ("option1", "option2") if o in wish.mapping)

    def make(number: int, row: Row) -> Read | Bad:
        price_text = row.get("price", "")
        known = here.get(one_line(row["sku"], 64))
        currency = row.get("currency", "").upper() or wish.currency
        price = cells.amount(price_text, currency) if price_text else (known.price if known else Money(0, currency))
        item = catalog_rules.check_item(
            VariantItem(
                row["sku"], row.get("title", ""), price, cells.barcode(row.get("barcode", "")), row.get("product", ""),
                row.get("category", ""), names if row.get("product") else (),
                tuple(row[o] for o in ("option1", "option2") if row.get(o)),
                cells.weight_g(row["weight_g"], head=weight_head) if row.get("weight_g") else 0,
                row.get("hs_code", ""), cells.country(row.get("country_of_origin", "")), handling=cells.handling(row),
            )
        )  # fmt: skip
        once.require(
            ("sku", item.sku), number, gettext_noop("The SKU %(sku)s stands in row %(row)s already."), sku=item.sku
        )
        if item.barcode:
            holder = holders.get(item.barcode, item.sku)
            if holder != item.sku:
                raise Unreadable(
                    gettext_noop("The barcode %(barcode)s belongs to the SKU %(sku)s."),
                    barcode=item.barcode,
                    sku=holder,
                )
            says = gettext_noop("The barcode %(barcode)s stands in row %(row)s already.")
            once.require(("barcode", item.barcode), number, says, barcode=item.barcode)
        return Read(number, item, known is not None)

    return make


def _bundles(ctx: Ctx, table: Table, wish: Wish) -> Make:
    """Rows of which each names one component; a bundle of which one row cannot be read stays as it is."""
    skus = {one_line(sku, 64) for name in ("bundle", "component") for sku in _column(table, wish, name)}
    here = catalog.find_variants(ctx, skus=sorted(skus))
    inside: dict[str, dict[str, int]] = {}
    spoilt: dict[str, int] = {}
    for number, line in enumerate(table.rows, start=2):
        bundle, component, text = (line[wish.mapping[name]] for name in ("bundle", "component", "qty"))
        bundle, component = one_line(bundle, 64), one_line(component, 64)
        try:
            qty = cells.whole(text, most=MAX_COMPONENT_QTY)
        except Unreadable:
            qty = 0
        if component in here and qty and component not in inside.setdefault(bundle, {}):
            inside[bundle][component] = qty
        elif any(line):
            spoilt.setdefault(bundle, number)
    rows = [here[bundle].id for bundle in inside if bundle in here]
    was = {
        id: {c.sku: c.qty for c in found} for id, found in components.components_of(ctx, variant_ids=rows).items()
    }

    def make(number: int, row: Row) -> Read | Bad:
        bundle, component = one_line(row["bundle"], 64), one_line(row["component"], 64)
        for sku in (bundle, component):
            if sku not in here:
                raise Unreadable(gettext_noop("No product has the SKU %(sku)s."), sku=sku)
        if not cells.whole(row["qty"], most=MAX_COMPONENT_QTY):
            raise Unreadable(gettext_noop("A bundle has 1 to 100 units of each component."))
        if bundle in spoilt:
            raise Unreadable(gettext_noop("Row %(row)s of this bundle cannot be taken or repeats another."), row=spoilt[bundle])
        contents = tuple(Contained(sku, qty) for sku, qty in inside[bundle].items())
        return Read(number, (here[bundle].id, contents), was.get(here[bundle].id) == inside[bundle])

    return make


def _places(ctx: Ctx, wish: Wish) -> Callable[[Row], int]:
    """Finds a row's location by code or name, else the one chosen for all rows."""
    known = {}
    for at in locations.list_active(ctx):
        known[at.code.lower()] = known[at.name.lower()] = at.id

    def find(row: Row) -> int:
        text = row.get("location", "")
        found = known.get(text.lower()) if text else wish.location_id
        if text and found is None:
            raise Unreadable(gettext_noop("No location in use is called “%(value)s”."), value=text[:40])
        if not found:
            raise Unreadable(gettext_noop("It does not say which location."))
        return found

    return find


def _stock(ctx: Ctx, table: Table, wish: Wish) -> Make:
    typed = {one_line(sku, 64) for sku in _column(table, wish, "sku")}
    here = {sku: row.id for sku, row in catalog.find_variants(ctx, skus=sorted(typed)).items()}
    codes = {code: catalog_rules.normalise_barcode(code) for code in typed - here.keys()}
    holders = catalog.barcode_holders(ctx, barcodes=sorted(set(codes.values())))
    by_holder = catalog.find_variants(ctx, skus=sorted(set(holders.values())))
    here |= {code: by_holder[holders[bare]].id for code, bare in codes.items() if bare in holders}
    place = _places(ctx, wish)
    once = _Once()

    def make(number: int, row: Row) -> Read | Bad:
        sku = one_line(row["sku"], 64)
        if sku not in here:
            raise Unreadable(gettext_noop("No product has the SKU or barcode “%(sku)s”."), sku=sku)
        counted = Count(here[sku], place(row), cells.whole(row["qty"], most=MAX_UNITS))
        says = gettext_noop("“%(sku)s” was counted for this location in row %(row)s already.")
        once.require((counted.variant_id, counted.location_id), number, says, sku=sku)
        return Read(number, (counted, row.get("bin", "")[:30]))

    return make


def _customers(ctx: Ctx, table: Table, wish: Wish) -> Make:
    emails = {customer_rules.normalise_email(text) for text in _column(table, wish, "email")}
    here = customers.known_emails(ctx, emails=sorted(emails))
    refusing = _refusing(table, wish)
    spoken: dict[str, str] = {}
    once = _Once()

    def make(number: int, row: Row) -> Read | Bad:
        name = row.get("name", "") or " ".join(filter(None, [row.get("first_name", ""), row.get("last_name", "")]))
        email = customer_rules.normalise_email(row.get("email", ""))
        if row.get("email") and not email:
            raise Unreadable(gettext_noop("“%(value)s” is not an e-mail address."), value=row["email"][:60])
        if not (name or email or row.get("phone")):
            raise Unreadable(gettext_noop("It has neither a name nor an e-mail address nor a phone number."))
        land = cells.country(row.get("country", "")) or wish.country
        named = row.get("language", "").lower()[:2]
        if not named and land not in spoken:
            spoken.update(languages.by_country(ctx, countries=[land]))
        language = spoken[land] if not named else "ko" if named in ("ko", "kr", "한국") else "en"
        agrees = bool(cells.consent(row.get("consent", ""))) and email not in refusing
        person = customer_rules.clean_person(Person(name, email, row.get("phone", ""), language, land, agrees))
        if email:
            says = gettext_noop("The customer %(email)s stands in row %(row)s already.")
            once.require(email, number, says, email=email)
        return Read(number, person, email in here)

    return make


def _refusing(table: Table, wish: Wish) -> set[str]:
    """E-mail addresses that say no to marketing in some row: a no counts, wherever else the file says yes."""
    if not {"email", "consent"} <= wish.mapping.keys():
        return set()
    found = set()
    for line in table.rows:
        try:
            if cells.consent(line[wish.mapping["consent"]]) is False:
                found.add(customer_rules.normalise_email(line[wish.mapping["email"]]))
        except Unreadable:
            continue  # its own row says so
    return found - {""}


def _bins(ctx: Ctx, _table: Table, wish: Wish) -> Make:
    place = _places(ctx, wish)
    here = locations.bin_codes(ctx)
    once = _Once()

    def make(number: int, row: Row) -> Read | Bad:
        code = row["code"].strip()[:30]
        if not code:
            raise Unreadable(gettext_noop("The bin has no code."))
        at = place(row)
        once.require((at, code), number, gettext_noop("The bin %(code)s stands in row %(row)s already."), code=code)
        position = cells.whole(row["position"], most=1_000_000) if row.get("position") else None
        return Read(number, (at, BinDraft(code, position)), code in here.get(at, set()))

    return make
