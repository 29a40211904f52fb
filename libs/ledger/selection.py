"""Choosing credits: by total 総量指定 (the registry picks) or by serial シリアル番号指定."""

from collections.abc import Callable

from msgspec import UNSET, UnsetType

from libs.ledger.accounts import holding, lock
from libs.ledger.postings import Picked
from libs.ledger.records import Lot
from libs.ledger.serials import Ranges, SerialRange
from libs.ledger.standing import suspended
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse

Refuses = Callable[[Lot], Reason | None]
"""Why a lot is not eligible for an act, or None where it is."""

EMPTY = Ranges()
"""Nothing: what an account holds of a lot that it never had."""


def any_lot(_: Lot) -> None:
    """Let every lot be eligible."""


def choose(
    state: State,
    code: str,
    lot: str | UnsetType,
    quantity: int | UnsetType,
    serials: tuple[SerialRange, ...] | UnsetType,
    refuses: Refuses,
) -> tuple[Picked, ...] | Rejected:
    """Pick what an account gives: named serials, or a quantity of one lot or of all eligible ones.

    A quantity over all lots takes the oldest certification first, then the lowest serial.
    """
    if state.suspended:
        wrong = suspended(state)
        if wrong:
            return wrong
        refuses = _while_suspended(state, refuses)
    if lot is UNSET:
        if quantity is UNSET or serials is not UNSET:
            return refuse(Reason.SELECTION_AMBIGUOUS)
        return _of_all_lots(state, code, quantity, refuses)
    known = state.lots.get(lot)
    if known is None:
        return refuse(Reason.LOT_NOT_FOUND, lot=lot)
    if (quantity is UNSET) == (serials is UNSET):
        return refuse(Reason.SELECTION_AMBIGUOUS)
    wanted = EMPTY if serials is UNSET else named(lot, serials)
    if isinstance(wanted, Rejected):
        return wanted
    why = refuses(known)
    if why is not None:
        return refuse(why, lot=lot)
    held = state.held(code, lot) or EMPTY
    if quantity is UNSET:
        return _by_serial(state, held, code, lot, wanted)
    if held.count < quantity:
        return refuse(
            Reason.QUANTITY_EXCEEDS_HOLDING,
            account=code,
            lot=lot,
            holding=held.count,
            quantity=quantity,
        )
    return tuple([(lot, start, end) for start, end in held.lowest(quantity)])


def _while_suspended(state: State, refuses: Refuses) -> Refuses:
    """Let no lot be eligible whose scheme's movements are suspended."""

    def stricter(lot: Lot) -> Reason | None:
        return Reason.MOVEMENTS_SUSPENDED if lot.scheme in state.suspended else refuses(lot)

    return stricter


def named(lot: str, serials: tuple[SerialRange, ...]) -> Ranges | Rejected:
    """Return the serials that a command names as one set: each forwards, none twice."""
    for asked in serials:
        if asked.last < asked.first:
            return refuse(Reason.SERIALS_REVERSED, lot=lot, first=asked.first, last=asked.last)
    wanted = Ranges()
    for asked in serials:
        if wanted.meets(asked.first, asked.last + 1):
            return refuse(Reason.SERIALS_OVERLAP, lot=lot, first=asked.first, last=asked.last)
        wanted.add(asked.first, asked.last + 1)
    return wanted


def _of_all_lots(
    state: State, code: str, quantity: int, refuses: Refuses
) -> tuple[Picked, ...] | Rejected:
    picked: list[Picked] = []
    missing = quantity
    for lot, held in state.held_lots(code):
        if missing <= 0:
            break
        if refuses(state.lots[lot]) is None:
            picked += [(lot, start, end) for start, end in held.lowest(missing)]
            missing -= held.count
    if missing > 0:
        wrong = suspended(state, *(state.lots[lot].scheme for lot, _ in state.held_lots(code)))
        return wrong or refuse(
            Reason.QUANTITY_EXCEEDS_HOLDING,
            account=code,
            holding=quantity - missing,
            quantity=quantity,
        )
    return tuple(picked)


def _by_serial(
    state: State, held: Ranges, code: str, lot: str, wanted: Ranges
) -> tuple[Picked, ...] | Rejected:
    for start, end in wanted:
        if not held.holds(start, end):
            return not_held(state, code, lot, start, end)
    return tuple((lot, start, end) for start, end in wanted)


def not_held(state: State, code: str, lot: str, start: int, end: int) -> Rejected:
    """Say why an account's free balance lacks serials: they are frozen, or it has not all."""
    first, last = start, end - 1
    for freeze in state.freezes.values():
        if holding(freeze.account) == code:
            frozen = state.held(lock(freeze.account, freeze.freeze), lot) or EMPTY
            if frozen.meets(start, end):
                name = freeze.freeze
                why = Reason.SERIALS_FROZEN
                return refuse(why, account=code, lot=lot, first=first, last=last, freeze=name)
    return refuse(Reason.SERIALS_NOT_HELD, account=code, lot=lot, first=first, last=last)
