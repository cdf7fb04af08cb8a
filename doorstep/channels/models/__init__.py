"""The tables of channels."""

from __future__ import annotations

from doorstep.channels.models.connections import Bucket, Connection, FileProfile, Notice
from doorstep.channels.models.listings import Drift, Exposure, ExposureRule, Follower, Listing, NumberTold
from doorstep.channels.models.orders import OrderTold, RefundHeard, Withdrawn
from doorstep.channels.models.webhooks import Delivery, Subscription

__all__ = [
    "Bucket",
    "Connection",
    "Delivery",
    "Drift",
    "Exposure",
    "ExposureRule",
    "FileProfile",
    "Follower",
    "Listing",
    "Notice",
    "NumberTold",
    "OrderTold",
    "RefundHeard",
    "Subscription",
    "Withdrawn",
]
