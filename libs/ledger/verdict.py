"""The answer to a command: a value, journalled whether it is yes or no."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from libs.ledger.events import Event
from libs.ledger.serials import INTEGER_MAX

Facts: TypeAlias = dict[str, int | str]


class Reason(StrEnum):
    """Why not: one closed list, in order of precedence (the first that holds is the answer)."""

    UNDECODABLE = "undecodable"
    NOT_CANONICAL = "not_canonical"
    COMMAND_EXISTS_WITH_DIFFERENT_CONTENT = "command_exists_with_different_content"
    COMMAND_UNKNOWN = "command_unknown"
    BODY_INVALID = "body_invalid"
    TOO_MANY_LINES = "too_many_lines"
    LEDGER_NOT_OPEN = "ledger_not_open"
    LEDGER_ALREADY_OPEN = "ledger_already_open"
    LEDGER_DIFFERS = "ledger_differs"
    ACTOR_NOT_ALLOWED = "actor_not_allowed"
    OPERATORS_TOO_FEW = "operators_too_few"
    GRAMMAR_DIFFERS = "grammar_differs"
    OPERATOR_EXISTS = "operator_exists"
    OPERATOR_NOT_A_PERSON = "operator_not_a_person"
    OPERATOR_NOT_FOUND = "operator_not_found"
    ACT_NOT_FOUND = "act_not_found"
    APPROVER_MUST_DIFFER = "approver_must_differ"
    HEAD_DIFFERS = "head_differs"
    CHECKPOINT_AHEAD = "checkpoint_ahead"
    DAY_NOT_IN_CALENDAR = "day_not_in_calendar"
    PERIOD_REVERSED = "period_reversed"
    EXPIRY_PAST = "expiry_past"
    PURPOSE_UNKNOWN = "purpose_unknown"
    PURPOSES_NOT_COMBINABLE = "purposes_not_combinable"
    SCOPE_MISSING = "scope_missing"
    PLACE_MISSING = "place_missing"
    FISCAL_YEAR_NOT_ASSIGNABLE = "fiscal_year_not_assignable"
    SCHEME_NOT_FOUND = "scheme_not_found"
    PROJECT_EXISTS = "project_exists"
    PROJECT_NOT_FOUND = "project_not_found"
    METHODOLOGY_NOT_FOUND = "methodology_not_found"
    METHODOLOGY_VERSION_NOT_VALID = "methodology_version_not_valid"
    IMPLEMENTED_TOO_EARLY = "implemented_too_early"
    ADDED_DEVICE_MISSING = "added_device_missing"
    ADDITIONALITY_NOT_SHOWN = "additionality_not_shown"
    PERMANENCE_MISSING = "permanence_missing"
    CONSENT_MISSING = "consent_missing"
    QUALITY_TEST_MISSING = "quality_test_missing"
    RESIDUAL_SHARE_MISSING = "residual_share_missing"
    SURVEY_MISSING = "survey_missing"
    CREDITING_PERIOD_EMPTY = "crediting_period_empty"
    PROJECT_IDENTICAL = "project_identical"
    ENTRY_NOT_FOUND = "entry_not_found"
    ENTRY_ALREADY_COMPENSATED = "entry_already_compensated"
    COMPENSATION_OUT_OF_RETIREMENT = "compensation_out_of_retirement"
    MOVEMENT_NOT_REVERSIBLE = "movement_not_reversible"
    ACCOUNT_NOT_OF_PROJECT = "account_not_of_project"
    DAY_AHEAD = "day_ahead"
    BODY_EXISTS = "body_exists"
    BODY_NOT_FOUND = "body_not_found"
    BODY_SUSPENDED = "body_suspended"
    BODY_NOT_ACCREDITED = "body_not_accredited"
    BODY_NOT_INDEPENDENT = "body_not_independent"
    PROJECT_NOT_IN_PHASE = "project_not_in_phase"
    EXTENSION_NOT_ALLOWED = "extension_not_allowed"
    PROJECT_NOT_A_PROGRAMME = "project_not_a_programme"
    MEMBER_EXISTS = "member_exists"
    MEMBER_NOT_FOUND = "member_not_found"
    METHODOLOGY_NOT_OF_PROJECT = "methodology_not_of_project"
    PLAN_OF_ANOTHER_PROJECT = "plan_of_another_project"
    IMPLEMENTERS_MUST_DIFFER = "implementers_must_differ"
    LOSS_NOT_REPORTABLE = "loss_not_reportable"
    CAUSE_UNKNOWN = "cause_unknown"
    DOCUMENT_EXISTS = "document_exists"
    CERTIFICATION_EXISTS = "certification_exists"
    PERIOD_NOT_CREDITED = "period_not_credited"
    PERIOD_ALREADY_MONITORED = "period_already_monitored"
    DEVICE_ALREADY_MONITORED = "device_already_monitored"
    CERTIFICATION_REQUIRED = "certification_required"
    CERTIFICATION_NOT_FOUND = "certification_not_found"
    CERTIFICATION_NOT_IN_PHASE = "certification_not_in_phase"
    MONITORING_NOT_OVER = "monitoring_not_over"
    NOTHING_TO_CERTIFY = "nothing_to_certify"
    CERTIFICATION_DIFFERS = "certification_differs"
    ACCOUNT_EXISTS = "account_exists"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_NOT_FROZEN = "account_not_frozen"
    ACCOUNTS_MUST_DIFFER = "accounts_must_differ"
    ACCOUNT_CLOSING = "account_closing"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    MANDATE_NOT_VALID = "mandate_not_valid"
    MANDATE_NOT_FOUND = "mandate_not_found"
    AGENT_AMBIGUOUS = "agent_ambiguous"
    ACCOUNT_KIND_NOT_FOUND = "account_kind_not_found"
    HOLDER_NOT_LEGAL_ENTITY = "holder_not_legal_entity"
    CORPORATE_NUMBER_WRONG = "corporate_number_wrong"
    BUSINESS_HAS_ACCOUNT = "business_has_account"
    ACCOUNT_NOT_UNDER_REVIEW = "account_not_under_review"
    CHECK_NOT_FOUND = "check_not_found"
    CHECKLIST_INCOMPLETE = "checklist_incomplete"
    REPRESENTATIVE_EXISTS = "representative_exists"
    REPRESENTATIVE_NOT_FOUND = "representative_not_found"
    LAST_APPROVER = "last_approver"
    ORDERS_OUTSTANDING = "orders_outstanding"
    HOLDINGS_TOO_MANY = "holdings_too_many"
    TRUSTED_EXISTS = "trusted_exists"
    TRUSTED_NOT_FOUND = "trusted_not_found"
    POOL_EXISTS = "pool_exists"
    POOLS_NOT_RULED = "pools_not_ruled"
    POOL_NOT_FOUND = "pool_not_found"
    POOL_OF_ANOTHER_ACCOUNT = "pool_of_another_account"
    POOL_NAMES_ANOTHER = "pool_names_another"
    PURPOSE_NOT_OF_POOLS = "purpose_not_of_pools"
    CAMPAIGN_EXISTS = "campaign_exists"
    CAMPAIGN_NOT_FOUND = "campaign_not_found"
    CAMPAIGN_NOT_RUNNING = "campaign_not_running"
    PARTNER_EXISTS = "partner_exists"
    PARTNER_NOT_FOUND = "partner_not_found"
    MEETINGS_NOT_RULED = "meetings_not_ruled"
    GRAMS_DIFFER = "grams_differ"
    TENANT_EXISTS = "tenant_exists"
    TENANT_NOT_FOUND = "tenant_not_found"
    FEE_NOT_PAID = "fee_not_paid"
    GOODS_EXISTS = "goods_exists"
    GOODS_NOT_FOUND = "goods_not_found"
    GRAMS_AMBIGUOUS = "grams_ambiguous"
    GRAMS_TOO_MANY = "grams_too_many"
    LOT_EXISTS = "lot_exists"
    LOT_NOT_FOUND = "lot_not_found"
    LOT_OF_ANOTHER_PROJECT = "lot_of_another_project"
    LOT_ANNULLED = "lot_annulled"
    SERIALS_TOO_HIGH = "serials_too_high"
    SERIALS_ALREADY_ISSUED = "serials_already_issued"
    BUFFER_EXCEEDS_ISSUANCE = "buffer_exceeds_issuance"
    SELECTION_AMBIGUOUS = "selection_ambiguous"
    SERIALS_REVERSED = "serials_reversed"
    SERIALS_OVERLAP = "serials_overlap"
    MOVEMENTS_ALREADY_SUSPENDED = "movements_already_suspended"
    MOVEMENTS_NOT_SUSPENDED = "movements_not_suspended"
    MOVEMENTS_SUSPENDED = "movements_suspended"
    SCHEME_NOT_TRANSFERABLE = "scheme_not_transferable"
    ORDER_REQUIRED = "order_required"
    RETIRE_VERB_DIFFERS = "retire_verb_differs"
    CREDITS_EXPIRED = "credits_expired"
    NOT_ELIGIBLE = "not_eligible"
    USED_WHERE_CREATED = "used_where_created"
    NOT_OF_ORIGIN = "not_of_origin"
    RESERVATION_NOT_FOUND = "reservation_not_found"
    ORDER_NOT_FOUND = "order_not_found"
    ORDER_NOT_WAITING = "order_not_waiting"
    APPLICATION_NOT_FOUND = "application_not_found"
    DUTY_NOT_FOUND = "duty_not_found"
    REPLACEMENT_NOT_RULED = "replacement_not_ruled"
    NOT_A_REPLACEMENT = "not_a_replacement"
    QUANTITY_EXCEEDS_DUTY = "quantity_exceeds_duty"
    FREEZE_NOT_FOUND = "freeze_not_found"
    SERIALS_FROZEN = "serials_frozen"
    SERIALS_NOT_HELD = "serials_not_held"
    QUANTITY_EXCEEDS_HOLDING = "quantity_exceeds_holding"
    ENERGY_EXCEEDS_CERTIFIED = "energy_exceeds_certified"
    QUOTA_EXCEEDED = "quota_exceeded"
    DONATIONS_EXCEEDED = "donations_exceeded"
    PAYABLE_EXCEEDED = "payable_exceeded"
    DAILY_LIMIT_EXCEEDED = "daily_limit_exceeded"
    LIMIT_NOT_LOWER = "limit_not_lower"
    TRANSFER_NOT_FOUND = "transfer_not_found"
    REVERSAL_REQUESTED = "reversal_requested"
    REVERSAL_NOT_REQUESTED = "reversal_not_requested"
    REVERSAL_TOO_LATE = "reversal_too_late"
    TRANSFER_HAS_MOVED = "transfer_has_moved"
    LOT_HAS_MOVED = "lot_has_moved"
    NOTHING_TO_ANNUL = "nothing_to_annul"
    ACCOUNT_NOT_EMPTY = "account_not_empty"
    CERTIFICATES_NOT_RULED = "certificates_not_ruled"
    FACT_NOT_NOTICED = "fact_not_noticed"
    NOTICE_EXISTS = "notice_exists"
    NOTICE_KIND_DIFFERS = "notice_kind_differs"
    NOTICE_NOT_FOUND = "notice_not_found"
    NOTICE_NOT_CURRENT = "notice_not_current"
    FACT_STANDS = "fact_stands"
    NOTICE_OF_NO_OFFSET = "notice_of_no_offset"
    NOTICE_OF_ANOTHER_ACCOUNT = "notice_of_another_account"
    OFFSET_NOT_OF_PURPOSE = "offset_not_of_purpose"
    CERTIFICATE_NAMES_ANOTHER = "certificate_names_another"
    RETIREMENT_ANNULLED = "retirement_annulled"
    CERTIFICATE_EXISTS = "certificate_exists"
    NO_LINE_ACCEPTED = "no_line_accepted"
    ENTRY_TOO_LARGE = "entry_too_large"
    BREACH = "breach"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdict on one line of a command that is answered line by line."""

    verdict: str
    reason: Reason | msgspec.UnsetType = msgspec.UNSET
    facts: Facts | msgspec.UnsetType = msgspec.UNSET


class Rejected(msgspec.Struct, frozen=True):
    """The world is fine, the answer is no: why, and what was seen."""

    reason: Reason
    facts: Facts = {}
    lines: tuple[Line, ...] = ()


class Accepted(msgspec.Struct, frozen=True):
    """Done: the facts that are now true, and each line's verdict where the caller asked so."""

    events: tuple[Event, ...]
    lines: tuple[Line, ...] = ()


class Repeated(msgspec.Struct, frozen=True):
    """Answered before: the position that holds the first answer."""

    position: int


Verdict: TypeAlias = Accepted | Rejected | Repeated
Weighed: TypeAlias = Accepted | Rejected
Outcome: TypeAlias = tuple[Event, ...] | Weighed


def refuse(reason: Reason, **facts: int | str) -> Rejected:
    """Say no, with what was seen; a sum that no journal can hold is told as the largest it can."""
    seen = {
        name: min(fact, INTEGER_MAX) if isinstance(fact, int) else fact
        for name, fact in facts.items()
    }
    return Rejected(reason, seen)
