"""What a use of credits would do, in words for people: a dry run's preview 確認画面."""

from collections.abc import Iterator, Sequence

from fastapi.concurrency import run_in_threadpool
from msgspec import UNSET

from libs.edge.answers import Sentence
from libs.edge.cursors import snapshot
from libs.edge.desk import Desk
from libs.ledger.events import (
    ApplicationCancelled,
    ApplicationFiled,
    CreditPosting,
    CreditsCancelled,
    CreditsUsed,
    Event,
)
from libs.ledger.postings import size
from libs.ledger.rules import RuleSet
from services.invalidation.public import ruled

RANGES_TOLD = 5
"""How many ranges of serials a sentence names before it only counts them."""


async def told(desk: Desk, events: Sequence[Event]) -> tuple[Sentence, ...]:
    """Say what each fact would do, with the names that the rule set gives to purposes."""

    def within() -> RuleSet:
        with snapshot(desk.registry.views) as connection:
            rules, _ = ruled(connection)
            return rules

    return tuple(sentences(await run_in_threadpool(within), events))


def sentences(rules: RuleSet, events: Sequence[Event]) -> Iterator[Sentence]:
    """Yield a sentence for each fact that moves credits."""
    for event in events:
        match event:
            case ApplicationFiled():
                yield _filed(rules, event)
            case CreditsUsed():
                yield _used(rules, event)
            case ApplicationCancelled():
                yield _freed(event)
            case _:
                pass


def _filed(rules: RuleSet, event: ApplicationFiled) -> Sentence:
    quantity, which = _moved(event)
    en, ja = _purpose(rules, event)
    return Sentence(
        f"Set aside {quantity:,} t of account {event.account} ({which}) for the claim of"
        f" {event.beneficiary}: {en}. Nothing is used up before it is confirmed.",
        f"口座{event.account}の{quantity:,}t({which})を留保し、"
        f"{event.beneficiary}による{ja}のための無効化を申請します。確認するまで無効化されません。",
    )


def _used(rules: RuleSet, event: CreditsUsed) -> Sentence:
    quantity, which = _moved(event)
    en, ja = _purpose(rules, event)
    cancels = isinstance(event, CreditsCancelled)
    return Sentence(
        f"{'Cancel' if cancels else 'Use up'} {quantity:,} t of account {event.account} ({which})"
        f" for the claim of {event.beneficiary}: {en}. This can never be taken back.",
        f"口座{event.account}の{quantity:,}t({which})を、"
        f"{event.beneficiary}による{ja}のために{'償却' if cancels else '無効化'}します。"
        "この手続は取り消せません。",
    )


def _freed(event: ApplicationCancelled) -> Sentence:
    quantity, which = _moved(event)
    return Sentence(
        f"Set free {quantity:,} t of account {event.account} ({which}).",
        f"口座{event.account}の{quantity:,}t({which})の留保を解きます。",
    )


def _moved(event: CreditsUsed | ApplicationFiled | ApplicationCancelled) -> tuple[int, str]:
    """Return how many credits a fact moves, and which."""
    parts = [posting for posting in event.postings if isinstance(posting, CreditPosting)]
    which = [f"{part.lot}/{part.first}-{part.last}" for part in parts[:RANGES_TOLD]]
    if len(parts) > RANGES_TOLD:
        which.append(f"+{len(parts) - RANGES_TOLD}")
    return sum(map(size, parts)), ", ".join(which)


def _purpose(rules: RuleSet, event: CreditsUsed | ApplicationFiled) -> tuple[str, str]:
    """Return a use's purposes in English and Japanese; a code without a name stands for itself."""
    codes = (event.purpose, *(() if event.also is UNSET else event.also))
    known = {} if rules.invalidation is UNSET else rules.invalidation.purposes
    english = [known[code].en if code in known else code for code in codes]
    japanese = [known[code].ja if code in known else code for code in codes]
    return ", ".join(english), "、".join(japanese)
