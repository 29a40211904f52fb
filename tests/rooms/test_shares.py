"""What donors have of settled yen, against the rule said naively: gram by gram."""

from hypothesis import given
from hypothesis import strategies as st

from libs.ledger.settling import Settled
from services.pools.shares import Share, share

GRAMS = 1_000_000
PRICES = st.integers(GRAMS // 7, 3 * GRAMS)


@st.composite
def settlements(draw: st.DrawFn, whole: int) -> list[Settled]:
    """Cut the oldest of so many yen into settlements at any prices."""
    ends = sorted(draw(st.sets(st.integers(1, whole), max_size=4)))
    starts = [0, *ends][: len(ends)]
    return [
        Settled(start, end - start, draw(PRICES)) for start, end in zip(starts, ends, strict=True)
    ]


def naive(donations: list[int], settled: list[Settled]) -> list[Share]:
    """Give each gram, when as many yen are reached as it costs, to who gave the last of them."""
    owners = [donor for donor, yen in enumerate(donations) for _ in range(yen)]
    yen, grams = [0] * len(donations), [0] * len(donations)
    for one in settled:
        told = 0
        for spent in range(1, one.yen + 1):
            donor = owners[one.first + spent - 1]
            yen[donor] += 1
            while (told + 1) * one.price <= spent * GRAMS:
                told += 1
                grams[donor] += 1
    return list(map(Share, yen, grams))


@given(st.data(), st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_donors_have_what_settlements_say_gram_by_gram(
    data: st.DataObject, given_yen: list[int]
) -> None:
    settled = data.draw(settlements(sum(given_yen)))
    firsts = [sum(given_yen[:count]) for count in range(len(given_yen))]
    shares = [share(first, yen, settled) for first, yen in zip(firsts, given_yen, strict=True)]
    assert shares == naive(given_yen, settled)
    assert sum(one.grams for one in shares) == sum(o.yen * GRAMS // o.price for o in settled)
    assert sum(one.yen for one in shares) == sum(one.yen for one in settled)


def test_a_yen_a_product_has_its_grams_at_the_price_that_was_paid() -> None:
    settled = [Settled(0, 10_000, 15_000), Settled(10_000, 5_000, 12_000)]
    assert share(0, 1, settled) == Share(1, 66)
    assert share(1, 1, settled) == Share(1, 67)
    assert share(9_999, 2, settled) == Share(2, 66 + 83)
    assert share(14_999, 5, settled) == Share(1, 83)
    assert share(15_000, 1, settled) == Share(0, 0)
