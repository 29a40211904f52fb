"""Offset certificates カーボン・オフセット証明書 of whole retirements: one each, and true ones."""

from msgspec.structs import replace

from libs.ledger.entry import decode
from libs.ledger.events import CertificateRequested
from libs.ledger.events.offsets import Gathering, Product
from libs.ledger.retirements import Retired, Retirements
from libs.ledger.rules.certificates import CertificateRules
from tests.rooms import grammar_invalidation, grammar_notices, grammar_pools
from tests.rooms.grammar import RULES
from tests.rooms.story import Ledger, story

RULES["vouched-table"] = replace(
    RULES["matrix"],
    notices=RULES["told"].notices,
    certificates=CertificateRules(purposes={"SBT": ("product",)}),
)
VERBS = (grammar_invalidation.claim, grammar_notices.certificate, grammar_pools.retire)
"""Whoever imports them has the words of these stories."""


def requested(ledger: Ledger) -> list[CertificateRequested]:
    facts = [fact for raw in ledger.journal for fact in decode(raw).events]
    return [fact for fact in facts if isinstance(fact, CertificateRequested)]


@story
def test_a_retirement_has_one_certificate_of_its_whole_quantity(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    issue JC-ER-000002-01 100 to A01
    adopt vouched as rules
    approve rules by operator:2
    invalidate 150 from A01; 7 from A01 as use
    vouch use of A01 for Fair offset product by ann             ! notice_not_found
    tell use
    tell use fact 1
    vouch use of A01 for Fair offset product by ben             ! actor_not_allowed
    vouch use of A01 for Fair offset event/2026-01-01..2026-02-29 by ann ! day_not_in_calendar
    vouch use of A01 for Fair offset event/2026-01-01..2025-12-31 by ann ! period_reversed
    vouch use fact 2 of A01 for Fair offset product by ann      ! notice_not_found
    vouch use of B02 for Fair offset product by ben             ! notice_of_another_account
    vouch use of A01 for Fair offset gift by ann                ! offset_not_of_purpose
    vouch use of A01 for Fair offset event/2026-01-01..2026-01-02 by ann as first
    vouch use of A01 for Other offset product by ann            ! certificate_exists
    vouch use of A01 for Fair offset event/2026-01-01..2026-01-02 ! certificate_exists
    vouch use fact 1 of A01 for Shop offset product as last
    vouch last of A01 for Shop offset product                   ! notice_not_found
    tell last kind balance                                      ! notice_kind_differs
    tell last kind certificate by system:notify
    vouch last of A01 for Shop offset product                   ! notice_of_no_offset
    """
    fair, shop = requested(ledger)
    assert (fair.quantity, fair.addressee, fair.account) == (150, "Fair", "A01")
    assert (shop.quantity, shop.addressee) == (7, "Shop")
    assert isinstance(fair.offset, Gathering)
    assert isinstance(shop.offset, Product)
    use = ledger.named["use"]
    assert [one.number for one in (fair, shop)] == [f"main-{use}-1", f"main-{use}-2"]
    assert list(ledger.state.registers.owed) == [f"main-{ledger.named['first']}-1"]


def test_a_range_of_a_retirement_takes_32_bytes() -> None:
    assert sum(column.itemsize for column in Retirements().columns) == 32


@story
def test_only_what_was_an_offset_under_rules_of_certificates_has_one(ledger: Ledger) -> None:
    """
    open A01 reps ann
    issue JC-ER-000001-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    adopt told as plain
    approve plain by operator:2
    invalidate 1 of JC-ER-000001-01 from A01 as early
    tell early
    vouch early of A01 for Fair offset product                  ! certificates_not_ruled
    adopt vouched as rules
    approve rules by operator:2
    vouch early of A01 for Fair offset product                  ! notice_of_no_offset
    invalidate 2 of JC-ER-000001-01 from A01 purpose OTHER as other
    tell other
    vouch other of A01 for Fair offset product                  ! notice_of_no_offset
    cancel 3 of KC-KC-000001-01 from A01 as cancelled
    tell cancelled kind cancellation
    vouch cancelled of A01 for Fair offset product
    """
    (asked,) = requested(ledger)
    assert asked.quantity == 3
    place = ledger.named["cancelled"] << 20
    assert ledger.state.retirements.at(place) == Retired("A01", ("OFFSET",))
    assert ledger.state.retirements.at(place + 1) is None


@story
def test_what_serves_a_report_too_is_no_offset(ledger: Ledger) -> None:
    """
    open A01
    project JC-ER-000011 EN-R-002
    issue JC-ER-000011-01 10 to A01
    adopt vouched-table as rules
    approve rules by operator:2
    use 1 from A01 purpose SBT also CDP scope SCOPE_2 as both
    use 1 from A01 purpose SBT scope SCOPE_2 as alone
    tell both
    tell alone
    vouch both of A01 for Fair offset product                   ! notice_of_no_offset
    vouch alone of A01 for Fair offset product
    """
    assert len(requested(ledger)) == 1


@story
def test_the_notice_is_current_and_what_it_tells_of_was_not_annulled(ledger: Ledger) -> None:
    """
    open A01 reps ann
    issue JC-ER-000001-01 100 to A01
    issue JC-ER-000002-01 10 to A01
    adopt vouched as rules
    approve rules by operator:2
    invalidate 5 of JC-ER-000002-01 from A01 as good
    invalidate JC-ER-000001-01/1-5 from A01 as clean
    invalidate JC-ER-000001-01/6-10 from A01 as marked
    invalidate 5 of JC-ER-000002-01 from A01 as gone
    tell good
    tell clean
    tell marked
    tell gone
    supersede good as act
    approve act by operator:2
    vouch good of A01 for Fair offset product                   ! notice_not_current
    vouch good version 2 of A01 for Fair offset product         ! notice_not_found
    tell good version 2
    vouch good version 2 of A01 for Fair offset product
    annul JC-ER-000001-01/6-6 as annulled
    vouch marked of A01 for Fair offset product                 ! retirement_annulled
    vouch clean of A01 for Fair offset product
    annul JC-ER-000002-01
    retract gone undone annulled as drop
    approve drop by operator:2
    vouch gone of A01 for Fair offset product                   ! notice_not_current
    """
    good, clean = requested(ledger)
    assert good.number.endswith("-r2")
    assert not clean.number.endswith("-r2")


@story
def test_a_certificate_is_mended_by_its_successor_and_withdrawn_with_its_credits(
    ledger: Ledger,
) -> None:
    """
    open A01 reps ann
    issue JC-ER-000001-01 100 to A01
    adopt vouched as rules
    approve rules by operator:2
    invalidate 5 from A01 as use
    tell use
    vouch use of A01 for Fair offset product by ann as paper
    tell paper kind certificate
    supersede paper spelt project_name=Forest as mend
    approve mend by operator:2
    tell paper version 2 kind certificate
    vouch use of A01 for Fair offset product by ann             ! certificate_exists
    annul JC-ER-000001-01/1-1 as annulled
    retract paper version 2 undone annulled as gone
    approve gone by operator:2
    vouch use of A01 for Fair offset product by ann             ! retirement_annulled
    """
    assert len(requested(ledger)) == 1
    assert {one.kind for one in ledger.state.registers.owed.values()} == {"annulment"}


@story
def test_the_parent_certificate_of_a_pool_is_the_pools_own(ledger: Ledger) -> None:
    """
    adopt vouched as rules
    approve rules by operator:2
    open A01 reps ann
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    retire 2 from A01 into town by ann as use
    tell use
    vouch use of A01 for Somebody offset product by ann         ! certificate_names_another
    vouch use of A01 for Pool-town offset product by ann
    """
    (parent,) = requested(ledger)
    assert (parent.pool, parent.quantity) == ("town", 2)
