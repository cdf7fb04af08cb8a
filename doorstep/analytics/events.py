"""Facts of analytics.  Timeline: the organisation."""

BASELINES_SET = "analytics.baselines_set"
