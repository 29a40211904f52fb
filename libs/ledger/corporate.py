"""The corporate number 法人番号: what tells a legal entity of Japan from others, and from people.

A sole proprietor has none, and the number of a natural person (個人番号) has twelve digits, so it
fits no field of a command.
"""

from typing import Annotated

import msgspec

CorporateNumber = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{12}(?![\s\S])")]


def is_corporate_number(number: str) -> bool:
    """Say whether the first of thirteen digits is the check digit of the other twelve.

    The rule of the National Tax Agency 国税庁: 9 minus the remainder by 9 of the sum of the digits,
    where every second one from the right counts twice.
    """
    digits = [int(digit) for digit in reversed(number[1:])]
    return int(number[0]) == 9 - (sum(digits[::2]) + 2 * sum(digits[1::2])) % 9
