from django.db import migrations

FORWARDS = r"""
CREATE FUNCTION base_searchable(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT lower(normalize($1, NFKC)) $$;
CREATE FUNCTION base_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$
        SELECT coalesce(array_agg(DISTINCT substr(w.word, i.i, n.n)), '{}')
          FROM regexp_split_to_table($1, '\s+') w(word)
               CROSS JOIN generate_series(1, 2) n(n)
               CROSS JOIN LATERAL generate_series(1, length(w.word) - n.n + 1) i(i)
         WHERE n.n = 2 OR substr(w.word, i.i, 1) !~ '[ -~]'
    $$;
"""
BACKWARDS = """
DROP FUNCTION base_grams(text);
DROP FUNCTION base_searchable(text);
"""


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
