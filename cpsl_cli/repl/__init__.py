"""The terminal: read (prompt, keys), dispatch (loop, engine), draw (terminal, screen)."""
