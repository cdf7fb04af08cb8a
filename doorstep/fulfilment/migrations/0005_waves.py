"""Planned waves, how a location picks, and what is put away."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_bundles'),
        ('fulfilment', '0004_to_put_back'),
        ('locations', '0003_bins'),
    ]

    operations = [
        migrations.CreateModel(
            name='WaveTemplate',
            fields=[
                ('organisation_id', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('method', models.CharField(max_length=8)),
                ('takes', models.JSONField(default=dict)),
                ('at_times', models.JSONField(default=list)),
                ('weekdays', models.JSONField(default=list)),
                ('pick_up_at', models.CharField(default='', max_length=5)),
                ('active', models.BooleanField(default=True)),
                ('last_ran_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='picklist',
            name='method',
            field=models.CharField(db_default='', default='', max_length=8),
        ),
        migrations.AddField(
            model_name='picklist',
            name='walk_mm',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='picktask',
            name='tote',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='picktask',
            name='walk_at',
            field=models.IntegerField(null=True),
        ),
        migrations.CreateModel(
            name='PickSetting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation_id', models.BigIntegerField()),
                ('planned', models.BooleanField()),
                ('route', models.CharField(max_length=8)),
                ('method', models.CharField(max_length=8)),
                ('cart_picks', models.SmallIntegerField()),
                ('cart_orders', models.SmallIntegerField(null=True)),
                ('cart_weight_g', models.IntegerField(null=True)),
                ('walk_mm_s', models.IntegerField()),
                ('pick_s', models.SmallIntegerField()),
                ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='locations.location')),
            ],
        ),
        migrations.CreateModel(
            name='PutAway',
            fields=[
                ('organisation_id', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('client_id', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=120)),
                ('bin', models.CharField(max_length=30)),
                ('was_bin', models.CharField(default='', max_length=30)),
                ('qty', models.IntegerField()),
                ('problem', models.CharField(default='', max_length=60)),
                ('by', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='locations.location')),
                ('variant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='catalog.variant')),
            ],
        ),
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('organisation_id', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(default='', max_length=80)),
                ('method', models.CharField(max_length=8)),
                ('client_id', models.CharField(max_length=60)),
                ('walk_mm', models.BigIntegerField()),
                ('plan_s', models.IntegerField()),
                ('due_at', models.DateTimeField(null=True)),
                ('released_at', models.DateTimeField()),
                ('released_by', models.CharField(max_length=120)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='locations.location')),
            ],
        ),
        migrations.AddField(
            model_name='picklist',
            name='wave',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='fulfilment.wave'),
        ),
        migrations.AddIndex(
            model_name='picklist',
            index=models.Index(condition=models.Q(('wave__isnull', False)), fields=['organisation_id', 'wave'], name='pick_list_of_wave'),
        ),
        migrations.AddField(
            model_name='wavetemplate',
            name='location',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='locations.location'),
        ),
        migrations.AddField(
            model_name='wave',
            name='template',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='fulfilment.wavetemplate'),
        ),
        migrations.AddConstraint(
            model_name='picksetting',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'location'), name='pick_setting_once'),
        ),
        migrations.AddConstraint(
            model_name='picksetting',
            constraint=models.CheckConstraint(condition=models.Q(('cart_picks__gte', 1), ('method__in', ['single', 'cluster', 'batch']), ('pick_s__gte', 0), ('route__in', ['exact', 's_shape']), ('walk_mm_s__gte', 1), models.Q(('cart_orders__isnull', True), ('cart_orders__gte', 1), _connector='OR'), models.Q(('cart_weight_g__isnull', True), ('cart_weight_g__gte', 1), _connector='OR')), name='pick_setting_possible'),
        ),
        migrations.AddIndex(
            model_name='putaway',
            index=models.Index(fields=['organisation_id', 'location', 'variant', 'at'], name='put_away_of_variant'),
        ),
        migrations.AddConstraint(
            model_name='putaway',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'client_id'), name='put_away_once'),
        ),
        migrations.AddConstraint(
            model_name='putaway',
            constraint=models.CheckConstraint(condition=models.Q(('qty__gt', 0)), name='put_away_qty_positive'),
        ),
        migrations.AddConstraint(
            model_name='wavetemplate',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'name'), name='wave_template_name_once'),
        ),
        migrations.AddConstraint(
            model_name='wavetemplate',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['single', 'cluster', 'batch'])), name='wave_template_method_known'),
        ),
        migrations.AddIndex(
            model_name='wave',
            index=models.Index(fields=['organisation_id', '-id'], name='wave_newest'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'client_id'), name='wave_once'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['single', 'cluster', 'batch'])), name='wave_method_known'),
        ),
    ]
