"""How an app is sold on the hosted platform; kept and shown here, never acted upon (behaviour.md §1.2)."""

from __future__ import annotations

from typing import Literal

PricingType = Literal["one_time", "monthly"]

PRICING_ONE_TIME: PricingType = "one_time"
PRICING_MONTHLY: PricingType = "monthly"
