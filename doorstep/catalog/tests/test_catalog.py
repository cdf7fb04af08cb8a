from __future__ import annotations

import io
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from doorstep.base import db, outbox
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.catalog import actions, events, pictures, queries, rules
from doorstep.catalog.invariants import INVARIANTS
from doorstep.catalog.models import Variant
from doorstep.catalog.values import ProductDraft, VariantDraft, VariantItem
from tests.factories import make_ctx

CTX = Ctx(41, SYSTEM, datetime(2026, 11, 1, tzinfo=UTC), "test")
STRANGER = Ctx(99, SYSTEM, CTX.now, "test")
EAN = "4006381333931"


def tee(*variants: VariantDraft, title: str = "오버핏 코튼 티셔츠") -> int:
    return actions.create_product(
        CTX, product=ProductDraft(title, option_names=("색상",)), variants=variants or [plain("TEE-BK")]
    )


def plain(sku: str, barcode: str = "", price: int = 29000) -> VariantDraft:
    return VariantDraft(sku, Money(price, "KRW"), barcode)


def png(width: int = 8, height: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.django_db
def test_a_product_is_found_by_any_part_of_a_korean_word_a_sku_or_a_barcode() -> None:
    one = tee(plain("TEE-BK-M", EAN))
    tee(plain("CAP-1"), title="울 볼캡")
    for query in ("코튼", "핏", "튼 티셔", "tee-bk", "bk-m", "333931", "코튼 tee"):
        assert [row.id for row in queries.list_products(CTX, query=query)] == [one], query
    assert queries.list_products(CTX, query="트코") == []
    assert queries.list_products(STRANGER, query="코튼") == []


@pytest.mark.django_db
@pytest.mark.parametrize("scanned", [EAN, "400638133393-1", "0" + EAN, "]C1010" + EAN, "TEE-1", "tee-1"])
def test_a_scan_finds_the_variant_by_barcode_or_sku(scanned: str) -> None:
    tee(plain("TEE-1", EAN))
    found = queries.find_by_code(CTX, code=scanned)
    assert found is not None
    assert found.sku == "TEE-1"
    assert queries.find_by_code(STRANGER, code=scanned) is None
    assert queries.find_by_code(CTX, code="") is None


@pytest.mark.django_db
def test_a_upc_scanned_with_a_leading_zero_is_the_same_barcode() -> None:
    tee(plain("TEE-1", "036000291452"))
    found = queries.find_by_code(CTX, code="0036000291452")
    assert found is not None
    assert found.sku == "TEE-1"


@pytest.mark.django_db
def test_a_taken_sku_or_barcode_is_refused_and_nothing_is_kept() -> None:
    tee(plain("TEE-1", EAN))
    for variants, code in (
        ([plain("NEW"), plain("TEE-1")], "sku_taken"),
        ([plain("NEW"), plain("NEW")], "sku_taken"),
        ([plain("NEW", EAN)], "barcode_taken"),
    ):
        with pytest.raises(Refused) as refused:
            actions.create_product(CTX, product=ProductDraft("New"), variants=variants)
        assert refused.value.code == code
    assert queries.find_variants(CTX, skus=["NEW"]) == {}
    assert len(queries.list_products(CTX)) == 1


@pytest.mark.django_db
def test_an_edit_changes_product_and_variants_in_one_step_and_tells_what_was_before() -> None:
    one = tee(plain("TEE-1", price=29000))
    variant = queries.find_variants(CTX, skus=["TEE-1"])["TEE-1"]
    version = actions.edit_product(
        CTX, product_id=one, version=1, product=ProductDraft("코튼 티", category="상의"),
        changed={variant.id: plain("TEE-1", price=31000)}, added=[plain("TEE-2")],
    )  # fmt: skip
    detail = queries.get_product(CTX, product_id=one)
    assert (version, detail.version, detail.category) == (2, 2, "상의")
    assert [(v.sku, v.price_minor) for v in detail.variants] == [("TEE-1", 31000), ("TEE-2", 29000)]
    told = {event.type: event.data for event in outbox.timeline(CTX, of=[f"product:{one}"])}
    assert told[events.PRODUCT_EDITED]["before"] == {"title": "오버핏 코튼 티셔츠", "category": ""}
    assert told[events.VARIANTS_EDITED]["variants"][0]["before"] == {"price_minor": 29000, "currency": "KRW"}
    assert check(INVARIANTS) == []


@pytest.mark.django_db
def test_an_edit_of_an_old_version_is_refused_and_moves_nothing() -> None:
    one = tee()
    actions.edit_product(CTX, product_id=one, version=1, product=ProductDraft("Second"))
    with pytest.raises(Refused) as refused:
        actions.edit_product(CTX, product_id=one, version=1, product=ProductDraft("Third"), added=[plain("TEE-9")])
    assert refused.value.code == "changed_meanwhile"
    assert queries.get_product(CTX, product_id=one).title == "Second"
    assert queries.find_variants(CTX, skus=["TEE-9"]) == {}


@pytest.mark.django_db
def test_a_stranger_can_neither_read_nor_write_a_product() -> None:
    one = tee()
    variant = queries.find_variants(CTX, skus=["TEE-BK"])["TEE-BK"]
    attempts = (
        lambda: queries.get_product(STRANGER, product_id=one),
        lambda: actions.edit_product(STRANGER, product_id=one, version=1, product=ProductDraft("Mine")),
        lambda: actions.archive_variant(STRANGER, variant_id=variant.id),
        lambda: actions.set_picture(STRANGER, product_id=one, data=png()),
        lambda: actions.add_variant(STRANGER, product_id=one, variant=plain("X")),
    )
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "not_found"
    assert queries.get_product(CTX, product_id=one).version == 1


@pytest.mark.django_db
def test_an_archived_variant_stays_known_but_leaves_the_list() -> None:
    one = tee(plain("TEE-1"), plain("TEE-2"))
    actions.archive_variant(CTX, variant_id=queries.find_variants(CTX, skus=["TEE-1"])["TEE-1"].id)
    assert queries.find_variants(CTX, skus=["TEE-1"])["TEE-1"].archived
    (row,) = queries.list_products(CTX)
    assert (row.id, row.variants, row.first_sku) == (one, 1, "TEE-2")


@pytest.mark.django_db
def test_ensuring_variants_makes_only_what_is_missing_and_groups_products() -> None:
    tee(plain("OLD", EAN))
    items = [
        VariantItem("OLD", "Other words", Money(1, "USD")),
        VariantItem("A-S", "Tee S", Money(1, "USD"), product="Tee", option_names=("Size",), options=("S",)),
        VariantItem("A-M", "Tee M", Money(1, "USD"), product="Tee", barcode=EAN, options=("M",)),
        VariantItem("B", "Cap", Money(1, "USD")),
        VariantItem("B", "Cap again", Money(1, "USD")),
    ]
    ids = actions.ensure_variants(CTX, items=items)
    assert set(ids) == {"OLD", "A-S", "A-M", "B"}
    assert actions.ensure_variants(CTX, items=items) == ids
    rows = queries.find_variants(CTX, skus=list(ids))
    assert rows["OLD"].price_minor == 29000
    assert rows["A-S"].product_id == rows["A-M"].product_id != rows["B"].product_id
    assert (rows["A-S"].title, rows["A-M"].barcode, rows["B"].title) == ("Tee · S", "", "Cap")
    assert check(INVARIANTS) == []


@pytest.mark.django_db(transaction=True)
def test_two_importers_at_once_make_each_sku_once() -> None:
    items = [VariantItem(f"S{n}", f"Thing {n}", Money(1, "USD"), product=f"P{n // 3}") for n in range(60)]
    barrier = threading.Barrier(2)
    answers: list[dict[str, int]] = []

    def run(batch: list[VariantItem]) -> None:
        try:
            barrier.wait()
            answers.append(actions.ensure_variants(CTX, items=batch))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(batch,)) for batch in (items, items[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 2
    assert answers[0] == answers[1]
    assert db.scalar("SELECT count(*) FROM catalog_variant") == 60
    assert check(INVARIANTS) == []


def test_a_picture_with_an_odd_tag_is_turned_upright_all_the_same() -> None:
    image, exif, out = Image.new("RGB", (40, 20)), Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.XResolution] = 72.0
    image.save(out, "JPEG", exif=exif)
    odd = out.getvalue().replace(b"\x01\x1a\x00\x05", b"\x01\x1a\x00\x02")  # the resolution says that it is a text
    assert odd != out.getvalue()
    with Image.open(io.BytesIO(pictures.encode(odd))) as upright:
        assert upright.size == (20, 40)


def test_a_small_file_of_40_megapixels_took_700_mb() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8000, 5000)).save(out, "PNG")
    with pytest.raises(Refused):
        pictures.encode(out.getvalue())


def test_a_photo_of_50_megapixels_is_read_at_a_fraction_and_turned_upright() -> None:
    exif, out = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("L", (8000, 6250), 90).save(out, "JPEG", exif=exif)
    with Image.open(io.BytesIO(pictures.encode(out.getvalue()))) as upright:
        assert (upright.mode, upright.size) == ("RGB", (938, 1200))


@pytest.mark.django_db
def test_a_picture_is_written_anew_and_small(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    one = tee()
    path = actions.set_picture(CTX, product_id=one, data=png(3000, 1500))
    with Image.open(tmp_path / path) as kept:
        assert (kept.format, kept.size) == ("WEBP", (1200, 600))
    assert queries.get_product(CTX, product_id=one).picture == path


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png()[:40],
        b"GIF89a" + b"\0" * 40,
        b"\0" * (10 * 1024 * 1024 + 1),
    ],
    ids=["nothing", "svg", "cut", "gif", "too-large"],  # else ten megabytes are the name of a test, in each process
)
def test_what_is_no_picture_is_refused(data: bytes, settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    one = tee()
    with pytest.raises(Refused) as refused:
        actions.set_picture(CTX, product_id=one, data=data)
    assert refused.value.code == "bad_picture"
    assert list(tmp_path.iterdir()) == []
    assert queries.get_product(CTX, product_id=one).picture == ""


@pytest.mark.parametrize("code", ["4006381333931", "036000291452", "96385074", "10614141000415"])
def test_known_gtins_have_their_check_digit(code: str) -> None:
    assert rules.is_gtin(code)


@given(
    st.text("0123456789", min_size=7, max_size=13).filter(lambda d: len(d) + 1 in rules.GTIN_LENGTHS), st.integers(1, 9)
)
def test_any_other_last_digit_is_no_gtin(digits: str, off: int) -> None:
    right = rules.check_digit(digits)
    assert rules.is_gtin(f"{digits}{right}")
    assert not rules.is_gtin(f"{digits}{(right + off) % 10}")


@pytest.mark.django_db
def test_a_final_sale_is_said_of_the_product_and_asked_of_its_variants() -> None:
    ctx = make_ctx()
    product_id = actions.create_product(
        ctx, product=ProductDraft("Outlet mug", final_sale=True), variants=[VariantDraft("OUT-1", Money(500, "EUR"))]
    )
    [variant] = queries.get_product(ctx, product_id=product_id).variants
    assert queries.traits_of(ctx, variant_ids=[variant.id])[variant.id].final_sale

    actions.edit_product(ctx, product_id=product_id, version=1, product=ProductDraft("Outlet mug"))

    assert not queries.get_product(ctx, product_id=product_id).final_sale
    assert not queries.traits_of(ctx, variant_ids=[variant.id])[variant.id].final_sale


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("8471.30-0000", "8471300000"), (" 6109 10 ", "610910"), ("", ""), ("=cmd", None), ("610", None),
        ("12345678901234", None), ("６１０９", None), ("T-shirt", None),
    ],
)  # fmt: skip
def test_a_hs_code_is_digits_and_neither_cut_nor_made_up(written: str, kept: str | None) -> None:
    draft = VariantDraft("TEE", Money(1, "KRW"), hs_code=written)
    if kept is None:
        with pytest.raises(Refused, match="HS code"):
            rules.check_variant(draft)
    else:
        assert rules.check_variant(draft).hs_code == kept


@pytest.mark.django_db
def test_a_hs_code_of_before_is_no_hindrance_to_what_else_changes() -> None:
    ctx = make_ctx()
    product_id = actions.create_product(ctx, product=ProductDraft("Tee"), variants=[VariantDraft("TEE", Money(1, "KRW"))])
    [variant] = queries.get_product(ctx, product_id=product_id).variants
    Variant.objects.filter(id=variant.id).update(hs_code="T-SHIRT")
    actions.archive_variant(ctx, variant_id=variant.id)
    [kept] = queries.get_product(ctx, product_id=product_id).variants
    assert (kept.archived, kept.hs_code) == (True, "T-SHIRT")
    with pytest.raises(Refused, match="HS code"):
        actions.edit_variant(ctx, variant_id=variant.id, variant=VariantDraft("TEE", Money(1, "KRW"), hs_code="SHIRT"))
