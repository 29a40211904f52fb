"""The rooms of the registry, and the composition that knows them all."""
