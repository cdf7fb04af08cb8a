-- What the bench `intake` is measured against: the rows that an order writes, written by PostgreSQL itself, as quickly as one
-- statement can write them.  `bench_limit_one` takes one order in, `bench_limit_set` a run of them.  They find variants and
-- customers, refuse nothing but what is short, and leave out what only our own form does: reading JSON, the words of refusals,
-- waking listeners.
-- Orders lie ready in `bench_order`, pairs of characters and fingerprints made; its rows are what the HTTP load sends.
-- Locks: external id, then the pool ascending, as everywhere.

CREATE TABLE bench_order (
    n bigint PRIMARY KEY, external_id text NOT NULL, hash bytea NOT NULL, buyer text NOT NULL, email text NOT NULL,
    units int NOT NULL, total bigint NOT NULL, ship_to jsonb NOT NULL, country text NOT NULL, postal_code text NOT NULL,
    placed_at timestamptz NOT NULL, search text NOT NULL, grams text[] NOT NULL,
    skus text[] NOT NULL, qtys int[] NOT NULL, prices bigint[] NOT NULL
);
CREATE SEQUENCE bench_order_next;
CREATE SEQUENCE bench_order_run INCREMENT 50;

CREATE FUNCTION bench_limit_one(org bigint, which bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE o bench_order; buyer bigint; is_new boolean := false; made bigint; part bigint; taken int; ids bigint[]; titles text[];
BEGIN
    SELECT * INTO o FROM bench_order WHERE n = which;
    SELECT array_agg(v.id ORDER BY l.i), array_agg(v.title ORDER BY l.i) INTO ids, titles
      FROM unnest(o.skus) WITH ORDINALITY l(sku, i)
     CROSS JOIN LATERAL (SELECT v.id, p.title FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
                          WHERE v.organisation_id = org AND v.sku = l.sku LIMIT 1) v;
    SELECT customer_id INTO buyer FROM customers_identity WHERE organisation_id = org AND kind = 'email' AND value = o.email;
    IF NOT FOUND THEN
        buyer := nextval('customers_customer_id_seq');
        INSERT INTO customers_identity (organisation_id, kind, value, customer_id, created_at)
             VALUES (org, 'email', o.email, buyer, now()) ON CONFLICT DO NOTHING;
        is_new := FOUND;
        IF is_new THEN
            INSERT INTO customers_customer (id, organisation_id, name, email, phone, language, country, accepts_marketing, note,
                                            version, search, created_at, updated_at)
                 VALUES (buyer, org, o.buyer, o.email, '', 'ko', o.country, false, '', 1,
                         base_searchable(concat_ws(' ', o.buyer, o.email)), now(), now());
        ELSE
            SELECT customer_id INTO buyer FROM customers_identity
             WHERE organisation_id = org AND kind = 'email' AND value = o.email;
        END IF;
    END IF;
    INSERT INTO orders_order (organisation_id, connection_id, external_id, name, body_hash, customer_id, customer_name, email, phone,
                              language, currency, units, subtotal_minor, discount_minor, shipping_minor, tax_minor, taxes_included,
                              total_minor, ship_to, country, postal_code, payment_state, note, placed_at, search, tags, state,
                              fulfilment_state, on_hold, historical, version, received_at, updated_at)
         VALUES (org, 0, o.external_id, o.external_id, o.hash, buyer, o.buyer, o.email, '', 'ko', 'EUR', o.units, o.total, 0, 0, 0,
                 true, o.total, o.ship_to, o.country, o.postal_code, 'paid', '', o.placed_at, o.search, '{}', 'open', 'unfulfilled',
                 false, false, 1, now(), now())
         ON CONFLICT (organisation_id, connection_id, external_id) DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO orders_ordersearch (organisation_id, order_id, placed_at, grams) VALUES (org, made, o.placed_at, o.grams);
    INSERT INTO orders_fulfilmentorder (organisation_id, order_id, state, routed_why, created_at, updated_at)
         VALUES (org, made, 'open', '{}', now(), now()) RETURNING id INTO part;
    INSERT INTO payments_payment (organisation_id, order_id, method, currency, total_minor, authorised_minor, captured_minor,
                                  refunded_minor, refund_open_minor, vendor_id, state)
         VALUES (org, made, '', 'EUR', o.total, o.total, o.total, 0, 0, '', 'captured');
    INSERT INTO payments_entry (organisation_id, order_id, kind, amount_minor, currency, by, at)
         VALUES (org, made, 'capture', o.total, 'EUR', 'limit', now());
    WITH demand AS (SELECT v, sum(q)::int AS q FROM unnest(ids, o.qtys) u(v, q) GROUP BY v),
         pool AS MATERIALIZED (
             SELECT s.id, d.q FROM demand d JOIN stock_item s ON s.organisation_id = org AND s.variant_id = d.v
              ORDER BY s.variant_id FOR NO KEY UPDATE OF s)
    UPDATE stock_item s SET committed = s.committed + pool.q FROM pool
     WHERE s.id = pool.id AND s.on_hand - s.committed - s.reserved - s.damaged - s.quality_control - s.safety_stock >= pool.q;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken < (SELECT count(DISTINCT v) FROM unnest(ids) v) THEN
        RAISE 'short';
    END IF;
    WITH line AS (
        INSERT INTO orders_orderline (organisation_id, order_id, position, variant_id, sku, title, qty, unit_price_minor,
                                      discount_minor, total_minor)
        SELECT org, made, u.i, u.v, u.sku, u.t, u.q, u.p, 0, u.p * u.q
          FROM unnest(ids, o.skus, titles, o.qtys, o.prices) WITH ORDINALITY u(v, sku, t, q, p, i)
        RETURNING id, variant_id, qty),
    parts AS (
        INSERT INTO orders_fulfilmentorderline (organisation_id, fulfilment_order_id, order_line_id, variant_id, qty, picked)
        SELECT org, part, id, variant_id, qty, 0 FROM line),
    promises AS (
        INSERT INTO stock_reservation (organisation_id, reference_kind, reference_id, variant_id, qty, state, made_at)
        SELECT org, 'order_line', id, variant_id, qty, 'open', now() FROM line)
    INSERT INTO stock_movement (organisation_id, variant_id, in_pool, kind, on_hand, committed, reserved, damaged, quality_control,
                                reason, reference, actor_name, at)
    SELECT org, variant_id, true, 'sale', 0, qty, 0, 0, 0, 'order', 'order_line:' || id, 'limit', now() FROM line;
    INSERT INTO base_event (organisation_id, type, subject, timeline, data, pending, actor_kind, actor_id, actor_name, trace, at,
                            attempts, problem)
    SELECT org, e.type, e.subject, e.subject, e.data, e.pending, 'system', 0, 'limit', '', now(), 0, ''
      FROM (VALUES ('order.placed', 'order:' || made, true,
                    jsonb_build_object('name', o.external_id, 'total_minor', o.total, 'currency', 'EUR', 'connection_id', 0)),
                   ('customer.created', 'customer:' || buyer, false, jsonb_build_object('name', o.buyer, 'email', o.email)))
           e(type, subject, pending, data)
     WHERE e.type = 'order.placed' OR is_new;
    RETURN made;
END $$;

CREATE FUNCTION bench_limit_set(org bigint, first bigint, most int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE short boolean; taken bigint; ids bigint[]; qtys int[];
BEGIN
    WITH wanted AS MATERIALIZED (SELECT * FROM bench_order WHERE n >= first AND n < first + most),
    people AS MATERIALIZED (
        SELECT DISTINCT ON (w.email) w.email, w.buyer, w.country, i.customer_id FROM wanted w
          LEFT JOIN LATERAL (SELECT customer_id FROM customers_identity
                              WHERE organisation_id = org AND kind = 'email' AND value = w.email LIMIT 1) i ON true
         ORDER BY w.email),
    fresh AS MATERIALIZED (
        SELECT p.*, nextval('customers_customer_id_seq') AS id FROM people p WHERE p.customer_id IS NULL),
    claimed AS (
        INSERT INTO customers_identity (organisation_id, kind, value, customer_id, created_at)
        SELECT org, 'email', email, id, now() FROM fresh ORDER BY email),
    made_people AS (
        INSERT INTO customers_customer (id, organisation_id, name, email, phone, language, country, accepts_marketing, note, version,
                                        search, created_at, updated_at)
        SELECT id, org, buyer, email, '', 'ko', country, false, '', 1, base_searchable(concat_ws(' ', buyer, email)), now(), now()
          FROM fresh),
    made AS (
        INSERT INTO orders_order (organisation_id, connection_id, external_id, name, body_hash, customer_id, customer_name, email,
                                  phone, language, currency, units, subtotal_minor, discount_minor, shipping_minor, tax_minor,
                                  taxes_included, total_minor, ship_to, country, postal_code, payment_state, note, placed_at, search,
                                  tags, state, fulfilment_state, on_hold, historical, version, received_at, updated_at)
        SELECT org, 0, w.external_id, w.external_id, w.hash, COALESCE(p.customer_id, f.id), w.buyer, w.email, '', 'ko', 'EUR', w.units,
               w.total, 0, 0, 0, true, w.total, w.ship_to, w.country, w.postal_code, 'paid', '', w.placed_at, w.search, '{}', 'open',
               'unfulfilled', false, false, 1, now(), now()
          FROM wanted w JOIN people p ON p.email = w.email LEFT JOIN fresh f ON f.email = w.email ORDER BY w.external_id
        ON CONFLICT (organisation_id, connection_id, external_id) DO NOTHING RETURNING id, external_id, total_minor),
    searched AS (
        INSERT INTO orders_ordersearch (organisation_id, order_id, placed_at, grams)
        SELECT org, m.id, w.placed_at, w.grams FROM made m JOIN wanted w ON w.external_id = m.external_id),
    parts AS (
        INSERT INTO orders_fulfilmentorder (organisation_id, order_id, state, routed_why, created_at, updated_at)
        SELECT org, id, 'open', '{}', now(), now() FROM made RETURNING id, order_id),
    paid AS (
        INSERT INTO payments_payment (organisation_id, order_id, method, currency, total_minor, authorised_minor, captured_minor,
                                      refunded_minor, refund_open_minor, vendor_id, state)
        SELECT org, id, '', 'EUR', total_minor, total_minor, total_minor, 0, 0, '', 'captured' FROM made),
    entered AS (
        INSERT INTO payments_entry (organisation_id, order_id, kind, amount_minor, currency, by, at)
        SELECT org, id, 'capture', total_minor, 'EUR', 'limit', now() FROM made),
    line AS (
        INSERT INTO orders_orderline (organisation_id, order_id, position, variant_id, sku, title, qty, unit_price_minor,
                                      discount_minor, total_minor)
        SELECT org, m.id, u.i, v.id, u.sku, v.title, u.q, u.p, 0, u.p * u.q
          FROM made m JOIN wanted w ON w.external_id = m.external_id
         CROSS JOIN LATERAL unnest(w.skus, w.qtys, w.prices) WITH ORDINALITY u(sku, q, p, i)
         CROSS JOIN LATERAL (SELECT v.id, p.title FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
                              WHERE v.organisation_id = org AND v.sku = u.sku LIMIT 1) v
        RETURNING id, order_id, variant_id, qty),
    part_lines AS (
        INSERT INTO orders_fulfilmentorderline (organisation_id, fulfilment_order_id, order_line_id, variant_id, qty, picked)
        SELECT org, f.id, l.id, l.variant_id, l.qty, 0 FROM line l JOIN parts f ON f.order_id = l.order_id),
    promises AS (
        INSERT INTO stock_reservation (organisation_id, reference_kind, reference_id, variant_id, qty, state, made_at)
        SELECT org, 'order_line', id, variant_id, qty, 'open', now() FROM line),
    moved AS (
        INSERT INTO stock_movement (organisation_id, variant_id, in_pool, kind, on_hand, committed, reserved, damaged,
                                    quality_control, reason, reference, actor_name, at)
        SELECT org, variant_id, true, 'sale', 0, qty, 0, 0, 0, 'order', 'order_line:' || id, 'limit', now() FROM line),
    told AS (
        INSERT INTO base_event (organisation_id, type, subject, timeline, data, pending, actor_kind, actor_id, actor_name, trace, at,
                                attempts, problem)
        SELECT org, 'order.placed', 'order:' || id, 'order:' || id,
               jsonb_build_object('name', external_id, 'total_minor', total_minor, 'currency', 'EUR', 'connection_id', 0), true,
               'system', 0, 'limit', '', now(), 0, '' FROM made
         UNION ALL
        SELECT org, 'customer.created', 'customer:' || id, 'customer:' || id, jsonb_build_object('name', buyer, 'email', email), false,
               'system', 0, 'limit', '', now(), 0, '' FROM fresh)
    SELECT array_agg(variant_id), array_agg(qty) INTO ids, qtys FROM line;
    WITH demand AS MATERIALIZED (SELECT v, sum(q)::int AS q FROM unnest(ids, qtys) u(v, q) GROUP BY 1),
         pool AS MATERIALIZED (
             SELECT s.id, d.q, s.on_hand - s.committed - s.reserved - s.damaged - s.quality_control - s.safety_stock AS available
               FROM demand d JOIN stock_item s ON s.organisation_id = org AND s.variant_id = d.v
              ORDER BY s.variant_id FOR NO KEY UPDATE OF s),
         done AS (UPDATE stock_item s SET committed = s.committed + pool.q FROM pool WHERE s.id = pool.id RETURNING 1)
    SELECT bool_or(available < q), (SELECT count(*) FROM done) INTO short, taken FROM pool;
    IF short THEN
        RAISE 'short';
    END IF;
    RETURN taken;
END $$;
