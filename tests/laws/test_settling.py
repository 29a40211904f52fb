"""What a settlement makes of donated yen: nothing is lost, and nobody has another's gram."""

from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from libs.ledger.settling import Settled, grams, part, yen_of

GRAMS = 1_000_000
PRICES = st.integers(1, 2**40)
DONATIONS = st.lists(st.integers(1, 10**9), min_size=1, max_size=40)


@given(st.data(), DONATIONS, PRICES, st.integers(0, 2**40))
def test_the_parts_of_donors_are_the_whole_settlement_in_their_order(
    data: st.DataObject, donated: list[int], price: int, begins: int
) -> None:
    ends = list(accumulate(donated, initial=begins))
    first = data.draw(st.integers(begins, ends[-1] - 1))
    settled = Settled(first, data.draw(st.integers(1, ends[-1] - first)), price)
    parts = [part(settled, start, end - start) for start, end in pairwise(ends)]
    assert sum(one.yen for one in parts) == settled.yen
    assert sum(one.grams for one in parts) == grams(settled.yen, price)
    taking = [one for one in parts if one.yen]
    assert taking[0].first == 0
    assert all(one.first + one.grams == after.first for one, after in pairwise(taking))


@given(st.integers(0, 10**9), st.integers(1, 10**9), PRICES)
def test_a_part_is_within_a_gram_of_the_exact_one(before: int, yen: int, price: int) -> None:
    taken = part(Settled(0, before + yen, price), before, yen)
    assert abs(taken.grams - Fraction(yen * GRAMS, price)) < 1


@given(st.integers(0, 10**9), st.integers(1, 10**6), PRICES)
def test_more_yen_are_never_fewer_grams(before: int, yen: int, price: int) -> None:
    settled = Settled(0, before + yen + 1, price)
    assert part(settled, before, yen).grams <= part(settled, before, yen + 1).grams


@given(st.integers(1, 10**9), PRICES)
def test_a_gram_is_of_the_first_yen_that_reaches_it(gram: int, price: int) -> None:
    yen = yen_of(gram, price)
    assert grams(yen - 1, price) < gram <= grams(yen, price)
    taken = part(Settled(0, yen, price), yen - 1, 1)
    assert taken.first < gram <= taken.first + taken.grams


def test_a_yen_a_product_has_its_grams_at_the_price_that_was_paid() -> None:
    bought = Settled(100, 15_000, 15_000)
    assert [part(bought, 100 + yen, 1).grams for yen in range(3)] == [66, 67, 67]
    assert part(bought, 0, 100).grams == part(bought, 15_100, 1).grams == 0
