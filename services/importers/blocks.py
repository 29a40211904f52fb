"""Blocks of serials from exports: issued with their numbers kept, retired by their numbers."""

from collections import Counter
from datetime import date

import msgspec
from msgspec import UNSET

from libs.ledger.serials import Ranges
from services.importers.people import PERSONS_DECLARED, WITHHELD
from services.importers.plan import Draft, serials
from services.importers.rows import Row
from services.invalidation.commands import Application, InvalidateCredits
from services.issuance.commands import BufferShare, CancelBuffer, IssueCredits
from services.transfer.commands import RequestTransfer, TransferLine

DECLARED = (
    PERSONS_DECLARED,
    (
        "credits that the export retires and does not show issued are opened first, exactly "
        "those serials, for the account that retires them: synthetic"
    ),
)


class Block(msgspec.Struct, frozen=True):
    """An unbroken block of serials of one lot, and what its issuance says of it."""

    lot: str
    first: int
    last: int
    project: str
    account: str
    certified_on: str
    vintage_from: str
    vintage_to: str
    buffer: tuple[str, int] | None = None

    @property
    def quantity(self) -> int:
        """Return how many credits the block is."""
        return self.last - self.first + 1


class Use(msgspec.Struct, frozen=True):
    """The end of a block of credits: for whom, for what, when."""

    account: str
    beneficiary: str
    purpose: str
    detail: str
    stated_on: str | None


class Blocks:
    """Plans issuances and retirements of blocks, and remembers which serials it has issued."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.issued: dict[str, Ranges] = {}
        self.twins: Counter[str] = Counter()
        self.odd: list[dict[str, object]] = []
        draft.extra["not_understood"] = self.odd
        draft.declared += DECLARED

    def not_understood(self, row: Row, column: str, why: str, quantity: int) -> None:
        """Note a row whose serials cannot be taken over; its credits are named, never guessed."""
        self.odd.append({"where": row.where(column).text, "why": why, "quantity": quantity})
        self.draft.pass_over(f"serials not taken over: {why}", row.where().text)

    def issue(self, block: Block) -> None:
        """Plan an issuance; serials that are there already are for the ledger to refuse."""
        counts = {"issued": block.quantity}
        if block.buffer:
            counts["buffer/contributed"] = block.buffer[1]
        self.draft.totals["issued"] += block.quantity
        self._issue("issue", block, counts)

    def open(self, block: Block) -> None:
        """Plan a synthetic issuance of whatever part of a block is not issued by this plan."""
        known = self.issued.setdefault(block.lot, Ranges())
        gaps, start = [], block.first
        for low, high in list(known.parts(block.first, block.last + 1)):
            gaps.append((start, low - 1))
            start = high
        gaps.append((start, block.last))
        for first, last in gaps:
            if first <= last:
                gap = msgspec.structs.replace(block, first=first, last=last, buffer=None)
                self._issue("open", gap, {"opened": gap.quantity})

    def _issue(self, verb: str, block: Block, counts: dict[str, int]) -> None:
        body = IssueCredits(
            account=block.account,
            certified_on=block.certified_on,
            lot=block.lot,
            project=block.project,
            quantity=block.quantity,
            vintage_from=block.vintage_from,
            vintage_to=block.vintage_to,
            buffer=BufferShare(*block.buffer) if block.buffer else UNSET,
            first=block.first,
        )
        self.draft.ask(self._key(verb, block), body, block.lot, counts)
        known = self.issued.setdefault(block.lot, Ranges())
        if not known.meets(block.first, block.last + 1):
            known.add(block.first, block.last + 1)

    def transfer(self, block: Block, target: str) -> None:
        """Plan the step that an export leaves out: from who was issued to, to who retires."""
        if block.account != target:
            named = serials(block.first, block.last)
            line = TransferLine(block.account, target, block.lot, serials=named)
            counts = {"moved": block.quantity}
            key = self._key("transfer", block)
            self.draft.ask(key, RequestTransfer((line,)), block.lot, counts)

    def retire(self, block: Block, use: Use) -> None:
        """Plan the retirement of a block, by its serials."""
        application = Application(
            account=use.account,
            beneficiary=self.draft.name(use.beneficiary),
            purpose=use.purpose,
            detail=self.draft.name(use.detail) if use.detail else UNSET,
            lot=block.lot,
            serials=serials(block.first, block.last),
            stated_on=use.stated_on or UNSET,
        )
        purpose = f"retired_by_purpose/{use.purpose}"
        counts = {"retired": block.quantity, purpose: block.quantity}
        if use.beneficiary == WITHHELD:
            counts["beneficiaries_withheld"] = 1
        self.draft.totals["retired"] += block.quantity
        self.draft.ask(
            self._key("retire", block), InvalidateCredits((application,)), block.lot, counts
        )

    def cancel_buffer(self, block: Block, buffer: str, use: Use) -> None:
        """Plan the end of a block that lies in a pooled buffer."""
        named = serials(block.first, block.last)
        reason = f"{use.detail}, {use.stated_on}"
        body = CancelBuffer(buffer, reason, block.lot, serials=named)
        purpose = f"retired_by_purpose/{use.purpose}"
        counts = {"retired": block.quantity, purpose: block.quantity}
        counts["buffer/cancelled"] = block.quantity
        self.draft.totals["retired"] += block.quantity
        self.draft.ask(self._key("buffer", block), body, block.lot, counts)

    def _key(self, verb: str, block: Block) -> str:
        """Return a block's source key; a block that stands there twice is asked for twice."""
        key = f"{verb}/{block.lot}/{block.first}-{block.last}"
        self.twins[key] += 1
        return key if self.twins[key] == 1 else f"{key}/{self.twins[key]}"


def compact_day(text: str) -> str | None:
    """Return the day that a serial writes as DDMMYYYY, or None."""
    try:
        return date(int(text[4:]), int(text[2:4]), int(text[:2])).isoformat()
    except ValueError:
        return None
