"""``capsule chat`` without a person at a terminal: a script goes in, replies come out."""
