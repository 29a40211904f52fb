"""Stories of what a use is for: proxies, several reports at once, and the place of use."""

from msgspec import UNSET

import tests.rooms.grammar_accounts
import tests.rooms.grammar_invalidation  # noqa: F401 - the words of these stories
from libs.ledger.events import ApplicationFiled, CreditsInvalidated
from services.invalidation.decide.aims import UNPLACED
from tests.rooms.story import Ledger, story


def used(ledger: Ledger) -> CreditsInvalidated:
    found = ledger.last.events[-1]
    assert isinstance(found, CreditsInvalidated)
    return found


@story
def test_a_broker_uses_up_what_it_holds_for_whom_it_likes(ledger: Ledger) -> None:
    """
    open BROKER reps broker
    open CLIENT reps client
    issue JC-ER-000001-01 10 to BROKER
    issue JC-ER-000002-01 10 to CLIENT
    use 3 from BROKER for Visitor agent Broker number 1234567890123 by broker
    file 3 from BROKER for Client agent Broker by broker as proxy
    confirm proxy by broker
    # out of a client's account it acts by mandate, and here is none
    use 3 from CLIENT for Client agent Broker by broker    ! actor_not_allowed account=CLIENT
    file 3 from CLIENT for Client agent Broker by broker   ! actor_not_allowed account=CLIENT
    file 3 from CLIENT as own by client
    confirm own by broker                                  ! actor_not_allowed account=CLIENT
    drop own by broker                                     ! actor_not_allowed account=CLIENT
    balance RET:INV 6
    """


@story
def test_out_of_a_clients_account_a_broker_acts_by_mandate(ledger: Ledger) -> None:
    """
    open BROKER reps broker
    open CLIENT reps client
    issue JC-ER-000001-01 10 to CLIENT
    grant CLIENT transfer agent BROKER until 2026-01-31 by client
    use 3 from CLIENT for Client agent Broker by broker    ! mandate_not_valid
    grant CLIENT invalidate agent BROKER until 2026-01-31 by client
    use 3 from CLIENT for Client agent Broker by broker
    file 3 from CLIENT for Client agent Broker by broker as one
    file 2 from CLIENT for Client by client as own
    confirm one by broker
    drop own by broker
    balance RET:INV 6
    file 1 from CLIENT for Client by broker as late
    at 2026-02-01T00:00
    confirm late by broker                                 ! actor_not_allowed
    confirm late by client
    """


@story
def test_whom_a_proxy_acts_for_is_kept(ledger: Ledger) -> None:
    """
    open BROKER reps broker
    issue JC-ER-000001-01 10 to BROKER
    use 3 from BROKER for Visitor agent Broker number 1234567890123 by broker
    """
    told = used(ledger)
    assert (told.account, told.beneficiary, told.agent) == ("BROKER", "Visitor", "Broker")
    assert told.corporate_number == "1234567890123"


@story
def test_one_use_serves_several_reports_of_one_user_in_one_scope(ledger: Ledger) -> None:
    """
    open A01
    project JC-ER-000010 EN-S-001
    project JC-ER-000011 EN-R-002
    issue JC-ER-000010-01 10 to A01
    issue JC-ER-000011-01 10 to A01
    # a rule set that says nothing lets no two purposes go together
    use 1 from A01 also OTHER scope SCOPE_1                     ! purposes_not_combinable
    adopt matrix as table
    approve table by operator:2
    use 1 from A01 purpose OTHER also NONE scope SCOPE_1        ! purpose_unknown purpose=NONE
    use 1 from A01 purpose SBT also CDP                         ! scope_missing purpose=SBT
    use 1 from A01 purpose SBT also DONATION scope SCOPE_2      ! purposes_not_combinable
    use 1 from A01 purpose SBT also CDP,SBT scope SCOPE_2       ! purposes_not_combinable
    # every purpose is asked of the table: energy saving counts for the prefecture, not for SBT
    use 1 of JC-ER-000010-01 from A01 purpose PREF_PLAN also SBT scope SCOPE_2 ! not_eligible
    use 1 of JC-ER-000011-01 from A01 purpose PREF_PLAN also SBT,CDP scope SCOPE_2
    # what is offset and told of under the act at once has one scope
    use 1 from A01 purpose MIXED_ONTAI_OFFSET                   ! scope_missing
    use 1 from A01 purpose MIXED_ONTAI_OFFSET scope SCOPE_1
    file 2 from A01 purpose SBT also CDP scope SCOPE_2 as both
    confirm both
    """
    told = used(ledger)
    assert (told.purpose, told.also, told.scope) == ("SBT", ("CDP",), "SCOPE_2")
    ledger.say("holds RET:INV JC-ER-000010-01/1-1 JC-ER-000011-01/1-3")
    both = "use 1 from A01 purpose SBT also ONTAI_NON_UTILITY scope SCOPE_1 year 1999"
    ledger.say(f"{both} ! fiscal_year_not_assignable purpose=ONTAI_NON_UTILITY")


@story
def test_an_offset_is_used_elsewhere_than_it_was_created(ledger: Ledger) -> None:
    """
    adopt whole as table
    approve table by operator:2
    open A01
    draft JC-ER-000010 at-site Gifu
    project JC-ER-000010 EN-S-001
    project JC-ER-000011 EN-S-001
    issue JC-ER-000010-01 10 to A01
    issue JC-ER-000011-01 10 to A01
    use 1 of JC-ER-000010-01 from A01 purpose OFFSET_EVENT at-place 21/Gifu   ! used_where_created
    use 1 of JC-ER-000010-01 from A01 purpose OFFSET_EVENT at-place 22/Gifu
    use 1 of JC-ER-000010-01 from A01 purpose PREF_PLAN at-place 21/Gifu
    # by total the registry takes what was created elsewhere
    use 10 from A01 purpose OFFSET_EVENT at-place 21/Gifu
    holds RET:INV JC-ER-000010-01/1-2 JC-ER-000011-01/1-10
    file 1 from A01 purpose OFFSET_EVENT as unplaced
    """
    (filed,) = ledger.last.events
    assert isinstance(filed, ApplicationFiled)
    assert filed.warnings == (UNPLACED,)
    ledger.say("confirm unplaced")
    assert used(ledger).warnings == (UNPLACED,)
    ledger.say("file 1 from A01 purpose OFFSET_EVENT at-place 22/Gifu as placed")
    ledger.say("confirm placed")
    assert (used(ledger).place, used(ledger).warnings) == ("22/Gifu", UNSET)


@story
def test_a_rule_set_may_ask_for_the_place_of_use(ledger: Ledger) -> None:
    """
    adopt placed as table
    approve table by operator:2
    open A01
    project JC-ER-000010 EN-S-001
    issue JC-ER-000010-01 10 to A01
    use 1 from A01 purpose OFFSET_EVENT                     ! place_missing purpose=OFFSET_EVENT
    use 1 from A01 purpose OFFSET_EVENT at-place 21/Gifu
    use 1 from A01 purpose OFFSET_PRODUCT
    """
