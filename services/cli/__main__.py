"""`python -m services.cli`, for processes that start another one of us."""

from services.cli import main

main()
