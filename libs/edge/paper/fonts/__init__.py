"""The fonts of the paper, and how they are made."""
