"""Proof: whether a journal is what it says, in three depths, and what it says of one credit."""
