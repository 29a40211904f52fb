"""The words of notices: `tell FACT as kind`, and what becomes of a notice."""

from msgspec.structs import replace

from libs.ledger.rules.certificates import CertificateRules
from libs.ledger.rules.pools import PoolRules
from services.rules import shipped
from tests.rooms.grammar import OPTIONS, RULES, STANDARD, VERBS, Asked, Body, Line
from tests.rooms.grammar_offsets import offset

NOTICES = shipped("j-credit").notices
RULES["told"] = replace(STANDARD, notices=NOTICES)
RULES["told-by-two"] = replace(RULES["told"], two_person=("notice.issue.v1",))
RULES["vouched"] = replace(
    RULES["told"],
    name="vouched",
    pools=PoolRules(purposes=("OFFSET",)),
    certificates=CertificateRules(purposes={"OFFSET": ("event", "product")}),
)
OPTIONS.update({"fact", "version", "undone", "spelt", "lines"})


def place(line: Line) -> int:
    word = line.words[0]
    return line.named.get(word, int(word) if word.isdigit() else -1)


def number(line: Line) -> str:
    """Read `NAME fact 1 version 2` as the number of the notice, and anything else as it is."""
    if line.words[0] not in line.named:
        return line.words[0]
    found = f"main-{place(line)}-{int(line.options.get('fact', 0)) + 1}"
    return f"{found}-r{line.options['version']}" if "version" in line.options else found


def issue(line: Line) -> Asked:
    """Read `tell NAME fact 1 kind invalidation`."""
    body: Body = {"position": place(line), "fact": int(line.options.get("fact", 0))}
    body |= {"kind": line.options.get("kind", "invalidation"), "sha256": "5" * 64}
    if "lines" in line.options:
        body |= {"root": "6" * 64, "size": int(line.options["lines"])}
    if "version" in line.options:
        body["version"] = int(line.options["version"])
    return "notice.issue.v1", body


def supersede(line: Line) -> Asked:
    body: Body = {"number": number(line), "reason": "The name was cut."}
    if "spelt" in line.options:
        field, _, text = line.options["spelt"].partition("=")
        body["spelling"] = [{"field": field, "text": text}]
    return "notice.supersede.v1", body


def withdraw(line: Line) -> Asked:
    undone = line.options["undone"]
    by = line.named[undone] if undone in line.named else int(undone)
    return "notice.withdraw.v1", {"number": number(line), "reason": "Annulled.", "undone_by": by}


def balance(line: Line) -> Asked:
    return "balance.request.v1", {"account": line.words[0], "as_of": line.words[1]}


def certificate(line: Line) -> Asked:
    """Read `vouch NAME of A01 for Fair offset event/2026-01-01..2026-01-02`."""
    body = line.said(account="of", addressee="for") | offset(line)
    return "certificate.request.v1", {"number": number(line), **body}


VERBS |= {
    "vouch": certificate,
    "tell": issue,
    "supersede": supersede,
    "retract": withdraw,
    "attest": balance,
}
