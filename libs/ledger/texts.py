"""What people write into commands: bounded, on one line, without control characters."""

from typing import Annotated

import msgspec

Name = Annotated[
    str, msgspec.Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?![\s\S])")
]
Note = Annotated[
    str, msgspec.Meta(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?![\s\S])")
]
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?![\s\S])")]
