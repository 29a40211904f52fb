"""The pools room: retired tonnes told out in grams, and donated yen that become grams."""
