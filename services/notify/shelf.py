"""The shelf: where documents and webhooks are, for whoever hands them out."""

from base64 import b64decode
from hashlib import sha256 as hash_of

import msgspec
from sqlalchemy import Engine, RowMapping, select

from libs.edge.database import reaching
from libs.edge.problems import Refused
from services.notify.batches import Batches
from services.notify.documents import Sealer
from services.notify.endpoints import Switchboard
from services.notify.links import Links
from services.notify.papers import ERASED, papers
from services.notify.throttle import Throttle

TRIES_A_MINUTE = 30


class Before(msgspec.Struct, frozen=True):
    """Whose paper of before is still genuine: keys of checkpoints, and certificates (DER)."""

    keys: tuple[str, ...] = ()
    certificates: tuple[bytes, ...] = ()


NOTHING = Before()


class Shelf:
    """Where documents and webhooks are, and what makes links and seals; each may be missing."""

    def __init__(
        self,
        engine: Engine | None,
        links: Links | None,
        sealer: Sealer | None = None,
        before: Before = NOTHING,
        *,
        loopback: bool = False,
    ) -> None:
        self.engine = engine
        self.sealer = sealer
        self.before = before
        self.links = links or Links("")
        self.batches = Batches(engine, self.links)
        self.throttle = Throttle(TRIES_A_MINUTE)
        self.board = Switchboard(engine, self.links.box, loopback)

    def document(self, number: str, sha256: str) -> tuple[str, bytes]:
        """Return the media type and bytes of a notice's document, as the journal knows it."""
        row: RowMapping | None = None
        if self.engine is not None:
            wanted = select(papers.c.media, papers.c.rendered).where(
                papers.c.number == number, papers.c.sha256 == sha256, papers.c.rendered.is_not(None)
            )
            with reaching(), self.engine.connect() as connection:
                row = connection.execute(wanted).mappings().first()
        if row is None:
            raise Refused("document_not_found")
        if row["rendered"] == ERASED:
            raise Refused("document_erased")
        data = b64decode(row["rendered"])
        if hash_of(data).hexdigest() != sha256:
            raise Refused("document_damaged")
        return row["media"], data
