"""Meetings without emissions CO2実質ゼロ会議: an order whose grams follow from the rules."""
