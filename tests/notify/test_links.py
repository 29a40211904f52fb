"""Codes of documents: the number itself, enciphered, so that no table is needed to open one."""

import pytest

from services.notify.links import Child, Links, child, digest

NUMBERS = (
    "main-45-1",
    "main-45-1-r2",
    "main-45-1.17",
    "main-45-1-r2.17",
    f"main-{2**53 - 1}-{2**20}-r9999999.9999999",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_code_opens_to_its_number(number: str) -> None:
    links = Links("a key of the tests")
    code = links.code(number)
    assert (len(code), int(code, 16) < 2**128) == (32, True)
    assert links.opened(code) == number
    assert links.check(number) == digest(code)


def test_a_million_children_have_a_million_codes() -> None:
    links = Links("a key of the tests")
    codes = {links.code(f"main-45-1.{line}") for line in (*range(1, 1000), *range(999_001, 10**6))}
    assert len(codes) == 1998
    # neighbours have nothing in common: no digit stands in more than half of the codes' one place
    for place in range(32):
        digits = [code[place] for code in codes]
        assert max(map(digits.count, "0123456789abcdef")) < 250


def test_another_key_or_ledger_makes_and_opens_other_codes() -> None:
    links, code = Links("one"), Links("one").code("main-45-1")
    assert {Links("two").opened(code), Links("one", "pool").opened(code)} == {None}
    assert Links("two").code("main-45-1") != code
    assert Links("one", "pool").code("pool-45-1") != code
    assert links.opened("0" * 32) is None


def test_an_old_key_opens_what_it_made_and_the_new_one_makes() -> None:
    old, both = Links("old"), Links("new, old")
    code = old.code("main-45-1")
    assert both.opened(code) == "main-45-1"
    assert both.code("main-45-1") == Links("new").code("main-45-1") != code
    by = both.made("main-45-1", digest(code))
    assert by is not None
    assert by.code("main-45-1") == code
    assert both.made("main-45-1", digest("another")) is None
    assert both.made("main-45-1", None) is None
    assert [one.code("main-45-1") for one in both.each] == [both.code("main-45-1"), code]
    assert old.box is not None
    assert both.box is not None
    assert both.box.open("hook", old.box.seal("hook", "secret")) == "secret"


def test_without_a_key_there_is_no_code() -> None:
    none = Links("")
    assert (none.code("main-45-1"), none.check("main-45-1"), none.box) == ("", None, None)
    assert none.opened("0" * 32) is None
    assert (none.made("main-45-1", None), none.each) == (None, [none])


@pytest.mark.parametrize(
    "number",
    ["main-45", "pool-45-1", "main-45-01", "main-45-1.0", "main-45-1.017", "main-45-1-r1", ""],
)
def test_what_is_no_number_has_no_code(number: str) -> None:
    with pytest.raises(ValueError):
        Links("a key of the tests").code(number)


def test_the_number_of_a_child_names_its_parent_and_its_line() -> None:
    assert child("main-45-1-r2.17") == Child("main-45-1-r2", 17)
    assert child("main-45-1") is None
    assert child("main-45-1.1１") is None, "one document has one number"
