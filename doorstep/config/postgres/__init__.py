"""Django's PostgreSQL, with a pool that is over an outage as soon as the database is."""
