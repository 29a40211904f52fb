"""Prove an exported journal with a single file that shares no code with its writer."""
