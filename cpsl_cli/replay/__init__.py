"""``capsule replay``: transcripts against the app of today."""
