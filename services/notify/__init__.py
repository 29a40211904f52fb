"""Notify: what the journal says, told to people."""
