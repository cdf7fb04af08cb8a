"""The planner: which locations send an order's units, at what cost, and why.  Pure: no database, no clock, no network."""
