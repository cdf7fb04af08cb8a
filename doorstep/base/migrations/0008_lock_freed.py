from django.db import migrations

# The queue tells workers of jobs that come in, not of a lock that was let go: who waited behind it waited for the next poll.
# Should the queue rename its channel some day, waiting jobs are found by that poll again.  A migration of the queue that changes
# the type of `status` needs these triggers dropped before and made again after: PostgreSQL refuses it while they name the column.
FORWARDS = """
CREATE FUNCTION base_job_lock_freed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE next bigint;
BEGIN
    SELECT id INTO next FROM procrastinate_jobs WHERE lock = OLD.lock AND status = 'todo' LIMIT 1;
    IF FOUND THEN
        PERFORM pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted', 'job_id', next)::text);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER base_job_lock_freed_by_end AFTER DELETE ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.lock IS NOT NULL AND OLD.status = 'doing') EXECUTE FUNCTION base_job_lock_freed();
CREATE TRIGGER base_job_lock_freed_by_failure AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.lock IS NOT NULL AND OLD.status = 'doing' AND NEW.status <> 'doing')
    EXECUTE FUNCTION base_job_lock_freed();
"""
BACKWARDS = """
DROP TRIGGER base_job_lock_freed_by_failure ON procrastinate_jobs;
DROP TRIGGER base_job_lock_freed_by_end ON procrastinate_jobs;
DROP FUNCTION base_job_lock_freed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("base", "0007_codes"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
