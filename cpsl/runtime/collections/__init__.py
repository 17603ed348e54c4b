"""Collections as apps use them: refs, rows, queries, dynamic collections (behaviour.md §13-§15)."""
