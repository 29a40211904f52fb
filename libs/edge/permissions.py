"""Which role may do what: one table over every operation, and the gate that asks it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from fastapi import Request

from libs.edge.identity import STRANGER, Identity, Role
from libs.edge.problems import Refused

Audience: TypeAlias = frozenset[Role | None]
"""Who may; None stands for whoever has no key."""

NOBODY: Audience = frozenset()
OPERATORS: Audience = frozenset({Role.OPERATOR})
ACTING: Audience = OPERATORS | {Role.HOLDER}
DECIDING: Audience = OPERATORS | {Role.COMMITTEE}
EXAMINING: Audience = OPERATORS | {Role.VERIFIER}
OVERSEEING: Audience = OPERATORS | {Role.AUDITOR, Role.SCHEME_OWNER}
CONCERNED: Audience = OVERSEEING | {Role.HOLDER}
READING: Audience = CONCERNED | {Role.READER, Role.VERIFIER, Role.COMMITTEE}
PUBLIC: Audience = READING | {None}
WATCHING: Audience = OPERATORS | {Role.AUDITOR, Role.MONITOR}
ANYONE: Audience = frozenset({None, *Role})

PERMISSIONS: Mapping[str, Audience] = {
    # the scheme's own acts
    "adoptRules": OPERATORS,
    "appointOperator": OPERATORS,
    "dismissOperator": OPERATORS,
    "approveAct": OPERATORS,
    "passTime": OPERATORS,
    "registerProject": OPERATORS,
    "draftProject": OPERATORS,
    "accreditBody": OPERATORS,
    "suspendBody": OPERATORS,
    "validateProject": EXAMINING,
    "submitProject": OPERATORS,
    "examineProject": OPERATORS,
    "decideProject": DECIDING,
    "extendProject": DECIDING,
    "endProject": OPERATORS,
    "withdrawProject": OPERATORS,
    "changePlan": OPERATORS,
    "handOverProject": OPERATORS,
    "reportLoss": OPERATORS,
    "attachDocument": OPERATORS,
    "putDocument": EXAMINING,
    "joinMember": OPERATORS,
    "reportActivities": ACTING,
    "listActivities": CONCERNED,
    "listActivitySums": CONCERNED,
    "leaveProgramme": OPERATORS,
    "openCertification": OPERATORS,
    "reportMonitoring": ACTING,
    "verifyCertification": EXAMINING,
    "submitCertification": OPERATORS,
    "decideCertification": DECIDING,
    "issueCredits": OPERATORS,
    "issueToGovernment": OPERATORS,
    "releaseGovernment": OPERATORS,
    "compensateError": OPERATORS,
    "coverReversal": ACTING,
    "withdrawIssuance": OPERATORS,
    "releaseBuffer": OPERATORS,
    "cancelBuffer": OPERATORS,
    "openAccount": OPERATORS,
    "freezeAccount": OPERATORS,
    "unfreezeAccount": OPERATORS,
    "closeAccount": OPERATORS,
    "annulCredits": OPERATORS,
    "issueNotice": OPERATORS,
    "supersedeNotice": OPERATORS,
    "withdrawNotice": OPERATORS,
    # controls: the scheme's own acts, then the holder's, then what is shown of them
    "suspendMovements": OPERATORS,
    "resumeMovements": OPERATORS,
    "listSuspensions": CONCERNED,
    "freezeSerials": OPERATORS,
    "unfreezeSerials": OPERATORS,
    "listFreezes": CONCERNED,
    "addTrusted": ACTING,
    "removeTrusted": ACTING,
    "listTrusted": CONCERNED,
    "setLimit": ACTING,
    "listLimits": CONCERNED,
    "reverseTransfer": OPERATORS,
    "requestReversal": ACTING,
    "consentToReversal": ACTING,
    "listReversals": CONCERNED,
    "listAlarms": OVERSEEING,
    "reviewAccount": OPERATORS,
    "decideAccount": OPERATORS,
    "renameAccount": OPERATORS,
    "mergeAccount": OPERATORS,
    "recordInsolvency": OPERATORS,
    "appointRepresentative": OPERATORS,
    "dismissRepresentative": OPERATORS,
    "replaceRepresentative": OPERATORS,
    # what a holder does with its own credits
    "requestTransfer": ACTING,
    "reserveCredits": ACTING,
    "releaseReservation": ACTING,
    "placeOrder": ACTING,
    "approveOrder": ACTING,
    "acceptOrder": ACTING,
    "declineOrder": ACTING,
    "cancelOrder": ACTING,
    "invalidateCredits": ACTING,
    "cancelCredits": ACTING,
    "fileApplications": ACTING,
    "confirmApplication": ACTING,
    "cancelApplication": ACTING,
    "applyForAccount": ACTING,
    "beginClosing": ACTING,
    "grantMandate": ACTING,
    "revokeMandate": ACTING,
    "dischargeDuty": ACTING,
    # pools: their account's acts and their tenants', then what is shown of them
    "openPool": ACTING,
    "applyAsTenant": ACTING,
    "admitTenant": ACTING,
    "buyQuota": ACTING,
    "offerGoods": ACTING,
    "allocateGrams": ACTING,
    "pledgeDonations": ACTING,
    "settleDonations": ACTING,
    "paySeller": ACTING,
    "openCampaign": ACTING,
    "joinCampaign": ACTING,
    "closeCampaign": ACTING,
    "orderMeeting": ACTING,
    "listCampaigns": PUBLIC,
    "listPartners": CONCERNED,
    "listMeetings": CONCERNED,
    "listPools": PUBLIC,
    "listPoolRetirements": PUBLIC,
    "listChildren": CONCERNED,
    "listGoods": CONCERNED,
    "listTenants": CONCERNED,
    "listCertificates": CONCERNED,
    "listDonations": CONCERNED,
    "listDonatedGrams": CONCERNED,
    "listSettlements": CONCERNED,
    "keepRecipients": ACTING,
    "getParticulars": ACTING,
    "requestBalanceNotice": ACTING,
    "requestCertificate": ACTING,
    # what concerns one account, or whoever sent a command: a holder sees its own
    "listAccounts": CONCERNED,
    "getAccount": CONCERNED,
    "listHoldings": CONCERNED,
    "listAccountApplications": CONCERNED,
    "listRepresentatives": CONCERNED,
    "listMandates": CONCERNED,
    "getStatement": CONCERNED,
    "certifyBalance": CONCERNED,
    "listReservations": CONCERNED,
    "listOrders": CONCERNED,
    "listRetirements": CONCERNED,
    "listApplications": CONCERNED,
    "listDischarges": CONCERNED,
    "listEligibleHoldings": CONCERNED,
    "getCommand": CONCERNED,
    "getEntryProof": CONCERNED,
    "putWebhook": ACTING,
    "rotateWebhook": ACTING,
    "deleteWebhook": ACTING,
    "redeliverWebhookCall": ACTING,
    "listWebhooks": CONCERNED,
    "listWebhookCalls": CONCERNED,
    "listInbox": CONCERNED,
    "getNotice": CONCERNED,
    "getNoticeDocument": CONCERNED,
    "getNoticeLink": CONCERNED,
    # what names no account, or is shown without it
    "listProjects": PUBLIC,
    "getProject": PUBLIC,
    "listPlans": PUBLIC,
    "getPlan": PUBLIC,
    "listPlanHistory": PUBLIC,
    "listBodies": PUBLIC,
    "listMembers": PUBLIC,
    "listPlanDocuments": PUBLIC,
    "listCertifications": PUBLIC,
    "getCertification": PUBLIC,
    "listLots": PUBLIC,
    "getLot": PUBLIC,
    "getSerial": PUBLIC,
    "getRules": PUBLIC,
    "getRulesByDigest": PUBLIC,
    "listAnnulments": PUBLIC,
    "getEligibility": PUBLIC,
    "getEligibilityMatrix": PUBLIC,
    "listPublicProjects": PUBLIC,
    "listPublicCertifications": PUBLIC,
    "listPublicIssuances": PUBLIC,
    "listPublicRetirements": PUBLIC,
    "listPublicBuffer": PUBLIC,
    "getCheckpoint": PUBLIC,
    "getCheckpointKey": PUBLIC,
    "getTile": PUBLIC,
    "proveInclusion": PUBLIC,
    "proveConsistency": PUBLIC,
    "readPrivateNotice": PUBLIC,
    # what tells of everybody
    "listProposals": OVERSEEING,
    "getKeptDocument": EXAMINING | OVERSEEING,
    "listCompensations": OVERSEEING,
    "listDuties": OVERSEEING,
    "listNotices": OVERSEEING,
    "followJournal": OVERSEEING,
    # the process, and what there is to know of its address
    "readMetrics": WATCHING,
    "readLiveness": ANYONE,
    "readHealth": ANYONE,
    "readReadiness": ANYONE,
    "readReference": ANYONE,
    "askCheckPage": ANYONE,
    "readCheckPage": ANYONE,
    "verifyFile": ANYONE,
    "readDocument": ANYONE,
    "listProblems": ANYONE,
    "getProblem": ANYONE,
}
"""Every operation by its id. What does not stand here nobody may do."""


def audience(operation: str | None) -> Audience:
    """Return who may call an operation."""
    return PERMISSIONS.get(operation or "", NOBODY)


def gate(identity: Identity) -> Callable[[Request], Awaitable[None]]:
    """Return what every route asks first: who calls, whether he may, and whether it is his.

    What is public is shown to whoever comes without a key as a reader sees it; a key that is shown
    must be good all the same. An account that the address or a filter names must be in the caller's
    scope, be it there or not: so a refusal never says what exists.
    """

    async def admit(request: Request) -> None:
        allowed = audience(request.scope["route"].operation_id)
        if allowed == ANYONE:
            return
        public, keyless = None in allowed, "authorization" not in request.headers
        if public and keyless and identity.required:
            caller = STRANGER
        else:
            caller = await identity.who(request)
        if caller.role not in allowed:
            if not public:
                raise Refused("not_allowed")
            caller = STRANGER
        if caller.confined:
            named = request.query_params.getlist("account")
            if "account" in request.path_params:
                named = [*named, request.path_params["account"]]
            if not caller.sees(*named):
                raise Refused("not_allowed")
        request.state.caller = caller

    return admit
