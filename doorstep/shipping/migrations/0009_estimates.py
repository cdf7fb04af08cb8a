"""Estimates learnt by lane, codes that a brand names, scans that are of another parcel, and when carriers are asked."""

import django.contrib.postgres.fields
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shipping", "0008_rates"),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeMeaning',
            fields=[
                ('organisation_id', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=30)),
                ('raw_code', models.CharField(max_length=40)),
                ('status', models.CharField(blank=True, max_length=24)),
                ('named_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Lane',
            fields=[
                ('organisation_id', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=120)),
                ('days', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('gaps', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('seen', models.IntegerField()),
                ('asked', models.FloatField()),
                ('updated_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='carrier',
            name='quiet_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='parcel',
            name='ask_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='parcel',
            name='expected_from',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='parcel',
            name='expected_level',
            field=models.SmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='parcel',
            name='expected_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='parcel',
            name='expected_seen',
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='parcel',
            name='expected_to',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='parcel',
            name='late_after',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='parcel',
            name='learnt_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='parcel',
            name='vouched',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name='parcel',
            name='tracked_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='trackingevent',
            name='aside',
            field=models.CharField(db_default='', max_length=12),
        ),
        migrations.AddField(
            model_name='trackingevent',
            name='trouble',
            field=models.CharField(db_default='', max_length=10),
        ),
        AddConstraintNotValid(
            model_name="trackingevent",
            constraint=models.CheckConstraint(
                condition=models.Q(trouble__in=["", "customs", "address", "absent", "refused", "damaged", "lost", "weather"]),
                name="tracking_trouble_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="trackingevent",
            constraint=models.CheckConstraint(
                condition=models.Q(aside__in=["", "earlier", "elsewhere", "later"]), name="tracking_aside_known"
            ),
        ),
        migrations.AddConstraint(
            model_name='codemeaning',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'provider', 'raw_code'), name='code_meaning_once'),
        ),
        migrations.AddConstraint(
            model_name='codemeaning',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['', 'pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'delivered', 'delayed', 'exception', 'return_to_sender', 'cancelled', 'expired', 'unknown'])), name='code_meaning_known'),
        ),
        migrations.AddConstraint(
            model_name='lane',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'key'), name='lane_once'),
        ),
    ]
