"""Documents on a disk, each under the SHA-256 of its bytes: written once, never changed."""

import os
import re
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from libs.edge.problems import Refused

_digest = re.compile(r"[0-9a-f]{64}")


class Documents:
    """A folder of documents. Whoever asks for one gets the bytes of its digest, or nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, digest: str, data: bytes) -> None:
        """Keep a document; refuse one that is not what its digest says.

        One that the disk has changed since is put right again.
        """
        found = sha256(data).hexdigest()
        if found != digest:
            raise Refused("document_differs", facts={"sha256": found})
        place = self._place(digest)
        if place.exists() and sha256(place.read_bytes()).hexdigest() == digest:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(place)

    def get(self, digest: str) -> bytes:
        """Return a document; one that the disk has changed is none."""
        try:
            data = self._place(digest).read_bytes()
        except FileNotFoundError:
            raise Refused("document_not_found") from None
        if sha256(data).hexdigest() != digest:
            raise Refused("document_damaged")
        return data

    def every(self) -> list[str]:
        """Return the digests of all documents that are kept, in their order."""
        return sorted(
            path.name
            for path in self._folder.glob("??/*")
            if _digest.fullmatch(path.name) and path == self._place(path.name)
        )

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest
