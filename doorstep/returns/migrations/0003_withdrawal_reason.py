"""A withdrawal is a reason of its own; it was kept as a change of mind."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

CHOSEN = (
    "too_small", "too_large", "not_as_described", "damaged", "defective", "wrong_item", "arrived_late", "changed_mind",
    "other",
)  # fmt: skip
FROM, TO = "'changed_mind'", "'withdrawal'"
NOTED = """UPDATE returns_line l SET reason = {to} FROM returns_return r
            WHERE r.organisation_id = l.organisation_id AND r.id = l.return_id AND r.is_withdrawal AND l.reason = {was}"""


class Migration(migrations.Migration):
    dependencies = [("returns", "0002_waiting")]

    operations = [
        migrations.RemoveConstraint(model_name="line", name="return_line_reason_known"),
        migrations.RunSQL(NOTED.format(to=TO, was=FROM), NOTED.format(to=FROM, was=TO)),
        AddConstraintNotValid(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", [*CHOSEN, "withdrawal", "unknown"])),
                name="return_line_reason_known",
            ),
        ),
    ]
