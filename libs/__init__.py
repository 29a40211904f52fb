"""The libraries of tonne: the ledger's laws and the edge that every room shares."""
