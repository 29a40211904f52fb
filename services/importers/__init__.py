"""Importers: files of other registries become commands like everyone's, and nothing else."""
