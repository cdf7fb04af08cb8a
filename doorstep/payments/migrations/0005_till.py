import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import doorstep.payments.values


class Migration(migrations.Migration):

    dependencies = [
        ('locations', '0001_initial'),
        ('orders', '0011_newest_that_match'),
        ('payments', '0004_unchecked_references'),
    ]

    operations = [
        migrations.CreateModel(
            name='TillShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation_id', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('opening_minor', models.BigIntegerField()),
                ('opened_by', models.CharField(max_length=120)),
                ('opened_at', models.DateTimeField()),
                ('expected_minor', models.BigIntegerField(null=True)),
                ('counted_minor', models.BigIntegerField(null=True)),
                ('reason', models.CharField(db_default='', max_length=300)),
                ('closed_by', models.CharField(db_default='', max_length=120)),
                ('closed_at', models.DateTimeField(null=True)),
                ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='locations.location')),
            ],
        ),
        migrations.CreateModel(
            name='TillCharge',
            fields=[
                ('organisation_id', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=10)),
                ('key', models.CharField(max_length=120)),
                ('vendor_key', models.CharField(db_default=django.db.models.expressions.RawSQL("replace(gen_random_uuid()::text, '-', '')", ()), max_length=60)),
                ('method', models.CharField(max_length=100)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(default=doorstep.payments.values.CallState['WANTED'], max_length=10)),
                ('vendor_id', models.CharField(db_default='', max_length=80)),
                ('payment', models.CharField(db_default='', max_length=80)),
                ('problem', models.CharField(db_default='', max_length=500)),
                ('by', models.CharField(max_length=120)),
                ('wanted_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='payments.account')),
                ('shift', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='payments.tillshift')),
            ],
        ),
        migrations.CreateModel(
            name='TillTaking',
            fields=[
                ('organisation_id', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=14)),
                ('amount_minor', models.BigIntegerField()),
                ('handed_minor', models.BigIntegerField()),
                ('by', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('call', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='payments.call')),
                ('charge', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='payments.tillcharge')),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.order')),
                ('shift', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='payments.tillshift')),
            ],
        ),
        migrations.AddIndex(
            model_name='tillshift',
            index=models.Index(fields=['organisation_id', 'location', '-opened_at'], name='till_shift_newest'),
        ),
        migrations.AddConstraint(
            model_name='tillshift',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('organisation_id', 'location'), name='till_shift_open_once'),
        ),
        migrations.AddConstraint(
            model_name='tillshift',
            constraint=models.CheckConstraint(condition=models.Q(('opening_minor__gte', 0)), name='till_shift_opening_known'),
        ),
        migrations.AddConstraint(
            model_name='tillshift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('counted_minor', None), ('expected_minor', None)), models.Q(('closed_at__isnull', False), ('counted_minor__gte', 0), ('expected_minor__isnull', False)), _connector='OR'), name='till_shift_counted_when_closed'),
        ),
        migrations.AddIndex(
            model_name='tillcharge',
            index=models.Index(fields=['organisation_id', 'shift'], name='till_charge_of_shift'),
        ),
        migrations.AddConstraint(
            model_name='tillcharge',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'key'), name='till_charge_key_once'),
        ),
        migrations.AddConstraint(
            model_name='tillcharge',
            constraint=models.UniqueConstraint(fields=('vendor_key',), name='till_charge_vendor_key_once'),
        ),
        migrations.AddConstraint(
            model_name='tillcharge',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['capture', 'refund'])), name='till_charge_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='tillcharge',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['wanted', 'pending', 'succeeded', 'failed', 'unknown'])), name='till_charge_state_known'),
        ),
        migrations.AddConstraint(
            model_name='tillcharge',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='till_charge_amount_positive'),
        ),
        migrations.AddIndex(
            model_name='tilltaking',
            index=models.Index(fields=['organisation_id', 'shift', 'id'], name='till_taking_of_shift'),
        ),
        migrations.AddIndex(
            model_name='tilltaking',
            index=models.Index(fields=['organisation_id', 'order'], name='till_taking_of_order'),
        ),
        migrations.AddConstraint(
            model_name='tilltaking',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'charge'), name='till_taking_charge_once'),
        ),
        migrations.AddConstraint(
            model_name='tilltaking',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['cash', 'card'])), name='till_taking_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='tilltaking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor', 0), _negated=True), ('handed_minor__gte', models.F('amount_minor'))), name='till_taking_of_something'),
        ),
    ]
