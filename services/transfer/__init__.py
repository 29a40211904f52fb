"""Transfer: holding accounts, and credits that change hands or are set aside."""
