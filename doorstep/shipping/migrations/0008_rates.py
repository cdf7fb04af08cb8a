"""Rates: sheets and books of carriers without an interface, why a service was chosen, manifests, checked addresses."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("locations", "0002_routing"),
        ("orders", "0012_recipients"),
        ("shipping", "0007_several_parcels"),
    ]

    operations = [
        migrations.AddField(
            model_name="carrier",
            name="delivers",
            field=models.SmallIntegerField(db_default=63),
        ),
        migrations.AddField(
            model_name="carrier",
            name="location_ids",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="label",
            name="choice",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="label",
            name="credit",
            field=models.CharField(db_default="", max_length=8),
        ),
        migrations.AddField(
            model_name="label",
            name="credit_checked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="label",
            name="is_open",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="label",
            name="void_refused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Manifest",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=60)),
                ("state", models.CharField(max_length=10)),
                ("vendor_id", models.CharField(db_default="", max_length=80)),
                ("barcode", models.CharField(db_default="", max_length=80)),
                ("url", models.TextField(db_default="")),
                ("problem", models.TextField(db_default="")),
                ("wanted_at", models.DateTimeField()),
                ("wanted_by", models.CharField(max_length=80)),
                ("settled_at", models.DateTimeField(null=True)),
                ("carrier", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="shipping.carrier")),
                ("location", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="locations.location")),
            ],
        ),
        migrations.CreateModel(
            name="ManifestParcel",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("problem", models.TextField(db_default="")),
                ("off", models.BooleanField(db_default=False)),
                ("manifest", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="shipping.manifest")),
                ("parcel", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="shipping.parcel")),
            ],
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organisation_id", models.BigIntegerField()),
                ("never", models.JSONField(null=True)),
                ("hold_addresses", models.BooleanField(db_default=False)),
                ("void_unused", models.BooleanField(db_default=True)),
                ("promise_days", models.SmallIntegerField(null=True)),
                ("updated_at", models.DateTimeField()),
                ("ask_carrier", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="shipping.carrier")),
            ],
        ),
        migrations.CreateModel(
            name="RateSheet",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("saved_at", models.DateTimeField()),
                ("saved_by", models.CharField(max_length=80)),
                ("carrier", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="shipping.carrier")),
            ],
        ),
        migrations.CreateModel(
            name="AddressCheck",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("state", models.CharField(max_length=14)),
                ("findings", models.JSONField()),
                ("suggestion", models.JSONField(null=True)),
                ("address", models.CharField(max_length=64)),
                ("source", models.CharField(max_length=80)),
                ("checked_at", models.DateTimeField()),
                ("order", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.order")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation_id", "order"), name="address_check_once"), models.CheckConstraint(condition=models.Q(("state__in", ["ok", "suspicious", "undeliverable"])), name="address_check_state_known")],
            },
        ),
        migrations.CreateModel(
            name="IssuedLabel",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=60)),
                ("serial", models.BigIntegerField(null=True)),
                ("number", models.CharField(max_length=60)),
                ("service", models.CharField(max_length=80)),
                ("cost_minor", models.BigIntegerField()),
                ("cost_currency", models.CharField(max_length=3)),
                ("asked", models.CharField(max_length=64)),
                ("issued_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(null=True)),
                ("carrier", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="shipping.carrier")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation_id", "key"), name="issued_key_once"), models.UniqueConstraint(fields=("organisation_id", "carrier", "number"), name="issued_number_once"), models.UniqueConstraint(fields=("organisation_id", "carrier", "serial"), name="issued_serial_once")],
            },
        ),
        migrations.AddIndex(
            model_name="manifest",
            index=models.Index(fields=["organisation_id", "-id"], name="manifest_newest"),
        ),
        migrations.AddIndex(
            model_name="manifest",
            index=models.Index(condition=models.Q(("state", "wanted")), fields=["wanted_at"], name="manifest_unsettled"),
        ),
        migrations.AddConstraint(
            model_name="manifest",
            constraint=models.UniqueConstraint(fields=("organisation_id", "key"), name="manifest_key_once"),
        ),
        migrations.AddConstraint(
            model_name="manifest",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["wanted", "closed", "declined"])), name="manifest_state_known"),
        ),
        migrations.AddConstraint(
            model_name="manifestparcel",
            constraint=models.UniqueConstraint(fields=("organisation_id", "manifest", "parcel"), name="manifest_parcel_once"),
        ),
        migrations.AddConstraint(
            model_name="manifestparcel",
            constraint=models.UniqueConstraint(condition=models.Q(("off", False)), fields=("organisation_id", "parcel"), name="parcel_on_one_manifest"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.UniqueConstraint(fields=("organisation_id",), name="shipping_policy_once"),
        ),
        migrations.AddIndex(
            model_name="ratesheet",
            index=models.Index(fields=["organisation_id", "carrier", "-id"], name="rate_sheet_newest"),
        ),
    ]
