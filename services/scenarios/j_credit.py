"""The life of J-Credits from plans to their end, on names and figures that were published.

A forest, a solar programme, their certifications with and without a buffer; the use cases of
offsets (a roadside station, a gas company, fairs, a sweet); and what must not work.
"""

from collections.abc import Generator

from msgspec import UNSET

from libs.ledger.commands import AdoptRules
from libs.ledger.entry import Entry
from libs.ledger.events import (
    ApplicationFiled,
    AppliedMethodology,
    OrderPlaced,
    Reduction,
    Removal,
)
from services import rules
from services.invalidation.commands import (
    AnnulCredits,
    Application,
    ConfirmApplication,
    FileApplications,
    Filing,
    InvalidateCredits,
)
from services.invalidation.covering import CoverReversal
from services.issuance.commands import CancelBuffer, IssueCredits, ReportLoss
from services.issuance.commands.certification import (
    DecideCertification,
    OpenCertification,
    ReportMonitoring,
    SubmitCertification,
    VerifyCertification,
)
from services.issuance.commands.machine import (
    AccreditBody,
    DecideProject,
    ExamineProject,
    SubmitProject,
    ValidateProject,
)
from services.issuance.commands.members import JoinMember
from services.issuance.commands.projects import DraftProject
from services.scenarios.play import Step, Story, both
from services.transfer.commands import (
    AcceptOrder,
    OrderLine,
    PlaceOrder,
    RequestTransfer,
    TransferLine,
)
from services.transfer.commands.accounts import (
    ApplyAccount,
    Appointed,
    CheckedItem,
    DecideAccount,
    GrantMandate,
    LegalEntity,
    ReviewAccount,
)

FIRST, SECOND, VERIFIER, MEMBER = "operator:1", "operator:2", "verifier:1", "committee:1"
FOREST, SOLAR = "JC-FM-000123", "JC-ER-P000126"
FOREST_LOT, SOLAR_LOT = f"{FOREST}-01", f"{SOLAR}-01"
FO_001, EN_R_002 = AppliedMethodology("FO-001", "3.3"), AppliedMethodology("EN-R-002", "2.0")
HOLDERS = {
    "FOREST": ("例示森林組合", "れいじしんりんくみあい", "8000000000001"),
    "SOLAR": ("例示ソーラー株式会社", "れいじそーらー", "7000000000002"),
    "BROKER": ("例示仲介株式会社", "れいじちゅうかい", "6000000000003"),
    "SHOP": ("例示商店株式会社", "れいじしょうてん", "5000000000004"),
}


def story() -> Story:
    """Tell it from the first day to the last."""
    yield from begun()
    yield from _market()
    yield from _uses()
    yield from _ends()


def begun() -> Story:
    """Tell how rules, people and credits came to be."""
    shipped = rules.shipped("j-credit")
    yield from both(Step("J-Credit's rules are adopted", FIRST, AdoptRules(shipped)), SECOND)
    yield from _bodies()
    for account in HOLDERS:
        yield from _opened(account)
    yield from _forest()
    yield from _solar()


def _bodies() -> Story:
    body = AccreditBody(
        "EXAMPLE-QA", "例示審査株式会社", (VERIFIER,), sectors=("EN-R", "FO"), since="2024-04-01"
    )
    told = "A body 審査機関 is accredited for renewables and forests"
    yield from both(Step(told, FIRST, body), SECOND)
    committee = AccreditBody("COMMITTEE", "認証委員会", (MEMBER,), sectors=())
    told = "The committee is entered, with who speaks for it"
    yield from both(Step(told, FIRST, committee), SECOND)


def _opened(account: str) -> Story:
    """Open an account 口座開設: applied for, looked into, agreed on by two operators."""
    name, kana, number = HOLDERS[account]
    entity = LegalEntity("JP", name, kana, corporate_number=number)
    asked = ApplyAccount(account, entity, "holding", (Appointed(_actor(account), "both"),))
    yield Step(f"{name} applies for the account {account}", _actor(account), asked)
    items = ("CORPORATE_REGISTER", "REPRESENTATIVE_IDENTITY", "NO_ANTISOCIAL_FORCES")
    review = ReviewAccount(account, tuple(map(CheckedItem, items)))
    yield Step("  … its papers are looked into", FIRST, review)
    opened = DecideAccount(account, "opened", "The papers are complete.")
    yield from both(Step("  … and it is opened", FIRST, opened), SECOND)


def _registered(project: str) -> Story:
    """Bring a plan to its registration 登録."""
    seen = ValidateProject("EXAMPLE-QA", project, "2024-04-20")
    yield Step("  … validated 妥当性確認", VERIFIER, seen)
    yield Step("  … submitted", FIRST, SubmitProject(project))
    yield Step("  … laid before the committee", FIRST, ExamineProject("2024-06-21", project))
    met = DecideProject("2024-06-21", "第60回認証委員会", "registered", project)
    yield from both(Step("  … which registers it 登録", MEMBER, met), SECOND)


def _forest() -> Story:
    plan = DraftProject(
        applied_on="2024-04-01",
        consent=True,
        form="normal",
        implemented_on="2024-04-01",
        implementer=HOLDERS["FOREST"][0],
        kind="FM",
        methodologies=(FO_001,),
        name="間伐促進プロジェクト",
        prefecture=31,
        project=FOREST,
        quality_tested=False,
        scheme="JC",
        site="例示郡例示町の林班1-40",
        permanence="森林経営計画による保全",
        survey="AIRBORNE_LASER",
    )
    yield Step("A forest's plan 計画書 is taken in", FIRST, plan)
    yield from _registered(FOREST)
    measured = Removal(0, 500, 2_661_400)
    yield from _certified("FOREST", UNSET, measured, FO_001, 0)
    issue = _issue("FOREST", FOREST, FOREST_LOT, 2660)
    told = "2,660 t are issued: 2,581 to the holder, 79 (3 %) into the buffer バッファー"
    yield from both(Step(told, FIRST, issue), SECOND)
    again = _issue("FOREST", FOREST, f"{FOREST}-02", 2660)
    told = "The same certification a second time"
    yield from both(Step(told, FIRST, again, "certification_not_in_phase"), SECOND)


def _solar() -> Story:
    plan = DraftProject(
        applied_on="2024-04-01",
        consent=True,
        form="programme",
        implemented_on="2024-04-01",
        implementer=HOLDERS["SOLAR"][0],
        kind="ER",
        methodologies=(EN_R_002,),
        name="太陽光発電設備の導入(プログラム型)",
        prefecture=31,
        project=SOLAR,
        quality_tested=False,
        scheme="JC",
        site="例示県内の家庭",
        payback_months=60,
    )
    yield Step("A solar programme's plan is taken in", FIRST, plan)
    yield from _registered(SOLAR)
    member = JoinMember(
        applied_on="2024-04-01",
        consent=True,
        implemented_on="2024-04-01",
        member="M-0001",
        methodologies=(EN_R_002,),
        prefecture=31,
        project=SOLAR,
        quality_tested=False,
        site="例示町1-1",
        payback_months=60,
    )
    yield Step("  … a household joins it", FIRST, member)
    yield from _certified("SOLAR", "M-0001", Reduction(500_400, 0), EN_R_002, 1_000_000)
    issue = _issue("SOLAR", SOLAR, SOLAR_LOT, 500)
    told = "500 t and 1,000 MWh are certified and issued: floored to whole tonnes"
    yield from both(Step(told, FIRST, issue), SECOND)


def _certified(
    account: str,
    member: object,
    measured: Reduction | Removal,
    methodology: AppliedMethodology,
    kwh: int,
) -> Story:
    """Bring the monitoring of fiscal year 2024 to the committee's yes."""
    project = {"FOREST": FOREST, "SOLAR": SOLAR}[account]
    name = f"{project}-C01"
    of = {} if member is UNSET else {"member": str(member)}
    opened = OpenCertification(
        name, (f"{project}-METER",), "2024-07-01", "2025-03-31", project, **of
    )
    yield Step("  … its monitoring モニタリング begins", FIRST, opened)
    report = ReportMonitoring(
        name,
        kwh,
        energy_saving=False,
        heat_mj=0,
        measured=measured,
        methodologies=(methodology,),
        prefecture=31,
        account=account,
    )
    yield Step("  … reported by the implementer", _actor(account), report)
    seen = VerifyCertification(name, "2025-05-20", "EXAMPLE-QA")
    told = "An operator cannot stand by it"
    yield Step(told, FIRST, seen, "actor_not_allowed")
    yield Step("  … verified 検証 by the body", VERIFIER, seen)
    yield Step("  … submitted", FIRST, SubmitCertification(name))
    met = DecideCertification(name, "2025-06-20", "第64回認証委員会", "approved")
    yield from both(Step("  … and approved 認証 by the committee", MEMBER, met), SECOND)


def _issue(account: str, project: str, lot: str, quantity: int) -> IssueCredits:
    return IssueCredits(
        account,
        "2025-06-20",
        lot,
        project,
        quantity,
        "2024-07-01",
        "2025-03-31",
        certification=f"{project}-C01",
    )


def _market() -> Story:
    """Transfers 移転: at once, by quantity, by order that the receiver accepts."""
    line = TransferLine("FOREST", "BROKER", quantity=1000)
    yield Step("The forest sells 1,000 t to a broker", _actor("FOREST"), RequestTransfer((line,)))
    line = TransferLine("SOLAR", "SHOP", lot=SOLAR_LOT, quantity=200)
    yield Step("The programme sells 200 t", _actor("SOLAR"), RequestTransfer((line,)))
    order = PlaceOrder("BROKER", "SHOP", (OrderLine(quantity=100),), waits_for=("acceptance",))
    placed = yield Step("The broker offers a shop 100 t", _actor("BROKER"), order)
    (name,) = [event.order for event in placed.events or () if isinstance(event, OrderPlaced)]
    yield Step("  … which accepts them", _actor("SHOP"), AcceptOrder(name))
    line = TransferLine("BROKER", "SHOP", quantity=1_000_000)
    told = "The broker gives what it does not have"
    refused = "quantity_exceeds_holding"
    yield Step(told, _actor("BROKER"), RequestTransfer((line,)), refused)


def _uses() -> Story:
    """The published cases of use, retired by proxy 代理無効化 out of the broker's own holding."""
    cases = (
        ("O2", "道の駅 にちなん日野川の郷", "OFFSET_OWN_ACTIVITY", 137, "2020-04-01", "2021-03-31"),
        ("O4", "出雲ガス株式会社", "OFFSET_OWN_ACTIVITY", 150, "2021-04-01", "2026-03-31"),
        ("O5", "いずも産業未来博2021 実行委員会", "OFFSET_EVENT", 16, "2021-11-06", "2021-11-07"),
        ("O6", "坂根屋 出雲ぜんざい", "OFFSET_PRODUCT", 10, "2021-04-01", "2022-03-31"),
        ("O7", "OH！YEAH！COOL CHOICE PARK！", "OFFSET_EVENT", 2, "2021-12-16", "2021-12-20"),
        ("O8", "ひがしひろしま環境フェア2021", "OFFSET_EVENT", 137, "2021-10-01", "2021-10-31"),
    )
    broker = HOLDERS["BROKER"][0]
    for case, user, purpose, tonnes, since, until in cases:
        filed = yield Step(
            f"{case}: {tonnes} t for {user}, by proxy",
            _actor("BROKER"),
            FileApplications(
                (
                    Filing(
                        "BROKER",
                        user,
                        purpose,
                        f"{user}の排出の埋め合わせ",
                        quantity=tonnes,
                        period_from=since,
                        period_to=until,
                        agent=broker,
                    ),
                )
            ),
        )
        yield from _confirmed(filed, "BROKER")
    mandate = GrantMandate("SHOP", ("invalidate",), "2031-03-31", agent="BROKER")
    yield Step("The shop gives the broker a mandate 委任", _actor("SHOP"), mandate)
    use = Application(
        "SHOP", HOLDERS["SHOP"][0], "RE100", lot=SOLAR_LOT, quantity=100, energy_kwh=200_000
    )
    told = "The broker uses up 100 t of the shop's, with the 200 MWh that came with them"
    yield Step(told, _actor("BROKER"), InvalidateCredits((use,)))
    use = Application(
        "SHOP", HOLDERS["SHOP"][0], "RE100", lot=SOLAR_LOT, quantity=1, energy_kwh=2_001
    )
    told = "More electricity than was certified with a credit"
    yield Step(told, _actor("SHOP"), InvalidateCredits((use,)), "energy_exceeds_certified")
    use = Application("FOREST", HOLDERS["FOREST"][0], "RE100", lot=FOREST_LOT, quantity=1)
    told = "A forest's credits for RE100"
    yield Step(told, _actor("FOREST"), InvalidateCredits((use,)), "not_eligible")


def _confirmed(filed: Entry, account: str) -> Generator[Step, Entry, None]:
    for event in filed.events or ():
        if isinstance(event, ApplicationFiled):
            confirm = ConfirmApplication(event.application)
            yield Step("  … confirmed: used up 無効化 for ever", _actor(account), confirm)


def _ends() -> Story:
    """A storm, which the buffer covers, a road, which is owed for, credits that are annulled."""
    storm = CancelBuffer("FOREST", "台風による風倒", quantity=47)
    yield from both(Step("A storm: 47 t are covered from the buffer 補填", FIRST, storm), SECOND)
    felled = ReportLoss("INTENTIONAL_CONVERSION", "林道の開設", "2025-10-01", FOREST, 5)
    told = "5 t are felled for a road: the forest owes them"
    yield Step(told, FIRST, felled)
    for tonnes, refused in ((6, "quantity_exceeds_duty"), (5, "")):
        told = f"  … and makes good for {tonnes} t with its own 補填"
        cover = CoverReversal("FOREST", FOREST, "林道の開設", quantity=tonnes)
        yield Step(told, _actor("FOREST"), cover, refused)
    annul = AnnulCredits(SOLAR_LOT, "計測の誤り")
    told = "The regulator annuls the programme's credits: held ones go, used ones are owed for"
    yield from both(Step(told, FIRST, annul), SECOND)
    line = TransferLine("SHOP", "BROKER", lot=SOLAR_LOT, quantity=1)
    told = "Nobody holds one of them any more"
    yield Step(told, _actor("SHOP"), RequestTransfer((line,)), "quantity_exceeds_holding")


def _actor(account: str) -> str:
    return f"holder:{account.lower()}"
