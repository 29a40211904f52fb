"""What the registers keep of the controls of movements."""

import msgspec

EVERY = ""
"""What stands for every scheme where movements are suspended."""


class Suspension(msgspec.Struct, frozen=True):
    """Movements of a scheme that are suspended, or all of them; its key says which."""

    suspension: str
