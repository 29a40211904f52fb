"""The wire format as files: a schema of every event, command and entry, and golden bytes.

A golden file holds one event as every journal ever written may hold it. What stands here was
shipped: it is never changed, and a `v2` comes beside it.
"""

import json
from inspect import cleandoc
from pathlib import Path
from typing import TypeAlias, get_args

import msgspec

from libs.ledger import events as e
from libs.ledger.accounts import GRAMMAR
from libs.ledger.codec import Command, encode
from libs.ledger.entry import Entry
from libs.ledger.rules import BufferRule, RuleSet, Scheme
from libs.ledger.serials import SerialRange
from services.decider import decider

Schema: TypeAlias = dict[str, object]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REF = "#/$defs/{name}"

LOT = "JC-FM-000123-01"
RULES = RuleSet(
    name="example",
    decider="1",
    two_person=("rules.adopt.v1",),
    schemes={"JC": Scheme(annul_duty="implementer", retire="invalidate", transferable=True)},
    buffers={"FM": BufferRule(account="FOREST", share=300)},
    purposes=("OTHER",),
)


def _moved(first: int, last: int, source: str, target: str) -> tuple[e.CreditPosting, ...]:
    return (e.CreditPosting(lot=LOT, first=first, last=last, source=source, target=target),)


GOLDEN: tuple[e.Event, ...] = (
    e.LedgerOpened(
        accounts=GRAMMAR,
        digest="0" * 64,
        limits=e.Limits(),
        operators=("operator:1", "operator:2"),
        rules=RULES,
    ),
    e.RulesAdopted(digest="1" * 64, rules=RULES),
    e.OperatorAppointed(operator="operator:3"),
    e.OperatorDismissed(operator="operator:3", reason="Left the secretariat."),
    e.LogAttached(digest="2" * 64, position=41),
    e.ActProposed(
        act="account.close.v1",
        actor="operator:1",
        body=msgspec.Raw(b'{"account":"A01"}'),
        position=42,
    ),
    e.ActApproved(position=42),
    e.TimePassed(),
    e.CheckpointRecorded(digest="3" * 64, holdings="4" * 64, position=43),
    e.ProjectRegistered(
        project="JC-FM-000123",
        scheme="JC",
        kind="FM",
        name="間伐促進プロジェクト",
        methodologies=("FO-001",),
        country="JP",
        implementer="Green Forestry Cooperative",
        region="岐阜県",
    ),
    e.ProjectDrafted(
        project="JC-ER-000124",
        scheme="JC",
        kind="ER",
        form="normal",
        name="ボイラーの更新",
        implementer="例示食品株式会社",
        methodologies=(e.AppliedMethodology("EN-S-001", "3.0"),),
        prefecture=21,
        site="岐阜市例示町1-1",
        implemented_on="2025-10-01",
        applied_on="2026-04-01",
        credited_from="2026-04-01",
        credited_to="2031-03-31",
        consent=True,
        quality_tested=False,
        added_on="2025-11-01",
        exemption="HOUSEHOLD",
        monitorable_on="2026-04-01",
        payback_months=52,
        permanence="保安林",
    ),
    e.CreditsIssued(
        lot=LOT,
        project="JC-FM-000123",
        account="A01",
        certified_on="2026-03-19",
        vintage_from="2024-04-01",
        vintage_to="2025-03-31",
        postings=(
            *_moved(1, 2581, f"ISS:{LOT}", "HOLD:A01"),
            *_moved(2582, 2660, f"ISS:{LOT}", "BUF:FOREST"),
        ),
    ),
    e.IssuanceWithdrawn(lot=LOT, reason="誤り", postings=_moved(1, 2581, "HOLD:A01", "WDL")),
    e.BufferReleased(account="A01", postings=_moved(2582, 2600, "BUF:FOREST", "HOLD:A01")),
    e.BufferCancelled(reason="風倒", postings=_moved(2601, 2610, "BUF:FOREST", "RET:BUF")),
    e.CertificationOpened(
        certification="JC-FM-000123-C01",
        project="JC-FM-000123",
        member="M-001",
        period_from="2024-04-01",
        period_to="2025-03-31",
        devices=("METER-0001", "METER-0002"),
    ),
    e.CertificationReported(
        certification="JC-FM-000123-C01",
        measured=e.Removal(
            baseline_removal_kg=900,
            project_emission_kg=100,
            project_removal_kg=2_661_999,
        ),
        methodologies=(e.AppliedMethodology("FO-001", "3.0"),),
        quantity=2660,
        electricity_kwh=0,
        heat_mj=0,
        energy_saving=False,
        prefecture=21,
        document="5" * 64,
    ),
    e.CertificationVerified(
        certification="JC-FM-000123-C01",
        verifier="例示審査株式会社",
        verified_on="2026-02-20",
        document="6" * 64,
    ),
    e.CertificationSubmitted(certification="JC-FM-000123-C01"),
    e.CertificationDecided(
        certification="JC-FM-000123-C01",
        outcome="approved",
        minutes="第62回認証委員会 議題4",
        decided_on="2026-03-19",
    ),
    e.AccountOpened(account="A01", name="Green Forestry Cooperative", representatives=("ann",)),
    e.AccountFrozen(account="A01", reason="Court order."),
    e.AccountUnfrozen(account="A01"),
    e.AccountClosed(account="A01"),
    e.TransferSettled(
        line=0,
        source="A01",
        target="B02",
        stated_on="2026-04-01",
        postings=_moved(1, 400, "HOLD:A01", "HOLD:B02"),
    ),
    e.CreditsReserved(
        account="B02",
        order="o-44",
        expires_at="2026-05-01T00:00:00.000Z",
        postings=_moved(1, 100, "HOLD:B02", "LOCK:B02:o-44"),
    ),
    e.ReservationReleased(
        account="B02", order="o-44", postings=_moved(1, 100, "LOCK:B02:o-44", "HOLD:B02")
    ),
    e.ReservationExpired(
        account="B02", order="o-44", postings=_moved(1, 100, "LOCK:B02:o-44", "HOLD:B02")
    ),
    e.OrderPlaced(
        order="o-45",
        source="A01",
        target="B02",
        placed_by="ann",
        waits_for=("approval", "acceptance"),
        expires_at="2026-05-01T00:00:00.000Z",
        postings=_moved(401, 500, "HOLD:A01", "LOCK:A01:o-45"),
    ),
    e.OrderApproved(order="o-45"),
    e.OrderAccepted(order="o-45"),
    e.OrderDeclined(
        account="A01", order="o-45", postings=_moved(401, 500, "LOCK:A01:o-45", "HOLD:A01")
    ),
    e.OrderCancelled(
        account="A01", order="o-45", postings=_moved(401, 500, "LOCK:A01:o-45", "HOLD:A01")
    ),
    e.OrderExpired(
        account="A01", order="o-45", postings=_moved(401, 500, "LOCK:A01:o-45", "HOLD:A01")
    ),
    e.CreditsInvalidated(
        line=1,
        account="B02",
        beneficiary="株式会社サンプル",
        purpose="OFFSET_OWN_ACTIVITY",
        detail="Web-site, \u00e9t\u00e9 2025",
        period_from="2025-04-01",
        period_to="2026-03-31",
        stated_on="2026-04-02",
        postings=_moved(1, 137, "HOLD:B02", "RET:INV"),
    ),
    e.CreditsCancelled(
        line=2,
        account="B02",
        beneficiary="株式会社サンプル",
        purpose="OTHER",
        detail="償却",
        period_from="2025-04-01",
        period_to="2026-03-31",
        stated_on="2026-04-02",
        postings=_moved(138, 140, "HOLD:B02", "RET:CAN"),
    ),
    e.CreditsAnnulled(
        lot=LOT,
        reason="Never removed.",
        used=(SerialRange(1, 140),),
        postings=_moved(141, 400, "HOLD:B02", "WDL"),
    ),
    e.DutyOpened(debtor="Green Forestry Cooperative", duty="d-45-0", lot=LOT, quantity=140),
    e.ApplicationFiled(
        account="B02",
        application="a-46-0",
        beneficiary="Example Foods Co., Ltd.",
        purpose="ONTAI_NON_UTILITY",
        agent="Example Broker K.K.",
        corporate_number="1234567890123",
        detail="Report of fiscal year 2025.",
        expires_at="2026-05-01T00:00:00.000Z",
        fiscal_year=2025,
        period_from="2025-04-01",
        period_to="2026-03-31",
        scope="SCOPE_1",
        stated_on="2026-04-01",
        warnings=("The table knows no kind that these credits are of.",),
        postings=_moved(1, 100, "HOLD:B02", "LOCK:B02:a-46-0"),
    ),
    e.ApplicationConfirmed(account="B02", application="a-46-0"),
    e.ApplicationCancelled(
        account="B02",
        application="a-46-0",
        postings=_moved(1, 100, "LOCK:B02:a-46-0", "HOLD:B02"),
    ),
    e.MovementsSuspended(suspension="s-47", reason="Keys were stolen.", scheme="JC"),
    e.MovementsResumed(suspension="s-47", scheme="JC"),
    e.SerialsFrozen(
        account="B02",
        freeze="f-48",
        basis="差押命令",
        expires_at="2026-05-01T00:00:00.000Z",
        postings=_moved(1, 10, "HOLD:B02", "LOCK:B02:f-48"),
    ),
    e.SerialsUnfrozen(
        account="B02", freeze="f-48", postings=_moved(1, 10, "LOCK:B02:f-48", "HOLD:B02")
    ),
    e.FreezeExpired(
        account="B02", freeze="f-48", postings=_moved(1, 10, "LOCK:B02:f-48", "HOLD:B02")
    ),
    e.BodyAccredited(
        body="EXAMPLE-QA",
        name="例示審査株式会社",
        representatives=("verifier:1",),
        affiliates=("例示林業株式会社",),
    ),
    e.BodySuspended(body="EXAMPLE-QA", reason="認定の失効"),
    e.ProjectValidated(
        project="JC-ER-000124",
        body="EXAMPLE-QA",
        validated_on="2026-04-01",
        statement="5" * 64,
    ),
    e.ProjectSubmitted(project="JC-ER-000124"),
    e.ProjectExamined(project="JC-ER-000124", meets_on="2026-06-01"),
    e.ProjectDecided(
        project="JC-ER-000124", outcome="registered", minutes="第60回", met_on="2026-06-01"
    ),
    e.ProjectActivated(project="JC-ER-000124"),
    e.ProjectExtended(
        project="JC-ER-000124", credited_to="2039-03-31", minutes="第90回", met_on="2031-03-01"
    ),
    e.ProjectEnded(
        project="JC-FM-000125",
        ended_on="2031-03-31",
        credited_to="2031-03-31",
        monitored_to="2041-03-31",
        reason="実施者の申し出",
    ),
    e.MonitoringEnded(project="JC-FM-000125"),
    e.ProjectWithdrawn(project="JC-ER-000124", reason="実施者の申し出"),
    e.MemberJoined(
        project="JC-ER-P000126",
        member="M-0001",
        methodologies=(e.AppliedMethodology("EN-R-002", "2.0"),),
        prefecture=21,
        site="6" * 64,
        implemented_on="2026-03-01",
        credited_from="2026-04-01",
        credited_to="2031-03-31",
    ),
    e.MemberLeft(project="JC-ER-P000126", member="M-0001", credited_to="2028-03-31", reason="転居"),
)
"""One example of every event ever shipped, each field said."""


def tag(event: type) -> str:
    """Return the name of an event's type on the wire."""
    return str(event.__struct_config__.tag)  # type: ignore[attr-defined]  # every msgspec struct has it


def files() -> dict[str, bytes]:
    """Return every file of the wire folder: its name and its bytes."""
    written = {"entry.json": _text(_entry())}
    for event in get_args(e.Event):
        written[f"{tag(event)}.json"] = _text(msgspec.json.schema(event, ref_template=REF))
    for name, ruling in decider().rulings.items():
        written[f"{name}.json"] = _text(_command(name, ruling.body))
    for example in GOLDEN:
        written[f"{tag(type(example))}.golden.json"] = encode(example) + b"\n"
    return written


def write(folder: Path) -> None:
    """Write the wire folder anew; what was shipped comes out as it was."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (folder / name).write_bytes(data)


def _entry() -> Schema:
    """Describe a line of the exported journal; a record that is no command is shown raw."""
    (_, _), parts = msgspec.json.schema_components((Entry, Command), ref_template=REF)
    raw = {"type": "string", "contentEncoding": "base64"}
    shown = {"properties": {"raw": raw}, "required": ["raw"], "additionalProperties": False}
    fields = parts["Entry"]["properties"]
    fields["command"] = {"anyOf": [{"$ref": "#/$defs/Command"}, {"type": "object", **shown}]}
    fields["verdict"] = {"enum": ["accepted", "rejected", "repeated"]}
    return {"$ref": "#/$defs/Entry", "$defs": parts}


def _command(name: str, body: type) -> Schema:
    """Describe a whole command record of one type."""
    (_, reference), parts = msgspec.json.schema_components((Command, body), ref_template=REF)
    fields = parts["Command"]["properties"]
    fields["type"], fields["body"] = {"const": name}, reference
    return {"$ref": "#/$defs/Command", "$defs": parts}


def _text(schema: Schema) -> bytes:
    told = {"$schema": DIALECT, **schema}
    _tidy(told)
    return (json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _tidy(told: object) -> None:
    """Take the source's indentation out of descriptions: Python 3.13 keeps it no longer."""
    if isinstance(told, dict):
        if isinstance(about := told.get("description"), str):
            told["description"] = cleandoc(about)
        for part in told.values():
            _tidy(part)
    elif isinstance(told, list):
        for part in told:
            _tidy(part)
