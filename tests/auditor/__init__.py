"""Tests of the auditor, which share no code with the rest of tonne either."""
