"""The laws: a pure core that decides and proves, and the thin shell that keeps the logs."""
