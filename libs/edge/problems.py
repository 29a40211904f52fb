"""What went wrong, as RFC 9457 tells it: one shape for every error, one table of statuses."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.verdict import Facts, Line, Reason, Rejected

MEDIA = "application/problem+json"
Headers: TypeAlias = Mapping[str, str]

STATUS: Mapping[Reason, int] = {
    Reason.UNDECODABLE: 400,
    Reason.NOT_CANONICAL: 400,
    Reason.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT: 422,
    Reason.COMMAND_UNKNOWN: 400,
    Reason.BODY_INVALID: 422,
    Reason.TOO_MANY_LINES: 422,
    Reason.LEDGER_NOT_OPEN: 409,
    Reason.LEDGER_ALREADY_OPEN: 409,
    Reason.LEDGER_DIFFERS: 409,
    Reason.ACTOR_NOT_ALLOWED: 403,
    Reason.OPERATORS_TOO_FEW: 422,
    Reason.GRAMMAR_DIFFERS: 422,
    Reason.OPERATOR_EXISTS: 409,
    Reason.OPERATOR_NOT_A_PERSON: 422,
    Reason.OPERATOR_NOT_FOUND: 404,
    Reason.ACT_NOT_FOUND: 404,
    Reason.APPROVER_MUST_DIFFER: 403,
    Reason.HEAD_DIFFERS: 409,
    Reason.CHECKPOINT_AHEAD: 409,
    Reason.DAY_NOT_IN_CALENDAR: 422,
    Reason.PERIOD_REVERSED: 422,
    Reason.PURPOSE_UNKNOWN: 422,
    Reason.PURPOSES_NOT_COMBINABLE: 422,
    Reason.SCOPE_MISSING: 422,
    Reason.PLACE_MISSING: 422,
    Reason.FISCAL_YEAR_NOT_ASSIGNABLE: 422,
    Reason.SCHEME_NOT_FOUND: 422,
    Reason.PROJECT_EXISTS: 409,
    Reason.PROJECT_NOT_FOUND: 404,
    Reason.METHODOLOGY_NOT_FOUND: 422,
    Reason.METHODOLOGY_VERSION_NOT_VALID: 422,
    Reason.IMPLEMENTED_TOO_EARLY: 422,
    Reason.ADDED_DEVICE_MISSING: 422,
    Reason.ADDITIONALITY_NOT_SHOWN: 422,
    Reason.PERMANENCE_MISSING: 422,
    Reason.CONSENT_MISSING: 422,
    Reason.QUALITY_TEST_MISSING: 422,
    Reason.RESIDUAL_SHARE_MISSING: 422,
    Reason.SURVEY_MISSING: 422,
    Reason.CREDITING_PERIOD_EMPTY: 422,
    Reason.PROJECT_IDENTICAL: 409,
    Reason.ENTRY_NOT_FOUND: 404,
    Reason.ENTRY_ALREADY_COMPENSATED: 409,
    Reason.COMPENSATION_OUT_OF_RETIREMENT: 409,
    Reason.MOVEMENT_NOT_REVERSIBLE: 422,
    Reason.ACCOUNT_NOT_OF_PROJECT: 409,
    Reason.DAY_AHEAD: 422,
    Reason.BODY_EXISTS: 409,
    Reason.BODY_NOT_FOUND: 404,
    Reason.BODY_SUSPENDED: 409,
    Reason.BODY_NOT_ACCREDITED: 409,
    Reason.BODY_NOT_INDEPENDENT: 409,
    Reason.PROJECT_NOT_IN_PHASE: 409,
    Reason.EXTENSION_NOT_ALLOWED: 409,
    Reason.PROJECT_NOT_A_PROGRAMME: 409,
    Reason.MEMBER_EXISTS: 409,
    Reason.MEMBER_NOT_FOUND: 404,
    Reason.METHODOLOGY_NOT_OF_PROJECT: 422,
    Reason.PLAN_OF_ANOTHER_PROJECT: 409,
    Reason.IMPLEMENTERS_MUST_DIFFER: 422,
    Reason.LOSS_NOT_REPORTABLE: 409,
    Reason.CAUSE_UNKNOWN: 422,
    Reason.DOCUMENT_EXISTS: 409,
    Reason.CERTIFICATION_EXISTS: 409,
    Reason.PERIOD_NOT_CREDITED: 422,
    Reason.PERIOD_ALREADY_MONITORED: 409,
    Reason.DEVICE_ALREADY_MONITORED: 409,
    Reason.CERTIFICATION_REQUIRED: 422,
    Reason.CERTIFICATION_NOT_FOUND: 404,
    Reason.CERTIFICATION_NOT_IN_PHASE: 409,
    Reason.MONITORING_NOT_OVER: 409,
    Reason.NOTHING_TO_CERTIFY: 422,
    Reason.CERTIFICATION_DIFFERS: 409,
    Reason.ACCOUNT_EXISTS: 409,
    Reason.ACCOUNT_NOT_FOUND: 404,
    Reason.ACCOUNT_CLOSED: 409,
    Reason.ACCOUNT_FROZEN: 409,
    Reason.ACCOUNT_NOT_FROZEN: 409,
    Reason.ACCOUNTS_MUST_DIFFER: 422,
    Reason.ACCOUNT_CLOSING: 409,
    Reason.ROLE_NOT_ALLOWED: 403,
    Reason.MANDATE_NOT_VALID: 403,
    Reason.MANDATE_NOT_FOUND: 404,
    Reason.AGENT_AMBIGUOUS: 422,
    Reason.ACCOUNT_KIND_NOT_FOUND: 422,
    Reason.HOLDER_NOT_LEGAL_ENTITY: 422,
    Reason.CORPORATE_NUMBER_WRONG: 422,
    Reason.BUSINESS_HAS_ACCOUNT: 409,
    Reason.ACCOUNT_NOT_UNDER_REVIEW: 409,
    Reason.CHECK_NOT_FOUND: 422,
    Reason.CHECKLIST_INCOMPLETE: 409,
    Reason.REPRESENTATIVE_EXISTS: 409,
    Reason.REPRESENTATIVE_NOT_FOUND: 404,
    Reason.LAST_APPROVER: 409,
    Reason.ORDERS_OUTSTANDING: 409,
    Reason.HOLDINGS_TOO_MANY: 409,
    Reason.TRUSTED_EXISTS: 409,
    Reason.TRUSTED_NOT_FOUND: 404,
    Reason.POOL_EXISTS: 409,
    Reason.POOLS_NOT_RULED: 409,
    Reason.POOL_NOT_FOUND: 404,
    Reason.POOL_OF_ANOTHER_ACCOUNT: 409,
    Reason.POOL_NAMES_ANOTHER: 422,
    Reason.PURPOSE_NOT_OF_POOLS: 422,
    Reason.CAMPAIGN_EXISTS: 409,
    Reason.CAMPAIGN_NOT_FOUND: 404,
    Reason.CAMPAIGN_NOT_RUNNING: 409,
    Reason.PARTNER_EXISTS: 409,
    Reason.PARTNER_NOT_FOUND: 409,
    Reason.MEETINGS_NOT_RULED: 409,
    Reason.GRAMS_DIFFER: 409,
    Reason.TENANT_EXISTS: 409,
    Reason.TENANT_NOT_FOUND: 404,
    Reason.FEE_NOT_PAID: 409,
    Reason.GOODS_EXISTS: 409,
    Reason.GOODS_NOT_FOUND: 404,
    Reason.GRAMS_AMBIGUOUS: 422,
    Reason.GRAMS_TOO_MANY: 422,
    Reason.LOT_EXISTS: 409,
    Reason.LOT_NOT_FOUND: 404,
    Reason.LOT_OF_ANOTHER_PROJECT: 409,
    Reason.SERIALS_ALREADY_ISSUED: 409,
    Reason.SERIALS_TOO_HIGH: 422,
    Reason.BUFFER_EXCEEDS_ISSUANCE: 422,
    Reason.SELECTION_AMBIGUOUS: 422,
    Reason.SERIALS_REVERSED: 422,
    Reason.SERIALS_OVERLAP: 422,
    Reason.MOVEMENTS_ALREADY_SUSPENDED: 409,
    Reason.MOVEMENTS_NOT_SUSPENDED: 409,
    Reason.MOVEMENTS_SUSPENDED: 409,
    Reason.SCHEME_NOT_TRANSFERABLE: 409,
    Reason.ORDER_REQUIRED: 409,
    Reason.RETIRE_VERB_DIFFERS: 409,
    Reason.CREDITS_EXPIRED: 409,
    Reason.NOT_ELIGIBLE: 409,
    Reason.USED_WHERE_CREATED: 409,
    Reason.NOT_OF_ORIGIN: 409,
    Reason.LOT_ANNULLED: 409,
    Reason.RESERVATION_NOT_FOUND: 404,
    Reason.ORDER_NOT_FOUND: 404,
    Reason.ORDER_NOT_WAITING: 409,
    Reason.APPLICATION_NOT_FOUND: 404,
    Reason.DUTY_NOT_FOUND: 404,
    Reason.REPLACEMENT_NOT_RULED: 409,
    Reason.NOT_A_REPLACEMENT: 409,
    Reason.QUANTITY_EXCEEDS_DUTY: 409,
    Reason.EXPIRY_PAST: 422,
    Reason.FREEZE_NOT_FOUND: 404,
    Reason.SERIALS_FROZEN: 409,
    Reason.SERIALS_NOT_HELD: 409,
    Reason.QUANTITY_EXCEEDS_HOLDING: 409,
    Reason.ENERGY_EXCEEDS_CERTIFIED: 409,
    Reason.QUOTA_EXCEEDED: 409,
    Reason.DONATIONS_EXCEEDED: 409,
    Reason.PAYABLE_EXCEEDED: 409,
    Reason.DAILY_LIMIT_EXCEEDED: 409,
    Reason.LIMIT_NOT_LOWER: 403,
    Reason.TRANSFER_NOT_FOUND: 404,
    Reason.REVERSAL_REQUESTED: 409,
    Reason.REVERSAL_NOT_REQUESTED: 409,
    Reason.REVERSAL_TOO_LATE: 409,
    Reason.TRANSFER_HAS_MOVED: 409,
    Reason.LOT_HAS_MOVED: 409,
    Reason.NOTHING_TO_ANNUL: 409,
    Reason.ACCOUNT_NOT_EMPTY: 409,
    Reason.CERTIFICATES_NOT_RULED: 409,
    Reason.FACT_NOT_NOTICED: 404,
    Reason.NOTICE_EXISTS: 409,
    Reason.NOTICE_KIND_DIFFERS: 409,
    Reason.NOTICE_NOT_FOUND: 404,
    Reason.NOTICE_NOT_CURRENT: 409,
    Reason.FACT_STANDS: 409,
    Reason.NOTICE_OF_NO_OFFSET: 409,
    Reason.NOTICE_OF_ANOTHER_ACCOUNT: 409,
    Reason.OFFSET_NOT_OF_PURPOSE: 422,
    Reason.CERTIFICATE_NAMES_ANOTHER: 422,
    Reason.RETIREMENT_ANNULLED: 409,
    Reason.CERTIFICATE_EXISTS: 409,
    Reason.NO_LINE_ACCEPTED: 409,
    Reason.ENTRY_TOO_LARGE: 413,
    Reason.BREACH: 500,
}
"""The status of each reason to refuse: 404 what is not there, 409 what the books do not allow now,
422 what no books would allow."""

EDGE: Mapping[str, tuple[int, str]] = {
    "body_invalid": (422, "The body does not fit the command's schema."),
    "body_not_json": (400, "The body is not JSON."),
    "host_not_allowed": (
        421,
        "A server without keys answers to loopback names only.",
    ),
    "too_many_streams": (503, "As many clients follow the journal as this server serves at once."),
    "body_too_large": (413, "The body is larger than 8.5 MiB."),
    "head_too_large": (431, "The head of the request is too large."),
    "head_too_slow": (408, "The head of the request did not come in time."),
    "body_too_slow": (408, "The body of the request did not come in time."),
    "content_type_unsupported": (415, "The body must be application/json."),
    "key_missing": (401, "A request needs an API key, or a token: Authorization: Bearer ..."),
    "key_not_valid": (401, "The API key is unknown, expired or revoked."),
    "token_not_valid": (401, "The token is not one of the issuer's that is good here and now."),
    "token_without_role": (403, "The token says no role of this registry, or more than one."),
    "issuer_unavailable": (503, "The issuer's keys cannot be read now."),
    "code_required": (401, "This needs a one-time code: Tonne-Code."),
    "code_wrong": (403, "The one-time code is wrong, or of another time."),
    "code_used": (403, "The one-time code was used already; wait for the next."),
    "code_locked": (429, "Too many tries without a good one-time code."),
    "code_unavailable": (503, "One-time codes cannot be checked now."),
    "too_many_wrong_keys": (429, "Too many wrong API keys came from this address."),
    "not_allowed": (403, "The caller may not do this."),
    "letter_too_large": (413, "The letter is larger than 8 MiB."),
    "letter_undecodable": (400, "The letter is no command in JSON."),
    "idempotency_key_missing": (400, "A write names its command by an Idempotency-Key."),
    "idempotency_key_malformed": (400, "The Idempotency-Key must be a UUID in lower case."),
    "actor_malformed": (400, "The Tonne-Actor is not an actor's name."),
    "actor_differs": (403, "The actor that is named is not the caller's own."),
    "actor_reserved": (403, "Only the registry itself acts as system."),
    "parameter_invalid": (422, "A parameter is not what it must be."),
    "cursor_invalid": (422, "The cursor was not made by this list."),
    "not_found": (404, "There is nothing at this address."),
    "method_not_allowed": (405, "The address does not know this method."),
    "command_not_found": (404, "No command with this id has been answered."),
    "eligibility_not_ruled": (404, "The rule set that decides now says nothing of eligibility."),
    "particulars_not_found": (404, "There are no particulars behind this commitment."),
    "particulars_differ": (409, "This request's id was used before, for other people."),
    "rules_not_found": (404, "No rule set with this digest was ever adopted."),
    "serial_not_found": (404, "No credit with this serial was ever issued."),
    "documents_not_kept": (404, "This server keeps no documents: it has no TONNE_DOCUMENTS."),
    "document_not_found": (404, "No document with this digest is kept."),
    "document_erased": (410, "The document named a person whose particulars were erased."),
    "document_differs": (422, "The bytes are not those of the digest."),
    "document_damaged": (500, "The bytes that are kept are no longer those of the digest."),
    "tile_not_found": (404, "The tree has no such tile, or not as wide a one yet."),
    "tree_not_reached": (404, "The tree has not as many entries yet."),
    "checkpoint_not_found": (404, "No checkpoint was signed yet; this server has no key to."),
    "checkpoint_not_reached": (503, "No checkpoint over this entry was signed yet."),
    "checkpoint_refused": (503, "The tree does not go on in what was signed: nothing is signed."),
    "seal_unavailable": (503, "This server has no key that may seal this document."),
    "notice_unknown": (404, "There is no such notice here."),
    "webhooks_not_kept": (404, "This server calls no webhooks: it has no TONNE_NOTICE_KEY."),
    "webhook_unknown": (404, "There is no such webhook here."),
    "webhook_exists": (409, "There is a webhook of this name already; delete it first."),
    "too_many_webhooks": (409, "No more webhooks are kept here."),
    "link_not_found": (404, "This notice has no private link here."),
    "too_many_tries": (429, "Too many tries came from this address."),
    "position_not_reached": (503, "The tables have not reached this position yet."),
    "tables_unavailable": (503, "The tables cannot be read now; nothing was lost."),
    "log_unavailable": (503, "The log cannot be read or written now; nothing was lost."),
    "halted": (503, "This registry must not go on; a person must look."),
    "bad_request": (400, "The request cannot be understood."),
    "internal": (500, "Something is wrong on our side; the request may be sent again."),
}
"""What only the edge refuses, before a command reaches the log: status and title."""


class Pointed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in the request something is wrong: a JSON pointer into the body, or a parameter."""

    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error (RFC 9457); `code` is stable, `facts` say what was seen, `position` where it stands.

    A refusal that the journal holds has `position` and `verdict`; whatever has none of them was
    refused before the log and left no trace.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | UnsetType = UNSET
    facts: Facts | UnsetType = UNSET
    errors: tuple[Pointed, ...] = ()
    verdict: str | UnsetType = UNSET
    position: int | UnsetType = UNSET
    lines: tuple[Line, ...] | UnsetType = UNSET


class Refused(Exception):
    """The edge refuses a request with a problem."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        facts: Facts | None = None,
        errors: tuple[Pointed, ...] = (),
        headers: Headers | None = None,
    ) -> None:
        super().__init__(code)
        self.problem = problem(code, detail, facts=facts, errors=errors)
        self.headers = dict(headers or {})


def told_before(wrong: Rejected) -> Refused:
    """Return the refusal of a rule that the edge asks itself, so that nothing is written down."""
    told = refusal(wrong.reason, wrong.facts)
    return Refused(told.code, told.detail, facts=wrong.facts, errors=told.errors)


def title(code: str) -> str:
    """Return what a code says: the same sentence every time."""
    return EDGE[code][1] if code in EDGE else code.replace("_", " ").capitalize() + "."


def status(code: str) -> int:
    """Return the status of a code."""
    return EDGE[code][0] if code in EDGE else STATUS[Reason(code)]


def codes() -> tuple[str, ...]:
    """Return every code there is."""
    return tuple(sorted({*EDGE, *(reason.value for reason in STATUS)}))


def problem(
    code: str, detail: str = "", *, facts: Facts | None = None, errors: tuple[Pointed, ...] = ()
) -> Problem:
    """Return the problem of a code, before or without a place in the journal."""
    return Problem(
        type=f"/problems/{code}",
        title=title(code),
        status=status(code),
        detail=detail or title(code),
        code=code,
        facts=facts or UNSET,
        errors=errors,
    )


def refusal(reason: Reason, facts: Facts, lines: tuple[Line, ...] = ()) -> Problem:
    """Return the problem that tells a refusal of the rules."""
    seen = ", ".join(f"{name} {value}" for name, value in sorted(facts.items()))
    told = problem(reason.value, f"{title(reason.value)[:-1]}: {seen}." if seen else "")
    line = facts.get("line")
    wrong: tuple[Pointed, ...] = (
        () if line is None else (Pointed(told.detail, pointer=f"/lines/{line}"),)
    )
    wrong += tuple(
        Pointed(title(one.reason.value), pointer=f"/lines/{number}")
        for number, one in enumerate(lines)
        if one.reason is not UNSET
    )
    return msgspec.structs.replace(
        told, facts=facts or UNSET, errors=wrong, verdict="rejected", lines=lines or UNSET
    )
