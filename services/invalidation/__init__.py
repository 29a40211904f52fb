"""Invalidation: credits used up for a claim, and credits the regulator annuls."""
