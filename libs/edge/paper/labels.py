"""What the fields of documents are called, in Japanese and in English: the pages' own labels."""

from pathlib import Path

import msgspec

from libs.edge.paper.documents import Words

LABELS = {
    code: Words(*said)
    for code, said in msgspec.json.decode(
        (Path(__file__).parent / "templates" / "labels.json").read_bytes(),
        type=dict[str, tuple[str, str]],
    ).items()
}
"""By the code of a field."""
