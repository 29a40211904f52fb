"""Eligibility: the table of uses transcribed, what its sources differ in, and what it decides."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

import tests.rooms.grammar_invalidation  # noqa: F401 - the words of these stories
from libs.ledger.events import CreditsInvalidated
from libs.ledger.rules.invalidation import InvalidationRules, Window
from services import rules
from services.invalidation.decide.eligibility import LotFacts, Use, eligibility, example_of, matrix
from services.invalidation.decide.windows import assignable
from tests.rooms.story import Ledger, story

COLUMNS = (
    *("CDP", "SBT", "RE100", "ENERGY_SAVING_JOINT", "ONTAI_NON_UTILITY", "PREF_PLAN"),
    "OFFSET_PRODUCT",
)
TRANSCRIBED = {
    "ENERGY_SAVING": "×××○○○○",
    "RENEWABLE_POWER": "○○○○○○○",
    "RENEWABLE_HEAT": "○○×○○○○",
    "OTHER_SECTORS": "××××○○○",
    "GREEN_POWER": "○○○○○○○",
    "GREEN_HEAT": "○○×○○○○",
    "NON_FOSSIL_FIT": "○○○○○○○",
    "NON_FOSSIL_RENEWABLE": "○○○○○○○",
    "NON_FOSSIL_OTHER": "○○△○○○○",
}
STANCE = {"○": "allow", "×": "refuse", "△": "warn"}
MATRIX, OFFICIAL = rules.invalidation("matrix"), rules.invalidation("official")
TODAY = "2026-01-01"


def lot(*methodologies: str, scheme: str = "JC", kind: str = "ER") -> LotFacts:
    return LotFacts(scheme, kind, methodologies)


def says(table: str, facts: LotFacts, purpose: str, scope: str = "", day: str = TODAY) -> str:
    chosen = OFFICIAL if table == "official" else MATRIX
    return eligibility(chosen, facts, Use(purpose, day, scope or UNSET)).stance


@pytest.mark.parametrize("kind", TRANSCRIBED)
def test_the_matrix_is_the_one_that_was_printed(kind: str) -> None:
    facts = example_of(MATRIX.kinds[kind])
    found = {purpose: says("matrix", facts, purpose) for purpose in COLUMNS}
    assert found == {
        purpose: STANCE[sign] for purpose, sign in zip(COLUMNS, TRANSCRIBED[kind], strict=True)
    }


def test_every_cell_of_the_table_can_be_shown() -> None:
    shown = {(kind, purpose): one.stance for kind, purpose, one in matrix(MATRIX, TODAY)}
    assert len(shown) == len(MATRIX.kinds) * len(MATRIX.purposes)
    assert shown["ENERGY_SAVING", "RE100"] == "refuse"
    assert shown["RENEWABLE_POWER", "OFFSET_EVENT"] == "allow"


@pytest.mark.parametrize("method", ["EN-R-002", "EN-R-003"])
def test_the_official_page_keeps_joint_projects_for_energy_saving(method: str) -> None:
    assert says("matrix", lot(method), "ENERGY_SAVING_JOINT") == "allow"
    assert says("official", lot(method), "ENERGY_SAVING_JOINT") == "refuse"
    assert says("official", lot("EN-S-001"), "ENERGY_SAVING_JOINT") == "allow"


def test_the_official_page_lets_others_be_told_of_in_the_cdp_questionnaire() -> None:
    for method in ("EN-S-001", "FO-001", "AG-004"):
        assert says("matrix", lot(method), "CDP") == "refuse"
        assert says("official", lot(method), "CDP") == "warn"


def test_re100_has_taken_scope_2_only_since_2021() -> None:
    power = lot("EN-R-002")
    assert says("matrix", power, "RE100", "SCOPE_1") == "allow"
    assert says("official", power, "RE100", "SCOPE_2") == "allow"
    assert says("official", power, "RE100", "SCOPE_1", "2021-07-31") == "allow"
    assert says("official", power, "RE100", "SCOPE_1", "2021-08-01") == "refuse"
    assert says("official", power, "RE100") == "warn"


@pytest.mark.parametrize("purpose", ["CDP", "SBT", "RE100"])
def test_the_official_page_takes_nothing_for_energy_procured_abroad(purpose: str) -> None:
    def told(table: InvalidationRules, country: str) -> str:
        use = Use(purpose, TODAY, "SCOPE_2", country or UNSET)
        return eligibility(table, lot("EN-R-002"), use).stance

    assert [told(OFFICIAL, country) for country in ("", "JP", "US")] == ["allow", "allow", "refuse"]
    assert told(MATRIX, "US") == "allow"
    homeless = replace(OFFICIAL, home=UNSET)
    assert told(homeless, "US") == "allow"


def test_forest_credits_joined_the_action_plan_later() -> None:
    forest = lot("FO-001", kind="FM")
    assert says("official", forest, "KEIDANREN_CN", day="2022-03-31") == "refuse"
    assert says("official", forest, "KEIDANREN_CN", day="2022-04-01") == "allow"
    assert says("matrix", forest, "KEIDANREN_CN", day="2022-03-31") == "allow"


@pytest.mark.parametrize(
    ("scheme", "kind", "stance"),
    [
        *(("JC", "ER", "refuse"), ("JC", "FM", "allow"), ("JCL", "ERL", "allow")),
        *(("KC", "KC", "refuse"), ("KCP", "KCP", "refuse")),
        *(("JP", "ER", "refuse"), ("JP", "JRM", "allow"), ("JP", "KRM", "allow")),
    ],
)
def test_the_scheme_symbol_decides_for_the_action_plan(scheme: str, kind: str, stance: str) -> None:
    assert says("matrix", lot(scheme=scheme, kind=kind), "KEIDANREN_CN") == stance


def test_credits_of_several_kinds_are_warned_of_where_the_kinds_differ() -> None:
    wood = lot("EN-R-001")
    assert says("matrix", wood, "SBT") == "allow"
    told = eligibility(MATRIX, wood, Use("RE100", TODAY))
    assert (told.stance, told.kinds) == ("warn", ("RENEWABLE_POWER", "RENEWABLE_HEAT"))
    assert says("matrix", lot("EN-S-001", "EN-R-002"), "RE100") == "warn"


def test_what_the_table_is_silent_on() -> None:
    assert says("matrix", lot("EN-S-001"), "CORSIA") == "allow"
    assert says("matrix", lot("ZZ-001"), "SBT") == "warn"


def test_statistics_count_each_purpose_in_one_group() -> None:
    groups = {purpose.group for purpose in MATRIX.purposes.values()}
    assert groups == {
        *("温対法(電気事業者)", "温対法(電気事業者以外)", "オフセット等", "温対法&オフセット等"),
        "その他",
    }


@story
def test_an_active_table_refuses_and_says_why(ledger: Ledger) -> None:
    """
    adopt matrix as table
    approve table by operator:2
    open A01
    project JC-ER-000010 EN-S-001
    project JC-ER-000011 EN-R-002
    issue JC-ER-000010-01 10 to A01 certified 2025-01-01
    issue JC-ER-000011-01 10 to A01
    use 1 of JC-ER-000010-01 from A01 purpose RE100   ! not_eligible kinds=ENERGY_SAVING
    # by total the registry takes what is eligible, though older credits are there
    use 3 from A01 purpose RE100
    holds RET:INV JC-ER-000011-01/1-3
    use 8 from A01 purpose RE100                      ! quantity_exceeds_holding holding=7
    use 8 from A01 purpose OFFSET_EVENT at-place 13/Marunouchi
    """
    (used,) = ledger.last.events
    assert isinstance(used, CreditsInvalidated)
    assert used.warnings is UNSET


@story
def test_a_warning_is_told_and_kept(ledger: Ledger) -> None:
    """
    adopt official as table
    approve table by operator:2
    open A01
    project JC-ER-000010 EN-S-001
    issue JC-ER-000010-01 10 to A01
    use 1 from A01 purpose CDP
    """
    (used,) = ledger.last.events
    assert isinstance(used, CreditsInvalidated)
    assert isinstance(used.warnings, tuple)
    assert "C11.2" in used.warnings[0]


@story
def test_credits_are_good_until_their_last_day(ledger: Ledger) -> None:
    """
    adopt matrix as table
    approve table by operator:2
    open A01
    issue JC-ER-000001-01 10 to A01
    # 2031-03-31 in Tokyo ends at 15:00 UTC
    second 2031-03-31T14:59:59
    use 1 of JC-ER-000001-01 from A01
    second 2031-03-31T15:00:00
    use 1 of JC-ER-000001-01 from A01   ! credits_expired valid_until=2031-03-31
    use 1 of NONE from A01              ! lot_not_found
    """


@story
def test_a_use_until_the_end_of_june_may_be_told_of_in_either_year(ledger: Ledger) -> None:
    """
    unopened
    second 2024-06-01T00:00:00
    open-ledger
    adopt matrix as table
    approve table by operator:2
    open A01
    project JC-ER-000010 EN-S-001
    issue JC-ER-000010-01 10 to A01
    second 2024-06-30T14:59:59
    use 1 from A01 purpose ONTAI_NON_UTILITY year 2023
    use 1 from A01 purpose ONTAI_NON_UTILITY year 2024 scope SCOPE_1
    use 1 from A01 purpose ONTAI_NON_UTILITY year 2022   ! fiscal_year_not_assignable
    second 2024-06-30T15:00:00
    use 1 from A01 purpose ONTAI_NON_UTILITY year 2023   ! fiscal_year_not_assignable day=2024-07-01
    use 1 from A01 purpose ONTAI_NON_UTILITY year 2024
    use 1 from A01 purpose ONTAI_NON_UTILITY
    # a purpose without a window takes any year
    use 1 from A01 purpose OFFSET_EVENT year 2020
    """


def test_windows_that_turn_the_year() -> None:
    assert assignable(Window(begins=4, until=6), "2025-03-31") == (2024,)
    assert assignable(Window(begins=4, until=6), "2025-04-01") == (2024, 2025)
    assert assignable(Window(begins=11, until=2), "2025-01-15") == (2023, 2024)


@story
def test_credits_are_no_good_for_energy_procured_abroad(ledger: Ledger) -> None:
    """
    adopt official as table
    approve table by operator:2
    open A01
    project JC-ER-000010 EN-R-002
    issue JC-ER-000010-01 10 to A01
    use 1 of JC-ER-000010-01 from A01 purpose RE100 scope SCOPE_2 country US  ! not_eligible
    use 1 from A01 purpose RE100 scope SCOPE_2 country JP
    file 1 from A01 purpose OFFSET_PRODUCT country US at-place 1/Tokyo as one
    confirm one
    """
    used = ledger.last.events[-1]
    assert isinstance(used, CreditsInvalidated)
    assert used.country == "US"
