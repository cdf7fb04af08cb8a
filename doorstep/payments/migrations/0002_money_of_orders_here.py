"""Orders that came before money had a room: who took it was somebody else."""

from django.db import migrations

OPEN = """
WITH u AS (
  SELECT organisation_id, id, currency, total_minor, GREATEST(total_minor, 0) AS worth, payment_state FROM orders_order
   ORDER BY id),
made AS (
  INSERT INTO payments_payment (organisation_id, order_id, method, currency, total_minor, authorised_minor, captured_minor,
                                refunded_minor, refund_open_minor, vendor_id, state)
  SELECT organisation_id, id, '', currency, worth,
         CASE WHEN payment_state IN ('pending', 'voided') THEN 0 ELSE worth END,
         CASE WHEN payment_state IN ('pending', 'voided', 'authorised') THEN 0 ELSE worth END,
         CASE WHEN payment_state = 'refunded' THEN worth ELSE 0 END, 0, '',
         CASE WHEN payment_state IN ('pending', 'voided', 'authorised') THEN payment_state ELSE 'captured' END FROM u)
INSERT INTO payments_entry (organisation_id, order_id, kind, amount_minor, currency, by, at)
SELECT u.organisation_id, u.id, k.kind, u.worth, u.currency, 'Doorstep', now()
  FROM u JOIN (VALUES (1, 'authorisation'), (2, 'capture'), (3, 'refund')) k(n, kind)
    ON (k.kind = 'authorisation' AND u.payment_state = 'authorised')
    OR (k.kind = 'capture' AND u.payment_state IN ('paid', 'partially_refunded', 'refunded'))
    OR (k.kind = 'refund' AND u.payment_state = 'refunded')
 WHERE u.worth > 0 ORDER BY u.id, k.n
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunSQL(OPEN, migrations.RunSQL.noop)]
