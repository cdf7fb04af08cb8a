import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_final_sale"),
        ("locations", "0001_initial"),
        ("stock", "0004_unchecked_references"),
    ]

    operations = [
        migrations.CreateModel(
            name="CountEntry",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("client_id", models.CharField(max_length=40)),
                ("counted", models.IntegerField()),
                ("expected", models.IntegerField()),
                ("by", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CountLimits",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("units", models.IntegerField(null=True)),
                ("percent", models.IntegerField(null=True)),
                ("value_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
            ],
        ),
        migrations.CreateModel(
            name="CountLine",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("bin", models.CharField(default="", max_length=30)),
                ("state", models.CharField(default="to_count", max_length=8)),
                ("counted", models.IntegerField(null=True)),
                ("away", models.IntegerField(default=0)),
                ("expected", models.IntegerField(null=True)),
                ("ledger_id", models.BigIntegerField(null=True)),
                ("counted_at", models.DateTimeField(null=True)),
                ("counted_by", models.CharField(default="", max_length=120)),
                ("booked", models.IntegerField(default=0)),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("recounts", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="CountSheet",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("state", models.CharField(default="open", max_length=9)),
                ("chosen", models.CharField(max_length=12)),
                ("note", models.CharField(default="", max_length=120)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=60)),
                ("name", models.CharField(default="", max_length=200)),
                ("content_type", models.CharField(default="", max_length=100)),
                ("size", models.IntegerField(default=0)),
                ("content", models.BinaryField(null=True)),
                ("by", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="item",
            name="kept_everywhere",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="level",
            name="counted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="level",
            name="kept",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="level",
            name="safety_stock",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="movement",
            name="safety_stock",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="countlimits",
            constraint=models.UniqueConstraint(fields=("organisation_id",), name="count_limits_once"),
        ),
        migrations.AddField(
            model_name="countline",
            name="variant",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"),
        ),
        migrations.AddField(
            model_name="countentry",
            name="line",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="stock.countline"),
        ),
        migrations.AddField(
            model_name="countsheet",
            name="location",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="locations.location"
            ),
        ),
        migrations.AddField(
            model_name="countline",
            name="sheet",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="stock.countsheet"),
        ),
        migrations.AddIndex(
            model_name="countentry",
            index=models.Index(fields=["organisation_id", "line", "id"], name="count_entry_of_line"),
        ),
        migrations.AddConstraint(
            model_name="countentry",
            constraint=models.UniqueConstraint(fields=("organisation_id", "client_id"), name="count_entry_once"),
        ),
        migrations.AddIndex(
            model_name="countsheet",
            index=models.Index(fields=["organisation_id", "state", "-id"], name="count_sheet_newest"),
        ),
        migrations.AddConstraint(
            model_name="countsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "review", "closed", "cancelled"])),
                name="count_sheet_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="countsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state__in", ["open", "review"])),
                    models.Q(models.Q(("state__in", ["open", "review"]), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="count_sheet_ended_when_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="countline",
            constraint=models.UniqueConstraint(fields=("organisation_id", "sheet", "variant"), name="count_line_once"),
        ),
        migrations.AddConstraint(
            model_name="countline",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["to_count", "waiting", "booked", "skipped"])),
                name="count_line_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="countline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("counted__isnull", True), ("expected__isnull", True), ("ledger_id__isnull", True)),
                    models.Q(
                        ("counted__gte", 0),
                        ("counted_at__isnull", False),
                        ("expected__isnull", False),
                        ("ledger_id__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="count_line_counted_whole",
            ),
        ),
        migrations.RunSQL(
            """UPDATE stock_item SET kept_everywhere = safety_stock WHERE safety_stock <> 0;
            INSERT INTO stock_movement (organisation_id, variant_id, in_pool, kind, on_hand, committed, reserved, damaged,
                                        quality_control, safety_stock, reason, reference, actor_name, at)
            SELECT organisation_id, variant_id, TRUE, 'adjustment', 0, 0, 0, 0, 0, safety_stock, 'safety_stock',
                   'safety_stock:' || safety_stock, '', now() FROM stock_item WHERE safety_stock <> 0""",
            migrations.RunSQL.noop,
        ),
    ]
