"""The speed budgets of the design, as ratios to a floor or peer measured in the same run."""
