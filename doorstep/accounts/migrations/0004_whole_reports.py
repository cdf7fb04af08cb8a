"""Lines that only the bulk job itself kept enter `BulkFailure`, some jobs at a time, so that nobody waits for a long lock."""

from django.db import migrations

BATCH = 100
FORWARDS = """INSERT INTO accounts_bulkfailure (organisation_id, job_id, line)
              SELECT j.organisation_id, j.id, u.line
                FROM accounts_bulkjob j, jsonb_array_elements(j.report) WITH ORDINALITY u(line, n)
               WHERE j.id BETWEEN %s AND %s
                 AND NOT EXISTS (SELECT 1 FROM accounts_bulkfailure f
                                  WHERE f.organisation_id = j.organisation_id AND f.job_id = j.id AND f.line = u.line)
               ORDER BY j.id, u.n"""
# What the versions before showed: the first thousand lines.
BACKWARDS = """UPDATE accounts_bulkjob j
                  SET report = (SELECT coalesce(jsonb_agg(f.line ORDER BY f.id), '[]')
                                  FROM (SELECT id, line FROM accounts_bulkfailure
                                         WHERE organisation_id = j.organisation_id AND job_id = j.id
                                         ORDER BY id LIMIT 1000) f)
                WHERE id BETWEEN %s AND %s AND failed > 0"""


def _move(schema_editor, statement):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM accounts_bulkjob")
        low, high = cursor.fetchone()
        for at in range(low, high + 1, BATCH):
            cursor.execute(statement, [at, at + BATCH - 1])


def forwards(apps, schema_editor):  # noqa: ARG001
    _move(schema_editor, FORWARDS)


def backwards(apps, schema_editor):  # noqa: ARG001
    _move(schema_editor, BACKWARDS)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0003_lists")]

    operations = [migrations.RunPython(forwards, backwards)]
