from __future__ import annotations

from typing import get_args

from cpsl.model.pricing import PRICING_MONTHLY, PRICING_ONE_TIME, PricingType


def test_an_app_is_sold_once_or_by_the_month() -> None:
    assert (PRICING_ONE_TIME, PRICING_MONTHLY) == ("one_time", "monthly")
    assert get_args(PricingType) == ("one_time", "monthly")
