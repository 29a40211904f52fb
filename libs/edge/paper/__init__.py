"""Documents that verify themselves: rendered, sealed, and checked without the registry."""
