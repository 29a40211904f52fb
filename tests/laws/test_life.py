"""All three rooms against the naive registry, under J-Credit's rules: credits from plan to use.

Machines of 50 steps; 500 of them run by

    HYPOTHESIS_PROFILE=lives python -m pytest --timeout 1200 tests/laws/test_life.py
"""

from hypothesis import settings

from tests.laws.life import Life

STEPS = 50

TestLife = Life.TestCase
TestLife.settings = settings(stateful_step_count=STEPS)
