"""Connections that end where the head of a request does not come in time, or is too large."""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from libs.edge.problems import MEDIA, problem
from libs.ledger.codec import encode

HEAD_SECONDS = 10.0
"""How long a client may take for the head of a request, from the connection or its first byte."""

HEAD_BYTES_MAX = 65_536


class Prompt(HttpToolsProtocol):
    """uvicorn's parser, which waits for a head without end and takes one of any size: not here.

    Between requests its own keep-alive time counts; from a request's first byte on ours does.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None
        self._in_body = False
        self._head_bytes = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect()

    @override
    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._head_bytes:
            self._relax()
        elif self._head_bytes > HEAD_BYTES_MAX:
            self._refuse("head_too_large")
        else:
            self._expect()

    @override
    def on_message_begin(self) -> None:
        self._head_bytes = self._head_bytes or 1  # it may begin in the piece that ended another
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        self._in_body, self._head_bytes = True, 0
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._refuse, "head_too_slow")

    def _relax(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, code: str) -> None:
        """Tell the client what is wrong with its head, and close."""
        self._relax()
        if self.transport.is_closing():
            return
        told = problem(code)
        body = encode(told)
        head = f"content-type: {MEDIA}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[told.status] + head.encode() + body)
        self.transport.close()
