"""Notices as paper: the values of a fact as the page designs take them, and the PDF they become.

The PDF is the base of a sealed document (`libs.edge.paper`): the journal holds the digest of its
bytes, and whoever downloads it gets them with the proof of that, and a signature, behind them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET

from libs.edge.paper.documents import (
    AnyDocument,
    BalanceStatement,
    Basis,
    CancellationNotice,
    Certificate,
    Certified,
    Claim,
    InvalidationNotice,
    IssuanceNotice,
    Party,
    Serials,
    Words,
)
from libs.ledger import events as e
from libs.ledger.accounts import kind
from libs.ledger.instants import parse, text
from libs.ledger.postings import size
from libs.ledger.records.notices import Told, told
from services.notify.documents import About, Holder, Json, Lot, Paper, Rendered, Spelt
from services.notify.labels import ISSUER, SCHEMES

PDF = "application/pdf"
FORM = "pdf"
"""What a rule set calls a notice that is paper; any other is told in mail and JSON."""

DESIGNED = (
    e.CreditsInvalidated,
    e.CreditsCancelled,
    e.CreditsIssued,
    e.BalanceRequested,
    e.CertificateRequested,
)
"""The facts that there is a page design for."""

Address: TypeAlias = Callable[[str], str]
"""Says where the notice with a number is checked: what the QR code on its page shows."""


class Imprint(msgspec.Struct, frozen=True, kw_only=True):
    """What every page of a registry says: where it is checked, and who issues it 発行者.

    `specimen` 見本 says that it will be sealed with a development key.
    """

    address: Address
    issuer: Words = Words(*ISSUER)
    specimen: bool


class Pdf:
    """The base PDF of a notice that is paper, and the JSON of any other."""

    def __init__(self, imprint: Imprint) -> None:
        self.imprint = imprint
        self._json = Json()

    def render(self, paper: Paper, about: About) -> Rendered:
        """Return the base's bytes; raises NotRendered where no page can be set."""
        made = page(paper, about, self.imprint)
        if made is None:
            return self._json.render(paper, about)
        from libs.edge.paper.render import render  # noqa: PLC0415 - loads a typesetter

        return Rendered(PDF, render(made))


def page(paper: Paper, about: About, imprint: Imprint) -> AnyDocument | None:
    """Return what a notice says as a page's values; None where it is no paper."""
    event, spelt = paper.event, paper.spelling
    if paper.form != FORM or not isinstance(event, DESIGNED):
        return None
    holder = _holder(event.account, about, spelt)
    common: dict[str, Any] = {
        "number": paper.number,
        "ledger": paper.ledger,
        "position": paper.position,
        "issued_at": paper.at,
        "issuer": imprint.issuer,
        "addressee": holder.name,
        "check": imprint.address(paper.number),
        "replaces": before(paper),
        "specimen": imprint.specimen,
    }
    if isinstance(event, e.CertificateRequested):
        return _certificate(event, paper, about, common | {"addressee": event.addressee})
    common["holder"] = holder
    match event:
        case e.CreditsInvalidated():
            return InvalidationNotice(**common, **_used(event, paper, about))
        case e.CreditsCancelled():
            return CancellationNotice(**common, **_used(event, paper, about))
        case e.CreditsIssued():
            return IssuanceNotice(**common, **_issued(event, about, spelt))
        case e.BalanceRequested():
            return BalanceStatement(**common, **_had(event, about))


def _certificate(
    event: e.CertificateRequested, paper: Paper, about: About, common: dict[str, Any]
) -> Certificate:
    """Return a certificate: what was offset, on top of what the retirement's notice says."""
    retirement = about.retirement
    assert retirement is not None, "a certificate is of a retirement"
    used = retirement.event
    assert isinstance(used, e.CreditsUsed), "a certificate rests on a use"
    spelt = {**retirement.spelling, **paper.spelling}
    return Certificate(
        **common,
        offset=event.offset,
        grams=event.quantity * e.GRAMS,
        pool=event.pool,
        basis=Basis(
            notice=event.number,
            used_at=retirement.at,
            user=used.beneficiary,
            quantity=event.quantity,
            certified=credits_of(used.postings, about, spelt),
            cancelled=isinstance(used, e.CreditsCancelled),
        ),
    )


def before(paper: Paper) -> Any:
    """Return the number of the notice whose place this one takes, if any."""
    named = told(paper.ledger, paper.number)
    if named is None or named.version == 1:
        return UNSET
    return Told(named.position, named.fact, named.version - 1).number(paper.ledger)


def _holder(account: str, about: About, spelt: Spelt) -> Party:
    known = about.holders.get(account, Holder(account))
    return Party(name=spelt.get("holder", known.name) or account, account=account)


def _used(event: e.CreditsUsed, paper: Paper, about: About) -> dict[str, Any]:
    """Return what a notice of use says beside what every notice does."""
    certified = credits_of(event.postings, about, paper.spelling)
    return {
        "user": Party(name=event.beneficiary, corporate_number=event.corporate_number),
        "claim": Claim(
            purpose=_purposes(event, about),
            detail=event.detail,
            scope=event.scope,
            period_from=event.period_from,
            period_to=event.period_to,
            fiscal_year=event.fiscal_year,
            place=event.place,
        ),
        "used_at": paper.at,
        "quantity": sum(one.quantity for one in certified),
        "certified": certified,
        "agent": event.agent,
        "energy_kwh": event.energy_kwh,
    }


def _purposes(event: e.CreditsUsed, about: About) -> Words:
    """Return the purposes of a use in both languages; one without words is its code."""
    codes = (event.purpose, *(() if event.also is UNSET else event.also))
    said = [about.purposes.get(code, (code, code)) for code in codes]
    return Words("、".join(ja for ja, _ in said), "; ".join(en for _, en in said))


def _issued(event: e.CreditsIssued, about: About, spelt: Spelt) -> dict[str, Any]:
    """Return what a notice of issuance says; it tells how much of it a buffer keeps."""
    (certified,) = credits_of(event.postings, about, spelt)
    moved = _moved(event.postings)
    return {
        "certified": certified,
        "certified_on": event.certified_on,
        "monitored_from": event.vintage_from,
        "monitored_to": event.vintage_to,
        "buffer": sum(size(one) for one in moved if kind(one.target) == "BUF"),
    }


def _had(event: e.BalanceRequested, about: About) -> dict[str, Any]:
    """Return what a statement of balance says; it is as of the last instant of the day."""
    return {
        "as_of": text(parse(event.until) - 1),
        "quantity": sum(quantity for _, quantity in about.balance),
        "certified": tuple(
            _of(lot, quantity, (), about.lots, {}) for lot, quantity in about.balance
        ),
    }


def credits_of(postings: Iterable[e.Posting], about: About, spelt: Spelt) -> tuple[Certified, ...]:
    """Return the credits that moved, by lot, in the order of the fact."""
    by_lot: dict[str, list[e.CreditPosting]] = {}
    for one in _moved(postings):
        by_lot.setdefault(one.lot, []).append(one)
    return tuple(
        _of(lot, sum(map(size, moved)), moved, about.lots, spelt) for lot, moved in by_lot.items()
    )


def _moved(postings: Iterable[e.Posting]) -> list[e.CreditPosting]:
    return [one for one in postings if isinstance(one, e.CreditPosting)]


def _of(
    lot: str,
    quantity: int,
    moved: Sequence[e.CreditPosting],
    lots: Mapping[str, Lot],
    spelt: Spelt,
) -> Certified:
    known = lots.get(lot, Lot(lot=lot))
    return Certified(
        lot=lot,
        quantity=quantity,
        scheme=Words(*SCHEMES.get(known.scheme, (known.scheme, known.scheme))),
        project=known.project,
        project_name=spelt.get("project_name", known.project_name),
        creator=spelt.get("implementer", known.implementer) or UNSET,
        methodology=", ".join(known.methodologies) or UNSET,
        place=spelt.get("place", known.place) or UNSET,
        serials=tuple(_joined(moved)),
    )


def _joined(moved: Iterable[e.CreditPosting]) -> Iterator[Serials]:
    """Yield the ranges of one lot, in order; those that touch become one."""
    first, last = 0, -1
    for one in sorted(moved, key=lambda found: found.first):
        if one.first == last + 1:
            last = one.last
            continue
        if last >= first:
            yield Serials(first, last)
        first, last = one.first, one.last
    if last >= first:
        yield Serials(first, last)
