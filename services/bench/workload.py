"""Commands to measure with: seeded, accepted, made before the clock starts."""

import random
from collections.abc import Iterator

import msgspec

from libs.ledger.codec import write_command
from libs.ledger.serials import SerialRange
from services.bootstrap import OPERATORS, opening
from services.invalidation.commands import Application, InvalidateCredits
from services.issuance.commands import IssueCredits, RegisterProject
from services.rules import default
from services.transfer.commands import OpenAccount, RequestTransfer, TransferLine

ACCOUNTS, LOTS = 200, 20
SENT = "2026-01-01T00:00:00.000Z"
LOT_QUANTITY = 10**12
LINE_RANGES = 10_000
HIGH = LOT_QUANTITY // 2
"""Serials from here on stay with the first holder, whatever the other transfers take."""

PIECE = 10
"""What a command moves: all alike, so that pieces fit and a command is one posting."""


class Workload:
    """A stream of command records with ids of its own."""

    def __init__(self, seed: int, ledger: str = "main") -> None:
        self._ledger = ledger
        self._chance = random.Random(seed)  # noqa: S311 - seeded on purpose: a run can be repeated
        self.count = 0

    def record(self, kind: str, body: msgspec.Struct) -> bytes:
        """Return a command record under the next id."""
        self.count += 1
        number = f"{self._chance.getrandbits(80):020x}{self.count:012x}"
        identity = f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
        return write_command(identity, kind, OPERATORS[0], SENT, body)

    def setting(self) -> Iterator[bytes]:
        """Open a ledger in which every account holds some of every lot."""
        yield opening(self._ledger, default(), 0)
        yield self.record(
            "project.register.v1", RegisterProject("ER", (), "bench", "JC-ER-1", "JC")
        )
        for number in range(ACCOUNTS):
            yield self.record("account.open.v1", OpenAccount(account(number), "bench"))
        for number in range(LOTS):
            yield self.record(
                "credits.issue.v1",
                IssueCredits(
                    account(0),
                    "2026-01-01",
                    lot(number),
                    "JC-ER-1",
                    LOT_QUANTITY,
                    "2025-01-01",
                    "2025-12-31",
                ),
            )
            lines = tuple(
                TransferLine(account(0), account(other), lot(number), 10**9)
                for other in range(1, ACCOUNTS)
            )
            yield self.record("transfer.request.v1", RequestTransfer(lines))

    def spread(self, count: int) -> list[bytes]:
        """Transfers between accounts drawn at random."""
        return [self._transfer(*self._two()) for _ in range(count)]

    def hot(self, count: int) -> list[bytes]:
        """Transfers that all touch one account, giving and taking."""
        records = []
        for number in range(count):
            other = self._chance.randrange(2, ACCOUNTS)
            ends = (1, other) if number % 2 else (other, 1)
            records.append(self._transfer(*ends))
        return records

    def mixed(self, count: int) -> list[bytes]:
        """Seven transfers to two invalidations to one issuance, as a registry's day has them."""
        return [self._mixed() for _ in range(count)]

    def sized(self, count: int, quantity: int) -> list[bytes]:
        """Transfers of one size, out of the account that has most."""
        return [
            self.record(
                "transfer.request.v1",
                RequestTransfer((TransferLine(account(0), account(1), lot(0), quantity),)),
            )
            for _ in range(count)
        ]

    def scattered(self, count: int) -> list[bytes]:
        """Transfers that leave so many segments more: single serials, with gaps between them."""
        most = LINE_RANGES * 2
        return [
            self.record(
                "transfer.request.v1",
                RequestTransfer(
                    (
                        TransferLine(
                            *(account(0), account(1)),
                            lot(0),
                            serials=tuple(
                                SerialRange(HIGH + serial, HIGH + serial)
                                for serial in range(start, min(start + most, count), 2)
                            ),
                        ),
                    )
                ),
            )
            for start in range(0, count, most)
        ]

    def _mixed(self) -> bytes:
        kind = self._chance.randrange(10)
        if kind < 7:  # noqa: PLR2004 - seven of ten
            return self._transfer(*self._two())
        quantity = PIECE
        holder = account(self._chance.randrange(ACCOUNTS))
        if kind < 9:  # noqa: PLR2004 - two of ten
            used = Application(holder, "bench", "OTHER", lot=self._lot(), quantity=quantity)
            return self.record("credits.invalidate.v1", InvalidateCredits((used,)))
        name = f"JC-ER-1-{self.count:09d}"
        issued = IssueCredits(
            holder, "2026-02-01", name, "JC-ER-1", quantity, "2025-01-01", "2025-12-31"
        )
        return self.record("credits.issue.v1", issued)

    def _transfer(self, source: int, target: int) -> bytes:
        line = TransferLine(account(source), account(target), self._lot(), PIECE)
        return self.record("transfer.request.v1", RequestTransfer((line,)))

    def _two(self) -> tuple[int, int]:
        source, target = self._chance.sample(range(ACCOUNTS), 2)
        return source, target

    def _lot(self) -> str:
        return lot(self._chance.randrange(LOTS))


def account(number: int) -> str:
    """Return the id of an account of the workload."""
    return f"A{number:04d}"


def lot(number: int) -> str:
    """Return the id of a lot of the workload."""
    return f"JC-ER-1-{number:02d}"
