"""Whole lives of credits, told as stories: every command goes the way everybody's goes."""
