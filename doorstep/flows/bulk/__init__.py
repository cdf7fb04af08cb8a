"""Verbs on many rows of a list, in the worker."""

from doorstep.flows.bulk.orders import hold_order as hold_order
from doorstep.flows.bulk.orders import release_order as release_order
from doorstep.flows.bulk.run import VERBS as VERBS
from doorstep.flows.bulk.run import get_job as get_job
from doorstep.flows.bulk.run import get_verb as get_verb
from doorstep.flows.bulk.run import give_up as give_up
from doorstep.flows.bulk.run import lock_of as lock_of
from doorstep.flows.bulk.run import preview as preview
from doorstep.flows.bulk.run import start as start
from doorstep.flows.bulk.run import work as work
