"""A journal held against a signed checkpoint: every entry hashed again, from the first."""

from libs.ledger.checkpoint import Checkpoint
from libs.ledger.entry import Head
from libs.ledger.merkle import Frontier, leaf_hash
from libs.ledger.replica import Reader
from services.audit.finding import Wrong
from services.audit.journal import Export, Log


def insist(source: Export | Log, said: Checkpoint) -> int:
    """Return how many entries the journal has; raise Wrong unless its tree was the one signed."""
    reader, frontier, root = Reader(Head()), Frontier(), b""
    if not said.size:
        root = frontier.root()
    for record in source.records():
        if reader.read(record.value) is None:
            if not source.noise:
                raise Wrong(record.offset, "chain", "this line does not follow from the one before")
            continue
        if frontier.size < said.size:
            frontier.append(leaf_hash(record.value))
            if frontier.size == said.size:
                root = frontier.root()
    if frontier.size < said.size:
        words = f"{said.size} entries were signed, the journal has {frontier.size}"
        raise Wrong(frontier.size, "checkpoint", words)
    if root != said.root:
        words = f"the first {said.size} entries are others than those that were signed"
        raise Wrong(said.size - 1, "checkpoint", words)
    return reader.head.position
