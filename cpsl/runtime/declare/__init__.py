"""The methods of ``App``, by what they declare: handlers, state, pages. Each only writes the registry."""
