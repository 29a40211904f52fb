"""Stories of the transfer room: accounts, transfers, reservations."""

from tests.rooms.story import Ledger, story


@story
def test_an_account_lives_and_ends(ledger: Ledger) -> None:
    """
    open A01 reps alice
    freeze A01
    unfreeze A01
    close A01
    # its code is never used again
    open A01        ! account_exists
    open A02 by alice         ! actor_not_allowed
    open A01 by alice         ! actor_not_allowed
    """


@story
def test_accounts_are_changed_by_operators_and_one_step_at_a_time(ledger: Ledger) -> None:
    """
    open A01 reps alice
    open C01
    close C01
    freeze Z99 by alice     ! actor_not_allowed
    freeze Z99              ! account_not_found
    freeze C01              ! account_closed
    unfreeze Z99 by alice   ! actor_not_allowed
    unfreeze Z99            ! account_not_found
    unfreeze C01            ! account_closed
    unfreeze A01            ! account_not_frozen
    freeze A01
    freeze A01              ! account_frozen
    close A01 by alice      ! actor_not_allowed
    close Z99               ! account_not_found
    close C01               ! account_closed
    close A01               ! account_frozen
    """


@story
def test_only_an_empty_account_is_closed(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 10 to A01
    reserve 4 from A01 as order
    close A01       ! account_not_empty holding=10
    transfer 6 A01 -> B02
    close A01       ! account_not_empty holding=4
    release order
    transfer 4 A01 -> B02
    close A01
    transfer 1 B02 -> A01   ! account_closed
    """


@story
def test_a_quantity_takes_the_lowest_serials(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 1000 to A01
    transfer 400 of JC-ER-000001-01 A01 -> B02
    holds HOLD:A01 JC-ER-000001-01/401-1000
    holds HOLD:B02 JC-ER-000001-01/1-400
    transfer JC-ER-000001-01/501-600,601,999-1000 A01 -> B02
    holds HOLD:B02 JC-ER-000001-01/1-400,501-601,999-1000
    transfer 101 of JC-ER-000001-01 A01 -> B02
    holds HOLD:A01 JC-ER-000001-01/603-998
    transfer 402 of JC-ER-000001-01 B02 -> A01
    holds HOLD:B02 JC-ER-000001-01/403-602,999-1000
    """


@story
def test_a_quantity_over_all_lots_takes_the_oldest_first(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000002-01 10 to A01 certified 2025-03-01
    issue JC-ER-000001-02 10 to A01 certified 2025-02-01
    issue JC-ER-000001-01 10 to A01 certified 2025-02-01
    issue NT-ER-000001-01 10 to A01 certified 2020-01-01
    transfer 25 A01 -> B02 stated 2025-12-24
    holds HOLD:B02 JC-ER-000001-01/1-10 JC-ER-000001-02/1-10 JC-ER-000002-01/1-5
    # what may not change hands is no part of the choice
    transfer 6 A01 -> B02    ! quantity_exceeds_holding holding=5 quantity=6
    transfer 5 A01 -> B02
    holds HOLD:A01 NT-ER-000001-01/1-10
    transfer 1 A01 -> B02    ! quantity_exceeds_holding holding=0
    transfer 1 Z -> B02      ! account_not_found
    """


@story
def test_frozen_credits_do_not_move(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 1000 to A01
    freeze A01
    transfer 400 of JC-ER-000001-01 A01 -> B02   ! account_frozen account=A01
    transfer 400 of JC-ER-000001-01 B02 -> A01   ! account_frozen account=A01
    balance HOLD:A01 1000
    balance HOLD:B02 0
    unfreeze A01
    transfer 400 of JC-ER-000001-01 A01 -> B02
    """


@story
def test_a_representative_acts_for_its_own_account(ledger: Ledger) -> None:
    """
    open A01 reps alice,arthur
    open B02 reps bob
    issue JC-ER-000001-01 10 to A01
    transfer 1 A01 -> B02 by alice
    transfer 1 A01 -> B02 by arthur
    transfer 1 A01 -> B02 by bob     ! actor_not_allowed actor=bob account=A01
    transfer 1 B02 -> A01 by bob
    transfer 1 Z99 -> A01 by bob     ! actor_not_allowed
    """


@story
def test_a_transfer_is_refused_for_the_first_thing_that_is_wrong(ledger: Ledger) -> None:
    """
    open A01
    open B02
    open F01
    freeze F01
    open C01
    close C01
    issue JC-ER-000001-01 1-10 to A01
    issue NT-ER-000001-01 1-10 to A01

    # each line has the faults of the lines below it, as far as they can meet
    transfer 11 of NONE F01 -> Z99 stated 2025-02-29 by mallory  ! actor_not_allowed
    transfer 11 of NONE F01 -> Z99 stated 2025-02-29     ! day_not_in_calendar day=2025-02-29
    transfer 11 of NONE F01 -> Z99                       ! account_not_found account=Z99
    transfer 11 of NONE F01 -> C01                       ! account_closed account=C01
    transfer 11 of NONE F01 -> F01                       ! account_frozen account=F01
    transfer 11 of NONE A01 -> A01                       ! accounts_must_differ account=A01
    transfer 11 NONE/2-1 A01 -> B02                      ! lot_not_found lot=NONE
    transfer 11 NT-ER-000001-01/2-1 A01 -> B02           ! selection_ambiguous
    transfer of NT-ER-000001-01 A01 -> B02               ! selection_ambiguous
    transfer A01 -> B02                                  ! selection_ambiguous
    transfer NT-ER-000001-01/5-15,5-15,2-1 A01 -> B02    ! serials_reversed first=2 last=1
    transfer NT-ER-000001-01/5-15,15-16 A01 -> B02       ! serials_overlap first=15
    transfer NT-ER-000001-01/5-15 A01 -> B02             ! scheme_not_transferable
    transfer 11 of NT-ER-000001-01 A01 -> B02            ! scheme_not_transferable
    transfer JC-ER-000001-01/1-2,10-11 A01 -> B02        ! serials_not_held first=10 last=11
    transfer JC-ER-000001-01/1-2 B02 -> A01              ! serials_not_held account=HOLD:B02
    transfer 11 of JC-ER-000001-01 A01 -> B02            ! quantity_exceeds_holding holding=10
    transfer 1 of JC-ER-000001-01 B02 -> A01             ! quantity_exceeds_holding holding=0
    transfer 10 of JC-ER-000001-01 A01 -> B02
    """


@story
def test_all_lines_happen_or_none(ledger: Ledger) -> None:
    """
    open A01
    open B02
    open C03
    issue JC-ER-000001-01 10 to A01
    transfer 6 A01 -> B02; 5 A01 -> C03; 1 A01 -> C03   ! quantity_exceeds_holding line=1 holding=4
    holds HOLD:A01 JC-ER-000001-01/1-10
    balance HOLD:B02 0
    transfer 6 A01 -> B02; 4 A01 -> C03; 1 B02 -> C03
    lines
    balance HOLD:B02 5
    balance HOLD:C03 5
    """
    assert [event.line for event in ledger.last.events] == [0, 1, 2]


@story
def test_each_line_stands_alone_where_the_caller_asks_so(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 10 to A01
    transfer each 6 A01 -> B02; 5 A01 -> B02; 4 A01 -> B02; 1 A01 -> A01
    lines accepted quantity_exceeds_holding accepted accounts_must_differ
    balance HOLD:B02 10
    """
    assert [event.line for event in ledger.last.events] == [0, 2]


@story
def test_a_command_without_one_good_line_is_refused(ledger: Ledger) -> None:
    """
    open A01
    open B02
    transfer each 6 A01 -> B02; 5 B02 -> B02     ! no_line_accepted lines=2
    lines quantity_exceeds_holding accounts_must_differ
    """
    assert ledger.last.events == ()


@story
def test_what_is_set_aside_is_free_again_when_released(ledger: Ledger) -> None:
    """
    open A01 reps alice
    open B02
    issue JC-ER-000001-01 10 to A01
    issue NT-ER-000001-01 10 to A01
    reserve 12 from A01 as order by alice
    holds LOCK:A01:order JC-ER-000001-01/1-10 NT-ER-000001-01/1-2
    transfer 1 of JC-ER-000001-01 A01 -> B02   ! quantity_exceeds_holding holding=0
    release order by alice
    holds HOLD:A01 JC-ER-000001-01/1-10 NT-ER-000001-01/1-10
    release order                     ! reservation_not_found
    reserve JC-ER-000001-01/3-4 from A01 as other
    release other
    """


@story
def test_what_is_set_aside_is_free_again_when_its_time_is_over(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 10 to A01
    reserve 1 from A01 as for-ever
    reserve 2 from A01 as later until 2026-01-03T00:00
    reserve 3 from A01 as sooner until 2026-01-02T00:00
    at 2026-01-01T23:59
    tick
    balance HOLD:A01 4
    at 2026-01-02T00:00
    tick by system:clock
    balance LOCK:A01:sooner 0
    holds HOLD:A01 JC-ER-000001-01/4-10
    release sooner               ! reservation_not_found
    at 2026-01-04T00:00
    freeze A01
    tick
    balance LOCK:A01:later 0
    balance LOCK:A01:for-ever 1
    """


@story
def test_a_reservation_is_refused_for_the_first_thing_that_is_wrong(ledger: Ledger) -> None:
    """
    open A01 reps alice
    open F01
    freeze F01
    open C01
    close C01
    issue JC-ER-000001-01 10 to A01
    reserve 11 of NONE from Z99 until 2025-02-29T00:00 by alice   ! actor_not_allowed
    reserve 11 of NONE from Z99 until 2025-02-29T00:00            ! day_not_in_calendar
    reserve 11 of NONE from Z99 until 2026-01-01T00:00            ! expiry_past
    reserve 11 of NONE from Z99 until 2026-01-01T00:01            ! account_not_found
    reserve 11 of NONE from C01                                   ! account_closed
    reserve 11 of NONE from F01                                   ! account_frozen
    reserve 11 NONE/1 from A01                                    ! lot_not_found
    reserve 11 JC-ER-000001-01/11-10 from A01                     ! selection_ambiguous
    reserve JC-ER-000001-01/11-10 from A01                        ! serials_reversed
    reserve JC-ER-000001-01/11,11 from A01                        ! serials_overlap
    reserve JC-ER-000001-01/11 from A01                           ! serials_not_held
    reserve 11 from A01                                           ! quantity_exceeds_holding
    reserve 10 from A01
    """


@story
def test_a_release_is_refused_for_the_first_thing_that_is_wrong(ledger: Ledger) -> None:
    """
    open A01 reps alice
    open B02 reps bob
    issue JC-ER-000001-01 10 to A01
    reserve 10 from A01 as order
    freeze A01
    release o-0 by bob         ! reservation_not_found
    release order by bob       ! actor_not_allowed account=A01
    release order by alice     ! account_frozen
    unfreeze A01
    annul JC-ER-000001-01
    close A01
    # nothing is left in the order, and nobody to give it back to
    release order              ! account_closed
    """
