"""Connections that end where the head of a request does not come in time."""

import asyncio
from typing import Any

import h11
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from libs.edge.problems import MEDIA, problem
from libs.ledger.codec import encode

HEAD_SECONDS = 10.0
"""How long a client may take for the head of a request, from the connection or its first byte."""


class Prompt(H11Protocol):
    """uvicorn's parser, which bounds a head in size and waits for it without end: not here.

    Between requests its own keep-alive time counts; from a request's first byte on ours does.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect()
        else:
            self._relax()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _relax(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        """Tell the client that it is too late, and close."""
        self._late = None
        if self.transport.is_closing() or self.conn.their_state is not h11.IDLE:
            return
        told = problem("head_too_slow")
        headers = [("content-type", MEDIA), ("connection", "close")]
        said = (
            h11.Response(status_code=told.status, headers=headers),
            h11.Data(data=encode(told)),
            h11.EndOfMessage(),
        )
        for part in said:
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()
