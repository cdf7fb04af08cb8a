"""Where bins lie, and the block of aisles they lie in."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('locations', '0002_routing'),
    ]

    operations = [
        migrations.CreateModel(
            name='FloorPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation_id', models.BigIntegerField()),
                ('aisles', models.SmallIntegerField()),
                ('length_mm', models.IntegerField()),
                ('apart_mm', models.IntegerField()),
                ('depot_aisle', models.SmallIntegerField()),
                ('depot_at_back', models.BooleanField()),
                ('pattern', models.CharField(max_length=80)),
                ('bay_mm', models.IntegerField()),
                ('odd_even', models.BooleanField()),
            ],
        ),
        migrations.AddField(
            model_name='bin',
            name='aisle',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='bin',
            name='along_mm',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='bin',
            name='level',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='bin',
            name='side',
            field=models.CharField(db_default='', default='', max_length=5),
        ),
        migrations.AddField(
            model_name='bin',
            name='zone',
            field=models.CharField(db_default='', default='', max_length=30),
        ),
        migrations.AddConstraint(
            model_name='bin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('aisle__isnull', True), ('along_mm__isnull', True)), models.Q(('aisle__gte', 1), ('aisle__isnull', False), ('along_mm__gte', 0), ('along_mm__isnull', False)), _connector='OR'), name='bin_placed_whole'),
        ),
        migrations.AddField(
            model_name='floorplan',
            name='location',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='locations.location'),
        ),
        migrations.AddConstraint(
            model_name='floorplan',
            constraint=models.UniqueConstraint(fields=('organisation_id', 'location'), name='floor_plan_once'),
        ),
        migrations.AddConstraint(
            model_name='floorplan',
            constraint=models.CheckConstraint(condition=models.Q(('aisles__gte', 1), ('apart_mm__gte', 100), ('bay_mm__gte', 10), ('depot_aisle__gte', 1), ('depot_aisle__lte', models.F('aisles')), ('length_mm__gte', 100)), name='floor_plan_possible'),
        ),
    ]
