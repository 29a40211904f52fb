"""The one file that a form sends (multipart/form-data, RFC 7578): in memory, and never too much.

Taken apart here, since what a browser sends of a form with one file is parted by one line; the
usual parsers put a larger file on the disk, and this one is nobody's to keep.
"""

import asyncio
import re

from fastapi import Request

FRAME_BYTES_MAX = 16 * 1024
"""What stands around the file at most: parting lines, names, the form's other fields."""

_boundary = re.compile(
    r"multipart/form-data\s*;.*?\bboundary=\"?([A-Za-z0-9'()+_,./:=?-]{1,70})\"?"
)
_name = re.compile(
    rb'^content-disposition:\s*form-data\s*;.*?\bname="([^"]*)"', re.IGNORECASE | re.MULTILINE
)
"""At a line's beginning alone: sought anywhere, a head of repetitions takes their square."""


class UploadWrong(ValueError):
    """No form of ours sends this."""


class UploadTooLarge(ValueError):
    """The file is larger than it may be."""


class UploadTooSlow(ValueError):
    """The file did not come in the time that it has."""


async def uploaded(request: Request, field: str, bytes_max: int, seconds: float) -> bytes:
    """Return the file of a form's field; empty where none was chosen.

    Raises UploadTooLarge as soon as that is known, by what is said or by what comes, UploadTooSlow,
    and UploadWrong where the body is no such form.
    """
    most = bytes_max + FRAME_BYTES_MAX
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or len(said) > len(str(most)) or int(said) > most:
        raise UploadTooLarge
    try:
        async with asyncio.timeout(seconds):
            body = await _read(request, most)
    except TimeoutError:
        raise UploadTooSlow from None
    file = parted(body, request.headers.get("content-type", ""), field)
    if len(file) > bytes_max:
        raise UploadTooLarge
    return file


def parted(body: bytes, content_type: str, field: str) -> bytes:
    """Return the content of a form's field; raises UploadWrong where there is no such form."""
    found = _boundary.match(content_type)
    if found is None:
        raise UploadWrong("no form with a file")
    line = b"--" + found[1].encode()
    first, *parts = (b"\r\n" + body).split(b"\r\n" + line)
    if first or not parts or not parts[-1].startswith(b"--"):
        raise UploadWrong("the form does not begin or end as it says")
    for part in parts[:-1]:
        head, parting, content = part.partition(b"\r\n\r\n")
        named = _name.search(head)
        if not parting or named is None:
            raise UploadWrong("a part of the form has no name")
        if named[1] == field.encode():
            return content
    raise UploadWrong(f"the form has no {field}")


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise UploadTooLarge
    return bytes(body)
