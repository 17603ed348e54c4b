"""A recorded turn against the same turn of today's app."""
