"""Figures: how fast, with the machine, the spread, and the bare floor of the same run."""
