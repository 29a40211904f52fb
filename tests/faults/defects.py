"""All bad histories there are, each with the check that must find it."""

from tests.faults import bad_answers, bad_movements, bad_notices, bad_views
from tests.faults.planting import PLANTS

__all__ = ["PLANTS", "bad_answers", "bad_movements", "bad_notices", "bad_views"]
