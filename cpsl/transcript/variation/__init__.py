"""What varies between several replays, and what a person could write instead."""
