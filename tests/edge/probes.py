"""One request for every operation, of what stands in the house of `tests/edge/callers.py`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from services.issuance.api.members import EXAMPLE as JOIN
from services.issuance.api.plans import EXAMPLE
from services.transfer.api.accounts import ENTITY
from tests.edge.bodies import CERTIFICATION, PROJECT, REPORT, RULES_BODY, SERIALS
from tests.edge.probe import Probe
from tests.edge.twin import issuance, move

MINE = str(UUID(int=0xA))
NOBODY: dict[str, Any] = {"people": []}
CLAIM = {"beneficiary": "x", "purpose": "offset", "quantity": 1}

FREEZE = {"lot": "JC-1-01", "first": 999, "last": 1000, "basis": "x"}


READS = {
    "listAccounts": "/v1/accounts",
    "getAccount": "/v1/accounts/A01",
    "listAccountApplications": "/v1/account-applications?account=A01",
    "listRepresentatives": "/v1/representatives?account=A01",
    "listMandates": "/v1/mandates?account=A01",
    "getParticulars": f"/v1/particulars/{'3' * 64}",
    "listHoldings": "/v1/accounts/A01/holdings",
    "getStatement": "/v1/accounts/A01/statement",
    "certifyBalance": "/v1/accounts/A01/balance",
    "listReservations": "/v1/reservations?account=A01",
    "listOrders": "/v1/orders?account=A01",
    "listSuspensions": "/v1/suspensions",
    "listFreezes": "/v1/freezes?account=A01",
    "listTrusted": "/v1/trusted?account=A01",
    "listLimits": "/v1/limits?account=A01",
    "listReversals": "/v1/reversed-orders?account=A01",
    "listAlarms": "/v1/alarms",
    "listApplications": "/v1/applications",
    "listPools": "/v1/pools",
    "listPoolRetirements": "/v1/pool-retirements",
    "listChildren": "/v1/pool-retirements/main-5-1/certificates",
    "listTenants": "/v1/tenants?account=A01",
    "listGoods": "/v1/goods?account=A01",
    "listCertificates": "/v1/certificates?account=A01",
    "listDonations": "/v1/donations?account=A01",
    "listDonatedGrams": "/v1/donations/grams?account=A01",
    "listCampaigns": "/v1/campaigns",
    "listActivities": "/v1/activities?account=A01",
    "listActivitySums": "/v1/activities/sums?account=A01",
    "listPartners": "/v1/campaigns/partners?account=A01",
    "listMeetings": "/v1/meetings?account=A01",
    "listSettlements": "/v1/settlements?account=A01",
    "listDischarges": "/v1/discharges",
    "listEligibleHoldings": "/v1/eligibility/holdings?account=A01&purpose=offset",
    "listRetirements": "/v1/retirements",
    "getCommand": f"/v1/commands/{MINE}",
    "listProjects": "/v1/projects",
    "listPlans": "/v1/plans",
    "getPlan": "/v1/plans/JC-9",
    "listPlanHistory": "/v1/plans/JC-9/history",
    "listBodies": "/v1/bodies",
    "listMembers": "/v1/plans/JC-9/members",
    "listPlanDocuments": "/v1/plans/JC-9/documents",
    "getKeptDocument": f"/v1/documents/{'0' * 64}",
    "getProject": "/v1/projects/JC-1",
    "listCertifications": "/v1/certifications",
    "getCertification": "/v1/certifications/JC-9-C01",
    "listLots": "/v1/lots",
    "getLot": "/v1/lots/JC-1-01",
    "getSerial": "/v1/serials/JC-1-01:1",
    "getRules": "/v1/rules",
    "getRulesByDigest": f"/v1/rules/{'0' * 64}",
    "listAnnulments": "/v1/annulments",
    "getEligibility": "/v1/eligibility?lot=JC-1-01",
    "getEligibilityMatrix": "/v1/eligibility/matrix",
    "listPublicProjects": "/v1/public/projects",
    "listPublicIssuances": "/v1/public/issuances",
    "listPublicRetirements": "/v1/public/retirements",
    "listPublicBuffer": "/v1/public/buffer",
    "getCheckpoint": "/v1/checkpoint",
    "getCheckpointKey": "/v1/checkpoint/key",
    "getTile": "/v1/tile/0/000.p/1",
    "proveInclusion": "/v1/proofs/inclusion?position=0&size=1",
    "proveConsistency": "/v1/proofs/consistency?from=1&to=2",
    "getEntryProof": "/v1/entries/5/proof",  # what MINE was answered with
    "listInbox": "/v1/inbox?account=A01",
    "listNotices": "/v1/notices",
    "listWebhooks": "/v1/webhooks",
    "listWebhookCalls": "/v1/webhooks/books/calls",
    "getNotice": "/v1/notices/main-5-1",
    "getNoticeDocument": "/v1/notices/main-5-1/document",
    "getNoticeLink": "/v1/notices/main-5-1/link",
    "readPrivateNotice": f"/v1/private-notices/{'0' * 32}",
    "listProposals": "/v1/approvals",
    "listCompensations": "/v1/compensations",
    "listPublicCertifications": "/v1/public/certifications",
    "listDuties": "/v1/duties",
    "followJournal": "/v1/journal?follow=false",
    "readMetrics": "/metrics",
    "readLiveness": "/livez",
    "readHealth": "/healthz",
    "readReadiness": "/readyz?verbose",
    "readReference": "/docs",
    "askCheckPage": "/c",
    "readCheckPage": f"/c/{'0' * 32}",
    "readDocument": "/openapi.json",
    "listProblems": "/problems",
    "getProblem": "/problems/not_allowed",
}
NOTHING = (
    *("getParticulars", "getRulesByDigest", "getPlan", "listPlanHistory", "listMembers"),
    *("listPlanDocuments", "getKeptDocument", "listWebhooks", "listWebhookCalls", "getNotice"),
    *("listChildren", "getNoticeDocument", "getNoticeLink", "readPrivateNotice"),
    *("readCheckPage", "getCertification", "getEligibility", "getEligibilityMatrix"),
    "listEligibleHoldings",
)
TOLD = dict.fromkeys(NOTHING, 404)
"""What a read answers where it finds nothing in this house."""


def probes(orders: Mapping[str, str]) -> dict[str, Probe]:
    """One for every operation; writes are tried dry."""
    return (
        {name: Probe(path, None, TOLD.get(name, 200)) for name, path in READS.items()}
        | {
            name: Probe(f"{probe.path}?dry_run=true", probe.body, probe.status)
            for name, probe in writes(orders).items()
        }
        | {"verifyFile": Probe("/c", {}, 503)}  # this house seals nothing
        | {"putDocument": Probe(f"/v1/documents/{'0' * 64}", {}, 404, "PUT")}
        | _webhooks()
        | {"keepRecipients": Probe(f"/v1/accounts/A01/recipients/{MINE}", NOBODY, 422, "PUT")}
    )


def writes(orders: Mapping[str, str]) -> dict[str, Probe]:
    """One for every command, of what stands in the house."""
    rooms = _ledger() | _projects() | _credits() | _transfer(orders) | _invalidation(orders)
    return rooms | _lives() | _pools() | _notices()


def _webhooks() -> dict[str, Probe]:
    """What is asked about webhooks: this house calls none."""
    hook = "/v1/webhooks/books"
    return {
        "putWebhook": Probe(hook, {"url": "https://example.org/", "account": "A01"}, 404, "PUT"),
        "rotateWebhook": Probe(f"{hook}/keys", {}, 404, "PUT"),
        "deleteWebhook": Probe(hook, None, 404, "DELETE"),
        "redeliverWebhookCall": Probe(f"{hook}/calls/1-0", {}, 404, "PUT"),
    }


def _notices() -> dict[str, Probe]:
    told = {"position": 1, "fact": 0, "kind": "invalidation", "sha256": "0" * 64}
    return {
        "issueNotice": Probe("/v1/notices", told, 404),
        "supersedeNotice": Probe("/v1/notices/main-5-1/supersession", {"reason": "x"}, 404),
        "withdrawNotice": Probe(
            "/v1/notices/main-5-1/withdrawal", {"reason": "x", "undone_by": 1}, 404
        ),
        "requestBalanceNotice": Probe("/v1/accounts/A01/balance-notices", {"as_of": "2026-03-01"}),
        "requestCertificate": Probe(
            "/v1/accounts/A01/offset-certificates",
            {
                "number": "main-5-1",
                "addressee": "x",
                "offset": {"type": "gift", "municipality": "x", "gift": "x"},
            },
            409,
        ),
    }


def _ledger() -> dict[str, Probe]:
    return {
        "adoptRules": Probe("/v1/rules", {"rules": RULES_BODY}),
        "appointOperator": Probe("/v1/operators", {"operator": "operator:3"}),
        "dismissOperator": Probe("/v1/operators/operator:2/dismissal", {"reason": "x"}, 422),
        "approveAct": Probe("/v1/approvals", {"position": 1}, 404),
        "compensateError": Probe(
            "/v1/compensations",
            {
                "position": 1,
                "reason": "x",
                "moved": [{**SERIALS, "source": "HOLD:B02", "target": "HOLD:A01"}],
            },
            409,
        ),
        "passTime": Probe("/v1/ticks", {"due_at": "2026-04-01T00:00:00.000Z"}),
    }


def _projects() -> dict[str, Probe]:
    return {
        "registerProject": Probe("/v1/projects", {**PROJECT, "project": "JC-2"}),
        "draftProject": Probe("/v1/plans", PLAN, 422),
        "accreditBody": Probe(
            "/v1/bodies", {"body": "QA", "name": "QA", "representatives": ["verifier:1"]}
        ),
        "suspendBody": Probe("/v1/bodies/QA/suspension", {"reason": "x"}, 404),
        "validateProject": Probe(
            "/v1/plans/JC-9/validation", {"body": "QA", "validated_on": DAY}, 404
        ),
        "submitProject": Probe("/v1/plans/JC-9/submission", {}, 404),
        "examineProject": Probe("/v1/plans/JC-9/examination", {"meets_on": DAY}, 404),
        "decideProject": Probe("/v1/plans/JC-9/decision", {**MET, "outcome": "registered"}, 404),
        "extendProject": Probe("/v1/plans/JC-9/extension", MET, 404),
        "endProject": Probe("/v1/plans/JC-9/end", {"reason": "x"}, 404),
        "withdrawProject": Probe("/v1/plans/JC-9/withdrawal", {"reason": "x"}, 404),
        "changePlan": Probe(
            "/v1/plans/JC-9/changes", {**without_project(PLAN), "reason": "x"}, 404
        ),
        "handOverProject": Probe(
            "/v1/plans/JC-9/handover", {"implementer": "x", "handed_on": DAY, "reason": "x"}, 404
        ),
        "reportLoss": Probe("/v1/plans/JC-9/losses", LOST, 404),
        "attachDocument": Probe("/v1/plans/JC-9/documents", {"kind": "X", "sha256": "0" * 64}, 404),
        "joinMember": Probe("/v1/plans/JC-9/members", JOINING, 404),
        "leaveProgramme": Probe(
            "/v1/plans/JC-9/members/M-1/leaving", {"left_on": DAY, "reason": "x"}, 404
        ),
    }


def _credits() -> dict[str, Probe]:
    return {
        "openCertification": Probe("/v1/certifications", CERTIFICATION),
        "reportMonitoring": Probe("/v1/certifications/JC-9-C01/report", REPORT, 404),
        "verifyCertification": Probe(
            "/v1/certifications/JC-9-C01/verification",
            {"verified_on": "2026-05-20", "verifier": "x"},
            404,
        ),
        "submitCertification": Probe("/v1/certifications/JC-9-C01/submission", {}, 404),
        "decideCertification": Probe(
            "/v1/certifications/JC-9-C01/decision",
            {"decided_on": "2026-05-20", "minutes": "x", "outcome": "approved"},
            404,
        ),
        "issueCredits": Probe("/v1/issuances", issuance("JC-1", "JC-1-02", 5)),
        "issueToGovernment": Probe(
            "/v1/government/issuances", {"certification": "JC-9-C01", "lot": "JC-9-01"}, 404
        ),
        "releaseGovernment": Probe(
            "/v1/government/releases", {"account": "A01", "quantity": 1, "reason": "x"}, 409
        ),
        "withdrawIssuance": Probe("/v1/issuances/JC-1-01/withdrawal", {"reason": "x"}, 409),
        "releaseBuffer": Probe(
            "/v1/buffer/releases", {"account": "A01", "buffer": "FOREST", "quantity": 1}, 409
        ),
        "cancelBuffer": Probe(
            "/v1/buffer/cancellations", {"buffer": "FOREST", "reason": "x", "quantity": 1}, 409
        ),
    }


def _transfer(orders: Mapping[str, str]) -> dict[str, Probe]:
    return {
        "openAccount": Probe("/v1/accounts", {"account": "C03", "name": "C"}),
        "freezeAccount": Probe("/v1/accounts/A01/freeze", {"reason": "x"}),
        "unfreezeAccount": Probe("/v1/accounts/A01/unfreeze", {}, 409),
        "closeAccount": Probe("/v1/accounts/A01/close", {}, 409),
        "suspendMovements": Probe("/v1/suspensions", {"scheme": "JC", "reason": "x"}),
        "resumeMovements": Probe("/v1/suspensions/resumption", {"scheme": "JC"}, 409),
        "freezeSerials": Probe("/v1/freezes", {**FREEZE, "account": "A01"}),
        "unfreezeSerials": Probe("/v1/freezes/f-0/release", {}, 404),
        "addTrusted": Probe("/v1/accounts/A01/trusted", {"trusted": "B02"}),
        "removeTrusted": Probe("/v1/accounts/A01/trusted/Z99/removal", {}, 404),
        "setLimit": Probe("/v1/accounts/A01/limits", {"scheme": "JC", "quantity": 5}),
        "reverseTransfer": Probe("/v1/orders/o-0/reversal", {"reason": "x"}, 404),
        "requestReversal": Probe(
            f"/v1/orders/{orders['out']}/reversal-request", {"reason": "x"}, 404
        ),
        "consentToReversal": Probe(f"/v1/orders/{orders['in']}/reversal-consent", {}, 404),
        "requestTransfer": Probe("/v1/transfers", move(1)),
        "reserveCredits": Probe("/v1/reservations", {"account": "A01", "quantity": 1}),
        "releaseReservation": Probe(f"/v1/reservations/{orders['A01']}/release", {}),
        "placeOrder": Probe(
            "/v1/orders", {"source": "A01", "target": "B02", "lines": [{"quantity": 1}]}
        ),
        "approveOrder": Probe(f"/v1/orders/{orders['out']}/approve", {}),
        "acceptOrder": Probe(f"/v1/orders/{orders['in']}/accept", {}),
        "declineOrder": Probe(f"/v1/orders/{orders['in']}/decline", {}),
        "cancelOrder": Probe(f"/v1/orders/{orders['out']}/cancel", {}),
    }


def _invalidation(orders: Mapping[str, str]) -> dict[str, Probe]:
    return {
        "annulCredits": Probe("/v1/annulments", {"lot": "JC-1-01", "reason": "x"}),
        "invalidateCredits": Probe("/v1/invalidations", {"lines": [{**CLAIM, "account": "A01"}]}),
        "coverReversal": Probe(
            "/v1/replenishments",
            {"account": "A01", "project": "JC-1", "reason": "x", "quantity": 1},
        ),
        "fileApplications": Probe("/v1/applications", {"lines": [{**CLAIM, "account": "A01"}]}),
        "confirmApplication": Probe(f"/v1/applications/{orders['A01/a']}/confirmation", {}),
        "cancelApplication": Probe(f"/v1/applications/{orders['A01/a']}/cancellation", {}),
        "dischargeDuty": Probe("/v1/duties/d-0/discharge", {"account": "A01", "quantity": 1}, 404),
        "cancelCredits": Probe("/v1/cancellations", {"lines": [{**CLAIM, "account": "A01"}]}, 409),
    }


def _pools() -> dict[str, Probe]:
    return {
        "openPool": Probe("/v1/pools", {"pool": "P2", "account": "A01", "name": "x"}),
        "applyAsTenant": Probe("/v1/pools/P1/tenants", {"tenant": "A01", "plan": "x"}),
        "admitTenant": Probe("/v1/pools/P1/tenants/Z99/admission", {"paid_until": DAY}, 404),
        "buyQuota": Probe("/v1/pools/P1/tenants/A01/quotas", {"grams": 1}, 404),
        "offerGoods": Probe(
            "/v1/pools/P1/tenants/A01/goods",
            {"goods": "g", "name": "x", "grams": 1, "use": "sticker"},
            404,
        ),
        "allocateGrams": Probe("/v1/pools/P1/allocations", {"lines": [{"grams": 1}]}, 409),
        "pledgeDonations": Probe("/v1/pools/P1/donations", {"lines": [{"yen": 1}]}),
        "settleDonations": Probe("/v1/pools/P1/settlements", SETTLED, 409),
        "paySeller": Probe("/v1/pools/P1/payments", {"yen": 1, "seller": "B02"}, 409),
        "openCampaign": Probe("/v1/pools/P1/campaigns", CAMPAIGN),
        "joinCampaign": Probe("/v1/pools/P1/campaigns/partners", PARTNER, 404),
        "closeCampaign": Probe("/v1/pools/P1/campaigns/closing", {"campaign": "Z"}, 404),
        "reportActivities": Probe("/v1/activities", REPORTED, 404),
        "orderMeeting": Probe("/v1/pools/P1/meetings", MEETING | {"online": True}, 409),
    }


def _lives() -> dict[str, Probe]:
    return {
        "applyForAccount": Probe("/v1/account-applications", APPLICANT, 422),
        "reviewAccount": Probe("/v1/account-applications/A01/review", {"checks": []}, 404),
        "decideAccount": Probe(
            "/v1/account-applications/A01/decision", {"outcome": "opened", "reason": "x"}, 404
        ),
        "renameAccount": Probe("/v1/accounts/A01/rename", {"name": "x"}),
        "mergeAccount": Probe("/v1/accounts/A01/merger", {"successor": "B02", "reason": "x"}, 409),
        "recordInsolvency": Probe(
            "/v1/accounts/A01/insolvency", {"administrator": "holder:x", "reason": "x"}
        ),
        "beginClosing": Probe("/v1/accounts/A01/closing", {}),
        "appointRepresentative": Probe(
            "/v1/accounts/A01/representatives", {"representative": PERSON}
        ),
        "dismissRepresentative": Probe("/v1/accounts/A01/representatives/holder:a/dismissal", {}),
        "replaceRepresentative": Probe(
            "/v1/accounts/A01/representatives/holder:a/replacement", {"successor": PERSON}
        ),
        "grantMandate": Probe(
            "/v1/accounts/A01/mandates",
            {"agent": "B02", "scope": ["transfer"], "until": "2027-03-31"},
        ),
        "revokeMandate": Probe("/v1/accounts/A01/mandates/m-0/revocation", {}, 404),
    }


PERSON = {"actor": "holder:x", "role": "both"}
APPLICANT = {
    "account": "A01",
    "holder": msgspec.to_builtins(ENTITY),
    "kind": "holding",
    "representatives": [{"actor": "holder:a", "role": "both"}],
}
PLAN = msgspec.to_builtins(EXAMPLE)


def without_project(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without what stands in the path."""
    return {key: value for key, value in body.items() if key != "project"}


LOST = {"cause": "X", "happened_on": "2026-04-01", "detail": "x", "quantity": 1}
JOINING = without_project(msgspec.to_builtins(JOIN))
DAY = "2026-04-01"
CAMPAIGN = {"campaign": "c", "name": "x", "runs_from": DAY, "runs_to": DAY}
PARTNER = {"campaign": "Z", "tenant": "A01"}
SETTLED = {"yen": 1, "price": 1, "seller": "B02"}
DID = {"member": "m", "activity": "a", "done_on": DAY, "grams": 1}
MEETING = {"title": "x", "held_on": DAY, "attendees": 1, "area_m2": 0, "minutes": 60}
REPORTED = {"project": "Z", "account": "A01", "lines": [DID]}
MET = {"met_on": DAY, "minutes": "No. 60"}
