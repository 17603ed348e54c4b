"""``capsule db``: what an app has stored, and changing it."""

from __future__ import annotations

from cpsl_cli.db.subcommands import group, subcommand_first

__all__ = ["EXAMPLES", "group", "subcommand_first"]

EXAMPLES = """\
Examples:

\b
  capsule db
  capsule db orders
  capsule db find orders 'total>10 status=open' --sort -total
  capsule db sql 'select count(*) from orders'
"""
