"""Collections as apps use them: refs, rows, queries, dynamic collections (API.md §13-§15)."""
