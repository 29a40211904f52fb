"""Ranges are a set of serials: whatever is done to them, a naive set says the same."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.ledger import serials
from libs.ledger.serials import Missing, Overlap, Ranges

TOP = 60
Pair = tuple[int, int]
pairs = st.tuples(st.integers(1, TOP), st.integers(1, TOP))
acts = st.lists(st.tuples(st.booleans(), pairs), max_size=60)
chunks = pytest.mark.parametrize("bounds", [2, 4, 6, serials.CHUNK_BOUNDS])


def joined(naive: set[int]) -> list[Pair]:
    """Return a set of serials as the sorted ranges that never touch."""
    starts = sorted(serial for serial in naive if serial - 1 not in naive)
    ends = sorted(serial + 1 for serial in naive if serial + 1 not in naive)
    return list(zip(starts, ends, strict=True))


def played(acts: list[tuple[bool, Pair]]) -> tuple[Ranges, set[int]]:
    """Add and take what is asked, on both; where one refuses, the other does."""
    ranges, naive = Ranges(), set[int]()
    for adds, (start, end) in acts:
        asked = set(range(start, end))
        if adds and (not asked or asked & naive):
            with pytest.raises(Overlap):
                ranges.add(start, end)
        elif adds:
            ranges.add(start, end)
            naive |= asked
        elif not asked or asked - naive:
            with pytest.raises(Missing):
                ranges.take(start, end)
        else:
            ranges.take(start, end)
            naive -= asked
    return ranges, naive


@chunks
@given(acts=acts)
def test_a_history_of_adding_and_taking_leaves_the_set_it_should(
    bounds: int, acts: list[tuple[bool, Pair]]
) -> None:
    with patch.object(serials, "CHUNK_BOUNDS", bounds):
        ranges, naive = played(acts)
    assert list(ranges) == joined(naive)
    assert ranges.count == len(naive)
    assert len(ranges) == len(joined(naive))
    assert all(0 < len(chunk) <= bounds for chunk in ranges.chunks)


@chunks
@given(acts=acts, asked=pairs, quantity=st.integers(1, TOP))
def test_every_question_is_answered_as_by_a_set(
    bounds: int, acts: list[tuple[bool, Pair]], asked: Pair, quantity: int
) -> None:
    with patch.object(serials, "CHUNK_BOUNDS", bounds):
        ranges, naive = played(acts)
    start, end = min(asked), max(asked)
    wanted = set(range(start, end))
    assert ranges.holds(start, end) == (bool(wanted) and wanted <= naive)
    assert ranges.holds(end, start) is False
    if wanted:
        assert ranges.meets(start, end) == bool(wanted & naive)
    assert list(ranges.parts(start, end)) == joined(wanted & naive)
    assert list(ranges.gaps(start, end)) == joined(wanted - naive)
    assert list(ranges.lowest(quantity)) == joined(set(sorted(naive)[:quantity]))


@chunks
@given(naive=st.sets(st.integers(1, TOP)), order=st.permutations(range(1, TOP + 1)))
def test_the_normal_form_forgets_how_it_came_about(
    bounds: int, naive: set[int], order: list[int]
) -> None:
    with patch.object(serials, "CHUNK_BOUNDS", bounds):
        ranges = Ranges()
        for serial in (serial for serial in order if serial in naive):
            ranges.add(serial, serial + 1)
    assert list(ranges) == joined(naive) == list(Ranges(joined(naive)))


@given(pair=pairs.filter(lambda pair: pair[0] < pair[1]), cut=st.integers(1, TOP))
def test_split_then_join_is_the_identity(pair: Pair, cut: int) -> None:
    start, end = pair
    ranges = Ranges([pair])
    if start < cut < end:
        ranges.take(cut, end)
        ranges.add(cut, end)
    assert list(ranges) == [pair]


def test_nothing_has_no_parts_and_no_gaps() -> None:
    ranges = Ranges([(1, 10)])
    assert list(ranges.parts(5, 5)) == list(ranges.gaps(5, 5)) == []
    assert list(Ranges().parts(1, 9)) == []
    assert list(Ranges().gaps(1, 9)) == [(1, 9)]


def test_many_pieces_stay_in_small_chunks() -> None:
    ranges = Ranges((serial, serial + 1) for serial in range(1, 20_001, 2))
    assert len(ranges) == ranges.count == 10_000
    assert max(map(len, ranges.chunks)) <= serials.CHUNK_BOUNDS
    for serial in range(2, 20_001, 2):
        ranges.add(serial, serial + 1)
    assert list(ranges) == [(1, 20_001)]
