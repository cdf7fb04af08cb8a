"""Multiplies orders that went all the way (`_shipped`), table by table, by INSERT … SELECT: same columns, same states.

Copy k of a row has an id further on by k strides, and so has whatever it refers to, be it a key, a `kind:id` or a number of another
room; moments are spread over two years, marks in names and numbers become something of its own, and all but the best-selling
variants are others.  Searched texts and pairs of characters are made anew by `base_grams`.  Counters of stock become the sums of
the movements.  While it runs, secondary indexes are away and keys are not looked up; `audit` proves both afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Field, ForeignKey

from bench import _flood
from bench._shipped import MARK
from doorstep.base.models import Owned
from doorstep.worker import forgetting

DAYS = 730
WORKERS = 4
HEAD = 100  # so many variants are never exchanged for others: they are the ones that sell most
OTHER_ORDERS = 37  # how far each copy moves along the other variants
# Numbers of rows in other rooms, which no key names.
BARE = {
    ("orders_order", "arrival_id"): "base_arrival", ("stock_reservation", "reference_id"): "orders_orderline",
    ("stock_backorder", "reference_id"): "orders_orderline", ("stock_backorder", "group_id"): "orders_fulfilmentorder",
}  # fmt: skip
KINDS = {
    "order": "orders_order", "customer": "customers_customer", "order_line": "orders_orderline", "parcel": "shipping_parcel",
    "fulfilment_order": "orders_fulfilmentorder", "pick_list": "fulfilment_picklist", "label": "shipping_label",
    "message": "messaging_message", "print_job": "fulfilment_printjob", "arrival": "base_arrival",
}  # fmt: skip
IN_JSON = {
    "order_id": "orders_order",
    "parcel_id": "shipping_parcel",
}  # numbers of rows in what was noted of an arrival
UNIQUE = (
    "key",
    "token",
    "tracking_number",
    "vendor_id",
    "client_id",
    "message_id",
    "external_id",
)  # a sender's, a vendor's or ours
# As the timers of retention leave what is old: how many days it is kept, what is there afterwards.
FORGOTTEN = {
    ("base_arrival", "body"): (settings.KEEP_PAYLOADS_DAYS, "''::bytea"),
    ("base_arrival", "headers"): (settings.KEEP_PAYLOADS_DAYS, "'{}'::jsonb"),
    ("base_arrival", "forgotten_at"): (settings.KEEP_PAYLOADS_DAYS, "now()"),
    ("messaging_message", "text"): (settings.KEEP_MAILS_DAYS, "''"),
    ("messaging_message", "html"): (settings.KEEP_MAILS_DAYS, "''"),
}  # fmt: skip
KEPT_OUT = (
    "stock_item", "stock_level", "base_idempotentanswer", "catalog_", "accounts_", "locations_", "orders_ordersearch",
    "shipping_carrier", "channels_connection",
)  # fmt: skip
OWN_DEFAULT = {("base_event", "tx"), ("payments_call", "vendor_key")}


@dataclass(frozen=True)
class Source:
    """The rows of one table that are multiplied.  `stride`: how far ids are apart from copy to copy."""

    table: str
    base: int
    stride: int
    count: int


def tops() -> dict[str, int]:
    """The largest id of every table of an organisation."""
    from doorstep.base import db

    names = [m._meta.db_table for m in apps.get_models() if issubclass(m, Owned)]
    return {name: int(db.scalar(f"SELECT COALESCE(max(id), 0) FROM {name}")) for name in names}


class Copier:
    """Knows what came after `before`, and how a copy of it reads."""

    def __init__(self, url: str, before: dict[str, int]) -> None:
        self._url, self.made = url, 0
        after = tops()
        self._models = {m._meta.db_table: m for m in apps.get_models() if issubclass(m, Owned)}
        self.sources: dict[str, Source] = {}
        with self._connect() as to:
            for table, top in after.items():
                if top == before[table] or table.startswith(KEPT_OUT):
                    continue
                to.execute(f"CREATE TABLE bench_of_{table} AS SELECT * FROM {table} WHERE id > {before[table]}")
                count = to.execute(f"SELECT count(*) FROM bench_of_{table}").fetchone()
                self.sources[table] = Source(table, before[table], top - before[table], count[0] if count else 0)
            self._first_variant = _scalar(to, f"SELECT id FROM catalog_variant WHERE sku = '{_flood.sku(0)}'")
            self._selects = {table: self._select(to, source) for table, source in self.sources.items()}

    def _connect(self) -> psycopg.Connection[Any]:
        to = psycopg.connect(self._url, autocommit=True)
        to.execute("SET session_replication_role = replica")
        to.execute("SET synchronous_commit = off")
        to.execute("SET maintenance_work_mem = '1GB'")
        return to

    def grow(self, copies: int, *, of: int) -> None:
        """Adds copies until there are `copies`; `of` is how many there will be in the end, over which time is spread."""
        first, last = self.made + 1, copies
        self.made = copies
        with self._connect() as to:
            to.execute("ALTER SYSTEM SET autovacuum = off")
            to.execute("SELECT pg_reload_conf()")
            away = _take_indexes(to, [*self.sources, "orders_ordersearch"])
        heaviest = sorted(self.sources.values(), key=lambda source: -source.count)
        with ThreadPoolExecutor(WORKERS) as both:
            list(both.map(lambda source: self._copy(source, first, last, of), heaviest))
            list(both.map(self._grams, range(WORKERS)))
        with ThreadPoolExecutor(WORKERS) as both:
            list(both.map(self._run, away))
        self._add_up()
        with self._connect() as to:
            to.execute("ALTER SYSTEM RESET autovacuum")
            to.execute("SELECT pg_reload_conf()")

    def copy_database(self, name: str) -> None:
        """Makes a database that is as this one is now."""
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # of the PostgreSQL backend
        with psycopg.connect(self._url.replace("/doorstep?", "/postgres?"), autocommit=True) as to:
            to.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'doorstep'")
            to.execute(f"CREATE DATABASE {name} TEMPLATE doorstep STRATEGY file_copy")

    def _run(self, statement: str) -> None:
        with self._connect() as to:
            to.execute(statement)

    def _copy(self, source: Source, first: int, last: int, of: int) -> None:
        columns, select = self._selects[source.table]
        with self._connect() as to:
            for k in range(first, last + 1):
                to.execute(f"INSERT INTO {source.table} ({columns}) {select}", {"k": k, "back": of - k, "of": of})
            top = source.base + source.stride * (last + 1)
            to.execute(f"SELECT setval(pg_get_serial_sequence('{source.table}', 'id'), {top})")

    def _grams(self, part: int) -> None:
        with self._connect() as to:
            to.execute(
                """INSERT INTO orders_ordersearch (organisation_id, order_id, placed_at, grams)
                   SELECT organisation_id, id, placed_at, base_grams(search) FROM orders_order o WHERE id %% %s = %s
                      AND NOT EXISTS (SELECT 1 FROM orders_ordersearch s WHERE s.order_id = o.id) ORDER BY id""",
                [WORKERS, part],
            )

    def _add_up(self) -> None:
        sums = "sum(on_hand)::int AS oh, sum(committed)::int AS co, sum(reserved)::int AS re"
        with self._connect() as to:
            to.execute(
                f"""UPDATE stock_item s SET on_hand = m.oh, committed = m.co, reserved = m.re FROM (
                           SELECT variant_id, {sums} FROM stock_movement WHERE in_pool GROUP BY 1) m
                     WHERE s.variant_id = m.variant_id"""
            )
            to.execute(
                """UPDATE stock_item s SET waiting = b.qty FROM (
                          SELECT variant_id, sum(qty)::int AS qty FROM stock_backorder WHERE state = 'open' GROUP BY 1) b
                    WHERE s.variant_id = b.variant_id"""
            )
            to.execute(
                f"""UPDATE stock_level s SET on_hand = m.oh, committed = m.co FROM (
                           SELECT variant_id, location_id, {sums} FROM stock_movement WHERE location_id IS NOT NULL GROUP BY 1, 2) m
                     WHERE s.variant_id = m.variant_id AND s.location_id = m.location_id"""
            )

    def _select(self, to: psycopg.Connection[Any], source: Source) -> tuple[str, str]:
        """Columns and the SELECT that gives copy `%(k)s` of every row."""
        model = self._models[source.table]
        fields = [f for f in model._meta.local_fields if (source.table, f.attname) not in OWN_DEFAULT]
        marked = {f.attname for f in fields if self._is_marked(to, source.table, f)}
        picked = [self._copied(to, source, f, f.attname in marked, {f.attname for f in fields}) for f in fields]
        select = f"SELECT {', '.join(picked)} FROM bench_of_{source.table} t"
        if source.table == "base_event":
            steps, untold = ", ".join(f"'{t}'" for t in forgetting.STEPS), ", ".join(f"'{k}'" for k in forgetting.UNTOLD)
            is_young = f"%(back)s * {DAYS} <= %(of)s * {settings.KEEP_STEPS_DAYS}"
            select += f" WHERE {is_young} OR NOT (t.type IN ({steps}) OR split_part(t.timeline, ':', 1) IN ({untold}))"
        return ", ".join(f.attname for f in fields), select

    def _is_marked(self, to: psycopg.Connection[Any], table: str, field: Field[Any, Any]) -> bool:
        if field.get_internal_type() not in ("CharField", "TextField", "JSONField"):
            return False
        return bool(_scalar(to, f"SELECT count(*) FROM bench_of_{table} WHERE {field.attname}::text LIKE '%{MARK}%'"))

    def _copied(
        self, to: psycopg.Connection[Any], source: Source, field: Field[Any, Any], is_marked: bool, beside: set[str]
    ) -> str:
        if (source.table, field.attname) in FORGOTTEN:
            days, rest = FORGOTTEN[source.table, field.attname]
            made = self._made_anew(to, source, field, is_marked, beside)
            return f"CASE WHEN %(back)s * {DAYS} > %(of)s * {days} THEN {rest} ELSE {made} END"
        return self._made_anew(to, source, field, is_marked, beside)

    def _made_anew(
        self, to: psycopg.Connection[Any], source: Source, field: Field[Any, Any], is_marked: bool, beside: set[str]
    ) -> str:
        column, kind = f"t.{field.attname}", field.get_internal_type()
        if field.primary_key:
            return f"{column} + %(k)s * {source.stride}"
        if field.attname == "variant_id":
            return self._variant(column)
        target = BARE.get((source.table, field.attname))
        if isinstance(field, ForeignKey):
            target = field.related_model._meta.db_table
        if target:
            return self._moved(column, target)
        if kind == "DateTimeField":
            return f"{column} - %(back)s * interval '{DAYS} days' / %(of)s"
        if field.attname in ("sku", "code", "title") and "variant_id" in beside:
            return self._named(column, field.attname)
        if source.table == "orders_order" and field.attname == "search":
            return self._search(to)
        if kind == "CharField" and self._names_rows(to, source.table, field.attname):
            return self._subject(to, source.table, field.attname)
        if kind == "JSONField":
            made = f"CASE WHEN {column}::text LIKE '%%{MARK}%%' THEN ({_replaced(f'{column}::text')})::jsonb ELSE {column} END"
            made = made if is_marked else column
            return self._with_ids(to, source.table, column, made) if source.table == "base_arrival" else made
        rest = f"{column} || '-' || %(k)s" if field.attname in UNIQUE else column
        if is_marked:
            return f"CASE WHEN {column} LIKE '%%{MARK}%%' THEN {_replaced(column)} ELSE {rest} END"
        return f"CASE {column} WHEN '' THEN '' ELSE {rest} END" if field.attname in UNIQUE else column

    def _with_ids(self, to: psycopg.Connection[Any], table: str, column: str, made: str) -> str:
        for name, target in IN_JSON.items():
            if _scalar(to, f"SELECT count(*) FROM bench_of_{table} t WHERE jsonb_exists({column}, '{name}')"):
                number = f"({column}->>'{name}')::bigint"
                moved = f"jsonb_build_object('{name}', {self._moved(number, target)})"
                made = f"CASE WHEN jsonb_exists({column}, '{name}') THEN {made} || {moved} ELSE {made} END"
        return made

    def _moved(self, number: str, target: str) -> str:
        of = self.sources.get(target)
        return (
            number
            if of is None
            else f"CASE WHEN {number} > {of.base} THEN {number} + %(k)s * {of.stride} ELSE {number} END"
        )

    def _variant(self, id: str) -> str:
        place = f"({id} - {self._first_variant})"
        moved = f"{self._first_variant + HEAD} + ({place} - {HEAD} + %(k)s * {OTHER_ORDERS}) %% {_flood.SKUS - HEAD}"
        return f"CASE WHEN {place} BETWEEN {HEAD} AND {_flood.SKUS - 1} THEN {moved} ELSE {id} END"

    def _named(self, text: str, column: str) -> str:
        place = f"(({self._variant('t.variant_id')}) - {self._first_variant})"
        made = f"'Thing ' || {place}" if column == "title" else f"'SKU-' || lpad({place}::text, 5, '0')"
        return f"CASE WHEN {text} ~ '^(SKU-|Thing )' THEN {made} ELSE {text} END"

    def _search(self, to: psycopg.Connection[Any]) -> str:
        to.execute(
            """ALTER TABLE bench_of_orders_order ADD rest text, ADD variants bigint[];
               UPDATE bench_of_orders_order o SET rest = regexp_replace(search, '\\s*sku-[0-9]+', '', 'g'), variants = ARRAY(
                      SELECT variant_id FROM bench_of_orders_orderline l WHERE l.order_id = o.id ORDER BY position)"""
        )
        sku = f"'sku-' || lpad((({self._variant('v')}) - {self._first_variant})::text, 5, '0')"
        return f"{_replaced('t.rest')} || ' ' || (SELECT string_agg({sku}, ' ') FROM unnest(t.variants) v)"

    def _subject(self, to: psycopg.Connection[Any], table: str, column: str) -> str:
        """Of a text that may name a row as `kind:id`: kind, number and stride are worked out once for all copies."""
        kind, number = f"split_part({column}, ':', 1)", f"split_part({column}, ':', 2)::bigint"
        known = {name: self.sources[of] for name, of in KINDS.items() if of in self.sources}
        strides = " ".join(
            f"WHEN '{name}' THEN CASE WHEN {number} > {of.base} THEN {of.stride} ELSE 0 END"
            for name, of in known.items()
        )
        to.execute(
            f"""ALTER TABLE bench_of_{table} ADD {column}_kind text, ADD {column}_number bigint, ADD {column}_stride bigint;
                UPDATE bench_of_{table} SET {column}_kind = {kind} || ':', {column}_number = {number},
                       {column}_stride = CASE {kind} {strides} END WHERE {column} ~ '^({"|".join(known)}):[0-9]+$'"""
        )
        moved = f"t.{column}_kind || (t.{column}_number + %(k)s * t.{column}_stride)"
        return f"CASE WHEN t.{column}_stride IS NULL THEN t.{column} ELSE {moved} END"

    def _names_rows(self, to: psycopg.Connection[Any], table: str, column: str) -> bool:
        return bool(
            _scalar(to, f"SELECT count(*) FROM bench_of_{table} WHERE {column} ~ '^({'|'.join(KINDS)}):[0-9]+$'")
        )


def _replaced(text: str) -> str:
    """Marks become syllables behind Hangul and Latin letters, else digits."""
    hangul = "substr('가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호', 1 + %(k)s %% 42, 1)"
    latin = "chr(97 + %(k)s %% 26) || chr(97 + %(k)s / 26 %% 26)"
    counted = f"replace({text}, '{MARK}', to_char(1000 + %(k)s, 'FM000000'))"
    korean = f"regexp_replace({counted}, '([가-힣])[0-9]{{6}}', '\\1' || {hangul}, 'g')"
    return f"regexp_replace({korean}, '([a-zßäöüé])[0-9]{{6}}', '\\1' || {latin}, 'gi')"


def _scalar(to: psycopg.Connection[Any], sql: str) -> Any:
    found = to.execute(sql).fetchone()
    return found[0] if found else None


def _with_room(definition: str) -> str:
    """An index as one that grew: its pages are two thirds full."""
    if "USING btree" not in definition or " WITH (" in definition:  # made so before
        return definition
    head, _, condition = definition.partition(" WHERE ")
    return f"{head} WITH (fillfactor = 67)" + (f" WHERE {condition}" if condition else "")


def _take_indexes(to: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    """Drops unique constraints and other indexes but the primary keys.  Returns: what makes them again, the slowest first."""
    made = []
    for table in tables:
        for name, definition in to.execute(
            f"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'u'"
        ).fetchall():
            to.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            made.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for name, definition in to.execute(
            f"""SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                 WHERE i.indrelid = '{table}'::regclass AND NOT i.indisprimary"""
        ).fetchall():
            to.execute(f'DROP INDEX "{name}"')
            made.append(_with_room(definition))
    return sorted(made, key=lambda statement: "gin" not in statement)
