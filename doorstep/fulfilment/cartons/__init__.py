"""Which boxes for these items, with a place for each unit.  Pure."""

from doorstep.fulfilment.cartons.plan import plan as plan
from doorstep.fulfilment.cartons.values import BoxType as BoxType
from doorstep.fulfilment.cartons.values import Carton as Carton
from doorstep.fulfilment.cartons.values import Item as Item
from doorstep.fulfilment.cartons.values import Plan as Plan
from doorstep.fulfilment.cartons.values import Why as Why
from doorstep.fulfilment.cartons.values import WhyNot as WhyNot
