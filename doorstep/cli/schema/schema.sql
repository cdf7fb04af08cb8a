CREATE TYPE procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);
CREATE TYPE procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);
CREATE TYPE procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);
CREATE FUNCTION base_grams(text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
        SELECT coalesce(array_agg(DISTINCT substr(w.word, i.i, n.n)), '{}')
          FROM regexp_split_to_table($1, '\s+') w(word)
               CROSS JOIN generate_series(1, 2) n(n)
               CROSS JOIN LATERAL generate_series(1, length(w.word) - n.n + 1) i(i)
         WHERE n.n = 2 OR substr(w.word, i.i, 1) !~ '[ -~]'
    $_$;
CREATE FUNCTION base_job_lock_freed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE next bigint;
BEGIN
    SELECT id INTO next FROM procrastinate_jobs WHERE lock = OLD.lock AND status = 'todo' LIMIT 1;
    IF FOUND THEN
        PERFORM pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted', 'job_id', next)::text);
    END IF;
    RETURN NULL;
END;
$$;
CREATE FUNCTION base_searchable(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$ SELECT lower(normalize($1, NFKC)) $_$;
CREATE FUNCTION base_still_needed() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
$_$;
CREATE FUNCTION procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;
CREATE FUNCTION procrastinate_defer_jobs_v1(jobs procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;
    RETURN job_ids;
END;
$$;
CREATE FUNCTION procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;
    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;
    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;
    RETURN _job_id;
END;
$$;
CREATE TABLE procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status procrastinate_job_status DEFAULT 'todo'::procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    queueing_lock text,
    priority integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::procrastinate_job_status) AND (abort_requested = true))))
);
CREATE FUNCTION procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;
 RETURN found_jobs;
END;
$$;
CREATE FUNCTION procrastinate_finish_job_v1(job_id bigint, end_status procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;
CREATE FUNCTION procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;
CREATE FUNCTION procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;
CREATE FUNCTION procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;
CREATE FUNCTION procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;
CREATE FUNCTION procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;
CREATE FUNCTION procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;
END;
$$;
CREATE FUNCTION procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;
CREATE FUNCTION procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);
	RETURN NEW;
END;
$$;
CREATE FUNCTION procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;
CREATE FUNCTION procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;
CREATE FUNCTION procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;
CREATE FUNCTION procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;
CREATE FUNCTION procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;
CREATE TABLE account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id bigint NOT NULL
);
ALTER TABLE account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);
ALTER TABLE account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_apikey (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name character varying(120) NOT NULL,
    prefix character varying(12) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    scopes character varying(40)[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by character varying(120) NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);
ALTER TABLE accounts_apikey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_apikey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_bulkfailure (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    line jsonb NOT NULL,
    job_id bigint NOT NULL
);
ALTER TABLE accounts_bulkfailure ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_bulkfailure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_bulkjob (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    verb character varying(40) NOT NULL,
    state character varying(8) NOT NULL,
    arguments jsonb NOT NULL,
    total integer NOT NULL,
    done integer NOT NULL,
    failed integer NOT NULL,
    started_by character varying(120) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    idle integer DEFAULT 0 NOT NULL
);
ALTER TABLE accounts_bulkjob ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_bulkjob_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_columnchoice (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    listing character varying(30) NOT NULL,
    columns character varying(30)[] NOT NULL,
    user_id bigint NOT NULL
);
ALTER TABLE accounts_columnchoice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_columnchoice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_logo (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    content bytea NOT NULL,
    digest character varying(40) NOT NULL,
    width smallint NOT NULL,
    height smallint NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE accounts_logo ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_logo_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_organisation (
    id bigint NOT NULL,
    name character varying(120) NOT NULL,
    slug character varying(60) NOT NULL,
    default_currency character varying(3) NOT NULL,
    default_language character varying(5) NOT NULL,
    timezone character varying(60) NOT NULL,
    accent character varying(7) NOT NULL,
    support_email character varying(254) NOT NULL,
    is_demo boolean NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE accounts_organisation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_organisation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_pagewords (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    language character varying(5) NOT NULL,
    message text NOT NULL,
    help text NOT NULL,
    returns_url character varying(200) NOT NULL,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE accounts_pagewords ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_pagewords_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_savedview (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    listing character varying(30) NOT NULL,
    name character varying(60) NOT NULL,
    query character varying(1000) NOT NULL,
    is_shared boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    owner_id bigint NOT NULL
);
ALTER TABLE accounts_savedview ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_savedview_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_staff (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    role character varying(12) NOT NULL,
    added_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    user_id bigint NOT NULL,
    location_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    CONSTRAINT staff_role_known CHECK ((role IN ('owner', 'manager', 'warehouse', 'service', 'shop', 'viewer')))
);
ALTER TABLE accounts_staff ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_staff_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE accounts_user (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    email character varying(254) NOT NULL,
    name character varying(120) NOT NULL,
    language character varying(5) NOT NULL,
    theme character varying(6) NOT NULL,
    is_active boolean NOT NULL,
    joined_at timestamp with time zone NOT NULL
);
ALTER TABLE accounts_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE analytics_baseline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    metric character varying(40) NOT NULL,
    value double precision NOT NULL,
    at timestamp with time zone NOT NULL,
    by character varying(120) NOT NULL,
    source character varying(10) DEFAULT 'entered'::character varying NOT NULL,
    CONSTRAINT baseline_not_negative CHECK ((value >= (0.0)::double precision))
);
ALTER TABLE analytics_baseline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME analytics_baseline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
ALTER TABLE auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
ALTER TABLE auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE base_arrival (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    external_id character varying(200) NOT NULL,
    topic character varying(60) NOT NULL,
    content_type character varying(80) NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    outcome character varying(12) NOT NULL,
    detail jsonb NOT NULL,
    repeats integer NOT NULL,
    received_at timestamp with time zone NOT NULL,
    processed_at timestamp with time zone,
    source character varying(12) DEFAULT 'channel'::character varying NOT NULL,
    forgotten_at timestamp with time zone,
    CONSTRAINT arrival_outcome_known CHECK ((outcome IN ('received', 'processed', 'refused', 'failed', 'ignored')))
)
WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE base_arrival ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME base_arrival_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE base_code (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    subject character varying(60) NOT NULL,
    salt character varying(16) NOT NULL,
    hash character varying(64) NOT NULL,
    tries_left smallint NOT NULL,
    used boolean DEFAULT false NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    CONSTRAINT code_tries_not_negative CHECK ((tries_left >= 0))
);
ALTER TABLE base_code ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME base_code_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE base_event (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    tx bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    type character varying(60) NOT NULL,
    subject character varying(60) NOT NULL,
    timeline character varying(60) NOT NULL,
    data jsonb NOT NULL,
    actor_kind character varying(12) NOT NULL,
    actor_id bigint NOT NULL,
    actor_name character varying(120) NOT NULL,
    trace character varying(40) NOT NULL,
    at timestamp with time zone NOT NULL,
    pending boolean NOT NULL,
    attempts smallint NOT NULL,
    problem text NOT NULL,
    retry_at timestamp with time zone
)
WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE base_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME base_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE base_idempotentanswer (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    owner character varying(60) NOT NULL,
    key character varying(200) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    status smallint,
    body bytea NOT NULL,
    content_type character varying(80) NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE base_idempotentanswer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME base_idempotentanswer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE catalog_component (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    qty integer NOT NULL,
    bundle_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT component_of_another CHECK ((NOT (bundle_id = variant_id))),
    CONSTRAINT component_qty_positive CHECK ((qty > 0))
);
ALTER TABLE catalog_component ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME catalog_component_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE catalog_product (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    title character varying(255) NOT NULL,
    description text NOT NULL,
    category character varying(80) NOT NULL,
    status character varying(10) NOT NULL,
    option_names jsonb NOT NULL,
    picture character varying(200) NOT NULL,
    version integer NOT NULL,
    search text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    final_sale boolean DEFAULT false NOT NULL,
    CONSTRAINT product_status_known CHECK ((status IN ('active', 'draft', 'archived')))
);
ALTER TABLE catalog_product ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME catalog_product_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE catalog_variant (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    sku character varying(64) NOT NULL,
    barcode character varying(64) NOT NULL,
    title character varying(255) NOT NULL,
    options jsonb NOT NULL,
    price_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    weight_g integer NOT NULL,
    country_of_origin character varying(2) NOT NULL,
    hs_code character varying(12) NOT NULL,
    archived boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    product_id bigint NOT NULL,
    bundle boolean DEFAULT false NOT NULL,
    length_mm integer,
    width_mm integer,
    height_mm integer,
    own_box boolean DEFAULT false NOT NULL,
    fragile boolean DEFAULT false NOT NULL,
    hazmat character varying(80) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT variant_dims_whole CHECK ((((height_mm IS NULL) AND (length_mm IS NULL) AND (width_mm IS NULL)) OR ((height_mm > 0) AND (length_mm > 0) AND (width_mm > 0)))),
    CONSTRAINT variant_price_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT variant_weight_not_negative CHECK ((weight_g >= 0))
);
ALTER TABLE catalog_variant ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME catalog_variant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_bucket (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name character varying(60) NOT NULL,
    "left" double precision NOT NULL,
    rate double precision NOT NULL,
    burst double precision NOT NULL,
    at timestamp with time zone NOT NULL,
    connection_id bigint NOT NULL
);
ALTER TABLE channels_bucket ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_bucket_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_connection (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    provider character varying(30) NOT NULL,
    slug character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    secret character varying(200) NOT NULL,
    settings jsonb NOT NULL,
    currency character varying(3) NOT NULL,
    active boolean NOT NULL,
    introduced_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    reconciled_until timestamp with time zone,
    rejected_at timestamp with time zone,
    problem text NOT NULL,
    problem_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    heard_at timestamp with time zone,
    rearmed_at timestamp with time zone,
    resume jsonb DEFAULT '{}'::jsonb NOT NULL,
    refunds_until timestamp with time zone,
    denied jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE channels_connection ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_connection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_delivery (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    event_id bigint NOT NULL,
    type character varying(60) NOT NULL,
    subject character varying(60) NOT NULL,
    turn bigint NOT NULL,
    body text NOT NULL,
    state character varying(10) NOT NULL,
    attempts smallint NOT NULL,
    next_at timestamp with time zone,
    last_status smallint,
    last_answer text NOT NULL,
    tried_at timestamp with time zone,
    settled_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    subscription_id bigint NOT NULL,
    CONSTRAINT delivery_state_known CHECK ((state IN ('pending', 'delivered', 'dead')))
);
ALTER TABLE channels_delivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_drift (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    thought integer NOT NULL,
    showed integer NOT NULL,
    cause character varying(12) NOT NULL,
    found_at timestamp with time zone NOT NULL,
    healed_at timestamp with time zone,
    connection_id bigint NOT NULL,
    listing_id bigint NOT NULL,
    CONSTRAINT drift_cause_known CHECK ((cause IN ('late_order', 'edited', 'not_taken')))
);
ALTER TABLE channels_drift ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_drift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_exposure (
    organisation_id bigint NOT NULL,
    listing_id bigint NOT NULL,
    apart boolean NOT NULL,
    wanted integer NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    unseen integer NOT NULL,
    unseen_at timestamp with time zone,
    shows integer,
    accepted integer,
    accepted_at timestamp with time zone,
    sent integer,
    sent_at timestamp with time zone,
    sold_meanwhile boolean NOT NULL,
    handle character varying(200) NOT NULL,
    attempts smallint NOT NULL,
    retry_at timestamp with time zone,
    problem text NOT NULL,
    settled boolean GENERATED ALWAYS AS (((shows IS NOT NULL) AND ((apart AND (shows = wanted)) OR ((NOT apart) AND (shows = GREATEST((wanted - unseen), 0)))))) STORED,
    connection_id bigint NOT NULL,
    guess integer,
    CONSTRAINT exposure_not_negative CHECK (((unseen >= 0) AND (wanted >= 0))),
    CONSTRAINT exposure_sent_has_time CHECK ((((sent IS NULL) AND (sent_at IS NULL)) OR ((sent IS NOT NULL) AND (sent_at IS NOT NULL))))
);
CREATE TABLE channels_exposurerule (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    buffer integer,
    share_pct smallint,
    most integer,
    excluded boolean,
    places bigint[],
    sized_by_sales boolean,
    apart boolean,
    connection_id bigint NOT NULL,
    listing_id bigint,
    CONSTRAINT exposure_buffer_not_negative CHECK ((buffer >= 0)),
    CONSTRAINT exposure_most_not_negative CHECK ((most >= 0)),
    CONSTRAINT exposure_share_in_percent CHECK (((share_pct >= 0) AND (share_pct <= 100)))
);
ALTER TABLE channels_exposurerule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_exposurerule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_fileprofile (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    orders jsonb,
    stock jsonb,
    shipments jsonb,
    updated_at timestamp with time zone NOT NULL,
    connection_id bigint NOT NULL
);
ALTER TABLE channels_fileprofile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_fileprofile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_follower (
    organisation_id bigint NOT NULL,
    mark character varying(40) NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL,
    after bigint NOT NULL
);
CREATE TABLE channels_listing (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    external_id character varying(200) NOT NULL,
    item character varying(200) NOT NULL,
    sku character varying(200) NOT NULL,
    barcode character varying(80) NOT NULL,
    title character varying(255) NOT NULL,
    variant_id bigint,
    linked_by character varying(10) NOT NULL,
    ignored boolean NOT NULL,
    number integer,
    read_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    connection_id bigint NOT NULL,
    CONSTRAINT listing_linked_by_known CHECK ((linked_by IN ('', 'sku', 'barcode', 'person'))),
    CONSTRAINT listing_without_variant_has_no_link CHECK (((variant_id IS NOT NULL) OR (linked_by IN ('', 'person'))))
);
ALTER TABLE channels_listing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_listing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_notice (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    verb character varying(20) NOT NULL,
    subject character varying(60) NOT NULL,
    timeline character varying(60) NOT NULL,
    arguments jsonb NOT NULL,
    state character varying(8) NOT NULL,
    problem text NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    connection_id bigint NOT NULL,
    CONSTRAINT channel_notice_state_known CHECK ((state IN ('queued', 'told', 'failed')))
);
ALTER TABLE channels_notice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_numbertold (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    number integer NOT NULL,
    showed integer,
    outcome character varying(10) NOT NULL,
    problem text NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    connection_id bigint NOT NULL,
    listing_id bigint NOT NULL,
    CONSTRAINT number_outcome_known CHECK ((outcome IN ('taken', 'stale', 'gone', 'declined')))
);
ALTER TABLE channels_numbertold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_numbertold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_ordertold (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    external_id character varying(200) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    connection_id bigint NOT NULL
);
ALTER TABLE channels_ordertold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_ordertold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_refundheard (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    external_id character varying(200) NOT NULL,
    told_id character varying(200) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    lines jsonb NOT NULL,
    reason character varying(200) NOT NULL,
    key character varying(80),
    arrival_id bigint NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    noted_at timestamp with time zone,
    refund_id bigint,
    taken jsonb NOT NULL,
    goods_open boolean NOT NULL,
    connection_id bigint NOT NULL,
    CONSTRAINT refund_heard_not_negative CHECK ((amount_minor >= 0)),
    CONSTRAINT refund_heard_noted_has_time CHECK (((noted_at IS NOT NULL) OR ((NOT goods_open) AND (refund_id IS NULL))))
);
ALTER TABLE channels_refundheard ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_refundheard_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_subscription (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    url character varying(200) NOT NULL,
    types character varying(60)[] NOT NULL,
    secret character varying(200) NOT NULL,
    old_secret character varying(200) NOT NULL,
    old_secret_until timestamp with time zone,
    active boolean NOT NULL,
    tx bigint NOT NULL,
    event_id bigint NOT NULL,
    silent smallint NOT NULL,
    quiet_until timestamp with time zone,
    problem text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE channels_subscription ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_subscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE channels_withdrawn (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    external_id character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL,
    connection_id bigint NOT NULL
);
ALTER TABLE channels_withdrawn ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channels_withdrawn_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE customers_customer (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    email character varying(254) NOT NULL,
    phone character varying(40) NOT NULL,
    language character varying(5) NOT NULL,
    country character varying(2) NOT NULL,
    accepts_marketing boolean NOT NULL,
    note text NOT NULL,
    version integer NOT NULL,
    search text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    merged_into_id bigint
);
ALTER TABLE customers_customer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME customers_customer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE customers_identity (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    value character varying(254) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    customer_id bigint NOT NULL
);
ALTER TABLE customers_identity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME customers_identity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE customers_merge (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    moved jsonb NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    undone_by character varying(120) NOT NULL,
    gone_id bigint NOT NULL,
    keep_id bigint NOT NULL
);
ALTER TABLE customers_merge ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME customers_merge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE django_cache (
    cache_key character varying(255) NOT NULL,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE TABLE django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
CREATE TABLE fulfilment_box (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    length_mm integer NOT NULL,
    width_mm integer NOT NULL,
    height_mm integer NOT NULL,
    empty_g integer DEFAULT 0 NOT NULL,
    most_g integer DEFAULT 0 NOT NULL,
    cost_minor bigint DEFAULT 0 NOT NULL,
    currency character varying(3) NOT NULL,
    flat boolean DEFAULT false NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    location_id bigint,
    CONSTRAINT box_has_room CHECK (((height_mm > 0) AND (length_mm > 0) AND (width_mm > 0))),
    CONSTRAINT box_not_negative CHECK (((cost_minor >= 0) AND (empty_g >= 0) AND (most_g >= 0)))
);
ALTER TABLE fulfilment_box ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_box_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_gift (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    by character varying(120) DEFAULT ''::character varying NOT NULL,
    at timestamp with time zone NOT NULL,
    order_id bigint NOT NULL
);
ALTER TABLE fulfilment_gift ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_gift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_picklist (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    state character varying(12) NOT NULL,
    picker_name character varying(120) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    location_id bigint NOT NULL,
    method character varying(8) DEFAULT ''::character varying NOT NULL,
    walk_mm integer,
    wave_id bigint,
    CONSTRAINT pick_list_state_known CHECK ((state IN ('open', 'in_progress', 'picked', 'cancelled')))
);
ALTER TABLE fulfilment_picklist ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_picklist_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_picksetting (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    planned boolean NOT NULL,
    route character varying(8) NOT NULL,
    method character varying(8) NOT NULL,
    cart_picks smallint NOT NULL,
    cart_orders smallint,
    cart_weight_g integer,
    walk_mm_s integer NOT NULL,
    pick_s smallint NOT NULL,
    location_id bigint NOT NULL,
    CONSTRAINT pick_setting_possible CHECK (((cart_picks >= 1) AND (method IN ('single', 'cluster', 'batch')) AND (pick_s >= 0) AND (route IN ('exact', 's_shape')) AND (walk_mm_s >= 1) AND ((cart_orders IS NULL) OR (cart_orders >= 1)) AND ((cart_weight_g IS NULL) OR (cart_weight_g >= 1))))
);
ALTER TABLE fulfilment_picksetting ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_picksetting_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_picktask (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    bin character varying(30) NOT NULL,
    qty integer NOT NULL,
    picked integer NOT NULL,
    removed boolean NOT NULL,
    fulfilment_line_id bigint NOT NULL,
    fulfilment_order_id bigint NOT NULL,
    pick_list_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    put_back_at timestamp with time zone,
    put_back_by character varying(120) DEFAULT ''::character varying NOT NULL,
    tote smallint DEFAULT 0 NOT NULL,
    walk_at integer,
    CONSTRAINT pick_task_back_once_gone CHECK (((put_back_at IS NULL) OR ((picked > 0) AND removed))),
    CONSTRAINT pick_task_not_over CHECK (((picked >= 0) AND (picked <= qty))),
    CONSTRAINT pick_task_qty_positive CHECK ((qty > 0))
);
ALTER TABLE fulfilment_picktask ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_picktask_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_printer (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name character varying(80) NOT NULL,
    kind character varying(8) NOT NULL,
    target character varying(200) NOT NULL,
    language character varying(4) NOT NULL,
    active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    location_id bigint
);
ALTER TABLE fulfilment_printer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_printer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_printjob (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    document character varying(12) NOT NULL,
    subject character varying(60) NOT NULL,
    timeline character varying(60) NOT NULL,
    state character varying(8) NOT NULL,
    problem text NOT NULL,
    by character varying(120) NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    printer_id bigint,
    CONSTRAINT print_job_state_known CHECK ((state IN ('queued', 'printing', 'printed', 'failed', 'unknown')))
);
ALTER TABLE fulfilment_printjob ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_printjob_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_putaway (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    client_id character varying(40) NOT NULL,
    code character varying(120) NOT NULL,
    bin character varying(30) NOT NULL,
    was_bin character varying(30) NOT NULL,
    qty integer NOT NULL,
    problem character varying(60) NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    location_id bigint NOT NULL,
    variant_id bigint,
    CONSTRAINT put_away_qty_positive CHECK ((qty > 0))
);
ALTER TABLE fulfilment_putaway ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_putaway_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_scan (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    client_id character varying(40) NOT NULL,
    code character varying(120) NOT NULL,
    typed boolean NOT NULL,
    accepted boolean NOT NULL,
    problem character varying(60) NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    pick_list_id bigint NOT NULL,
    task_id bigint
);
ALTER TABLE fulfilment_scan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_scan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_short (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    client_id character varying(40) NOT NULL,
    wanted integer NOT NULL,
    found integer NOT NULL,
    missing integer NOT NULL,
    problem character varying(60) NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    pick_list_id bigint NOT NULL,
    task_id bigint,
    CONSTRAINT short_within_wanted CHECK (((found >= 0) AND (missing >= 0) AND (missing <= wanted)))
);
ALTER TABLE fulfilment_short ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_short_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_warehouse (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    code character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    provider character varying(30) NOT NULL,
    settings jsonb NOT NULL,
    active boolean NOT NULL,
    slug character varying(40) DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    connected_at timestamp with time zone NOT NULL,
    cursor character varying(200) DEFAULT ''::character varying NOT NULL,
    read_at timestamp with time zone,
    subscription_wanted_at timestamp with time zone,
    subscribed_at timestamp with time zone,
    heard_at timestamp with time zone,
    rejected_at timestamp with time zone,
    problem text DEFAULT ''::text NOT NULL,
    problem_at timestamp with time zone,
    location_id bigint NOT NULL
);
ALTER TABLE fulfilment_warehouse ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_warehouse_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_warehouserequest (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(60) NOT NULL,
    state character varying(10) NOT NULL,
    vendor_id character varying(80) NOT NULL,
    lines jsonb NOT NULL,
    problem text NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    accepted_at timestamp with time zone,
    asked_times integer NOT NULL,
    recall_wanted_at timestamp with time zone,
    too_late_at timestamp with time zone,
    fulfilment_order_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    recall_for character varying(8) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT warehouse_request_state_known CHECK ((state IN ('wanted', 'unknown', 'submitted', 'accepted', 'rejected', 'cancelled', 'closed')))
);
ALTER TABLE fulfilment_warehouserequest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_warehouserequest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_wave (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    method character varying(8) NOT NULL,
    client_id character varying(60) NOT NULL,
    walk_mm bigint NOT NULL,
    plan_s integer NOT NULL,
    due_at timestamp with time zone,
    released_at timestamp with time zone NOT NULL,
    released_by character varying(120) NOT NULL,
    cancelled_at timestamp with time zone,
    location_id bigint NOT NULL,
    template_id bigint,
    takes jsonb,
    CONSTRAINT wave_method_known CHECK ((method IN ('single', 'cluster', 'batch')))
);
ALTER TABLE fulfilment_wave ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_wave_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE fulfilment_wavetemplate (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    method character varying(8) NOT NULL,
    takes jsonb NOT NULL,
    at_times jsonb NOT NULL,
    weekdays jsonb NOT NULL,
    pick_up_at character varying(5) NOT NULL,
    active boolean NOT NULL,
    last_ran_at timestamp with time zone,
    location_id bigint NOT NULL,
    CONSTRAINT wave_template_method_known CHECK ((method IN ('single', 'cluster', 'batch')))
);
ALTER TABLE fulfilment_wavetemplate ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME fulfilment_wavetemplate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_clock (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(14) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    target_min integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    risk_at timestamp with time zone NOT NULL,
    paused_min integer,
    ended_at timestamp with time zone,
    met_at timestamp with time zone,
    conversation_id bigint NOT NULL,
    CONSTRAINT clock_kind_known CHECK ((kind IN ('first_response', 'next_response')))
);
ALTER TABLE inbox_clock ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_clock_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_conversation (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    number bigint NOT NULL,
    subject character varying(255) NOT NULL,
    channel character varying(12) NOT NULL,
    contact_address character varying(254) NOT NULL,
    contact_name character varying(200) NOT NULL,
    mailbox_id bigint,
    state character varying(8) NOT NULL,
    assignee_id bigint,
    tags character varying(60)[] NOT NULL,
    language character varying(5) NOT NULL,
    waiting_since timestamp with time zone,
    first_reply_at timestamp with time zone,
    snoozed_until timestamp with time zone,
    is_spam boolean NOT NULL,
    version integer NOT NULL,
    messages integer NOT NULL,
    preview character varying(200) NOT NULL,
    last_direction character varying(4) NOT NULL,
    due_at timestamp with time zone,
    due_kind character varying(14) NOT NULL,
    risk_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    last_message_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    customer_id bigint NOT NULL,
    order_id bigint,
    CONSTRAINT conversation_channel_known CHECK ((channel IN ('mail', 'chat', 'sms', 'marketplace'))),
    CONSTRAINT conversation_sleeps_until CHECK ((((snoozed_until IS NOT NULL) AND ((state)::text = 'snoozed'::text)) OR ((NOT ((state)::text = 'snoozed'::text)) AND (snoozed_until IS NULL)))),
    CONSTRAINT conversation_state_known CHECK ((state IN ('open', 'pending', 'snoozed', 'resolved')))
);
ALTER TABLE inbox_conversation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_conversation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_conversationsearch (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    text text NOT NULL,
    grams text[] NOT NULL,
    conversation_id bigint NOT NULL
);
ALTER TABLE inbox_conversationsearch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_conversationsearch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_draft (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    kind character varying(5) NOT NULL,
    text text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    conversation_id bigint NOT NULL
);
ALTER TABLE inbox_draft ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_draft_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_macro (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    body_en text NOT NULL,
    body_ko text NOT NULL
);
ALTER TABLE inbox_macro ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_macro_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_message (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    version integer NOT NULL,
    direction character varying(4) NOT NULL,
    kind character varying(6) NOT NULL,
    author_kind character varying(12) NOT NULL,
    author_id bigint NOT NULL,
    author_name character varying(200) NOT NULL,
    address character varying(254) NOT NULL,
    recipients jsonb NOT NULL,
    text text NOT NULL,
    fresh text NOT NULL,
    quoted text NOT NULL,
    html text NOT NULL,
    message_id character varying(255) NOT NULL,
    in_reply_to character varying(255) NOT NULL,
    mail_kind character varying(12) NOT NULL,
    arrival_id bigint,
    outgoing_id bigint,
    attachments jsonb NOT NULL,
    data jsonb NOT NULL,
    problem text NOT NULL,
    asks boolean NOT NULL,
    answered_at timestamp with time zone,
    at timestamp with time zone NOT NULL,
    conversation_id bigint NOT NULL,
    CONSTRAINT inbox_message_direction_known CHECK ((direction IN ('in', 'out', 'note'))),
    CONSTRAINT inbox_message_kind_known CHECK ((kind IN ('mail', 'chat', 'note', 'system')))
);
ALTER TABLE inbox_message ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_servicehours (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    timezone character varying(60) NOT NULL,
    week jsonb NOT NULL,
    holidays jsonb NOT NULL,
    first_response_min integer NOT NULL,
    next_response_min integer NOT NULL,
    first_chat_min integer DEFAULT 1 NOT NULL
);
ALTER TABLE inbox_servicehours ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_servicehours_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE inbox_upload (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    name character varying(200) NOT NULL,
    content_type character varying(100) NOT NULL,
    size integer NOT NULL,
    content bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    conversation_id bigint NOT NULL,
    message_id bigint
);
ALTER TABLE inbox_upload ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME inbox_upload_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE locations_bin (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    code character varying(30) NOT NULL,
    "position" integer NOT NULL,
    location_id bigint NOT NULL,
    aisle smallint,
    along_mm integer,
    level smallint,
    side character varying(5) DEFAULT ''::character varying NOT NULL,
    zone character varying(30) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT bin_placed_whole CHECK ((((aisle IS NULL) AND (along_mm IS NULL)) OR ((aisle >= 1) AND (aisle IS NOT NULL) AND (along_mm >= 0) AND (along_mm IS NOT NULL))))
);
ALTER TABLE locations_bin ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME locations_bin_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE locations_floorplan (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    aisles smallint NOT NULL,
    length_mm integer NOT NULL,
    apart_mm integer NOT NULL,
    depot_aisle smallint NOT NULL,
    depot_at_back boolean NOT NULL,
    pattern character varying(80) NOT NULL,
    bay_mm integer NOT NULL,
    odd_even boolean NOT NULL,
    location_id bigint NOT NULL,
    CONSTRAINT floor_plan_possible CHECK (((aisles >= 1) AND (apart_mm >= 100) AND (bay_mm >= 10) AND (depot_aisle >= 1) AND (depot_aisle <= aisles) AND (length_mm >= 100)))
);
ALTER TABLE locations_floorplan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME locations_floorplan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE locations_location (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    code character varying(20) NOT NULL,
    name character varying(120) NOT NULL,
    kind character varying(10) NOT NULL,
    company character varying(120) NOT NULL,
    lines jsonb NOT NULL,
    postal_code character varying(20) NOT NULL,
    city character varying(80) NOT NULL,
    region character varying(80) NOT NULL,
    country character varying(2) NOT NULL,
    phone character varying(40) NOT NULL,
    latitude double precision,
    longitude double precision,
    timezone character varying(60) NOT NULL,
    serves jsonb NOT NULL,
    fulfils_online boolean NOT NULL,
    active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    capacity_per_day integer DEFAULT 0 NOT NULL,
    cut_off time without time zone,
    handling_minor bigint DEFAULT 0 NOT NULL,
    holidays jsonb,
    pickups jsonb,
    priority smallint,
    weekdays smallint DEFAULT 31 NOT NULL,
    export_eori character varying(17) DEFAULT ''::character varying NOT NULL,
    export_incoterm character varying(3) DEFAULT ''::character varying NOT NULL,
    export_signer character varying(80) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT location_dispatch_possible CHECK (((capacity_per_day >= 0) AND (handling_minor >= 0) AND (weekdays > 0) AND (weekdays <= 127))),
    CONSTRAINT location_kind_known CHECK ((kind IN ('warehouse', 'shop')))
);
ALTER TABLE locations_location ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME locations_location_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE locations_postalplace (
    id bigint NOT NULL,
    country character varying(2) NOT NULL,
    postal_code character varying(20) NOT NULL,
    place character varying(180) NOT NULL,
    region character varying(100) NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL
);
ALTER TABLE locations_postalplace ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME locations_postalplace_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_attachment (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    name character varying(200) NOT NULL,
    content_type character varying(200) NOT NULL,
    body bytea NOT NULL,
    message_id bigint NOT NULL
);
ALTER TABLE messaging_attachment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_attachment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_mailbox (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    code character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    address character varying(254) NOT NULL,
    provider character varying(30) NOT NULL,
    settings jsonb NOT NULL,
    active boolean NOT NULL,
    slug character varying(40) DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    uidvalidity bigint DEFAULT 0 NOT NULL,
    last_uid bigint DEFAULT 0 NOT NULL,
    fetched_at timestamp with time zone,
    heard_at timestamp with time zone,
    rejected_at timestamp with time zone,
    problem text DEFAULT ''::text NOT NULL,
    problem_at timestamp with time zone,
    tried_at timestamp with time zone
);
ALTER TABLE messaging_mailbox ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_mailbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_message (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(100) NOT NULL,
    timeline character varying(60) NOT NULL,
    to_address character varying(254) NOT NULL,
    to_name character varying(200) NOT NULL,
    template character varying(40) NOT NULL,
    language character varying(5) NOT NULL,
    subject character varying(255) NOT NULL,
    text text NOT NULL,
    html text NOT NULL,
    message_id character varying(200) NOT NULL,
    state character varying(8) NOT NULL,
    problem text NOT NULL,
    attempts smallint NOT NULL,
    try_after timestamp with time zone,
    wanted_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    auto boolean DEFAULT true NOT NULL,
    in_reply_to text DEFAULT ''::text NOT NULL,
    reference_ids text[] DEFAULT '{}'::text[] NOT NULL,
    reply_to character varying(254) DEFAULT ''::character varying NOT NULL,
    mailbox_id bigint,
    opt_out_url text DEFAULT ''::text NOT NULL,
    way character varying(4) DEFAULT 'mail'::character varying NOT NULL,
    cost_currency character varying(3) DEFAULT ''::character varying NOT NULL,
    cost_micros bigint,
    receipt character varying(12) DEFAULT ''::character varying NOT NULL,
    receipt_at timestamp with time zone,
    segments smallint,
    vendor_id character varying(64) DEFAULT ''::character varying NOT NULL,
    account_id bigint,
    CONSTRAINT message_state_known CHECK ((state IN ('queued', 'sending', 'sent', 'failed', 'unknown')))
);
ALTER TABLE messaging_message ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_notice (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(100) NOT NULL,
    kind character varying(30) NOT NULL,
    way character varying(4) NOT NULL,
    order_id bigint NOT NULL,
    parcel_id bigint NOT NULL,
    address character varying(254) NOT NULL,
    facts jsonb NOT NULL,
    state character varying(8) NOT NULL,
    why character varying(12) DEFAULT ''::character varying NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    not_before timestamp with time zone,
    message_id bigint,
    CONSTRAINT notice_dropped_says_why CHECK (((((state)::text = 'dropped'::text) AND ((why)::text > ''::text)) OR ((NOT ((state)::text = 'dropped'::text)) AND ((why)::text = ''::text)))),
    CONSTRAINT notice_state_known CHECK ((state IN ('waiting', 'queued', 'dropped')))
);
ALTER TABLE messaging_notice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_noticehours (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    way character varying(4) NOT NULL,
    starts time without time zone NOT NULL,
    ends time without time zone NOT NULL
);
ALTER TABLE messaging_noticehours ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_noticehours_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_noticesetting (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    kind character varying(30) NOT NULL,
    way character varying(4) NOT NULL,
    is_on boolean NOT NULL
);
ALTER TABLE messaging_noticesetting ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_noticesetting_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_noticewords (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    kind character varying(30) NOT NULL,
    language character varying(5) NOT NULL,
    subject character varying(200) NOT NULL,
    body text NOT NULL,
    sms text NOT NULL,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE messaging_noticewords ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_noticewords_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_optout (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    way character varying(4) NOT NULL,
    address character varying(254) NOT NULL,
    source character varying(12) NOT NULL,
    at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    by character varying(200) DEFAULT ''::character varying NOT NULL,
    ended_by character varying(200) DEFAULT ''::character varying NOT NULL,
    ended_source character varying(12) DEFAULT ''::character varying NOT NULL
);
ALTER TABLE messaging_optout ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_optout_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE messaging_smsaccount (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    code character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    number character varying(20) NOT NULL,
    provider character varying(30) NOT NULL,
    settings jsonb NOT NULL,
    active boolean NOT NULL,
    slug character varying(40) DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    heard_at timestamp with time zone,
    rejected_at timestamp with time zone,
    problem text DEFAULT ''::text NOT NULL,
    problem_at timestamp with time zone
);
ALTER TABLE messaging_smsaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME messaging_smsaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE mfa_authenticator (
    id bigint NOT NULL,
    type character varying(20) NOT NULL,
    data jsonb NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);
ALTER TABLE mfa_authenticator ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME mfa_authenticator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_cancelledline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    external_id character varying(200) NOT NULL,
    "position" integer NOT NULL,
    arrival_id bigint NOT NULL,
    qty integer NOT NULL,
    value_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    at timestamp with time zone NOT NULL,
    customer_id bigint,
    variant_id bigint NOT NULL,
    order_line_id bigint,
    CONSTRAINT cancelled_line_qty_positive CHECK ((qty > 0))
);
ALTER TABLE orders_cancelledline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_cancelledline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_fulfilmentorder (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    state character varying(12) NOT NULL,
    routed_why jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    location_id bigint,
    order_id bigint NOT NULL,
    CONSTRAINT fulfilment_order_state_known CHECK ((state IN ('open', 'scheduled', 'on_hold', 'in_progress', 'incomplete', 'closed', 'cancelled')))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE orders_fulfilmentorder ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_fulfilmentorder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_fulfilmentorderline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    qty integer NOT NULL,
    picked integer NOT NULL,
    fulfilment_order_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    order_line_id bigint NOT NULL,
    CONSTRAINT fulfilment_order_line_qty_positive CHECK ((qty > 0))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE orders_fulfilmentorderline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_fulfilmentorderline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_hold (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    reason character varying(30) NOT NULL,
    note text NOT NULL,
    detail jsonb NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    until timestamp with time zone,
    released_at timestamp with time zone,
    released_by character varying(120) NOT NULL,
    fulfilment_order_id bigint NOT NULL,
    CONSTRAINT hold_reason_known CHECK ((reason IN ('awaiting_payment', 'awaiting_return_items', 'high_risk_of_fraud', 'incorrect_address', 'inventory_out_of_stock', 'unknown_delivery_date', 'operator', 'other')))
);
ALTER TABLE orders_hold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_order (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    external_id character varying(200) NOT NULL,
    name character varying(60) NOT NULL,
    body_hash bytea NOT NULL,
    customer_name character varying(200) NOT NULL,
    email character varying(254) NOT NULL,
    phone character varying(40) NOT NULL,
    language character varying(5) NOT NULL,
    currency character varying(3) NOT NULL,
    units integer NOT NULL,
    subtotal_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    shipping_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    taxes_included boolean NOT NULL,
    total_minor bigint NOT NULL,
    ship_to jsonb NOT NULL,
    country character varying(2) NOT NULL,
    postal_code character varying(20) NOT NULL,
    state character varying(12) NOT NULL,
    payment_state character varying(20) NOT NULL,
    fulfilment_state character varying(20) NOT NULL,
    on_hold boolean NOT NULL,
    historical boolean NOT NULL,
    note text NOT NULL,
    tags character varying(60)[] NOT NULL,
    version integer NOT NULL,
    arrival_id bigint,
    placed_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    search text NOT NULL,
    customer_id bigint NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    CONSTRAINT order_fulfilment_state_known CHECK ((fulfilment_state IN ('unfulfilled', 'partially_fulfilled', 'fulfilled', 'delivered'))),
    CONSTRAINT order_payment_state_known CHECK ((payment_state IN ('pending', 'authorised', 'paid', 'partially_refunded', 'refunded', 'voided'))),
    CONSTRAINT order_state_known CHECK ((state IN ('open', 'closed', 'cancelled')))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE orders_order ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_order_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_orderbundle (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    number smallint NOT NULL,
    sku character varying(64) NOT NULL,
    title character varying(255) NOT NULL,
    qty integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    order_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT order_bundle_qty_positive CHECK ((qty > 0))
);
ALTER TABLE orders_orderbundle ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_orderbundle_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_orderline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    sku character varying(64) NOT NULL,
    title character varying(255) NOT NULL,
    qty integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    order_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    bundle_each integer DEFAULT 0 NOT NULL,
    bundle_id bigint,
    CONSTRAINT order_line_qty_positive CHECK ((qty > 0))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE orders_orderline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_orderline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_ordersearch (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    grams text[] NOT NULL,
    order_id bigint NOT NULL,
    placed_at timestamp with time zone
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE orders_ordersearch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_ordersearch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_parking (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    cancel_at timestamp with time zone,
    set_by character varying(120) NOT NULL,
    told_at timestamp with time zone,
    warned_at timestamp with time zone,
    refused_at timestamp with time zone,
    ended_at timestamp with time zone,
    fulfilment_order_id bigint NOT NULL,
    order_id bigint NOT NULL
);
ALTER TABLE orders_parking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_parking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_parkingrule (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    cancel_days smallint NOT NULL,
    warn_days smallint NOT NULL,
    CONSTRAINT parking_rule_not_negative CHECK (((cancel_days >= 0) AND (warn_days >= 0)))
);
ALTER TABLE orders_parkingrule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_parkingrule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_recipient (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    keep_days smallint NOT NULL,
    sealed text NOT NULL,
    mail_key character varying(64) NOT NULL,
    wanted_at timestamp with time zone,
    fetched_at timestamp with time zone,
    erase_at timestamp with time zone,
    erased_at timestamp with time zone,
    problem character varying(300) NOT NULL,
    order_id bigint NOT NULL,
    CONSTRAINT recipient_erased_is_gone CHECK (((erased_at IS NULL) OR (((mail_key)::text = ''::text) AND (sealed = ''::text))))
);
ALTER TABLE orders_recipient ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_recipient_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE orders_reshippedline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    qty integer NOT NULL,
    order_id bigint NOT NULL,
    order_line_id bigint NOT NULL,
    CONSTRAINT reshipped_line_qty_positive CHECK ((qty > 0))
);
ALTER TABLE orders_reshippedline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_reshippedline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_account (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    code character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    provider character varying(30) NOT NULL,
    settings jsonb NOT NULL,
    active boolean NOT NULL,
    slug character varying(40) DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    subscription_wanted_at timestamp with time zone,
    subscribed_at timestamp with time zone,
    heard_at timestamp with time zone,
    rejected_at timestamp with time zone,
    problem text DEFAULT ''::text NOT NULL,
    problem_at timestamp with time zone
);
ALTER TABLE payments_account ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_call (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    key character varying(120) NOT NULL,
    vendor_key character varying(60) DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    amount_minor bigint NOT NULL,
    subject character varying(60) NOT NULL,
    reason character varying(300) NOT NULL,
    shares jsonb NOT NULL,
    state character varying(10) NOT NULL,
    vendor_id character varying(80) NOT NULL,
    problem text NOT NULL,
    asked_times integer NOT NULL,
    by character varying(120) NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone,
    settled_at timestamp with time zone,
    payment_id bigint NOT NULL,
    CONSTRAINT call_amount_positive CHECK ((amount_minor > 0)),
    CONSTRAINT call_kind_known CHECK ((kind IN ('authorise', 'capture', 'void', 'refund'))),
    CONSTRAINT call_state_known CHECK ((state IN ('wanted', 'pending', 'succeeded', 'failed', 'unknown')))
);
ALTER TABLE payments_call ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_call_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_credit (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    key character varying(120) NOT NULL,
    subject character varying(60) NOT NULL,
    shares jsonb NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    customer_id bigint NOT NULL,
    order_id bigint,
    CONSTRAINT credit_amount_positive CHECK ((amount_minor > 0))
);
ALTER TABLE payments_credit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_credit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_entry (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(14) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    call_id bigint,
    credit_id bigint,
    order_id bigint NOT NULL,
    CONSTRAINT entry_amount_positive CHECK ((amount_minor > 0)),
    CONSTRAINT entry_kind_known CHECK ((kind IN ('authorisation', 'capture', 'void', 'refund', 'credit')))
);
ALTER TABLE payments_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_payment (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    method character varying(100) NOT NULL,
    currency character varying(3) NOT NULL,
    total_minor bigint NOT NULL,
    authorised_minor bigint NOT NULL,
    captured_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    refund_open_minor bigint NOT NULL,
    capture_before timestamp with time zone,
    vendor_id character varying(80) NOT NULL,
    state character varying(12) NOT NULL,
    account_id bigint,
    order_id bigint NOT NULL,
    credited_minor bigint DEFAULT 0 NOT NULL,
    CONSTRAINT payment_never_above CHECK (((refund_open_minor >= 0) AND (refunded_minor >= 0) AND (captured_minor >= (refunded_minor + refund_open_minor)) AND (authorised_minor >= captured_minor))),
    CONSTRAINT payment_state_known CHECK ((state IN ('pending', 'authorised', 'captured', 'voided', 'declined')))
);
ALTER TABLE payments_payment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_payment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_tillcharge (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    key character varying(120) NOT NULL,
    vendor_key character varying(60) DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    method character varying(100) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    state character varying(10) NOT NULL,
    vendor_id character varying(80) DEFAULT ''::character varying NOT NULL,
    payment character varying(80) DEFAULT ''::character varying NOT NULL,
    problem character varying(500) DEFAULT ''::character varying NOT NULL,
    by character varying(120) NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    account_id bigint NOT NULL,
    shift_id bigint NOT NULL,
    CONSTRAINT till_charge_amount_positive CHECK ((amount_minor > 0)),
    CONSTRAINT till_charge_kind_known CHECK ((kind IN ('capture', 'refund'))),
    CONSTRAINT till_charge_state_known CHECK ((state IN ('wanted', 'pending', 'succeeded', 'failed', 'unknown')))
);
ALTER TABLE payments_tillcharge ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_tillcharge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_tilldocument (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(6) NOT NULL,
    number integer NOT NULL,
    code character varying(20) NOT NULL,
    currency character varying(3) NOT NULL,
    total_minor bigint NOT NULL,
    taxes jsonb NOT NULL,
    parts jsonb NOT NULL,
    name character varying(120) NOT NULL,
    registration character varying(40) NOT NULL,
    footer character varying(300) NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    call_id bigint,
    location_id bigint NOT NULL,
    order_id bigint NOT NULL,
    shift_id bigint NOT NULL,
    CONSTRAINT till_document_kind_known CHECK ((((call_id IS NULL) AND ((kind)::text = 'sale'::text) AND (total_minor >= 0)) OR ((call_id IS NOT NULL) AND ((kind)::text = 'refund'::text) AND (total_minor < 0))))
);
ALTER TABLE payments_tilldocument ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_tilldocument_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_tillpaper (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name character varying(120) DEFAULT ''::character varying NOT NULL,
    registration character varying(40) DEFAULT ''::character varying NOT NULL,
    footer character varying(300) DEFAULT ''::character varying NOT NULL,
    rates jsonb DEFAULT '{}'::jsonb NOT NULL,
    voucher_days integer DEFAULT 0 NOT NULL,
    last_number integer DEFAULT 0 NOT NULL,
    location_id bigint NOT NULL,
    CONSTRAINT till_paper_number_known CHECK ((last_number >= 0))
);
ALTER TABLE payments_tillpaper ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_tillpaper_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_tillshift (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    currency character varying(3) NOT NULL,
    opening_minor bigint NOT NULL,
    opened_by character varying(120) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    expected_minor bigint,
    counted_minor bigint,
    reason character varying(300) DEFAULT ''::character varying NOT NULL,
    closed_by character varying(120) DEFAULT ''::character varying NOT NULL,
    closed_at timestamp with time zone,
    location_id bigint NOT NULL,
    CONSTRAINT till_shift_counted_when_closed CHECK ((((closed_at IS NULL) AND (counted_minor IS NULL) AND (expected_minor IS NULL)) OR ((closed_at IS NOT NULL) AND (counted_minor >= 0) AND (expected_minor IS NOT NULL)))),
    CONSTRAINT till_shift_opening_known CHECK ((opening_minor >= 0))
);
ALTER TABLE payments_tillshift ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_tillshift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_tilltaking (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(14) NOT NULL,
    amount_minor bigint NOT NULL,
    handed_minor bigint NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    call_id bigint,
    charge_id bigint,
    order_id bigint NOT NULL,
    shift_id bigint NOT NULL,
    CONSTRAINT till_taking_kind_known CHECK ((kind IN ('cash', 'card', 'own_terminal', 'voucher'))),
    CONSTRAINT till_taking_of_something CHECK (((NOT (amount_minor = 0)) AND (handed_minor >= amount_minor)))
);
ALTER TABLE payments_tilltaking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_tilltaking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_tillvoucher (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    code character varying(20) NOT NULL,
    currency character varying(3) NOT NULL,
    amount_minor bigint NOT NULL,
    balance_minor bigint NOT NULL,
    expires_on date,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    call_id bigint NOT NULL,
    order_id bigint NOT NULL,
    CONSTRAINT till_voucher_balance_known CHECK (((amount_minor > 0) AND (balance_minor >= 0) AND (balance_minor <= amount_minor)))
);
ALTER TABLE payments_tillvoucher ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_tillvoucher_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE payments_tillvoucheruse (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    order_id bigint NOT NULL,
    voucher_id bigint NOT NULL,
    CONSTRAINT till_voucher_use_positive CHECK ((amount_minor > 0))
);
ALTER TABLE payments_tillvoucheruse ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME payments_tillvoucheruse_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);
CREATE SEQUENCE procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE procrastinate_events_id_seq OWNED BY procrastinate_events.id;
CREATE SEQUENCE procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE procrastinate_jobs_id_seq OWNED BY procrastinate_jobs.id;
CREATE TABLE procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);
CREATE SEQUENCE procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE procrastinate_periodic_defers_id_seq OWNED BY procrastinate_periodic_defers.id;
CREATE TABLE procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_counter (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    next integer NOT NULL
);
ALTER TABLE returns_counter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_counter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_inspection (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    qty integer NOT NULL,
    grade character varying(1) NOT NULL,
    disposition character varying(20) NOT NULL,
    note text NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    location_id bigint NOT NULL,
    line_id bigint NOT NULL,
    CONSTRAINT return_inspection_disposition_known CHECK ((disposition IN ('restocked', 'refurbish', 'liquidate', 'donate', 'recycle', 'supplier_return', 'missing', 'processing_required'))),
    CONSTRAINT return_inspection_grade_known CHECK ((grade IN ('A', 'B', 'C', 'D'))),
    CONSTRAINT return_inspection_qty_positive CHECK ((qty > 0))
);
ALTER TABLE returns_inspection ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_inspection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_line (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    qty integer NOT NULL,
    reason character varying(20) NOT NULL,
    answer text NOT NULL,
    note text NOT NULL,
    stated character varying(10) NOT NULL,
    outcome character varying(20) NOT NULL,
    decision character varying(14) NOT NULL,
    received integer NOT NULL,
    inspected integer NOT NULL,
    missing integer NOT NULL,
    settled integer NOT NULL,
    exchange_order_id bigint,
    exchange_variant_id bigint,
    order_line_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    return_id bigint NOT NULL,
    CONSTRAINT return_line_decision_known CHECK ((decision IN ('requested', 'needs_review', 'approved', 'declined', 'cancelled', 'expired'))),
    CONSTRAINT return_line_inspected_within CHECK (((inspected >= 0) AND (inspected <= received))),
    CONSTRAINT return_line_missing_within CHECK (((missing >= 0) AND (missing <= inspected))),
    CONSTRAINT return_line_outcome_known CHECK ((outcome IN ('refund_original', 'store_credit', 'exchange_variant', 'exchange_other', 'repair', 'replace', 'keep', 'donate'))),
    CONSTRAINT return_line_qty_positive CHECK ((qty > 0)),
    CONSTRAINT return_line_received_within CHECK (((received >= 0) AND (received <= qty))),
    CONSTRAINT return_line_settled_within CHECK (((settled >= 0) AND (settled <= qty)))
);
ALTER TABLE returns_line ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_line_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_linedecision (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    action character varying(10) NOT NULL,
    rule character varying(120) NOT NULL,
    policy_version integer,
    trace jsonb NOT NULL,
    note text NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    line_id bigint NOT NULL
);
ALTER TABLE returns_linedecision ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_linedecision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_picture (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    digest character varying(64) NOT NULL,
    data bytea NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    line_id bigint NOT NULL
);
ALTER TABLE returns_picture ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_picture_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_policyversion (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    version integer NOT NULL,
    rules jsonb NOT NULL,
    note text NOT NULL,
    by character varying(120) NOT NULL,
    published_at timestamp with time zone NOT NULL,
    CONSTRAINT return_policy_version_positive CHECK ((version > 0))
);
ALTER TABLE returns_policyversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_policyversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_receipt (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    came character varying(12) NOT NULL,
    qty integer NOT NULL,
    note text NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    line_id bigint,
    variant_id bigint,
    return_id bigint NOT NULL,
    CONSTRAINT return_receipt_came_known CHECK ((came IN ('expected', 'wrong_item', 'extra_item'))),
    CONSTRAINT return_receipt_qty_positive CHECK ((qty > 0))
);
ALTER TABLE returns_receipt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_receipt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE returns_return (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    number integer NOT NULL,
    key character varying(80) NOT NULL,
    decision character varying(14) NOT NULL,
    goods character varying(20) NOT NULL,
    money character varying(10) NOT NULL,
    is_withdrawal boolean NOT NULL,
    historical boolean NOT NULL,
    policy_version integer NOT NULL,
    timing character varying(14) NOT NULL,
    free_label boolean NOT NULL,
    keep_item boolean NOT NULL,
    currency character varying(3) NOT NULL,
    note text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    expires_at timestamp with time zone,
    received_at timestamp with time zone,
    closed_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    customer_id bigint NOT NULL,
    location_id bigint,
    order_id bigint NOT NULL,
    parcel_id bigint,
    CONSTRAINT return_decided_has_a_time CHECK (((decision IN ('requested', 'needs_review', 'cancelled', 'expired')) OR (decided_at IS NOT NULL))),
    CONSTRAINT return_decision_known CHECK ((decision IN ('requested', 'needs_review', 'approved', 'declined', 'cancelled', 'expired'))),
    CONSTRAINT return_goods_known CHECK ((goods IN ('none', 'label_issued', 'in_transit', 'partially_received', 'received', 'inspected', 'processed', 'closed'))),
    CONSTRAINT return_money_known CHECK ((money IN ('none', 'granted', 'pending', 'succeeded', 'failed', 'unknown'))),
    CONSTRAINT return_timing_known CHECK ((timing IN ('on_approval', 'on_first_scan', 'on_receipt', 'on_inspection')))
);
ALTER TABLE returns_return ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_return_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_asked (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    service character varying(100) NOT NULL,
    groups character varying(60)[] NOT NULL,
    order_id bigint NOT NULL
);
ALTER TABLE routing_asked ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_asked_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_dayload (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    fulfilment_order_id bigint NOT NULL,
    day date NOT NULL,
    location_id bigint NOT NULL
);
ALTER TABLE routing_dayload ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_dayload_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_decision (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    policy character varying(30) NOT NULL,
    plan jsonb NOT NULL,
    considered jsonb NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    took_us integer NOT NULL,
    order_id bigint NOT NULL,
    fulfilment_order_id bigint,
    level character varying(10) DEFAULT ''::character varying NOT NULL,
    rules_version integer
);
ALTER TABLE routing_decision ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_exclusion (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    order_line_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    reason character varying(16) NOT NULL,
    note character varying(500) NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    ledger_id bigint NOT NULL,
    lifted_at timestamp with time zone,
    lifted_by character varying(120) NOT NULL,
    location_id bigint NOT NULL,
    order_id bigint NOT NULL,
    CONSTRAINT exclusion_reason_known CHECK ((reason IN ('short_pick', 'out_of_stock', 'damaged', 'too_busy', 'cannot_ship', 'other')))
);
ALTER TABLE routing_exclusion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_exclusion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_lanecost (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(60) NOT NULL,
    shift double precision NOT NULL,
    labels integer NOT NULL,
    learnt boolean NOT NULL,
    made_at timestamp with time zone NOT NULL
);
ALTER TABLE routing_lanecost ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_lanecost_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_replay (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    state character varying(8) NOT NULL,
    rules jsonb NOT NULL,
    options jsonb NOT NULL,
    total integer NOT NULL,
    done integer NOT NULL,
    result jsonb NOT NULL,
    by character varying(120) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT routing_replay_state_known CHECK ((state IN ('queued', 'running', 'done', 'failed')))
);
ALTER TABLE routing_replay ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_replay_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_rulesdraft (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    rules jsonb NOT NULL,
    edition bigint NOT NULL,
    based_on integer NOT NULL,
    by character varying(120) NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE routing_rulesdraft ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_rulesdraft_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_rulesversion (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    version integer NOT NULL,
    rules jsonb NOT NULL,
    note text NOT NULL,
    by character varying(120) NOT NULL,
    published_at timestamp with time zone NOT NULL,
    CONSTRAINT routing_rules_version_positive CHECK ((version > 0))
);
ALTER TABLE routing_rulesversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_rulesversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE routing_worth (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    worth double precision NOT NULL,
    units integer NOT NULL,
    seen integer NOT NULL,
    version integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    location_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT worth_not_negative CHECK ((worth >= (0.0)::double precision))
);
ALTER TABLE routing_worth ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME routing_worth_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_addresscheck (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    state character varying(14) NOT NULL,
    findings jsonb NOT NULL,
    suggestion jsonb,
    address character varying(64) NOT NULL,
    source character varying(80) NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    order_id bigint NOT NULL,
    CONSTRAINT address_check_state_known CHECK ((state IN ('ok', 'suspicious', 'undeliverable')))
);
ALTER TABLE shipping_addresscheck ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_addresscheck_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_carrier (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    code character varying(30) NOT NULL,
    name character varying(80) NOT NULL,
    provider character varying(30) NOT NULL,
    settings jsonb NOT NULL,
    active boolean NOT NULL,
    slug character varying(40) DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    preferred_at timestamp with time zone,
    subscription_wanted_at timestamp with time zone,
    subscribed_at timestamp with time zone,
    heard_at timestamp with time zone,
    rejected_at timestamp with time zone,
    problem text DEFAULT ''::text NOT NULL,
    problem_at timestamp with time zone,
    delivers smallint DEFAULT 63 NOT NULL,
    location_ids jsonb,
    quiet_until timestamp with time zone
);
ALTER TABLE shipping_carrier ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_carrier_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_codemeaning (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    provider character varying(30) NOT NULL,
    raw_code character varying(40) NOT NULL,
    status character varying(24) NOT NULL,
    named_at timestamp with time zone NOT NULL,
    CONSTRAINT code_meaning_known CHECK ((status IN ('', 'pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'delivered', 'delayed', 'exception', 'return_to_sender', 'cancelled', 'expired', 'unknown')))
);
ALTER TABLE shipping_codemeaning ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_codemeaning_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_customsterms (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    incoterm character varying(3) NOT NULL,
    non_delivery character varying(8) NOT NULL,
    ioss character varying(12) NOT NULL,
    currency character varying(3) NOT NULL,
    ioss_limit_minor bigint,
    eei_limit_minor bigint,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT customs_incoterm_known CHECK ((incoterm IN ('DAP', 'DDP')))
);
ALTER TABLE shipping_customsterms ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_customsterms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_declaration (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    contents character varying(16) NOT NULL,
    explanation character varying(255) NOT NULL,
    incoterm character varying(3) NOT NULL,
    non_delivery character varying(8) NOT NULL,
    itn character varying(20) NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    declared_by character varying(120) NOT NULL,
    parcel_id bigint NOT NULL
);
ALTER TABLE shipping_declaration ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_declaration_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_issuedlabel (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(60) NOT NULL,
    serial bigint,
    number character varying(60) NOT NULL,
    service character varying(80) NOT NULL,
    cost_minor bigint NOT NULL,
    cost_currency character varying(3) NOT NULL,
    asked character varying(64) NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    voided_at timestamp with time zone,
    carrier_id bigint NOT NULL
);
ALTER TABLE shipping_issuedlabel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_issuedlabel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_label (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(60) NOT NULL,
    state character varying(10) NOT NULL,
    service character varying(40) NOT NULL,
    vendor_id character varying(80) NOT NULL,
    tracking_number character varying(60) NOT NULL,
    sort_code character varying(40) NOT NULL,
    cost_minor bigint NOT NULL,
    cost_currency character varying(3) NOT NULL,
    problem text NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    asked_times integer NOT NULL,
    void_wanted_at timestamp with time zone,
    carrier_id bigint NOT NULL,
    parcel_id bigint NOT NULL,
    choice jsonb,
    credit character varying(8) DEFAULT ''::character varying NOT NULL,
    credit_checked_at timestamp with time zone,
    is_open boolean DEFAULT false NOT NULL,
    void_refused_at timestamp with time zone,
    paper character varying(4) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT label_bought_has_number CHECK (((NOT ((state)::text = 'bought'::text)) OR (NOT ((tracking_number)::text = ''::text)))),
    CONSTRAINT label_state_known CHECK ((state IN ('wanted', 'bought', 'unknown', 'declined', 'voided')))
);
ALTER TABLE shipping_label ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_label_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_labelfile (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    language character varying(4) NOT NULL,
    state character varying(8) NOT NULL,
    data bytea,
    problem text DEFAULT ''::text NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    wanted_by character varying(120) DEFAULT ''::character varying NOT NULL,
    asked_times integer DEFAULT 0 NOT NULL,
    ask_at timestamp with time zone,
    settled_at timestamp with time zone,
    label_id bigint NOT NULL,
    CONSTRAINT label_file_kept_whole CHECK ((((data IS NOT NULL) AND ((state)::text = 'kept'::text)) OR ((NOT ((state)::text = 'kept'::text)) AND (data IS NULL)))),
    CONSTRAINT label_file_language_known CHECK ((language IN ('pdf', 'zpl'))),
    CONSTRAINT label_file_state_known CHECK ((state IN ('wanted', 'kept', 'failed', 'erased')))
);
ALTER TABLE shipping_labelfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_labelfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_lane (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(120) NOT NULL,
    days double precision[] NOT NULL,
    weekdays double precision[] NOT NULL,
    gaps double precision[] NOT NULL,
    seen integer NOT NULL,
    asked double precision NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE shipping_lane ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_lane_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_manifest (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(60) NOT NULL,
    state character varying(10) NOT NULL,
    vendor_id character varying(80) DEFAULT ''::character varying NOT NULL,
    barcode character varying(80) DEFAULT ''::character varying NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    wanted_by character varying(80) NOT NULL,
    settled_at timestamp with time zone,
    carrier_id bigint NOT NULL,
    location_id bigint NOT NULL,
    CONSTRAINT manifest_state_known CHECK ((state IN ('wanted', 'closed', 'declined')))
);
ALTER TABLE shipping_manifest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_manifest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_manifestparcel (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    off boolean DEFAULT false NOT NULL,
    manifest_id bigint NOT NULL,
    parcel_id bigint NOT NULL
);
ALTER TABLE shipping_manifestparcel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_manifestparcel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_parcel (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    state character varying(12) NOT NULL,
    status character varying(24) NOT NULL,
    service character varying(40) NOT NULL,
    tracking_number character varying(60) NOT NULL,
    weight_g integer NOT NULL,
    ship_to jsonb NOT NULL,
    packed_at timestamp with time zone NOT NULL,
    handed_over_at timestamp with time zone,
    estimated_on date,
    delivered_at timestamp with time zone,
    status_at timestamp with time zone,
    told_at timestamp with time zone,
    checked_at timestamp with time zone,
    search text NOT NULL,
    carrier_id bigint,
    fulfilment_order_id bigint,
    location_id bigint NOT NULL,
    order_id bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    direction character varying(4) DEFAULT 'out'::character varying NOT NULL,
    sender jsonb,
    box_name character varying(80) DEFAULT ''::character varying NOT NULL,
    length_mm integer,
    width_mm integer,
    height_mm integer,
    planned integer DEFAULT 1 NOT NULL,
    wish character varying(60) DEFAULT ''::character varying NOT NULL,
    ask_at timestamp with time zone,
    expected_from date,
    expected_level smallint DEFAULT 0 NOT NULL,
    expected_on date,
    expected_seen integer DEFAULT 0 NOT NULL,
    expected_to date,
    late_after date,
    learnt_at timestamp with time zone,
    vouched boolean DEFAULT false NOT NULL,
    tracked_since timestamp with time zone,
    carried_by character varying(80) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT parcel_dims_whole CHECK ((((height_mm IS NULL) AND (length_mm IS NULL) AND (width_mm IS NULL)) OR ((height_mm > 0) AND (length_mm > 0) AND (width_mm > 0)))),
    CONSTRAINT parcel_direction_known CHECK (((((direction)::text = 'out'::text) AND (fulfilment_order_id IS NOT NULL)) OR (((direction)::text = 'back'::text) AND (fulfilment_order_id IS NULL)))),
    CONSTRAINT parcel_planned_sane CHECK (((planned >= 1) AND (planned <= 99))),
    CONSTRAINT parcel_state_known CHECK ((state IN ('packed', 'labelled', 'handed_over', 'cancelled'))),
    CONSTRAINT parcel_status_known CHECK ((status IN ('pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'delivered', 'delayed', 'exception', 'return_to_sender', 'cancelled', 'expired', 'unknown'))),
    CONSTRAINT parcel_weight_positive CHECK ((weight_g > 0))
);
ALTER TABLE shipping_parcel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_parcel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_parcelline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    qty integer NOT NULL,
    order_line_id bigint NOT NULL,
    parcel_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT parcel_line_qty_positive CHECK ((qty > 0))
);
ALTER TABLE shipping_parcelline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_parcelline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_policy (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    never jsonb,
    hold_addresses boolean DEFAULT false NOT NULL,
    void_unused boolean DEFAULT true NOT NULL,
    promise_days smallint,
    updated_at timestamp with time zone NOT NULL,
    ask_carrier_id bigint
);
ALTER TABLE shipping_policy ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_policy_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_ratesheet (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    text text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    saved_by character varying(80) NOT NULL,
    carrier_id bigint NOT NULL
);
ALTER TABLE shipping_ratesheet ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_ratesheet_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shipping_trackingevent (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    external_id character varying(120) NOT NULL,
    status character varying(24) NOT NULL,
    raw_code character varying(40) NOT NULL,
    description character varying(255) NOT NULL,
    place character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    parcel_id bigint NOT NULL,
    aside character varying(12) DEFAULT ''::character varying NOT NULL,
    trouble character varying(10) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT tracking_aside_known CHECK ((aside IN ('', 'earlier', 'elsewhere', 'later'))),
    CONSTRAINT tracking_status_known CHECK ((status IN ('', 'pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'delivered', 'delayed', 'exception', 'return_to_sender', 'cancelled', 'expired', 'unknown'))),
    CONSTRAINT tracking_trouble_known CHECK ((trouble IN ('', 'customs', 'address', 'absent', 'refused', 'damaged', 'lost', 'weather')))
);
ALTER TABLE shipping_trackingevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shipping_trackingevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_backorder (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    group_id bigint NOT NULL,
    reference_id bigint NOT NULL,
    qty integer NOT NULL,
    kind character varying(10) NOT NULL,
    state character varying(10) NOT NULL,
    priority smallint NOT NULL,
    since timestamp with time zone NOT NULL,
    promised_on date,
    expected_on date,
    slipped boolean NOT NULL,
    passed boolean NOT NULL,
    ended_at timestamp with time zone,
    variant_id bigint NOT NULL,
    CONSTRAINT stock_backorder_qty_positive CHECK ((qty > 0))
);
ALTER TABLE stock_backorder ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_backorder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_cart (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    token character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by character varying(120) NOT NULL,
    ordered_at timestamp with time zone
);
ALTER TABLE stock_cart ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_cart_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_cartline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    qty integer NOT NULL,
    until timestamp with time zone NOT NULL,
    state character varying(10) NOT NULL,
    ended_at timestamp with time zone,
    cart_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    places bigint[],
    CONSTRAINT stock_cart_line_qty_positive CHECK ((qty > 0))
);
ALTER TABLE stock_cartline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_cartline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_countentry (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    client_id character varying(40) NOT NULL,
    counted integer NOT NULL,
    expected integer NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    line_id bigint NOT NULL
);
ALTER TABLE stock_countentry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_countentry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_countlimits (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    units integer,
    percent integer,
    value_minor bigint,
    currency character varying(3) NOT NULL
);
ALTER TABLE stock_countlimits ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_countlimits_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_countline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    bin character varying(30) NOT NULL,
    state character varying(8) NOT NULL,
    counted integer,
    away integer NOT NULL,
    expected integer,
    ledger_id bigint,
    counted_at timestamp with time zone,
    counted_by character varying(120) NOT NULL,
    booked integer NOT NULL,
    decided_by character varying(120) NOT NULL,
    recounts integer NOT NULL,
    variant_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    CONSTRAINT count_line_counted_whole CHECK ((((counted IS NULL) AND (expected IS NULL) AND (ledger_id IS NULL)) OR ((counted >= 0) AND (counted_at IS NOT NULL) AND (expected IS NOT NULL) AND (ledger_id IS NOT NULL)))),
    CONSTRAINT count_line_state_known CHECK ((state IN ('to_count', 'waiting', 'booked', 'skipped')))
);
ALTER TABLE stock_countline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_countline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_countsheet (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    state character varying(9) NOT NULL,
    chosen character varying(12) NOT NULL,
    note character varying(120) NOT NULL,
    made_by character varying(120) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    location_id bigint NOT NULL,
    CONSTRAINT count_sheet_ended_when_over CHECK ((((ended_at IS NULL) AND (state IN ('open', 'review'))) OR ((NOT (state IN ('open', 'review'))) AND (ended_at IS NOT NULL)))),
    CONSTRAINT count_sheet_state_known CHECK ((state IN ('open', 'review', 'closed', 'cancelled')))
);
ALTER TABLE stock_countsheet ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_countsheet_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_document (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    number character varying(60) NOT NULL,
    name character varying(200) NOT NULL,
    content_type character varying(100) NOT NULL,
    size integer NOT NULL,
    content bytea,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE stock_document ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_document_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_expecteddelivery (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    supplier character varying(120) NOT NULL,
    document character varying(60) NOT NULL,
    state character varying(20) NOT NULL,
    expected_on date,
    note character varying(2000) NOT NULL,
    blind boolean NOT NULL,
    reason character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    location_id bigint NOT NULL,
    CONSTRAINT expected_delivery_state_known CHECK ((state IN ('expected', 'partially_received', 'received', 'closed_short', 'cancelled')))
);
ALTER TABLE stock_expecteddelivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_expecteddelivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_expectedline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    "position" integer NOT NULL,
    expected integer NOT NULL,
    received integer NOT NULL,
    damaged integer NOT NULL,
    quality_control integer NOT NULL,
    cost_minor bigint,
    currency character varying(3) NOT NULL,
    delivery_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT expected_line_damaged_not_negative CHECK ((damaged >= 0)),
    CONSTRAINT expected_line_expected_not_negative CHECK ((expected >= 0)),
    CONSTRAINT expected_line_parts_within CHECK ((received >= (damaged + quality_control))),
    CONSTRAINT expected_line_quality_control_not_negative CHECK ((quality_control >= 0)),
    CONSTRAINT expected_line_received_not_negative CHECK ((received >= 0))
);
ALTER TABLE stock_expectedline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_expectedline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_inboundsettings (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    over_tolerance_percent integer NOT NULL,
    CONSTRAINT inbound_tolerance_sane CHECK (((over_tolerance_percent >= 0) AND (over_tolerance_percent <= 1000)))
);
ALTER TABLE stock_inboundsettings ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_inboundsettings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_item (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    on_hand integer NOT NULL,
    committed integer NOT NULL,
    reserved integer NOT NULL,
    damaged integer NOT NULL,
    quality_control integer NOT NULL,
    safety_stock integer NOT NULL,
    variant_id bigint NOT NULL,
    kept_everywhere integer DEFAULT 0 NOT NULL,
    to_serve boolean DEFAULT false NOT NULL,
    waiting integer DEFAULT 0 NOT NULL,
    CONSTRAINT stock_item_committed_not_negative CHECK ((committed >= 0)),
    CONSTRAINT stock_item_damaged_not_negative CHECK ((damaged >= 0)),
    CONSTRAINT stock_item_kept_everywhere_not_negative CHECK ((kept_everywhere >= 0)),
    CONSTRAINT stock_item_not_oversold CHECK ((on_hand >= (((committed + reserved) + damaged) + quality_control))),
    CONSTRAINT stock_item_on_hand_not_negative CHECK ((on_hand >= 0)),
    CONSTRAINT stock_item_quality_control_not_negative CHECK ((quality_control >= 0)),
    CONSTRAINT stock_item_reserved_not_negative CHECK ((reserved >= 0)),
    CONSTRAINT stock_item_safety_stock_not_negative CHECK ((safety_stock >= 0))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='1000');
ALTER TABLE stock_item ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_item_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_level (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    on_hand integer NOT NULL,
    committed integer NOT NULL,
    damaged integer NOT NULL,
    quality_control integer NOT NULL,
    bin character varying(30) NOT NULL,
    location_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    recount_since timestamp with time zone,
    counted_at timestamp with time zone,
    kept integer DEFAULT 0 NOT NULL,
    safety_stock integer DEFAULT 0 NOT NULL,
    CONSTRAINT stock_level_committed_not_negative CHECK ((committed >= 0)),
    CONSTRAINT stock_level_damaged_not_negative CHECK ((damaged >= 0)),
    CONSTRAINT stock_level_kept_not_negative CHECK (((kept >= 0) AND (safety_stock >= 0))),
    CONSTRAINT stock_level_not_overpinned CHECK ((on_hand >= ((committed + damaged) + quality_control))),
    CONSTRAINT stock_level_on_hand_not_negative CHECK ((on_hand >= 0)),
    CONSTRAINT stock_level_quality_control_not_negative CHECK ((quality_control >= 0))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='1000');
ALTER TABLE stock_level ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_level_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_lot (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(6) NOT NULL,
    code character varying(60) NOT NULL,
    expires_on date,
    created_at timestamp with time zone NOT NULL,
    parent_id bigint,
    variant_id bigint NOT NULL
);
ALTER TABLE stock_lot ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_lot_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_lotlevel (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    on_hand integer NOT NULL,
    set_aside integer NOT NULL,
    location_id bigint NOT NULL,
    lot_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT lot_level_aside_within CHECK ((on_hand >= set_aside)),
    CONSTRAINT lot_level_on_hand_not_negative CHECK ((on_hand >= 0)),
    CONSTRAINT lot_level_set_aside_not_negative CHECK ((set_aside >= 0))
);
ALTER TABLE stock_lotlevel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_lotlevel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_lotmovement (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(12) NOT NULL,
    on_hand integer NOT NULL,
    set_aside integer NOT NULL,
    assumed boolean NOT NULL,
    reason character varying(60) NOT NULL,
    reference character varying(80) NOT NULL,
    actor_name character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    location_id bigint NOT NULL,
    lot_id bigint NOT NULL
);
ALTER TABLE stock_lotmovement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_lotmovement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_lotpick (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    order_line_id bigint NOT NULL,
    qty integer NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    lot_id bigint NOT NULL,
    CONSTRAINT lot_pick_qty_positive CHECK ((qty > 0))
);
ALTER TABLE stock_lotpick ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_lotpick_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_movement (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    in_pool boolean NOT NULL,
    kind character varying(12) NOT NULL,
    on_hand integer NOT NULL,
    committed integer NOT NULL,
    reserved integer NOT NULL,
    damaged integer NOT NULL,
    quality_control integer NOT NULL,
    reason character varying(60) NOT NULL,
    reference character varying(80) NOT NULL,
    actor_name character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    location_id bigint,
    variant_id bigint NOT NULL,
    safety_stock integer DEFAULT 0 NOT NULL
)
WITH (autovacuum_vacuum_insert_scale_factor='0.05', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE stock_movement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_movement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_receipt (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    client_id character varying(60) NOT NULL,
    code character varying(120) NOT NULL,
    qty integer NOT NULL,
    condition character varying(16) NOT NULL,
    lot character varying(60) NOT NULL,
    serials jsonb NOT NULL,
    over integer NOT NULL,
    reason character varying(200) NOT NULL,
    problem character varying(30) NOT NULL,
    by character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    delivery_id bigint,
    variant_id bigint,
    transfer_id bigint,
    CONSTRAINT stock_receipt_of_one CHECK ((((delivery_id IS NULL) AND (transfer_id IS NOT NULL)) OR ((delivery_id IS NOT NULL) AND (transfer_id IS NULL)))),
    CONSTRAINT stock_receipt_qty_positive CHECK ((qty > 0))
);
ALTER TABLE stock_receipt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_receipt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_reservation (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    reference_kind character varying(12) NOT NULL,
    reference_id bigint NOT NULL,
    qty integer NOT NULL,
    state character varying(10) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    until timestamp with time zone,
    location_id bigint,
    variant_id bigint NOT NULL,
    places bigint[],
    CONSTRAINT reservation_qty_positive CHECK ((qty > 0))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');
ALTER TABLE stock_reservation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_reservation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_sellingrule (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    available_on date,
    max_units integer,
    variant_id bigint NOT NULL,
    CONSTRAINT stock_selling_rule_preorder_has_a_day CHECK ((((available_on IS NOT NULL) AND ((kind)::text = 'preorder'::text)) OR (NOT ((kind)::text = 'preorder'::text))))
);
ALTER TABLE stock_sellingrule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_sellingrule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_tracking (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    by_lot boolean NOT NULL,
    by_serial boolean NOT NULL,
    warn_days integer NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT tracking_warn_not_negative CHECK ((warn_days >= 0))
);
ALTER TABLE stock_tracking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_tracking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_transfer (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    state character varying(20) NOT NULL,
    due_on date,
    note character varying(2000) NOT NULL,
    reason character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    shipped_at timestamp with time zone,
    ended_at timestamp with time zone,
    destination_id bigint NOT NULL,
    origin_id bigint NOT NULL,
    CONSTRAINT transfer_goes_somewhere CHECK ((NOT (origin_id = destination_id))),
    CONSTRAINT transfer_state_known CHECK ((state IN ('draft', 'in_transit', 'partially_received', 'received', 'cancelled')))
);
ALTER TABLE stock_transfer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_transfer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE stock_transferline (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    "position" integer NOT NULL,
    qty integer NOT NULL,
    shipped integer NOT NULL,
    received integer NOT NULL,
    lost integer NOT NULL,
    transfer_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    CONSTRAINT transfer_line_lost_not_negative CHECK ((lost >= 0)),
    CONSTRAINT transfer_line_qty_positive CHECK ((qty > 0)),
    CONSTRAINT transfer_line_received_not_negative CHECK ((received >= 0)),
    CONSTRAINT transfer_line_shipped_not_negative CHECK ((shipped >= 0)),
    CONSTRAINT transfer_line_within CHECK (((shipped >= (received + lost)) AND (shipped <= qty)))
);
ALTER TABLE stock_transferline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME stock_transferline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE tasks_task (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    key character varying(120) NOT NULL,
    kind character varying(40) NOT NULL,
    subject character varying(60) NOT NULL,
    timeline character varying(60) NOT NULL,
    facts jsonb NOT NULL,
    state character varying(8) NOT NULL,
    owner_id bigint,
    due_at timestamp with time zone,
    outcome text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT task_ended_when_over CHECK ((((ended_at IS NULL) AND ((state)::text = 'open'::text)) OR ((NOT ((state)::text = 'open'::text)) AND (ended_at IS NOT NULL)))),
    CONSTRAINT task_state_known CHECK ((state IN ('open', 'done', 'dropped')))
);
ALTER TABLE tasks_task ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME tasks_task_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE ONLY procrastinate_events ALTER COLUMN id SET DEFAULT nextval('procrastinate_events_id_seq'::regclass);
ALTER TABLE ONLY procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('procrastinate_jobs_id_seq'::regclass);
ALTER TABLE ONLY procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('procrastinate_periodic_defers_id_seq'::regclass);
ALTER TABLE ONLY account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);
ALTER TABLE ONLY account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);
ALTER TABLE ONLY account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);
ALTER TABLE ONLY account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_apikey
    ADD CONSTRAINT accounts_apikey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_apikey
    ADD CONSTRAINT accounts_apikey_prefix_key UNIQUE (prefix);
ALTER TABLE ONLY accounts_bulkfailure
    ADD CONSTRAINT accounts_bulkfailure_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_bulkjob
    ADD CONSTRAINT accounts_bulkjob_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_columnchoice
    ADD CONSTRAINT accounts_columnchoice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_logo
    ADD CONSTRAINT accounts_logo_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_organisation
    ADD CONSTRAINT accounts_organisation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_organisation
    ADD CONSTRAINT accounts_organisation_slug_key UNIQUE (slug);
ALTER TABLE ONLY accounts_pagewords
    ADD CONSTRAINT accounts_pagewords_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_savedview
    ADD CONSTRAINT accounts_savedview_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_staff
    ADD CONSTRAINT accounts_staff_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_user
    ADD CONSTRAINT accounts_user_email_key UNIQUE (email);
ALTER TABLE ONLY accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_addresscheck
    ADD CONSTRAINT address_check_once UNIQUE (organisation_id, order_id);
ALTER TABLE ONLY analytics_baseline
    ADD CONSTRAINT analytics_baseline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY base_arrival
    ADD CONSTRAINT arrival_once_per_source UNIQUE (organisation_id, connection_id, external_id, source);
ALTER TABLE ONLY routing_asked
    ADD CONSTRAINT asked_once UNIQUE (organisation_id, order_id);
ALTER TABLE ONLY messaging_attachment
    ADD CONSTRAINT attachment_once UNIQUE (organisation_id, message_id, "position");
ALTER TABLE ONLY auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
ALTER TABLE ONLY auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
ALTER TABLE ONLY auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY base_arrival
    ADD CONSTRAINT base_arrival_pkey PRIMARY KEY (id);
ALTER TABLE ONLY base_code
    ADD CONSTRAINT base_code_pkey PRIMARY KEY (id);
ALTER TABLE ONLY base_event
    ADD CONSTRAINT base_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY base_idempotentanswer
    ADD CONSTRAINT base_idempotentanswer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY analytics_baseline
    ADD CONSTRAINT baseline_once UNIQUE (organisation_id, metric);
ALTER TABLE ONLY locations_bin
    ADD CONSTRAINT bin_code_once UNIQUE (organisation_id, location_id, code);
ALTER TABLE ONLY fulfilment_box
    ADD CONSTRAINT box_name_once UNIQUE (organisation_id, name);
ALTER TABLE ONLY channels_bucket
    ADD CONSTRAINT bucket_once UNIQUE (connection_id, name);
ALTER TABLE ONLY payments_call
    ADD CONSTRAINT call_key_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY payments_call
    ADD CONSTRAINT call_vendor_key_once UNIQUE (vendor_key);
ALTER TABLE ONLY orders_cancelledline
    ADD CONSTRAINT cancelled_line_once UNIQUE (organisation_id, connection_id, external_id, "position");
ALTER TABLE ONLY shipping_carrier
    ADD CONSTRAINT carrier_once UNIQUE (organisation_id, code);
ALTER TABLE ONLY shipping_carrier
    ADD CONSTRAINT carrier_slug_once UNIQUE (slug);
ALTER TABLE ONLY catalog_component
    ADD CONSTRAINT catalog_component_pkey PRIMARY KEY (id);
ALTER TABLE ONLY catalog_product
    ADD CONSTRAINT catalog_product_pkey PRIMARY KEY (id);
ALTER TABLE ONLY catalog_variant
    ADD CONSTRAINT catalog_variant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_notice
    ADD CONSTRAINT channel_notice_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY channels_bucket
    ADD CONSTRAINT channels_bucket_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_connection
    ADD CONSTRAINT channels_connection_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_connection
    ADD CONSTRAINT channels_connection_slug_key UNIQUE (slug);
ALTER TABLE ONLY channels_delivery
    ADD CONSTRAINT channels_delivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_drift
    ADD CONSTRAINT channels_drift_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_exposure
    ADD CONSTRAINT channels_exposure_pkey PRIMARY KEY (listing_id);
ALTER TABLE ONLY channels_exposurerule
    ADD CONSTRAINT channels_exposurerule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_fileprofile
    ADD CONSTRAINT channels_fileprofile_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_follower
    ADD CONSTRAINT channels_follower_pkey PRIMARY KEY (organisation_id);
ALTER TABLE ONLY channels_listing
    ADD CONSTRAINT channels_listing_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_notice
    ADD CONSTRAINT channels_notice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_numbertold
    ADD CONSTRAINT channels_numbertold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_ordertold
    ADD CONSTRAINT channels_ordertold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_refundheard
    ADD CONSTRAINT channels_refundheard_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_subscription
    ADD CONSTRAINT channels_subscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY channels_withdrawn
    ADD CONSTRAINT channels_withdrawn_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_codemeaning
    ADD CONSTRAINT code_meaning_once UNIQUE (organisation_id, provider, raw_code);
ALTER TABLE ONLY accounts_columnchoice
    ADD CONSTRAINT column_choice_once UNIQUE (organisation_id, listing, user_id);
ALTER TABLE ONLY catalog_component
    ADD CONSTRAINT component_once UNIQUE (organisation_id, bundle_id, variant_id);
ALTER TABLE ONLY channels_connection
    ADD CONSTRAINT connection_name_once UNIQUE (organisation_id, name);
ALTER TABLE ONLY inbox_conversation
    ADD CONSTRAINT conversation_number_once UNIQUE (organisation_id, number);
ALTER TABLE ONLY inbox_conversationsearch
    ADD CONSTRAINT conversation_search_once UNIQUE (organisation_id, conversation_id);
ALTER TABLE ONLY stock_countentry
    ADD CONSTRAINT count_entry_once UNIQUE (organisation_id, client_id);
ALTER TABLE ONLY stock_countlimits
    ADD CONSTRAINT count_limits_once UNIQUE (organisation_id);
ALTER TABLE ONLY stock_countline
    ADD CONSTRAINT count_line_once UNIQUE (organisation_id, sheet_id, variant_id);
ALTER TABLE ONLY payments_credit
    ADD CONSTRAINT credit_key_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY customers_customer
    ADD CONSTRAINT customers_customer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY customers_identity
    ADD CONSTRAINT customers_identity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY customers_merge
    ADD CONSTRAINT customers_merge_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_customsterms
    ADD CONSTRAINT customs_terms_once UNIQUE (organisation_id);
ALTER TABLE ONLY routing_dayload
    ADD CONSTRAINT day_load_once UNIQUE (organisation_id, fulfilment_order_id);
ALTER TABLE ONLY shipping_declaration
    ADD CONSTRAINT declaration_once UNIQUE (organisation_id, parcel_id);
ALTER TABLE ONLY channels_delivery
    ADD CONSTRAINT delivery_once UNIQUE (organisation_id, subscription_id, event_id);
ALTER TABLE ONLY django_cache
    ADD CONSTRAINT django_cache_pkey PRIMARY KEY (cache_key);
ALTER TABLE ONLY django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY stock_expecteddelivery
    ADD CONSTRAINT expected_delivery_once UNIQUE (organisation_id, supplier, document);
ALTER TABLE ONLY stock_expectedline
    ADD CONSTRAINT expected_line_once UNIQUE (organisation_id, delivery_id, variant_id);
ALTER TABLE ONLY channels_exposurerule
    ADD CONSTRAINT exposure_rule_once UNIQUE NULLS NOT DISTINCT (organisation_id, connection_id, listing_id);
ALTER TABLE ONLY channels_fileprofile
    ADD CONSTRAINT file_profile_once UNIQUE (organisation_id, connection_id);
ALTER TABLE ONLY locations_floorplan
    ADD CONSTRAINT floor_plan_once UNIQUE (organisation_id, location_id);
ALTER TABLE ONLY fulfilment_box
    ADD CONSTRAINT fulfilment_box_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_gift
    ADD CONSTRAINT fulfilment_gift_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_fulfilmentorderline
    ADD CONSTRAINT fulfilment_order_line_once UNIQUE (organisation_id, fulfilment_order_id, order_line_id);
ALTER TABLE ONLY fulfilment_picklist
    ADD CONSTRAINT fulfilment_picklist_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_picksetting
    ADD CONSTRAINT fulfilment_picksetting_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_picktask
    ADD CONSTRAINT fulfilment_picktask_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_printer
    ADD CONSTRAINT fulfilment_printer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_printjob
    ADD CONSTRAINT fulfilment_printjob_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_putaway
    ADD CONSTRAINT fulfilment_putaway_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_scan
    ADD CONSTRAINT fulfilment_scan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_short
    ADD CONSTRAINT fulfilment_short_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_warehouse
    ADD CONSTRAINT fulfilment_warehouse_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_warehouserequest
    ADD CONSTRAINT fulfilment_warehouserequest_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_wave
    ADD CONSTRAINT fulfilment_wave_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_wavetemplate
    ADD CONSTRAINT fulfilment_wavetemplate_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_gift
    ADD CONSTRAINT gift_order_once UNIQUE (organisation_id, order_id);
ALTER TABLE ONLY base_idempotentanswer
    ADD CONSTRAINT idempotent_answer_once UNIQUE (organisation_id, owner, key);
ALTER TABLE ONLY customers_identity
    ADD CONSTRAINT identity_once UNIQUE (organisation_id, kind, value);
ALTER TABLE ONLY stock_inboundsettings
    ADD CONSTRAINT inbound_settings_once UNIQUE (organisation_id);
ALTER TABLE ONLY inbox_clock
    ADD CONSTRAINT inbox_clock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY inbox_conversation
    ADD CONSTRAINT inbox_conversation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY inbox_conversationsearch
    ADD CONSTRAINT inbox_conversationsearch_pkey PRIMARY KEY (id);
ALTER TABLE ONLY inbox_draft
    ADD CONSTRAINT inbox_draft_once UNIQUE (organisation_id, conversation_id, person_id, kind);
ALTER TABLE ONLY inbox_draft
    ADD CONSTRAINT inbox_draft_pkey PRIMARY KEY (id);
ALTER TABLE ONLY inbox_macro
    ADD CONSTRAINT inbox_macro_pkey PRIMARY KEY (id);
ALTER TABLE ONLY inbox_message
    ADD CONSTRAINT inbox_message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY inbox_servicehours
    ADD CONSTRAINT inbox_servicehours_pkey PRIMARY KEY (id);
ALTER TABLE ONLY inbox_upload
    ADD CONSTRAINT inbox_upload_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_issuedlabel
    ADD CONSTRAINT issued_key_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY shipping_issuedlabel
    ADD CONSTRAINT issued_number_once UNIQUE (organisation_id, carrier_id, number);
ALTER TABLE ONLY shipping_issuedlabel
    ADD CONSTRAINT issued_serial_once UNIQUE (organisation_id, carrier_id, serial);
ALTER TABLE ONLY shipping_labelfile
    ADD CONSTRAINT label_file_once UNIQUE (organisation_id, label_id, language);
ALTER TABLE ONLY shipping_label
    ADD CONSTRAINT label_key_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY routing_lanecost
    ADD CONSTRAINT lane_cost_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY shipping_lane
    ADD CONSTRAINT lane_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY channels_listing
    ADD CONSTRAINT listing_once UNIQUE (organisation_id, connection_id, external_id);
ALTER TABLE ONLY locations_location
    ADD CONSTRAINT location_code_once UNIQUE (organisation_id, code);
ALTER TABLE ONLY locations_bin
    ADD CONSTRAINT locations_bin_pkey PRIMARY KEY (id);
ALTER TABLE ONLY locations_floorplan
    ADD CONSTRAINT locations_floorplan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY locations_location
    ADD CONSTRAINT locations_location_pkey PRIMARY KEY (id);
ALTER TABLE ONLY locations_postalplace
    ADD CONSTRAINT locations_postalplace_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_logo
    ADD CONSTRAINT logo_once UNIQUE (organisation_id);
ALTER TABLE ONLY stock_lotlevel
    ADD CONSTRAINT lot_level_once UNIQUE (organisation_id, lot_id, location_id);
ALTER TABLE ONLY stock_lot
    ADD CONSTRAINT lot_once UNIQUE (organisation_id, variant_id, kind, code);
ALTER TABLE ONLY stock_lotpick
    ADD CONSTRAINT lot_pick_once UNIQUE (organisation_id, order_line_id, lot_id);
ALTER TABLE ONLY inbox_macro
    ADD CONSTRAINT macro_name_once UNIQUE (organisation_id, name);
ALTER TABLE ONLY messaging_mailbox
    ADD CONSTRAINT mailbox_once UNIQUE (organisation_id, code);
ALTER TABLE ONLY messaging_mailbox
    ADD CONSTRAINT mailbox_slug_once UNIQUE (slug);
ALTER TABLE ONLY shipping_manifest
    ADD CONSTRAINT manifest_key_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY shipping_manifestparcel
    ADD CONSTRAINT manifest_parcel_once UNIQUE (organisation_id, manifest_id, parcel_id);
ALTER TABLE ONLY messaging_message
    ADD CONSTRAINT message_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY messaging_attachment
    ADD CONSTRAINT messaging_attachment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_mailbox
    ADD CONSTRAINT messaging_mailbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_message
    ADD CONSTRAINT messaging_message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_notice
    ADD CONSTRAINT messaging_notice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_noticehours
    ADD CONSTRAINT messaging_noticehours_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_noticesetting
    ADD CONSTRAINT messaging_noticesetting_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_noticewords
    ADD CONSTRAINT messaging_noticewords_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_optout
    ADD CONSTRAINT messaging_optout_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_smsaccount
    ADD CONSTRAINT messaging_smsaccount_pkey PRIMARY KEY (id);
ALTER TABLE ONLY mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messaging_noticehours
    ADD CONSTRAINT notice_hours_once UNIQUE (organisation_id, way);
ALTER TABLE ONLY messaging_notice
    ADD CONSTRAINT notice_once UNIQUE (organisation_id, way, key);
ALTER TABLE ONLY messaging_noticesetting
    ADD CONSTRAINT notice_setting_once UNIQUE (organisation_id, kind, way);
ALTER TABLE ONLY messaging_noticewords
    ADD CONSTRAINT notice_words_once UNIQUE (organisation_id, kind, language);
ALTER TABLE ONLY orders_orderbundle
    ADD CONSTRAINT order_bundle_once UNIQUE (organisation_id, order_id, number);
ALTER TABLE ONLY orders_orderline
    ADD CONSTRAINT order_line_once UNIQUE (organisation_id, order_id, "position");
ALTER TABLE ONLY orders_order
    ADD CONSTRAINT order_once UNIQUE (organisation_id, connection_id, external_id);
ALTER TABLE ONLY orders_ordersearch
    ADD CONSTRAINT order_search_once UNIQUE (organisation_id, order_id);
ALTER TABLE ONLY channels_ordertold
    ADD CONSTRAINT order_told_once UNIQUE (organisation_id, connection_id, external_id);
ALTER TABLE ONLY orders_cancelledline
    ADD CONSTRAINT orders_cancelledline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_fulfilmentorder
    ADD CONSTRAINT orders_fulfilmentorder_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_fulfilmentorderline
    ADD CONSTRAINT orders_fulfilmentorderline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_hold
    ADD CONSTRAINT orders_hold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_order
    ADD CONSTRAINT orders_order_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_orderbundle
    ADD CONSTRAINT orders_orderbundle_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_orderline
    ADD CONSTRAINT orders_orderline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_ordersearch
    ADD CONSTRAINT orders_ordersearch_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_parking
    ADD CONSTRAINT orders_parking_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_parkingrule
    ADD CONSTRAINT orders_parkingrule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_recipient
    ADD CONSTRAINT orders_recipient_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders_reshippedline
    ADD CONSTRAINT orders_reshippedline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_pagewords
    ADD CONSTRAINT page_words_once UNIQUE (organisation_id, language);
ALTER TABLE ONLY shipping_parcelline
    ADD CONSTRAINT parcel_line_once UNIQUE (organisation_id, parcel_id, order_line_id);
ALTER TABLE ONLY orders_parkingrule
    ADD CONSTRAINT parking_rule_once UNIQUE (organisation_id);
ALTER TABLE ONLY payments_account
    ADD CONSTRAINT payment_account_once UNIQUE (organisation_id, code);
ALTER TABLE ONLY payments_account
    ADD CONSTRAINT payment_account_slug_once UNIQUE (slug);
ALTER TABLE ONLY payments_payment
    ADD CONSTRAINT payment_once UNIQUE (organisation_id, order_id);
ALTER TABLE ONLY payments_account
    ADD CONSTRAINT payments_account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_call
    ADD CONSTRAINT payments_call_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_credit
    ADD CONSTRAINT payments_credit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_entry
    ADD CONSTRAINT payments_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_payment
    ADD CONSTRAINT payments_payment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tillcharge
    ADD CONSTRAINT payments_tillcharge_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tilldocument
    ADD CONSTRAINT payments_tilldocument_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tillpaper
    ADD CONSTRAINT payments_tillpaper_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tillshift
    ADD CONSTRAINT payments_tillshift_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tilltaking
    ADD CONSTRAINT payments_tilltaking_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tillvoucher
    ADD CONSTRAINT payments_tillvoucher_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tillvoucheruse
    ADD CONSTRAINT payments_tillvoucheruse_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_picksetting
    ADD CONSTRAINT pick_setting_once UNIQUE (organisation_id, location_id);
ALTER TABLE ONLY locations_postalplace
    ADD CONSTRAINT postal_place_once UNIQUE (country, postal_code);
ALTER TABLE ONLY fulfilment_printjob
    ADD CONSTRAINT print_job_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY fulfilment_printer
    ADD CONSTRAINT printer_name_once UNIQUE (organisation_id, name);
ALTER TABLE ONLY procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);
ALTER TABLE ONLY procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_putaway
    ADD CONSTRAINT put_away_once UNIQUE (organisation_id, client_id);
ALTER TABLE ONLY orders_recipient
    ADD CONSTRAINT recipient_once UNIQUE (organisation_id, order_id);
ALTER TABLE ONLY channels_refundheard
    ADD CONSTRAINT refund_heard_once UNIQUE (organisation_id, connection_id, told_id);
ALTER TABLE ONLY orders_reshippedline
    ADD CONSTRAINT reshipped_line_once UNIQUE (organisation_id, order_line_id, order_id);
ALTER TABLE ONLY returns_counter
    ADD CONSTRAINT return_counter_once UNIQUE (organisation_id);
ALTER TABLE ONLY returns_inspection
    ADD CONSTRAINT return_inspection_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY returns_return
    ADD CONSTRAINT return_key_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY returns_line
    ADD CONSTRAINT return_line_once UNIQUE (organisation_id, return_id, order_line_id);
ALTER TABLE returns_line
    ADD CONSTRAINT return_line_reason_known CHECK ((reason IN ('too_small', 'too_large', 'not_as_described', 'damaged', 'defective', 'wrong_item', 'arrived_late', 'changed_mind', 'other', 'withdrawal', 'unknown'))) NOT VALID;
ALTER TABLE ONLY returns_return
    ADD CONSTRAINT return_number_once UNIQUE (organisation_id, number);
ALTER TABLE ONLY returns_picture
    ADD CONSTRAINT return_picture_once UNIQUE (organisation_id, line_id, digest);
ALTER TABLE ONLY returns_policyversion
    ADD CONSTRAINT return_policy_version_once UNIQUE (organisation_id, version);
ALTER TABLE ONLY returns_receipt
    ADD CONSTRAINT return_receipt_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY returns_counter
    ADD CONSTRAINT returns_counter_pkey PRIMARY KEY (id);
ALTER TABLE ONLY returns_inspection
    ADD CONSTRAINT returns_inspection_pkey PRIMARY KEY (id);
ALTER TABLE ONLY returns_line
    ADD CONSTRAINT returns_line_pkey PRIMARY KEY (id);
ALTER TABLE ONLY returns_linedecision
    ADD CONSTRAINT returns_linedecision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY returns_picture
    ADD CONSTRAINT returns_picture_pkey PRIMARY KEY (id);
ALTER TABLE ONLY returns_policyversion
    ADD CONSTRAINT returns_policyversion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY returns_receipt
    ADD CONSTRAINT returns_receipt_pkey PRIMARY KEY (id);
ALTER TABLE ONLY returns_return
    ADD CONSTRAINT returns_return_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_asked
    ADD CONSTRAINT routing_asked_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_dayload
    ADD CONSTRAINT routing_dayload_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_decision
    ADD CONSTRAINT routing_decision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_exclusion
    ADD CONSTRAINT routing_exclusion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_lanecost
    ADD CONSTRAINT routing_lanecost_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_replay
    ADD CONSTRAINT routing_replay_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_rulesdraft
    ADD CONSTRAINT routing_rules_draft_once UNIQUE (organisation_id);
ALTER TABLE ONLY routing_rulesversion
    ADD CONSTRAINT routing_rules_version_once UNIQUE (organisation_id, version);
ALTER TABLE ONLY routing_rulesdraft
    ADD CONSTRAINT routing_rulesdraft_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_rulesversion
    ADD CONSTRAINT routing_rulesversion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY routing_worth
    ADD CONSTRAINT routing_worth_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts_savedview
    ADD CONSTRAINT saved_view_once UNIQUE (organisation_id, listing, owner_id, name);
ALTER TABLE ONLY fulfilment_scan
    ADD CONSTRAINT scan_once UNIQUE (organisation_id, client_id);
ALTER TABLE ONLY inbox_servicehours
    ADD CONSTRAINT service_hours_once UNIQUE (organisation_id);
ALTER TABLE ONLY shipping_addresscheck
    ADD CONSTRAINT shipping_addresscheck_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_carrier
    ADD CONSTRAINT shipping_carrier_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_codemeaning
    ADD CONSTRAINT shipping_codemeaning_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_customsterms
    ADD CONSTRAINT shipping_customsterms_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_declaration
    ADD CONSTRAINT shipping_declaration_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_issuedlabel
    ADD CONSTRAINT shipping_issuedlabel_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_label
    ADD CONSTRAINT shipping_label_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_labelfile
    ADD CONSTRAINT shipping_labelfile_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_lane
    ADD CONSTRAINT shipping_lane_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_manifest
    ADD CONSTRAINT shipping_manifest_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_manifestparcel
    ADD CONSTRAINT shipping_manifestparcel_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_parcel
    ADD CONSTRAINT shipping_parcel_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_parcelline
    ADD CONSTRAINT shipping_parcelline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_policy
    ADD CONSTRAINT shipping_policy_once UNIQUE (organisation_id);
ALTER TABLE ONLY shipping_policy
    ADD CONSTRAINT shipping_policy_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_ratesheet
    ADD CONSTRAINT shipping_ratesheet_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shipping_trackingevent
    ADD CONSTRAINT shipping_trackingevent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY fulfilment_short
    ADD CONSTRAINT short_once UNIQUE (organisation_id, client_id);
ALTER TABLE ONLY messaging_smsaccount
    ADD CONSTRAINT sms_account_once UNIQUE (organisation_id, code);
ALTER TABLE ONLY messaging_smsaccount
    ADD CONSTRAINT sms_account_slug_once UNIQUE (slug);
ALTER TABLE ONLY accounts_staff
    ADD CONSTRAINT staff_once UNIQUE (organisation_id, user_id);
ALTER TABLE ONLY stock_backorder
    ADD CONSTRAINT stock_backorder_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_cart
    ADD CONSTRAINT stock_cart_once UNIQUE (organisation_id, token);
ALTER TABLE ONLY stock_cart
    ADD CONSTRAINT stock_cart_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_cartline
    ADD CONSTRAINT stock_cartline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_countentry
    ADD CONSTRAINT stock_countentry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_countlimits
    ADD CONSTRAINT stock_countlimits_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_countline
    ADD CONSTRAINT stock_countline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_countsheet
    ADD CONSTRAINT stock_countsheet_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_document
    ADD CONSTRAINT stock_document_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_expecteddelivery
    ADD CONSTRAINT stock_expecteddelivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_expectedline
    ADD CONSTRAINT stock_expectedline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_inboundsettings
    ADD CONSTRAINT stock_inboundsettings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_item
    ADD CONSTRAINT stock_item_once UNIQUE (organisation_id, variant_id);
ALTER TABLE ONLY stock_item
    ADD CONSTRAINT stock_item_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_level
    ADD CONSTRAINT stock_level_once UNIQUE (organisation_id, variant_id, location_id);
ALTER TABLE ONLY stock_level
    ADD CONSTRAINT stock_level_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_lot
    ADD CONSTRAINT stock_lot_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_lotlevel
    ADD CONSTRAINT stock_lotlevel_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_lotmovement
    ADD CONSTRAINT stock_lotmovement_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_lotpick
    ADD CONSTRAINT stock_lotpick_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_movement
    ADD CONSTRAINT stock_movement_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_receipt
    ADD CONSTRAINT stock_receipt_once UNIQUE (organisation_id, client_id);
ALTER TABLE ONLY stock_receipt
    ADD CONSTRAINT stock_receipt_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_reservation
    ADD CONSTRAINT stock_reservation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_sellingrule
    ADD CONSTRAINT stock_selling_rule_once UNIQUE (organisation_id, variant_id);
ALTER TABLE ONLY stock_sellingrule
    ADD CONSTRAINT stock_sellingrule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_tracking
    ADD CONSTRAINT stock_tracking_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_transfer
    ADD CONSTRAINT stock_transfer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stock_transferline
    ADD CONSTRAINT stock_transferline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tasks_task
    ADD CONSTRAINT task_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY tasks_task
    ADD CONSTRAINT tasks_task_pkey PRIMARY KEY (id);
ALTER TABLE ONLY payments_tillcharge
    ADD CONSTRAINT till_charge_key_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY payments_tillcharge
    ADD CONSTRAINT till_charge_vendor_key_once UNIQUE (vendor_key);
ALTER TABLE ONLY payments_tilldocument
    ADD CONSTRAINT till_document_number_once UNIQUE (organisation_id, location_id, number);
ALTER TABLE ONLY payments_tilldocument
    ADD CONSTRAINT till_document_of_refund_once UNIQUE (organisation_id, call_id);
ALTER TABLE ONLY payments_tillpaper
    ADD CONSTRAINT till_paper_once UNIQUE (organisation_id, location_id);
ALTER TABLE ONLY payments_tilltaking
    ADD CONSTRAINT till_taking_charge_once UNIQUE (organisation_id, charge_id);
ALTER TABLE ONLY payments_tillvoucher
    ADD CONSTRAINT till_voucher_code_once UNIQUE (organisation_id, code);
ALTER TABLE ONLY payments_tillvoucher
    ADD CONSTRAINT till_voucher_of_refund_once UNIQUE (organisation_id, call_id);
ALTER TABLE ONLY payments_tillvoucheruse
    ADD CONSTRAINT till_voucher_use_once UNIQUE (organisation_id, order_id, voucher_id);
ALTER TABLE ONLY shipping_trackingevent
    ADD CONSTRAINT tracking_event_once UNIQUE (organisation_id, parcel_id, external_id);
ALTER TABLE ONLY stock_tracking
    ADD CONSTRAINT tracking_once UNIQUE (organisation_id, variant_id);
ALTER TABLE ONLY stock_transferline
    ADD CONSTRAINT transfer_line_once UNIQUE (organisation_id, transfer_id, variant_id);
ALTER TABLE ONLY catalog_variant
    ADD CONSTRAINT variant_sku_once UNIQUE (organisation_id, sku);
ALTER TABLE ONLY fulfilment_warehouse
    ADD CONSTRAINT warehouse_once UNIQUE (organisation_id, code);
ALTER TABLE ONLY fulfilment_warehouserequest
    ADD CONSTRAINT warehouse_request_once UNIQUE (organisation_id, key);
ALTER TABLE ONLY fulfilment_warehouse
    ADD CONSTRAINT warehouse_slug_once UNIQUE (slug);
ALTER TABLE ONLY fulfilment_wave
    ADD CONSTRAINT wave_once UNIQUE (organisation_id, client_id);
ALTER TABLE ONLY fulfilment_wavetemplate
    ADD CONSTRAINT wave_template_name_once UNIQUE (organisation_id, name);
ALTER TABLE ONLY channels_withdrawn
    ADD CONSTRAINT withdrawn_once UNIQUE (organisation_id, connection_id, external_id);
ALTER TABLE ONLY routing_worth
    ADD CONSTRAINT worth_once UNIQUE (organisation_id, variant_id, location_id);
CREATE INDEX account_emailaddress_email_03be32b2 ON account_emailaddress USING btree (email);
CREATE INDEX account_emailaddress_email_03be32b2_like ON account_emailaddress USING btree (email varchar_pattern_ops);
CREATE INDEX account_emailaddress_user_id_2c513194 ON account_emailaddress USING btree (user_id);
CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON account_emailconfirmation USING btree (email_address_id);
CREATE INDEX account_emailconfirmation_key_f43612bd_like ON account_emailconfirmation USING btree (key varchar_pattern_ops);
CREATE INDEX accounts_apikey_prefix_2468c39f_like ON accounts_apikey USING btree (prefix varchar_pattern_ops);
CREATE INDEX accounts_organisation_slug_43a9054f_like ON accounts_organisation USING btree (slug varchar_pattern_ops);
CREATE INDEX accounts_staff_user_id_f2ff984a ON accounts_staff USING btree (user_id);
CREATE INDEX accounts_user_email_b2644a56_like ON accounts_user USING btree (email varchar_pattern_ops);
CREATE INDEX api_key_newest ON accounts_apikey USING btree (organisation_id, id DESC);
CREATE INDEX arrival_by_time ON base_arrival USING brin (received_at) WITH (autosummarize='on');
CREATE INDEX arrival_newest ON base_arrival USING btree (organisation_id, id DESC);
CREATE INDEX arrival_unread ON base_arrival USING btree (received_at) WHERE ((outcome)::text = 'received'::text);
CREATE INDEX auth_group_name_a6ea08ec_like ON auth_group USING btree (name varchar_pattern_ops);
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON auth_permission USING btree (content_type_id);
CREATE INDEX bulk_failure_of_job ON accounts_bulkfailure USING btree (organisation_id, job_id, id);
CREATE INDEX bulk_job_newest ON accounts_bulkjob USING btree (organisation_id, id DESC);
CREATE INDEX call_for_people ON payments_call USING btree (organisation_id, wanted_at) WHERE ((((kind)::text = 'refund'::text) AND ((state)::text = 'wanted'::text)) OR (((kind)::text = 'capture'::text) AND ((state)::text = 'failed'::text)));
CREATE INDEX call_of_payment ON payments_call USING btree (organisation_id, payment_id);
CREATE INDEX call_unsettled ON payments_call USING btree (wanted_at) WHERE (state IN ('wanted', 'pending', 'unknown'));
CREATE INDEX cancelled_line_of_line ON orders_cancelledline USING btree (organisation_id, order_line_id);
CREATE INDEX catalog_variant_product_id_8a21d193 ON catalog_variant USING btree (product_id);
CREATE INDEX channel_notice_newest ON channels_notice USING btree (organisation_id, connection_id, id DESC);
CREATE INDEX channel_notice_queued ON channels_notice USING btree (wanted_at) WHERE ((state)::text = 'queued'::text);
CREATE INDEX channels_connection_slug_61c00a7b_like ON channels_connection USING btree (slug varchar_pattern_ops);
CREATE INDEX clock_of_conversation ON inbox_clock USING btree (organisation_id, conversation_id, id);
CREATE UNIQUE INDEX clock_runs_once ON inbox_clock USING btree (organisation_id, conversation_id) WHERE (ended_at IS NULL);
CREATE INDEX code_of_subject ON base_code USING btree (organisation_id, subject, issued_at);
CREATE INDEX component_of_bundles ON catalog_component USING btree (organisation_id, variant_id);
CREATE INDEX conversation_live ON inbox_conversation USING btree (organisation_id, last_message_at DESC, id DESC) WHERE ((NOT is_spam) AND (state IN ('open', 'pending')));
CREATE INDEX conversation_newest ON inbox_conversation USING btree (organisation_id, last_message_at DESC, id DESC);
CREATE INDEX conversation_of_customer ON inbox_conversation USING btree (organisation_id, customer_id, last_message_at DESC);
CREATE INDEX conversation_of_order ON inbox_conversation USING btree (organisation_id, order_id);
CREATE INDEX conversation_of_person ON inbox_conversation USING btree (organisation_id, assignee_id, last_message_at DESC, id DESC);
CREATE INDEX conversation_search_grams ON inbox_conversationsearch USING gin (grams);
CREATE INDEX conversation_sleeping ON inbox_conversation USING btree (snoozed_until) WHERE ((state)::text = 'snoozed'::text);
CREATE INDEX conversation_updated ON inbox_conversation USING btree (organisation_id, updated_at, id);
CREATE INDEX conversation_waiting ON inbox_conversation USING btree (organisation_id, waiting_since) WHERE (waiting_since IS NOT NULL);
CREATE INDEX count_entry_of_line ON stock_countentry USING btree (organisation_id, line_id, id);
CREATE INDEX count_sheet_newest ON stock_countsheet USING btree (organisation_id, state, id DESC);
CREATE INDEX credit_of_customer ON payments_credit USING btree (organisation_id, customer_id, currency);
CREATE INDEX credit_of_order ON payments_credit USING btree (organisation_id, order_id);
CREATE INDEX customer_newest ON customers_customer USING btree (organisation_id, id DESC);
CREATE INDEX customer_of_country ON customers_customer USING btree (organisation_id, country, id DESC);
CREATE INDEX customer_search ON customers_customer USING gin (base_grams(search)) WITH (gin_pending_list_limit='512');
CREATE INDEX customers_identity_customer_id_b1e21f37 ON customers_identity USING btree (customer_id);
CREATE INDEX day_load_of_day ON routing_dayload USING btree (organisation_id, location_id, day);
CREATE INDEX decision_of_order ON routing_decision USING btree (organisation_id, order_id, id DESC);
CREATE INDEX delivery_dead ON channels_delivery USING btree (organisation_id, subscription_id, id) WHERE ((state)::text = 'dead'::text);
CREATE INDEX delivery_newest ON channels_delivery USING btree (organisation_id, subscription_id, id DESC);
CREATE INDEX delivery_old ON channels_delivery USING btree (settled_at) WHERE ((state)::text = 'delivered'::text);
CREATE INDEX delivery_pending ON channels_delivery USING btree (organisation_id, subscription_id, subject, turn) WHERE ((state)::text = 'pending'::text);
CREATE INDEX django_cache_expires ON django_cache USING btree (expires);
CREATE INDEX django_session_expire_date_a5c62663 ON django_session USING btree (expire_date);
CREATE INDEX django_session_session_key_c0390e0f_like ON django_session USING btree (session_key varchar_pattern_ops);
CREATE INDEX drift_newest ON channels_drift USING btree (organisation_id, id DESC);
CREATE INDEX drift_old ON channels_drift USING btree (found_at);
CREATE INDEX drift_open ON channels_drift USING btree (listing_id) WHERE (healed_at IS NULL);
CREATE INDEX entry_of_order ON payments_entry USING btree (organisation_id, order_id, id);
CREATE INDEX event_by_people ON base_event USING btree (organisation_id, at) WHERE ((actor_kind)::text = 'staff'::text);
CREATE INDEX event_pending ON base_event USING btree (id) WHERE pending;
CREATE INDEX event_stream ON base_event USING btree (organisation_id, tx, id);
CREATE INDEX event_stuck ON base_event USING btree (organisation_id, id) WHERE ((attempts >= 20) AND (NOT pending));
CREATE INDEX event_timeline ON base_event USING btree (organisation_id, timeline, id);
CREATE INDEX exclusion_of_order ON routing_exclusion USING btree (organisation_id, order_id);
CREATE UNIQUE INDEX exclusion_once ON routing_exclusion USING btree (organisation_id, order_line_id, location_id) WHERE (lifted_at IS NULL);
CREATE INDEX expected_delivery_newest ON stock_expecteddelivery USING btree (organisation_id, id DESC);
CREATE INDEX expected_delivery_open ON stock_expecteddelivery USING btree (organisation_id, expected_on) WHERE (state IN ('expected', 'partially_received'));
CREATE INDEX expected_line_of_variant ON stock_expectedline USING btree (organisation_id, variant_id);
CREATE INDEX exposure_due ON channels_exposure USING btree (organisation_id, connection_id, wanted_at) WHERE ((sent IS NULL) AND (NOT settled));
CREATE INDEX fulfilment_line_of_line ON orders_fulfilmentorderline USING btree (organisation_id, order_line_id);
CREATE INDEX fulfilment_order_at ON orders_fulfilmentorder USING btree (organisation_id, location_id, order_id DESC) WHERE (location_id IS NOT NULL);
CREATE INDEX fulfilment_order_of_order ON orders_fulfilmentorder USING btree (organisation_id, order_id);
CREATE INDEX fulfilment_order_to_do ON orders_fulfilmentorder USING btree (organisation_id, state, id) WHERE (NOT (state IN ('closed', 'cancelled')));
CREATE INDEX fulfilment_printer_location_id_9717634d ON fulfilment_printer USING btree (location_id);
CREATE INDEX fulfilment_warehouse_location_id_1c978845 ON fulfilment_warehouse USING btree (location_id);
CREATE UNIQUE INDEX hold_once ON orders_hold USING btree (organisation_id, fulfilment_order_id, reason) WHERE (released_at IS NULL);
CREATE INDEX idx_procrastinate_jobs_worker_not_null ON procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::procrastinate_job_status));
CREATE INDEX idx_procrastinate_workers_last_heartbeat ON procrastinate_workers USING btree (last_heartbeat);
CREATE INDEX inbox_message_answers ON inbox_message USING btree (organisation_id, in_reply_to) WHERE (NOT ((in_reply_to)::text = ''::text));
CREATE INDEX inbox_message_classed ON inbox_message USING btree (organisation_id, at) WHERE (data ? 'wismo'::text);
CREATE INDEX inbox_message_of ON inbox_message USING btree (organisation_id, conversation_id, id);
CREATE UNIQUE INDEX inbox_message_of_arrival_once ON inbox_message USING btree (organisation_id, arrival_id) WHERE (arrival_id IS NOT NULL);
CREATE UNIQUE INDEX inbox_message_once ON inbox_message USING btree (organisation_id, message_id) WHERE (NOT ((message_id)::text = ''::text));
CREATE UNIQUE INDEX inbox_message_sent_once ON inbox_message USING btree (organisation_id, outgoing_id) WHERE (outgoing_id IS NOT NULL);
CREATE INDEX inbox_upload_of ON inbox_upload USING btree (organisation_id, conversation_id, id);
CREATE INDEX label_file_unfetched ON shipping_labelfile USING btree (ask_at) WHERE ((state)::text = 'wanted'::text);
CREATE UNIQUE INDEX label_one_live_per_parcel ON shipping_label USING btree (organisation_id, parcel_id) WHERE (state IN ('wanted', 'bought', 'unknown'));
CREATE INDEX label_unsettled ON shipping_label USING btree (wanted_at) WHERE ((state IN ('wanted', 'unknown')) OR (((state)::text = 'bought'::text) AND (void_wanted_at IS NOT NULL)));
CREATE INDEX listing_item ON channels_listing USING btree (organisation_id, connection_id, item);
CREATE INDEX listing_of_variant ON channels_listing USING btree (organisation_id, variant_id);
CREATE INDEX listing_page ON channels_listing USING btree (organisation_id, connection_id, id);
CREATE INDEX locations_bin_location_id_ab0f0992 ON locations_bin USING btree (location_id);
CREATE INDEX lot_by_expiry ON stock_lot USING btree (organisation_id, COALESCE(expires_on, '9999-12-31'::date), id);
CREATE INDEX lot_level_of_place ON stock_lotlevel USING btree (organisation_id, variant_id, location_id);
CREATE INDEX lot_movement_of_lot ON stock_lotmovement USING btree (organisation_id, lot_id, id DESC);
CREATE INDEX lot_movement_reference ON stock_lotmovement USING btree (organisation_id, reference);
CREATE UNIQUE INDEX mailbox_address_once ON messaging_mailbox USING btree (organisation_id, address) WHERE active;
CREATE INDEX manifest_newest ON shipping_manifest USING btree (organisation_id, id DESC);
CREATE INDEX manifest_unsettled ON shipping_manifest USING btree (wanted_at) WHERE ((state)::text = 'wanted'::text);
CREATE INDEX merge_newest ON customers_merge USING btree (at);
CREATE INDEX merge_of_keep ON customers_merge USING btree (organisation_id, keep_id);
CREATE UNIQUE INDEX merge_once ON customers_merge USING btree (organisation_id, gone_id) WHERE (undone_at IS NULL);
CREATE INDEX message_of_vendor ON messaging_message USING btree (vendor_id) WHERE (NOT ((vendor_id)::text = ''::text));
CREATE INDEX message_timeline ON messaging_message USING btree (organisation_id, timeline, id);
CREATE INDEX message_unsettled ON messaging_message USING btree (wanted_at) WHERE (state IN ('queued', 'sending'));
CREATE INDEX mfa_authenticator_user_id_0c3a50c0 ON mfa_authenticator USING btree (user_id);
CREATE INDEX movement_by_hand ON stock_movement USING btree (organisation_id, id DESC) WHERE (NOT (kind IN ('sale', 'allocation', 'reservation')));
CREATE INDEX movement_by_time ON stock_movement USING brin (at) WITH (autosummarize='on');
CREATE INDEX movement_of_variant ON stock_movement USING btree (organisation_id, variant_id, id DESC);
CREATE INDEX notice_newest ON messaging_notice USING btree (organisation_id, wanted_at);
CREATE INDEX notice_of_message ON messaging_notice USING btree (organisation_id, message_id);
CREATE INDEX notice_of_order ON messaging_notice USING btree (organisation_id, order_id, id);
CREATE INDEX notice_waiting ON messaging_notice USING btree (not_before) WHERE ((state)::text = 'waiting'::text);
CREATE INDEX number_told_newest ON channels_numbertold USING btree (organisation_id, listing_id, id DESC);
CREATE INDEX number_told_old ON channels_numbertold USING btree (answered_at);
CREATE UNIQUE INDEX opt_out_once ON messaging_optout USING btree (organisation_id, way, address) WHERE (ended_at IS NULL);
CREATE INDEX order_cancelled ON orders_order USING btree (organisation_id, placed_at DESC, id DESC) WHERE ((state)::text = 'cancelled'::text);
CREATE INDEX order_newest ON orders_order USING btree (organisation_id, placed_at DESC, id DESC);
CREATE INDEX order_not_just_paid ON orders_order USING btree (organisation_id, payment_state, placed_at DESC, id DESC) WHERE (NOT ((payment_state)::text = 'paid'::text));
CREATE INDEX order_of_country ON orders_order USING btree (organisation_id, country, placed_at DESC, id DESC);
CREATE INDEX order_of_customer ON orders_order USING btree (organisation_id, customer_id, placed_at DESC);
CREATE INDEX order_open ON orders_order USING btree (organisation_id, placed_at, id) WHERE ((state)::text = 'open'::text);
CREATE INDEX order_search_grams ON orders_ordersearch USING gin (grams) WITH (gin_pending_list_limit='512');
CREATE INDEX order_shipped ON orders_order USING btree (organisation_id, placed_at DESC, id DESC) WHERE ((fulfilment_state)::text = 'fulfilled'::text);
CREATE INDEX order_tagged ON orders_order USING gin (tags) WHERE (NOT (tags = '{}'::character varying(60)[]));
CREATE INDEX order_told_old ON channels_ordertold USING btree (changed_at);
CREATE INDEX order_updated ON orders_order USING btree (organisation_id, updated_at, id);
CREATE INDEX parcel_awaited_back ON shipping_parcel USING btree (packed_at) WHERE (((direction)::text = 'back'::text) AND ((state)::text = 'labelled'::text));
CREATE INDEX parcel_newest ON shipping_parcel USING btree (organisation_id, id DESC);
CREATE INDEX parcel_of_fulfilment_order ON shipping_parcel USING btree (organisation_id, fulfilment_order_id);
CREATE INDEX parcel_of_order ON shipping_parcel USING btree (organisation_id, order_id);
CREATE INDEX parcel_on_floor ON shipping_parcel USING btree (organisation_id, location_id, state, id) WHERE (state IN ('packed', 'labelled'));
CREATE INDEX parcel_on_its_way ON shipping_parcel USING btree (handed_over_at) WHERE ((delivered_at IS NULL) AND ((state)::text = 'handed_over'::text));
CREATE UNIQUE INDEX parcel_on_one_manifest ON shipping_manifestparcel USING btree (organisation_id, parcel_id) WHERE (NOT off);
CREATE INDEX parcel_search ON shipping_parcel USING gin (base_grams(search));
CREATE INDEX parcel_to_learn_from ON shipping_parcel USING btree (organisation_id, delivered_at, id) WHERE ((delivered_at IS NOT NULL) AND ((direction)::text = 'out'::text) AND (learnt_at IS NULL));
CREATE INDEX parcel_tracking_number ON shipping_parcel USING btree (organisation_id, tracking_number);
CREATE INDEX parcel_updated ON shipping_parcel USING btree (organisation_id, updated_at, id);
CREATE UNIQUE INDEX parcel_wish_once ON shipping_parcel USING btree (organisation_id, wish) WHERE (NOT ((wish)::text = ''::text));
CREATE INDEX parking_due ON orders_parking USING btree (organisation_id, cancel_at) WHERE (ended_at IS NULL);
CREATE INDEX parking_of_order ON orders_parking USING btree (organisation_id, order_id);
CREATE UNIQUE INDEX parking_once ON orders_parking USING btree (organisation_id, fulfilment_order_id) WHERE (ended_at IS NULL);
CREATE INDEX pick_list_of_wave ON fulfilment_picklist USING btree (organisation_id, wave_id) WHERE (wave_id IS NOT NULL);
CREATE INDEX pick_list_to_do ON fulfilment_picklist USING btree (organisation_id, location_id, state, id);
CREATE INDEX pick_task_of_list ON fulfilment_picktask USING btree (organisation_id, pick_list_id);
CREATE INDEX pick_task_of_order ON fulfilment_picktask USING btree (organisation_id, fulfilment_order_id);
CREATE UNIQUE INDEX pick_task_once ON fulfilment_picktask USING btree (organisation_id, fulfilment_line_id) WHERE (NOT removed);
CREATE INDEX pick_task_to_put_back ON fulfilment_picktask USING btree (organisation_id, id) WHERE ((picked > 0) AND (put_back_at IS NULL) AND removed);
CREATE INDEX print_job_newest ON fulfilment_printjob USING btree (organisation_id, id DESC);
CREATE INDEX procrastinate_events_job_id_fkey_v1 ON procrastinate_events USING btree (job_id);
CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::procrastinate_job_status, 'doing'::procrastinate_job_status]));
CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::procrastinate_job_status);
CREATE INDEX procrastinate_jobs_priority_idx_v1 ON procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::procrastinate_job_status);
CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON procrastinate_jobs USING btree (queue_name);
CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::procrastinate_job_status);
CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON procrastinate_periodic_defers USING btree (job_id);
CREATE INDEX product_newest ON catalog_product USING btree (organisation_id, id DESC);
CREATE INDEX product_search ON catalog_product USING gin (base_grams(search));
CREATE INDEX put_away_of_variant ON fulfilment_putaway USING btree (organisation_id, location_id, variant_id, at);
CREATE INDEX rate_sheet_newest ON shipping_ratesheet USING btree (organisation_id, carrier_id, id DESC);
CREATE INDEX recipient_awaited ON orders_recipient USING btree (wanted_at) WHERE ((erased_at IS NULL) AND (fetched_at IS NULL));
CREATE INDEX recipient_mail ON orders_recipient USING btree (organisation_id, mail_key) WHERE (NOT ((mail_key)::text = ''::text));
CREATE INDEX recipient_to_erase ON orders_recipient USING btree (erase_at) WHERE (erased_at IS NULL);
CREATE INDEX refund_heard_of_order ON channels_refundheard USING btree (organisation_id, connection_id, external_id);
CREATE INDEX refund_heard_refund ON channels_refundheard USING btree (organisation_id, refund_id) WHERE (refund_id IS NOT NULL);
CREATE UNIQUE INDEX reservation_once ON stock_reservation USING btree (organisation_id, reference_kind, reference_id, location_id) NULLS NOT DISTINCT WHERE ((state)::text = 'open'::text);
CREATE INDEX reservation_open ON stock_reservation USING btree (organisation_id, variant_id) WHERE ((state)::text = 'open'::text);
CREATE INDEX reshipped_line_of_order ON orders_reshippedline USING btree (organisation_id, order_id);
CREATE INDEX return_decision_of_line ON returns_linedecision USING btree (organisation_id, line_id);
CREATE INDEX return_inspection_of_line ON returns_inspection USING btree (organisation_id, line_id);
CREATE INDEX return_line_of_line ON returns_line USING btree (organisation_id, order_line_id);
CREATE UNIQUE INDEX return_line_policy_decision_once ON returns_linedecision USING btree (organisation_id, line_id) WHERE (policy_version IS NOT NULL);
CREATE INDEX return_newest ON returns_return USING btree (organisation_id, id DESC);
CREATE INDEX return_of_customer ON returns_return USING btree (organisation_id, customer_id);
CREATE INDEX return_of_order ON returns_return USING btree (organisation_id, order_id);
CREATE UNIQUE INDEX return_parcel_once ON returns_return USING btree (organisation_id, parcel_id) WHERE (parcel_id IS NOT NULL);
CREATE INDEX return_receipt_of_return ON returns_receipt USING btree (organisation_id, return_id);
CREATE INDEX return_to_come ON returns_return USING btree (organisation_id, id DESC) WHERE (((decision)::text = 'approved'::text) AND (goods IN ('none', 'label_issued', 'in_transit')));
CREATE INDEX return_to_expire ON returns_return USING btree (expires_at) WHERE (((decision)::text = 'approved'::text) AND (goods IN ('none', 'label_issued')));
CREATE INDEX return_to_inspect ON returns_return USING btree (organisation_id, id DESC) WHERE (((decision)::text = 'approved'::text) AND (goods IN ('partially_received', 'received')));
CREATE INDEX return_to_review ON returns_return USING btree (organisation_id, id DESC) WHERE (decision IN ('requested', 'needs_review'));
CREATE INDEX routing_replay_newest ON routing_replay USING btree (organisation_id, id DESC);
CREATE INDEX scan_of_list ON fulfilment_scan USING btree (organisation_id, pick_list_id, id DESC);
CREATE INDEX stock_backorder_of_line ON stock_backorder USING btree (organisation_id, reference_id);
CREATE UNIQUE INDEX stock_backorder_once ON stock_backorder USING btree (organisation_id, group_id, reference_id) WHERE ((state)::text = 'open'::text);
CREATE INDEX stock_backorder_passed ON stock_backorder USING btree (organisation_id, variant_id) WHERE (passed AND ((state)::text = 'open'::text));
CREATE INDEX stock_backorder_turn ON stock_backorder USING btree (organisation_id, variant_id, priority DESC, since, group_id) WHERE ((state)::text = 'open'::text);
CREATE INDEX stock_cart_line_due ON stock_cartline USING btree (until) WHERE ((state)::text = 'open'::text);
CREATE INDEX stock_cart_line_of_cart ON stock_cartline USING btree (organisation_id, cart_id);
CREATE UNIQUE INDEX stock_cart_line_once ON stock_cartline USING btree (organisation_id, cart_id, variant_id) WHERE ((state)::text = 'open'::text);
CREATE INDEX stock_cart_line_open ON stock_cartline USING btree (organisation_id, variant_id) WHERE ((state)::text = 'open'::text);
CREATE INDEX stock_level_of_place ON stock_level USING btree (organisation_id, location_id, variant_id);
CREATE INDEX stock_level_to_recount ON stock_level USING btree (organisation_id, variant_id) WHERE (recount_since IS NOT NULL);
CREATE INDEX stock_receipt_of_delivery ON stock_receipt USING btree (organisation_id, delivery_id, id DESC);
CREATE INDEX stock_receipt_of_transfer ON stock_receipt USING btree (organisation_id, transfer_id, id DESC);
CREATE INDEX subscription_of_organisation ON channels_subscription USING btree (organisation_id, id);
CREATE INDEX task_newest ON tasks_task USING btree (organisation_id, id DESC);
CREATE INDEX task_of_subject ON tasks_task USING btree (organisation_id, subject, id);
CREATE INDEX task_open ON tasks_task USING btree (organisation_id, due_at, id) WHERE ((state)::text = 'open'::text);
CREATE INDEX till_charge_of_shift ON payments_tillcharge USING btree (organisation_id, shift_id);
CREATE INDEX till_document_of_order ON payments_tilldocument USING btree (organisation_id, order_id);
CREATE UNIQUE INDEX till_document_of_sale_once ON payments_tilldocument USING btree (organisation_id, order_id) WHERE ((kind)::text = 'sale'::text);
CREATE INDEX till_shift_newest ON payments_tillshift USING btree (organisation_id, location_id, opened_at DESC);
CREATE UNIQUE INDEX till_shift_open_once ON payments_tillshift USING btree (organisation_id, location_id) WHERE (closed_at IS NULL);
CREATE INDEX till_taking_of_order ON payments_tilltaking USING btree (organisation_id, order_id);
CREATE INDEX till_taking_of_shift ON payments_tilltaking USING btree (organisation_id, shift_id, id);
CREATE INDEX till_voucher_uses ON payments_tillvoucheruse USING btree (organisation_id, voucher_id);
CREATE INDEX tracking_code_unknown ON shipping_trackingevent USING btree (organisation_id, raw_code) WHERE ((status)::text = 'unknown'::text);
CREATE INDEX transfer_line_of_variant ON stock_transferline USING btree (organisation_id, variant_id);
CREATE INDEX transfer_newest ON stock_transfer USING btree (organisation_id, id DESC);
CREATE INDEX transfer_under_way ON stock_transfer USING btree (organisation_id, id) WHERE (state IN ('in_transit', 'partially_received'));
CREATE UNIQUE INDEX unique_authenticator_type ON mfa_authenticator USING btree (user_id, type) WHERE (type IN ('totp', 'recovery_codes'));
CREATE UNIQUE INDEX unique_primary_email ON account_emailaddress USING btree (user_id, "primary") WHERE "primary";
CREATE UNIQUE INDEX unique_verified_email ON account_emailaddress USING btree (email) WHERE verified;
CREATE UNIQUE INDEX variant_barcode_once ON catalog_variant USING btree (organisation_id, barcode) WHERE (NOT ((barcode)::text = ''::text));
CREATE INDEX variant_of_product ON catalog_variant USING btree (organisation_id, product_id);
CREATE UNIQUE INDEX warehouse_of_location_once ON fulfilment_warehouse USING btree (organisation_id, location_id) WHERE active;
CREATE INDEX warehouse_request_newest ON fulfilment_warehouserequest USING btree (organisation_id, warehouse_id, id DESC);
CREATE INDEX warehouse_request_of_order ON fulfilment_warehouserequest USING btree (organisation_id, fulfilment_order_id);
CREATE UNIQUE INDEX warehouse_request_open_once ON fulfilment_warehouserequest USING btree (organisation_id, fulfilment_order_id) WHERE (state IN ('wanted', 'unknown', 'submitted', 'accepted'));
CREATE INDEX warehouse_request_unsettled ON fulfilment_warehouserequest USING btree (wanted_at) WHERE ((state IN ('wanted', 'unknown')) OR ((recall_wanted_at IS NOT NULL) AND (state IN ('submitted', 'accepted')) AND (too_late_at IS NULL)));
CREATE INDEX wave_newest ON fulfilment_wave USING btree (organisation_id, id DESC);
CREATE TRIGGER base_job_lock_freed_by_end AFTER DELETE ON procrastinate_jobs FOR EACH ROW WHEN (((old.lock IS NOT NULL) AND (old.status = 'doing'::procrastinate_job_status))) EXECUTE FUNCTION base_job_lock_freed();
CREATE TRIGGER base_job_lock_freed_by_failure AFTER UPDATE OF status ON procrastinate_jobs FOR EACH ROW WHEN (((old.lock IS NOT NULL) AND (old.status = 'doing'::procrastinate_job_status) AND (new.status <> 'doing'::procrastinate_job_status))) EXECUTE FUNCTION base_job_lock_freed();
CREATE CONSTRAINT TRIGGER needed_by_orders_fulfilmentorder_location_id AFTER DELETE ON locations_location DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_fulfilmentorder', 'location_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_fulfilmentorder_order_id AFTER DELETE ON orders_order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_fulfilmentorder', 'order_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_fulfilmentorderline_fulfilment_order_id AFTER DELETE ON orders_fulfilmentorder DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_fulfilmentorderline', 'fulfilment_order_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_fulfilmentorderline_order_line_id AFTER DELETE ON orders_orderline DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_fulfilmentorderline', 'order_line_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_fulfilmentorderline_variant_id AFTER DELETE ON catalog_variant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_fulfilmentorderline', 'variant_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_order_customer_id AFTER DELETE ON customers_customer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_order', 'customer_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_orderline_order_id AFTER DELETE ON orders_order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_orderline', 'order_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_orderline_variant_id AFTER DELETE ON catalog_variant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_orderline', 'variant_id');
CREATE CONSTRAINT TRIGGER needed_by_orders_ordersearch_order_id AFTER DELETE ON orders_order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('orders_ordersearch', 'order_id');
CREATE CONSTRAINT TRIGGER needed_by_payments_entry_order_id AFTER DELETE ON orders_order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('payments_entry', 'order_id');
CREATE CONSTRAINT TRIGGER needed_by_payments_payment_order_id AFTER DELETE ON orders_order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('payments_payment', 'order_id');
CREATE CONSTRAINT TRIGGER needed_by_stock_movement_location_id AFTER DELETE ON locations_location DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('stock_movement', 'location_id');
CREATE CONSTRAINT TRIGGER needed_by_stock_movement_variant_id AFTER DELETE ON catalog_variant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('stock_movement', 'variant_id');
CREATE CONSTRAINT TRIGGER needed_by_stock_reservation_location_id AFTER DELETE ON locations_location DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('stock_reservation', 'location_id');
CREATE CONSTRAINT TRIGGER needed_by_stock_reservation_variant_id AFTER DELETE ON catalog_variant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION base_still_needed('stock_reservation', 'variant_id');
CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::procrastinate_job_status))) EXECUTE FUNCTION procrastinate_notify_queue_abort_job_v1();
CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status)) EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();
CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION procrastinate_trigger_abort_requested_events_procedure_v1();
CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION procrastinate_unlink_periodic_defers_v1();
CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::procrastinate_job_status))) EXECUTE FUNCTION procrastinate_trigger_function_scheduled_events_v1();
CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status)) EXECUTE FUNCTION procrastinate_trigger_function_status_events_insert_v1();
CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION procrastinate_trigger_function_status_events_update_v1();
ALTER TABLE ONLY account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY accounts_bulkfailure
    ADD CONSTRAINT accounts_bulkfailure_job_id_4df7bee7_fk_accounts_bulkjob_id FOREIGN KEY (job_id) REFERENCES accounts_bulkjob(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY accounts_columnchoice
    ADD CONSTRAINT accounts_columnchoice_user_id_54775cb9_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY accounts_savedview
    ADD CONSTRAINT accounts_savedview_owner_id_35701fde_fk_accounts_user_id FOREIGN KEY (owner_id) REFERENCES accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY accounts_staff
    ADD CONSTRAINT accounts_staff_user_id_f2ff984a_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY catalog_component
    ADD CONSTRAINT catalog_component_bundle_id_553146cf_fk_catalog_variant_id FOREIGN KEY (bundle_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY catalog_component
    ADD CONSTRAINT catalog_component_variant_id_9bb2540d_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY catalog_variant
    ADD CONSTRAINT catalog_variant_product_id_8a21d193_fk_catalog_product_id FOREIGN KEY (product_id) REFERENCES catalog_product(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_bucket
    ADD CONSTRAINT channels_bucket_connection_id_e8ba91c9_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_delivery
    ADD CONSTRAINT channels_delivery_subscription_id_f5441e3f_fk_channels_ FOREIGN KEY (subscription_id) REFERENCES channels_subscription(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_drift
    ADD CONSTRAINT channels_drift_connection_id_38efdb8e_fk_channels_connection_id FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_drift
    ADD CONSTRAINT channels_drift_listing_id_f0a42f80_fk_channels_listing_id FOREIGN KEY (listing_id) REFERENCES channels_listing(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_exposure
    ADD CONSTRAINT channels_exposure_connection_id_9f8be02e_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_exposure
    ADD CONSTRAINT channels_exposure_listing_id_4cb8bca8_fk_channels_listing_id FOREIGN KEY (listing_id) REFERENCES channels_listing(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_exposurerule
    ADD CONSTRAINT channels_exposurerul_connection_id_743e68d9_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_exposurerule
    ADD CONSTRAINT channels_exposurerul_listing_id_f57f65d2_fk_channels_ FOREIGN KEY (listing_id) REFERENCES channels_listing(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_fileprofile
    ADD CONSTRAINT channels_fileprofile_connection_id_9c5e3a8d_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_listing
    ADD CONSTRAINT channels_listing_connection_id_5d696fe3_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_notice
    ADD CONSTRAINT channels_notice_connection_id_a42ccb5c_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_numbertold
    ADD CONSTRAINT channels_numbertold_connection_id_69adec61_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_numbertold
    ADD CONSTRAINT channels_numbertold_listing_id_22504ff5_fk_channels_listing_id FOREIGN KEY (listing_id) REFERENCES channels_listing(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_ordertold
    ADD CONSTRAINT channels_ordertold_connection_id_a8004a10_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_refundheard
    ADD CONSTRAINT channels_refundheard_connection_id_cc1c07b0_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY channels_withdrawn
    ADD CONSTRAINT channels_withdrawn_connection_id_0caa2eb7_fk_channels_ FOREIGN KEY (connection_id) REFERENCES channels_connection(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY customers_customer
    ADD CONSTRAINT customers_customer_merged_into_id_2994ddb6_fk_customers FOREIGN KEY (merged_into_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY customers_identity
    ADD CONSTRAINT customers_identity_customer_id_b1e21f37_fk_customers FOREIGN KEY (customer_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY customers_merge
    ADD CONSTRAINT customers_merge_gone_id_24c423c5_fk_customers_customer_id FOREIGN KEY (gone_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY customers_merge
    ADD CONSTRAINT customers_merge_keep_id_3e603692_fk_customers_customer_id FOREIGN KEY (keep_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_box
    ADD CONSTRAINT fulfilment_box_location_id_e17a9784_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_gift
    ADD CONSTRAINT fulfilment_gift_order_id_60470f79_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_picklist
    ADD CONSTRAINT fulfilment_picklist_location_id_45ad2630_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_picklist
    ADD CONSTRAINT fulfilment_picklist_wave_id_9b91e631_fk_fulfilment_wave_id FOREIGN KEY (wave_id) REFERENCES fulfilment_wave(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_picksetting
    ADD CONSTRAINT fulfilment_picksetti_location_id_fe50ee82_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_picktask
    ADD CONSTRAINT fulfilment_picktask_fulfilment_line_id_eb2d54d5_fk_orders_fu FOREIGN KEY (fulfilment_line_id) REFERENCES orders_fulfilmentorderline(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_picktask
    ADD CONSTRAINT fulfilment_picktask_fulfilment_order_id_1e01b0a6_fk_orders_fu FOREIGN KEY (fulfilment_order_id) REFERENCES orders_fulfilmentorder(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_picktask
    ADD CONSTRAINT fulfilment_picktask_pick_list_id_7d272f4a_fk_fulfilmen FOREIGN KEY (pick_list_id) REFERENCES fulfilment_picklist(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_picktask
    ADD CONSTRAINT fulfilment_picktask_variant_id_be39c82c_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_printer
    ADD CONSTRAINT fulfilment_printer_location_id_9717634d_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_printjob
    ADD CONSTRAINT fulfilment_printjob_printer_id_b4cc4f61_fk_fulfilmen FOREIGN KEY (printer_id) REFERENCES fulfilment_printer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_putaway
    ADD CONSTRAINT fulfilment_putaway_location_id_5f4e9969_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_putaway
    ADD CONSTRAINT fulfilment_putaway_variant_id_9f3a4009_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_scan
    ADD CONSTRAINT fulfilment_scan_pick_list_id_7b7d1b7e_fk_fulfilment_picklist_id FOREIGN KEY (pick_list_id) REFERENCES fulfilment_picklist(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_scan
    ADD CONSTRAINT fulfilment_scan_task_id_af760978_fk_fulfilment_picktask_id FOREIGN KEY (task_id) REFERENCES fulfilment_picktask(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_short
    ADD CONSTRAINT fulfilment_short_pick_list_id_3373db26_fk_fulfilmen FOREIGN KEY (pick_list_id) REFERENCES fulfilment_picklist(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_short
    ADD CONSTRAINT fulfilment_short_task_id_b9feb3cf_fk_fulfilment_picktask_id FOREIGN KEY (task_id) REFERENCES fulfilment_picktask(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_warehouserequest
    ADD CONSTRAINT fulfilment_warehouse_fulfilment_order_id_ed6776b6_fk_orders_fu FOREIGN KEY (fulfilment_order_id) REFERENCES orders_fulfilmentorder(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_warehouse
    ADD CONSTRAINT fulfilment_warehouse_location_id_1c978845_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_warehouserequest
    ADD CONSTRAINT fulfilment_warehouse_warehouse_id_dfbd6a2a_fk_fulfilmen FOREIGN KEY (warehouse_id) REFERENCES fulfilment_warehouse(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_wave
    ADD CONSTRAINT fulfilment_wave_location_id_e8569712_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_wave
    ADD CONSTRAINT fulfilment_wave_template_id_aa5b31fb_fk_fulfilmen FOREIGN KEY (template_id) REFERENCES fulfilment_wavetemplate(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY fulfilment_wavetemplate
    ADD CONSTRAINT fulfilment_wavetempl_location_id_bd8b5542_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_clock
    ADD CONSTRAINT inbox_clock_conversation_id_3e013005_fk_inbox_conversation_id FOREIGN KEY (conversation_id) REFERENCES inbox_conversation(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_conversation
    ADD CONSTRAINT inbox_conversation_customer_id_06258690_fk_customers FOREIGN KEY (customer_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_conversation
    ADD CONSTRAINT inbox_conversation_order_id_67797db7_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_conversationsearch
    ADD CONSTRAINT inbox_conversationse_conversation_id_11fa19c4_fk_inbox_con FOREIGN KEY (conversation_id) REFERENCES inbox_conversation(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_draft
    ADD CONSTRAINT inbox_draft_conversation_id_e078d825_fk_inbox_conversation_id FOREIGN KEY (conversation_id) REFERENCES inbox_conversation(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_message
    ADD CONSTRAINT inbox_message_conversation_id_37bc0d72_fk_inbox_conversation_id FOREIGN KEY (conversation_id) REFERENCES inbox_conversation(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_upload
    ADD CONSTRAINT inbox_upload_conversation_id_120caab7_fk_inbox_conversation_id FOREIGN KEY (conversation_id) REFERENCES inbox_conversation(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY inbox_upload
    ADD CONSTRAINT inbox_upload_message_id_dae563ea_fk_inbox_message_id FOREIGN KEY (message_id) REFERENCES inbox_message(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY locations_bin
    ADD CONSTRAINT locations_bin_location_id_ab0f0992_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY locations_floorplan
    ADD CONSTRAINT locations_floorplan_location_id_c8a42150_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY messaging_attachment
    ADD CONSTRAINT messaging_attachment_message_id_7f8c99ee_fk_messaging FOREIGN KEY (message_id) REFERENCES messaging_message(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY messaging_message
    ADD CONSTRAINT messaging_message_account_id_21900bb3_fk_messaging FOREIGN KEY (account_id) REFERENCES messaging_smsaccount(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY messaging_message
    ADD CONSTRAINT messaging_message_mailbox_id_aa845aaf_fk_messaging_mailbox_id FOREIGN KEY (mailbox_id) REFERENCES messaging_mailbox(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY messaging_notice
    ADD CONSTRAINT messaging_notice_message_id_378c9965_fk_messaging_message_id FOREIGN KEY (message_id) REFERENCES messaging_message(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_user_id_0c3a50c0_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_cancelledline
    ADD CONSTRAINT orders_cancelledline_customer_id_f884243b_fk_customers FOREIGN KEY (customer_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_cancelledline
    ADD CONSTRAINT orders_cancelledline_order_line_id_471eef89_fk_orders_or FOREIGN KEY (order_line_id) REFERENCES orders_orderline(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_cancelledline
    ADD CONSTRAINT orders_cancelledline_variant_id_e171af7e_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_hold
    ADD CONSTRAINT orders_hold_fulfilment_order_id_3f0696ce_fk_orders_fu FOREIGN KEY (fulfilment_order_id) REFERENCES orders_fulfilmentorder(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_orderbundle
    ADD CONSTRAINT orders_orderbundle_order_id_b0fcd091_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_orderbundle
    ADD CONSTRAINT orders_orderbundle_variant_id_5d5c584b_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_orderline
    ADD CONSTRAINT orders_orderline_bundle_id_fb2e2989_fk_orders_orderbundle_id FOREIGN KEY (bundle_id) REFERENCES orders_orderbundle(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_parking
    ADD CONSTRAINT orders_parking_fulfilment_order_id_1660a35f_fk_orders_fu FOREIGN KEY (fulfilment_order_id) REFERENCES orders_fulfilmentorder(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_parking
    ADD CONSTRAINT orders_parking_order_id_a44fec36_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_recipient
    ADD CONSTRAINT orders_recipient_order_id_3c370d56_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_reshippedline
    ADD CONSTRAINT orders_reshippedline_order_id_10f13828_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY orders_reshippedline
    ADD CONSTRAINT orders_reshippedline_order_line_id_cc2e0c31_fk_orders_or FOREIGN KEY (order_line_id) REFERENCES orders_orderline(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_call
    ADD CONSTRAINT payments_call_payment_id_9ba0e516_fk_payments_payment_id FOREIGN KEY (payment_id) REFERENCES payments_payment(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_credit
    ADD CONSTRAINT payments_credit_customer_id_2b9e3a44_fk_customers_customer_id FOREIGN KEY (customer_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_credit
    ADD CONSTRAINT payments_credit_order_id_396585aa_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_entry
    ADD CONSTRAINT payments_entry_call_id_91de2adb_fk_payments_call_id FOREIGN KEY (call_id) REFERENCES payments_call(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_entry
    ADD CONSTRAINT payments_entry_credit_id_9c3c3e07_fk_payments_credit_id FOREIGN KEY (credit_id) REFERENCES payments_credit(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_payment
    ADD CONSTRAINT payments_payment_account_id_af225a32_fk_payments_account_id FOREIGN KEY (account_id) REFERENCES payments_account(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillcharge
    ADD CONSTRAINT payments_tillcharge_account_id_d03fa146_fk_payments_account_id FOREIGN KEY (account_id) REFERENCES payments_account(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillcharge
    ADD CONSTRAINT payments_tillcharge_shift_id_ae8a4c6f_fk_payments_tillshift_id FOREIGN KEY (shift_id) REFERENCES payments_tillshift(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilldocument
    ADD CONSTRAINT payments_tilldocumen_location_id_bf0c7907_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilldocument
    ADD CONSTRAINT payments_tilldocumen_shift_id_91cd5105_fk_payments_ FOREIGN KEY (shift_id) REFERENCES payments_tillshift(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilldocument
    ADD CONSTRAINT payments_tilldocument_call_id_e5133ab5_fk_payments_call_id FOREIGN KEY (call_id) REFERENCES payments_call(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilldocument
    ADD CONSTRAINT payments_tilldocument_order_id_d2aca253_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillpaper
    ADD CONSTRAINT payments_tillpaper_location_id_0db50db6_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillshift
    ADD CONSTRAINT payments_tillshift_location_id_2f2654b5_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilltaking
    ADD CONSTRAINT payments_tilltaking_call_id_a0d8b23b_fk_payments_call_id FOREIGN KEY (call_id) REFERENCES payments_call(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilltaking
    ADD CONSTRAINT payments_tilltaking_charge_id_938f6340_fk_payments_ FOREIGN KEY (charge_id) REFERENCES payments_tillcharge(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilltaking
    ADD CONSTRAINT payments_tilltaking_order_id_b5b325f7_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tilltaking
    ADD CONSTRAINT payments_tilltaking_shift_id_10e377f1_fk_payments_tillshift_id FOREIGN KEY (shift_id) REFERENCES payments_tillshift(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillvoucher
    ADD CONSTRAINT payments_tillvoucher_call_id_86e3a61f_fk_payments_call_id FOREIGN KEY (call_id) REFERENCES payments_call(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillvoucher
    ADD CONSTRAINT payments_tillvoucher_order_id_b8ab2240_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillvoucheruse
    ADD CONSTRAINT payments_tillvoucher_voucher_id_f03c9e25_fk_payments_ FOREIGN KEY (voucher_id) REFERENCES payments_tillvoucher(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY payments_tillvoucheruse
    ADD CONSTRAINT payments_tillvoucheruse_order_id_8f7921ba_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES procrastinate_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES procrastinate_workers(id) ON DELETE SET NULL;
ALTER TABLE ONLY procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES procrastinate_jobs(id);
ALTER TABLE ONLY returns_inspection
    ADD CONSTRAINT returns_inspection_line_id_535b134a_fk_returns_line_id FOREIGN KEY (line_id) REFERENCES returns_line(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_inspection
    ADD CONSTRAINT returns_inspection_location_id_29e85b11_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_line
    ADD CONSTRAINT returns_line_exchange_order_id_7834afad_fk_orders_order_id FOREIGN KEY (exchange_order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_line
    ADD CONSTRAINT returns_line_exchange_variant_id_a2d4388a_fk_catalog_variant_id FOREIGN KEY (exchange_variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_line
    ADD CONSTRAINT returns_line_order_line_id_01c63aa8_fk_orders_orderline_id FOREIGN KEY (order_line_id) REFERENCES orders_orderline(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_line
    ADD CONSTRAINT returns_line_return_id_92efa275_fk_returns_return_id FOREIGN KEY (return_id) REFERENCES returns_return(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_line
    ADD CONSTRAINT returns_line_variant_id_1e49add9_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_linedecision
    ADD CONSTRAINT returns_linedecision_line_id_f5b6d43c_fk_returns_line_id FOREIGN KEY (line_id) REFERENCES returns_line(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_picture
    ADD CONSTRAINT returns_picture_line_id_657ca2c2_fk_returns_line_id FOREIGN KEY (line_id) REFERENCES returns_line(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_receipt
    ADD CONSTRAINT returns_receipt_line_id_78e30f69_fk_returns_line_id FOREIGN KEY (line_id) REFERENCES returns_line(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_receipt
    ADD CONSTRAINT returns_receipt_return_id_53be0c5a_fk_returns_return_id FOREIGN KEY (return_id) REFERENCES returns_return(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_receipt
    ADD CONSTRAINT returns_receipt_variant_id_777e906f_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_return
    ADD CONSTRAINT returns_return_customer_id_ca236a36_fk_customers_customer_id FOREIGN KEY (customer_id) REFERENCES customers_customer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_return
    ADD CONSTRAINT returns_return_location_id_2c9c7385_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_return
    ADD CONSTRAINT returns_return_order_id_acc0b89a_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY returns_return
    ADD CONSTRAINT returns_return_parcel_id_5ecfe511_fk_shipping_parcel_id FOREIGN KEY (parcel_id) REFERENCES shipping_parcel(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY routing_asked
    ADD CONSTRAINT routing_asked_order_id_2aed9a71_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY routing_dayload
    ADD CONSTRAINT routing_dayload_location_id_888648f0_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY routing_decision
    ADD CONSTRAINT routing_decision_order_id_36c14338_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY routing_exclusion
    ADD CONSTRAINT routing_exclusion_location_id_e7e4a4fa_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY routing_exclusion
    ADD CONSTRAINT routing_exclusion_order_id_0c21c177_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY routing_worth
    ADD CONSTRAINT routing_worth_location_id_f6180810_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY routing_worth
    ADD CONSTRAINT routing_worth_variant_id_e9d988bd_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_addresscheck
    ADD CONSTRAINT shipping_addresscheck_order_id_8901ddf9_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_declaration
    ADD CONSTRAINT shipping_declaration_parcel_id_7fc53045_fk_shipping_parcel_id FOREIGN KEY (parcel_id) REFERENCES shipping_parcel(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_issuedlabel
    ADD CONSTRAINT shipping_issuedlabel_carrier_id_1e8b2b8c_fk_shipping_carrier_id FOREIGN KEY (carrier_id) REFERENCES shipping_carrier(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_label
    ADD CONSTRAINT shipping_label_carrier_id_7c6299ef_fk_shipping_carrier_id FOREIGN KEY (carrier_id) REFERENCES shipping_carrier(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_label
    ADD CONSTRAINT shipping_label_parcel_id_30b75e9b_fk_shipping_parcel_id FOREIGN KEY (parcel_id) REFERENCES shipping_parcel(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_labelfile
    ADD CONSTRAINT shipping_labelfile_label_id_e2fa9ef5_fk_shipping_label_id FOREIGN KEY (label_id) REFERENCES shipping_label(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_manifest
    ADD CONSTRAINT shipping_manifest_carrier_id_4cbeed36_fk_shipping_carrier_id FOREIGN KEY (carrier_id) REFERENCES shipping_carrier(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_manifest
    ADD CONSTRAINT shipping_manifest_location_id_4f671054_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_manifestparcel
    ADD CONSTRAINT shipping_manifestpar_manifest_id_24616191_fk_shipping_ FOREIGN KEY (manifest_id) REFERENCES shipping_manifest(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_manifestparcel
    ADD CONSTRAINT shipping_manifestpar_parcel_id_f63b9cf0_fk_shipping_ FOREIGN KEY (parcel_id) REFERENCES shipping_parcel(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_parcel
    ADD CONSTRAINT shipping_parcel_carrier_id_dc3cfc6f_fk_shipping_carrier_id FOREIGN KEY (carrier_id) REFERENCES shipping_carrier(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_parcel
    ADD CONSTRAINT shipping_parcel_fulfilment_order_id_fc925314_fk_orders_fu FOREIGN KEY (fulfilment_order_id) REFERENCES orders_fulfilmentorder(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_parcel
    ADD CONSTRAINT shipping_parcel_location_id_8db15c51_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_parcel
    ADD CONSTRAINT shipping_parcel_order_id_647e4f52_fk_orders_order_id FOREIGN KEY (order_id) REFERENCES orders_order(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_parcelline
    ADD CONSTRAINT shipping_parcelline_order_line_id_c7835a7a_fk_orders_or FOREIGN KEY (order_line_id) REFERENCES orders_orderline(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_parcelline
    ADD CONSTRAINT shipping_parcelline_parcel_id_6a5b1197_fk_shipping_parcel_id FOREIGN KEY (parcel_id) REFERENCES shipping_parcel(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_parcelline
    ADD CONSTRAINT shipping_parcelline_variant_id_4a1a1029_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_policy
    ADD CONSTRAINT shipping_policy_ask_carrier_id_d8506461_fk_shipping_carrier_id FOREIGN KEY (ask_carrier_id) REFERENCES shipping_carrier(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_ratesheet
    ADD CONSTRAINT shipping_ratesheet_carrier_id_c711b8b2_fk_shipping_carrier_id FOREIGN KEY (carrier_id) REFERENCES shipping_carrier(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY shipping_trackingevent
    ADD CONSTRAINT shipping_trackingevent_parcel_id_c94867a8_fk_shipping_parcel_id FOREIGN KEY (parcel_id) REFERENCES shipping_parcel(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_backorder
    ADD CONSTRAINT stock_backorder_variant_id_39bcfd8e_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_cartline
    ADD CONSTRAINT stock_cartline_cart_id_84904115_fk_stock_cart_id FOREIGN KEY (cart_id) REFERENCES stock_cart(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_cartline
    ADD CONSTRAINT stock_cartline_variant_id_e4100560_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_countentry
    ADD CONSTRAINT stock_countentry_line_id_a352fef6_fk_stock_countline_id FOREIGN KEY (line_id) REFERENCES stock_countline(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_countline
    ADD CONSTRAINT stock_countline_sheet_id_0d12f70d_fk_stock_countsheet_id FOREIGN KEY (sheet_id) REFERENCES stock_countsheet(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_countline
    ADD CONSTRAINT stock_countline_variant_id_d29a0fd8_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_countsheet
    ADD CONSTRAINT stock_countsheet_location_id_d0628cc4_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_expecteddelivery
    ADD CONSTRAINT stock_expecteddelive_location_id_91bdf1f0_fk_locations FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_expectedline
    ADD CONSTRAINT stock_expectedline_delivery_id_985efa45_fk_stock_exp FOREIGN KEY (delivery_id) REFERENCES stock_expecteddelivery(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_expectedline
    ADD CONSTRAINT stock_expectedline_variant_id_6e67331c_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_item
    ADD CONSTRAINT stock_item_variant_id_6d4ec55c_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_level
    ADD CONSTRAINT stock_level_location_id_c8fe0933_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_level
    ADD CONSTRAINT stock_level_variant_id_a0fda75c_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lot
    ADD CONSTRAINT stock_lot_parent_id_8cba33db_fk_stock_lot_id FOREIGN KEY (parent_id) REFERENCES stock_lot(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lot
    ADD CONSTRAINT stock_lot_variant_id_7a4926ef_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lotlevel
    ADD CONSTRAINT stock_lotlevel_location_id_541a89b7_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lotlevel
    ADD CONSTRAINT stock_lotlevel_lot_id_6f733f89_fk_stock_lot_id FOREIGN KEY (lot_id) REFERENCES stock_lot(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lotlevel
    ADD CONSTRAINT stock_lotlevel_variant_id_10260d59_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lotmovement
    ADD CONSTRAINT stock_lotmovement_location_id_370f4375_fk_locations_location_id FOREIGN KEY (location_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lotmovement
    ADD CONSTRAINT stock_lotmovement_lot_id_691039b6_fk_stock_lot_id FOREIGN KEY (lot_id) REFERENCES stock_lot(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_lotpick
    ADD CONSTRAINT stock_lotpick_lot_id_988804a5_fk_stock_lot_id FOREIGN KEY (lot_id) REFERENCES stock_lot(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_receipt
    ADD CONSTRAINT stock_receipt_delivery_id_7d3b114f_fk_stock_expecteddelivery_id FOREIGN KEY (delivery_id) REFERENCES stock_expecteddelivery(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_receipt
    ADD CONSTRAINT stock_receipt_transfer_id_5e2e83e3_fk_stock_transfer_id FOREIGN KEY (transfer_id) REFERENCES stock_transfer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_receipt
    ADD CONSTRAINT stock_receipt_variant_id_01698646_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_sellingrule
    ADD CONSTRAINT stock_sellingrule_variant_id_0e7cd3f1_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_tracking
    ADD CONSTRAINT stock_tracking_variant_id_99df2056_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_transfer
    ADD CONSTRAINT stock_transfer_destination_id_e939dfe9_fk_locations_location_id FOREIGN KEY (destination_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_transfer
    ADD CONSTRAINT stock_transfer_origin_id_09f29ac7_fk_locations_location_id FOREIGN KEY (origin_id) REFERENCES locations_location(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_transferline
    ADD CONSTRAINT stock_transferline_transfer_id_3820abca_fk_stock_transfer_id FOREIGN KEY (transfer_id) REFERENCES stock_transfer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY stock_transferline
    ADD CONSTRAINT stock_transferline_variant_id_c007997e_fk_catalog_variant_id FOREIGN KEY (variant_id) REFERENCES catalog_variant(id) DEFERRABLE INITIALLY DEFERRED;
INSERT INTO django_migrations (app, name, applied) VALUES
 ('accounts', '0001_initial', now()),
 ('account', '0001_initial', now()),
 ('account', '0002_email_max_length', now()),
 ('account', '0003_alter_emailaddress_create_unique_verified_email', now()),
 ('account', '0004_alter_emailaddress_drop_unique_email', now()),
 ('account', '0005_emailaddress_idx_upper_email', now()),
 ('account', '0006_emailaddress_lower', now()),
 ('account', '0007_emailaddress_idx_email', now()),
 ('account', '0008_emailaddress_unique_primary_email_fixup', now()),
 ('account', '0009_emailaddress_unique_primary_email', now()),
 ('accounts', '0002_cache_table', now()),
 ('accounts', '0003_lists', now()),
 ('accounts', '0004_whole_reports', now()),
 ('accounts', '0005_one_report', now()),
 ('accounts', '0006_bulkjob_idle', now()),
 ('accounts', '0007_shop_staff', now()),
 ('accounts', '0009_tracking_brand', now()),
 ('analytics', '0001_initial', now()),
 ('analytics', '0002_baseline_source', now()),
 ('contenttypes', '0001_initial', now()),
 ('contenttypes', '0002_remove_content_type_name', now()),
 ('auth', '0001_initial', now()),
 ('auth', '0002_alter_permission_name_max_length', now()),
 ('auth', '0003_alter_user_email_max_length', now()),
 ('auth', '0004_alter_user_username_opts', now()),
 ('auth', '0005_alter_user_last_login_null', now()),
 ('auth', '0006_require_contenttypes_0002', now()),
 ('auth', '0007_alter_validators_add_error_messages', now()),
 ('auth', '0008_alter_user_username_max_length', now()),
 ('auth', '0009_alter_user_last_name_max_length', now()),
 ('auth', '0010_alter_group_name_max_length', now()),
 ('auth', '0011_update_proxy_permissions', now()),
 ('auth', '0012_alter_user_first_name_max_length', now()),
 ('procrastinate', '0001_initial', now()),
 ('procrastinate', '0002_drop_started_at_column', now()),
 ('procrastinate', '0003_drop_started_at_column', now()),
 ('procrastinate', '0004_drop_procrastinate_version_table', now()),
 ('procrastinate', '0005_fix_procrastinate_fetch_job', now()),
 ('procrastinate', '0006_fix_trigger_status_events_insert', now()),
 ('procrastinate', '0007_add_queueing_lock_column', now()),
 ('procrastinate', '0008_close_fetch_job_race_condition', now()),
 ('procrastinate', '0009_add_defer_job_function', now()),
 ('procrastinate', '0010_add_procrastinate_periodic_defers', now()),
 ('procrastinate', '0011_add_foreign_key_index', now()),
 ('procrastinate', '0012_add_locks_to_periodic_defer', now()),
 ('procrastinate', '0013_fix_procrastinate_defer_periodic_job', now()),
 ('procrastinate', '0014_add_finish_job_and_retry_job_functions', now()),
 ('procrastinate', '0015_add_trigger_on_job_deletion', now()),
 ('procrastinate', '0016_delete_finished_jobs', now()),
 ('procrastinate', '0017_add_checks_to_finish_job', now()),
 ('procrastinate', '0018_add_checks_to_retry_job', now()),
 ('procrastinate', '0019_fix_finish_job_compat_issue', now()),
 ('procrastinate', '0020_add_index_on_procrastinate_jobs', now()),
 ('procrastinate', '0021_add_kwargs_to_defer_periodic_job', now()),
 ('procrastinate', '0022_null_locks_excluded', now()),
 ('procrastinate', '0023_remove_old_finish_job_function', now()),
 ('procrastinate', '0024_job_id_bigint', now()),
 ('procrastinate', '0025_add_models', now()),
 ('procrastinate', '0026_add_job_priority', now()),
 ('procrastinate', '0027_add_periodic_job_priority', now()),
 ('procrastinate', '0028_add_cancel_states', now()),
 ('procrastinate', '0029_add_additional_params_to_retry_job', now()),
 ('procrastinate', '0030_alter_procrastinateevent_options', now()),
 ('procrastinate', '0031_add_indexes_for_fetch_job', now()),
 ('procrastinate', '0032_pre_cancel_notification', now()),
 ('procrastinate', '0033_post_cancel_notification', now()),
 ('procrastinate', '0034_pre_add_heartbeat', now()),
 ('procrastinate', '0035_post_add_heartbeat', now()),
 ('procrastinate', '0036_add_worker_model', now()),
 ('procrastinate', '0037_pre_batch_defer_jobs', now()),
 ('procrastinate', '0038_post_batch_defer_jobs', now()),
 ('procrastinate', '0039_pre_priority_lock_fetch_job', now()),
 ('procrastinate', '0040_pre_retry_failed_job', now()),
 ('procrastinate', '0041_post_retry_failed_job', now()),
 ('base', '0001_initial', now()),
 ('base', '0002_search', now()),
 ('base', '0003_arrival_source', now()),
 ('base', '0004_arrivals_of_files', now()),
 ('base', '0005_stuck', now()),
 ('base', '0006_by_people', now()),
 ('base', '0007_codes', now()),
 ('base', '0008_lock_freed', now()),
 ('base', '0009_still_needed', now()),
 ('base', '0010_hot_tables', now()),
 ('base', '0011_forgotten_arrivals', now()),
 ('base', '0012_arrivals_by_time', now()),
 ('catalog', '0001_initial', now()),
 ('catalog', '0002_final_sale', now()),
 ('catalog', '0003_bundles', now()),
 ('catalog', '0004_dims', now()),
 ('channels', '0001_initial', now()),
 ('channels', '0002_webhooks', now()),
 ('channels', '0003_listings', now()),
 ('channels', '0004_profiles', now()),
 ('channels', '0005_refunds_asked_for', now()),
 ('channels', '0006_denied', now()),
 ('customers', '0001_initial', now()),
 ('customers', '0002_merges', now()),
 ('customers', '0003_small_steps', now()),
 ('locations', '0001_initial', now()),
 ('stock', '0001_initial', now()),
 ('stock', '0002_level_recount_since', now()),
 ('stock', '0003_level_to_recount', now()),
 ('stock', '0004_unchecked_references', now()),
 ('stock', '0005_safety_and_counts', now()),
 ('stock', '0006_movements_by_hand', now()),
 ('stock', '0007_inbound', now()),
 ('stock', '0008_promises', now()),
 ('orders', '0001_initial', now()),
 ('orders', '0002_search', now()),
 ('orders', '0003_search_of_orders_here', now()),
 ('orders', '0004_tabs', now()),
 ('orders', '0005_reshipped', now()),
 ('orders', '0006_bundles', now()),
 ('orders', '0007_unchecked_references', now()),
 ('orders', '0008_priority', now()),
 ('orders', '0009_hot_tables', now()),
 ('orders', '0010_rare_filters', now()),
 ('orders', '0011_newest_that_match', now()),
 ('orders', '0012_recipients', now()),
 ('locations', '0002_routing', now()),
 ('locations', '0003_bins', now()),
 ('fulfilment', '0001_initial', now()),
 ('fulfilment', '0002_short', now()),
 ('fulfilment', '0003_put_back', now()),
 ('fulfilment', '0004_to_put_back', now()),
 ('fulfilment', '0005_waves', now()),
 ('fulfilment', '0006_boxes', now()),
 ('fulfilment', '0007_warehouses', now()),
 ('fulfilment', '0009_recall', now()),
 ('fulfilment', '0010_wave_filters', now()),
 ('inbox', '0001_initial', now()),
 ('inbox', '0002_message_classed', now()),
 ('inbox', '0003_first_chat', now()),
 ('inbox', '0004_conversation_updated', now()),
 ('locations', '0005_export_terms', now()),
 ('messaging', '0001_initial', now()),
 ('messaging', '0002_mailboxes', now()),
 ('messaging', '0003_tried_mailbox', now()),
 ('messaging', '0004_notices', now()),
 ('messaging', '0005_sms', now()),
 ('messaging', '0007_opt_outs', now()),
 ('mfa', '0001_initial', now()),
 ('mfa', '0002_authenticator_timestamps', now()),
 ('mfa', '0003_authenticator_type_uniq', now()),
 ('orders', '0013_parking', now()),
 ('payments', '0001_initial', now()),
 ('payments', '0002_money_of_orders_here', now()),
 ('payments', '0003_credited', now()),
 ('payments', '0004_unchecked_references', now()),
 ('payments', '0005_till', now()),
 ('payments', '0006_till_documents', now()),
 ('shipping', '0001_initial', now()),
 ('shipping', '0002_carrier_webhooks', now()),
 ('shipping', '0003_parcel_updated_at', now()),
 ('shipping', '0004_parcel_updated', now()),
 ('shipping', '0005_parcels_back', now()),
 ('shipping', '0006_parcels_awaited', now()),
 ('returns', '0001_initial', now()),
 ('returns', '0002_waiting', now()),
 ('returns', '0003_withdrawal_reason', now()),
 ('routing', '0001_initial', now()),
 ('routing', '0002_rules', now()),
 ('routing', '0004_exclusions', now()),
 ('routing', '0005_prices', now()),
 ('routing', '0006_day_capacity', now()),
 ('routing', '0007_lanes', now()),
 ('sessions', '0001_initial', now()),
 ('shipping', '0007_several_parcels', now()),
 ('shipping', '0008_rates', now()),
 ('shipping', '0009_estimates', now()),
 ('shipping', '0010_estimates_found', now()),
 ('shipping', '0011_carried_by', now()),
 ('shipping', '0013_label_files', now()),
 ('shipping', '0014_customs_terms', now()),
 ('stock', '0009_hot_tables', now()),
 ('stock', '0010_near_promises', now()),
 ('stock', '0011_movements_by_time', now()),
 ('stock', '0012_cart_places', now()),
 ('tasks', '0001_initial', now()),
 ('tasks', '0002_task_newest', now());
