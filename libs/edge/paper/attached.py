"""The files attached to a document, by their names."""

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

DOCUMENT = "document.json"


def attached(pdf: PdfFileReader) -> dict[str, bytes]:
    """Return what is attached; raises PdfReadError where a name stands there twice."""
    try:
        names = pdf.root["/Names"]["/EmbeddedFiles"]["/Names"]
    except KeyError:
        return {}
    found: dict[str, bytes] = {}
    for n in range(0, len(names) - 1, 2):
        stream = names[n + 1]["/EF"]["/F"]
        if str(names[n]) in found or not isinstance(stream, generic.StreamObject):
            raise PdfReadError("an attachment stands there twice, or is no stream")
        found[str(names[n])] = bytes(stream.data)
    return found
