import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_final_sale"),
        ("stock", "0007_inbound"),
    ]

    operations = [
        migrations.AddField(
            model_name="item",
            name="to_serve",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="item",
            name="waiting",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="Cart",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=120)),
                ("ordered_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation_id", "token"), name="stock_cart_once")],
            },
        ),
        migrations.CreateModel(
            name="Backorder",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("group_id", models.BigIntegerField()),
                ("reference_id", models.BigIntegerField()),
                ("qty", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("backorder", "backorder"), ("preorder", "preorder"), ("short", "short")],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("served", "served"), ("withdrawn", "withdrawn")], max_length=10
                    ),
                ),
                ("priority", models.SmallIntegerField(default=0)),
                ("since", models.DateTimeField()),
                ("promised_on", models.DateField(null=True)),
                ("expected_on", models.DateField(null=True)),
                ("slipped", models.BooleanField(default=False)),
                ("passed", models.BooleanField(default=False)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "variant",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["organisation_id", "variant", "-priority", "since", "group_id"],
                        name="stock_backorder_turn",
                    ),
                    models.Index(
                        condition=models.Q(("passed", True), ("state", "open")),
                        fields=["organisation_id", "variant"],
                        name="stock_backorder_passed",
                    ),
                    models.Index(fields=["organisation_id", "reference_id"], name="stock_backorder_of_line"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("organisation_id", "group_id", "reference_id"),
                        name="stock_backorder_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("qty__gt", 0)), name="stock_backorder_qty_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CartLine",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("qty", models.IntegerField()),
                ("until", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("ordered", "ordered"),
                            ("released", "released"),
                            ("expired", "expired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "cart",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="stock.cart"),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation_id", "cart"], name="stock_cart_line_of_cart"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["organisation_id", "variant"],
                        name="stock_cart_line_open",
                    ),
                    models.Index(condition=models.Q(("state", "open")), fields=["until"], name="stock_cart_line_due"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("organisation_id", "cart", "variant"),
                        name="stock_cart_line_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("qty__gt", 0)), name="stock_cart_line_qty_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SellingRule",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("none", "none"), ("backorder", "backorder"), ("preorder", "preorder")], max_length=10
                    ),
                ),
                ("available_on", models.DateField(null=True)),
                ("max_units", models.IntegerField(null=True)),
                (
                    "variant",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation_id", "variant"), name="stock_selling_rule_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("available_on__isnull", False), ("kind", "preorder")),
                            models.Q(("kind", "preorder"), _negated=True),
                            _connector="OR",
                        ),
                        name="stock_selling_rule_preorder_has_a_day",
                    ),
                ],
            },
        ),
    ]
