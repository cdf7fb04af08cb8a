"""From packed to delivered: the label bought once, the carrier told, its scans believed."""

from doorstep.flows.offers import carrier_of as carrier_of
from doorstep.flows.ship.asking import QUIET_ALTHOUGH_TALKING_S as QUIET_ALTHOUGH_TALKING_S
from doorstep.flows.ship.asking import QUIET_S as QUIET_S
from doorstep.flows.ship.asking import TALKING_S as TALKING_S
from doorstep.flows.ship.asking import give_up_silent as give_up_silent
from doorstep.flows.ship.asking import track_open as track_open
from doorstep.flows.ship.asking import try_sign_in as try_sign_in
from doorstep.flows.ship.labels import print_label as print_label
from doorstep.flows.ship.labels import settle_label as settle_label
from doorstep.flows.ship.labels import sweep_unsettled as sweep_unsettled
from doorstep.flows.ship.labels import want_label as want_label
from doorstep.flows.ship.labels import wish_of as wish_of
from doorstep.flows.ship.leaving import hand_over as hand_over
from doorstep.flows.ship.leaving import leave as leave
from doorstep.flows.ship.leaving import settle_delivered as settle_delivered
from doorstep.flows.ship.leaving import tell_carriers as tell_carriers
from doorstep.flows.ship.leaving import type_number as type_number
