"""Stories of the issuance room: projects, issuances, the buffer, withdrawals."""

from tests.rooms.story import Ledger, story


@story
def test_a_project_enters_the_register_once(ledger: Ledger) -> None:
    """
    register JC-ER-000009 implementer GreenCo
    # refusals, in order of precedence
    register XX-ER-000009 by mallory       ! actor_not_allowed actor=mallory
    register JC-ER-000009 scheme XX        ! scheme_not_found scheme=XX
    register JC-ER-000009                  ! project_exists project=JC-ER-000009
    """


@story
def test_credits_come_into_being_with_serials_from_one(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 1000 to A01
    balance HOLD:A01 1000
    holds HOLD:A01 JC-ER-000001-01/1-1000
    """


@story
def test_a_forest_gives_three_percent_to_the_buffer(ledger: Ledger) -> None:
    """
    # the real certification of domain.md 2.3 (a): 2,660 t, 3 %, rounded down
    open A01
    issue JC-FM-000123-01 2660 to A01
    balance HOLD:A01 2581
    balance BUF:FOREST 79
    holds HOLD:A01 JC-FM-000123-01/1-2581
    holds BUF:FOREST JC-FM-000123-01/2582-2660
    """


@story
def test_the_share_of_a_buffer_may_be_said(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01 buffer FOREST:10
    holds HOLD:A01 JC-ER-000001-01/1-90
    issue JC-FM-000123-01 100 to A01 buffer FOREST:0
    holds HOLD:A01 JC-ER-000001-01/1-90 JC-FM-000123-01/1-100
    issue JC-FM-000123-02 100 to A01 buffer PEAT:100
    holds BUF:PEAT JC-FM-000123-02/1-100
    issue JC-FM-000123-03 33 to A01
    holds BUF:FOREST JC-ER-000001-01/91-100
    """


@story
def test_a_takeover_keeps_the_numbers_of_another_registry(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 501-1000 to A01
    issue JC-ER-000001-01 1-200 to A01
    issue JC-ER-000001-01 9007199254740991-9007199254740991 to A01
    holds HOLD:A01 JC-ER-000001-01/1-200,501-1000,9007199254740991-9007199254740991
    """


@story
def test_the_largest_lot_costs_no_more_than_the_smallest(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 9007199254740991 to A01
    balance HOLD:A01 9007199254740991
    invalidate 1 of JC-ER-000001-01 from A01
    holds RET:INV JC-ER-000001-01/1-1
    """


@story
def test_an_issuance_is_refused_for_the_first_thing_that_is_wrong(ledger: Ledger) -> None:
    """
    open A01
    open F01
    freeze F01
    open C01
    close C01
    issue JC-ER-000001-01 11-20 to A01
    issue JC-ER-000002-01 1-10 to A01
    annul JC-ER-000002-01

    # each line has every fault of the lines below it
    issue JC-ER-000001-01 11 to Z99 certified 2025-02-29 by mallory ! actor_not_allowed
    issue JC-ER-000001-01 11 to Z99 certified 2025-02-29            ! day_not_in_calendar
    issue JC-ER-000001-01 11 to Z99 vintage 2025-02-01..2025-02-30  ! day_not_in_calendar
    issue JC-ER-000001-01 11 to Z99 vintage 2025-02-31..2025-03-01  ! day_not_in_calendar
    issue JC-ER-000001-01 11 to Z99 vintage 2025-02-02..2025-02-01 of NONE ! period_reversed
    issue JC-ER-000001-01 11 to Z99 of JC-ER-000404                 ! project_not_found
    issue JC-ER-000001-01 11 to Z99                                 ! account_not_found
    issue JC-ER-000001-01 11 to C01                                 ! account_closed
    issue JC-ER-000001-01 11 to F01                                 ! account_frozen
    issue JC-ER-000001-01 11 to A01 of JC-ER-000002                 ! lot_exists
    issue JC-ER-000001-01 15-16 to A01 of JC-ER-000002              ! lot_of_another_project
    issue JC-ER-000002-01 5-9007199254740992 to A01                 ! lot_annulled
    issue JC-ER-000001-01 5-9007199254740992 to A01                 ! serials_too_high
    issue JC-ER-000001-01 1-11 to A01 buffer FOREST:12              ! serials_already_issued last=11
    issue JC-ER-000001-01 20-20 to A01                              ! serials_already_issued
    issue JC-ER-000001-01 1-10 to A01 buffer FOREST:11              ! buffer_exceeds_issuance
    issue JC-ER-000001-01 1-10 to A01 buffer FOREST:10
    issue JC-ER-000001-01 21-21 to A01
    """


@story
def test_a_lot_of_which_some_is_good_takes_more(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 1-10 to A01
    annul JC-ER-000001-01/1-9
    issue JC-ER-000001-01 11-20 to A01
    annul JC-ER-000001-01
    issue JC-ER-000001-01 21-30 to A01   ! lot_annulled
    """


@story
def test_an_issuance_in_error_is_taken_back_whole(ledger: Ledger) -> None:
    """
    open A01
    issue JC-FM-000123-01 2660 to A01
    freeze A01
    withdraw JC-FM-000123-01
    balance HOLD:A01 0
    balance BUF:FOREST 0
    holds WDL JC-FM-000123-01/1-2660
    # and its serials are spent: no second issuance under the same numbers
    unfreeze A01
    issue JC-FM-000123-01 1-10 to A01   ! serials_already_issued
    """


@story
def test_an_issuance_that_moved_stays(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 100 to A01
    transfer JC-ER-000001-01/100 A01 -> B02
    withdraw JC-ER-000001-09 by mallory   ! actor_not_allowed
    withdraw JC-ER-000001-09              ! lot_not_found
    withdraw JC-ER-000001-01              ! lot_has_moved account=HOLD:B02
    transfer 1 of JC-ER-000001-01 B02 -> A01
    reserve 1 from A01
    withdraw JC-ER-000001-01              ! lot_has_moved
    """


@story
def test_the_buffer_gives_back_and_makes_good(ledger: Ledger) -> None:
    """
    open A01
    issue JC-FM-000123-01 10000 to A01
    balance BUF:FOREST 300
    unbuffer 100 of JC-FM-000123-01 from FOREST to A01
    unbuffer JC-FM-000123-01/9999-10000 from FOREST to A01
    holds HOLD:A01 JC-FM-000123-01/1-9800,9999-10000
    cover 98 from FOREST
    holds RET:BUF JC-FM-000123-01/9801-9898
    balance BUF:FOREST 100
    """


@story
def test_a_reversal_is_covered_from_the_pool(ledger: Ledger) -> None:
    """
    # the real reversal of domain.md 2.3 (b): 14,730 t before, 472 t used, 14,258 t after
    open A01
    issue JC-FM-000123-01 491000 to A01
    balance BUF:FOREST 14730
    cover 472 from FOREST
    balance BUF:FOREST 14258
    balance RET:BUF 472
    """


@story
def test_the_buffer_gives_nothing_wrongly(ledger: Ledger) -> None:
    """
    open A01
    open F01
    freeze F01
    open C01
    close C01
    issue JC-FM-000123-01 1000 to A01
    unbuffer 9 of NONE from FOREST to Z99 by mallory                 ! actor_not_allowed
    unbuffer 9 of NONE from FOREST to Z99                            ! account_not_found
    unbuffer 9 of NONE from FOREST to C01                            ! account_closed
    unbuffer 9 of NONE from FOREST to F01                            ! account_frozen
    unbuffer 9 NONE/1-2 from FOREST to A01                           ! lot_not_found
    unbuffer from FOREST to A01                                      ! selection_ambiguous
    unbuffer JC-FM-000123-01/971-980,979-981 from FOREST to A01      ! serials_overlap
    unbuffer JC-FM-000123-01/970-971 from FOREST to A01              ! serials_not_held
    unbuffer 31 from FOREST to A01                                   ! quantity_exceeds_holding
    cover 9 9 of NONE from FOREST by mallory                         ! actor_not_allowed
    cover 9 of NONE from FOREST                                      ! lot_not_found
    cover JC-FM-000123-01/2-1 from FOREST                            ! serials_reversed
    cover 1 of JC-FM-000123-01 from PEAT                             ! quantity_exceeds_holding
    cover JC-FM-000123-01/1-1 from PEAT                              ! serials_not_held
    """
