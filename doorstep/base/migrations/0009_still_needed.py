from django.db import migrations

# The half of a foreign key that is kept where its other half would cost more than the row itself (docs/adr/0024): no row goes
# while another refers to it.  Looked at when the transaction commits, as the keys are.
FORWARDS = """
CREATE FUNCTION base_still_needed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE organisation_id = $1 AND %I = $2)', TG_ARGV[0], TG_ARGV[1])
       INTO needed USING OLD.organisation_id, OLD.id;
    IF needed THEN
        RAISE foreign_key_violation
              USING MESSAGE = format('%s %s is still referred to by %s.%s', TG_TABLE_NAME, OLD.id, TG_ARGV[0], TG_ARGV[1]);
    END IF;
    RETURN NULL;
END;
$$;
"""
BACKWARDS = "DROP FUNCTION base_still_needed();"


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0008_lock_freed"),
    ]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
