"""Issuance: projects, certified credits, the buffer, and issuances taken back."""
