"""Who acts for an account: representatives in their roles, and agents with a mandate."""

from libs.ledger.decider import Act
from libs.ledger.entry import Head
from libs.ledger.instants import parse
from libs.ledger.standing import mandated, may_act
from tests.rooms import grammar_accounts, grammar_corrections
from tests.rooms.story import Ledger, story

VERBS = (grammar_accounts.LIVES, grammar_corrections.cover)
"""Whoever imports them has the words of these stories."""


@story
def test_each_representative_acts_in_a_role(ledger: Ledger) -> None:
    """
    adopt two-eyed-knowing as rules
    approve rules by operator:2
    apply A01 reps ida:initiator,abe:approver,rita:read_only,bo:both
    review A01 IDENTITY SEAL
    let-open A01
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    place 10 A01 -> B02 by abe ! role_not_allowed role=approver
    place 10 A01 -> B02 by rita ! role_not_allowed role=read_only
    place 10 A01 -> B02 by ida as order
    approve-order order by rita ! role_not_allowed
    approve-order order by ida ! role_not_allowed role=initiator
    approve-order order by abe
    place 10 A01 -> B02 by bo as other
    approve-order other by bo ! approver_must_differ
    call-off other by rita ! role_not_allowed
    call-off other by abe
    invalidate 1 from A01 by abe ! role_not_allowed
    invalidate 1 from A01 by ida
    reserve 1 from A01 by abe ! role_not_allowed
    reserve 1 from A01 by ida as kept
    release kept by rita ! role_not_allowed
    release kept by bo
    make-good JC-ER-000001 1 from A01 by abe ! role_not_allowed
    # an initiator cannot trust for himself what he then gives to
    trust A01 -> B02 by ida ! role_not_allowed
    trust A01 -> B02 by abe
    distrust A01 -> B02 by rita ! role_not_allowed
    distrust A01 -> B02 by ida
    # whoever was named without a role has both
    place 5 B02 -> A01 by ben
    begin-closing A01 by ida ! role_not_allowed
    """


@story
def test_who_represents_an_account_changes(ledger: Ledger) -> None:
    """
    open A01 reps ann,bob
    open B02
    open C03
    close C03
    issue JC-ER-000001-01 100 to A01
    appoint-for A01 cy:initiator by ann ! actor_not_allowed
    appoint-for Z99 cy ! account_not_found
    appoint-for C03 cy ! account_closed
    appoint-for A01 ann ! representative_exists actor=ann
    appoint-for A01 cy:initiator
    transfer 1 A01 -> B02 by cy
    dismiss-for A01 dan ! representative_not_found actor=dan
    dismiss-for A01 dan by ann ! actor_not_allowed
    dismiss-for A01 bob
    transfer 1 A01 -> B02 by bob ! actor_not_allowed
    transfer 1 A01 -> B02 by ann
    replace-for A01 dan eve ! representative_not_found actor=dan
    replace-for A01 ann cy ! representative_exists actor=cy
    replace-for A01 ann eve by ann ! actor_not_allowed
    replace-for A01 ann eve
    transfer 1 A01 -> B02 by ann ! actor_not_allowed
    transfer 1 A01 -> B02 by eve
    replace-for A01 eve eve:approver
    transfer 1 A01 -> B02 by eve ! role_not_allowed
    # nobody asks for a second approver here
    dismiss-for A01 eve
    dismiss-for A01 cy
    adopt uncontrolled as rules
    approve rules by operator:2
    appoint-for A01 ann
    dismiss-for A01 ann
    """


@story
def test_the_last_who_approves_stays_where_a_second_is_asked_for(ledger: Ledger) -> None:
    """
    adopt two-eyed-knowing as rules
    approve rules by operator:2
    open A01 reps ann,bob
    dismiss-for A01 bob
    appoint-for A01 ida:initiator
    dismiss-for A01 ann ! last_approver actor=ann
    replace-for A01 ann ann:initiator ! last_approver actor=ann
    dismiss-for A01 ida
    replace-for A01 ann eve:approver
    """


@story
def test_an_agent_acts_within_its_mandate(ledger: Ledger) -> None:
    """
    adopt knowing as rules
    approve rules by operator:2
    open A01 reps ann
    open B02 reps bea,bob
    open C03
    issue JC-ER-000001-01 100 to A01
    transfer 1 A01 -> C03 by bea ! actor_not_allowed
    grant A01 transfer agent B02 until 2026-01-31 by ann as mandate
    transfer 1 A01 -> C03 by bea
    place 1 A01 -> C03 by bea wants approval as order
    approve-order order by bea ! mandate_not_valid
    call-off order by bea
    reserve 1 from A01 by bea as kept
    release kept by bob
    invalidate 1 from A01 by bea ! mandate_not_valid
    grant A01 invalidate agent B02 until 2026-12-31 by ann as second
    invalidate 1 from A01 by bea
    # read-only at its own house, read-only as an agent
    replace-for B02 bea bea:read_only
    transfer 1 A01 -> C03 by bea ! actor_not_allowed
    freeze B02
    transfer 1 A01 -> C03 by bob ! actor_not_allowed
    unfreeze B02
    # the last second of its last day in Tokyo
    at 2026-01-31T14:59
    transfer 1 A01 -> C03 by bob
    at 2026-01-31T15:00
    transfer 1 A01 -> C03 by bob ! mandate_not_valid
    revoke A01 second by bob ! mandate_not_valid
    revoke A01 second by ann
    invalidate 1 from A01 by bob ! mandate_not_valid
    revoke A01 second by ann ! mandate_not_found
    revoke C03 m-1 ! mandate_not_found
    """
    state = ledger.state
    last, over = parse("2026-01-31T14:59:59.999Z"), parse("2026-01-31T15:00:00.000Z")
    assert mandated(state, "bob", "A01", last), "whatever for"
    assert not mandated(state, "bob", "A01", over)
    assert not mandated(state, "bob", "C03", last)
    assert not mandated(state, "bea", "A01", last), "she only looks"
    ledger.say("open D04 reps dan")
    ledger.say("grant A01 transfer invalidate agent D04 until 2026-12-31")
    act = Act("dan", ledger.now_ms, 0, Head())
    assert may_act(ledger.state, act, "A01", "invalidate")
    assert not may_act(ledger.state, act, "A01", "approve")


@story
def test_a_mandate_may_name_an_entity_without_an_account(ledger: Ledger) -> None:
    """
    open A01 reps ann,rita
    open C03
    replace-for A01 rita rita:read_only
    issue JC-ER-000001-01 100 to A01
    grant A01 transfer actors broker:1,broker:2 until 2026-12-31 by rita ! role_not_allowed
    grant A01 transfer actors broker:1,broker:2 until 2026-12-31 by ann
    transfer 1 A01 -> C03 by broker:2
    transfer 1 A01 -> C03 by broker:3 ! actor_not_allowed
    transfer 1 C03 -> A01 by broker:1 ! actor_not_allowed
    grant A01 transfer until 2026-12-31 ! agent_ambiguous
    grant A01 transfer agent C03 actors broker:1 until 2026-12-31 ! agent_ambiguous
    grant A01 transfer actors x number none until 2026-12-31 ! holder_not_legal_entity
    grant A01 transfer agent A01 until 2026-12-31 ! accounts_must_differ
    grant A01 transfer agent Z99 until 2026-12-31 ! account_not_found account=Z99
    grant A01 transfer agent C03 until 2026-02-30 ! day_not_in_calendar
    grant A01 transfer agent C03 until 2025-12-31 ! expiry_past
    freeze A01
    grant A01 transfer agent C03 until 2026-12-31 ! account_frozen account=A01
    """
