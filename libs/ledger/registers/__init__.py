"""The registers: what the ledger knows beside who holds what, and how each fact changes it."""
