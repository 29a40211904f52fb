"""Bad histories of what people were told: for C16 and C17."""

import json
from collections.abc import Callable
from hashlib import sha256

from services.notify import signing
from tests.faults.accepted import Json
from tests.faults.answers import canonical
from tests.faults.planting import Bed, plant
from tests.faults.sinks import Call
from tests.simulation.desk import KEYS

# ------------------------------------------------------------------ C16: a line, and its notice


def _events(bed: Bed, *kinds: str) -> list[tuple[int, int, Json]]:
    """Return facts of some types, with their positions and places."""
    return [
        (entry.position, place, event)
        for entry in bed.run.entries
        for place, event in enumerate(entry.told.get("events", ()))
        if event["type"] in kinds
    ]


def _alter(bed: Bed, position: int, place: int, **changes: object) -> None:
    """Let a fact say something else."""
    bed.rewrite(lambda told: told[position]["events"][place].update(changes))


@plant("C16")
def a_notice_issued_twice(bed: Bed) -> None:
    position, _, event = bed.one(_events(bed, "notice.issued.v1"))
    later = bed.after(position)
    bed.rewrite(lambda told: told[later]["events"].append(event))


@plant("C16")
def a_fact_with_two_numbers(bed: Bed) -> None:
    position, _, event = bed.one(_events(bed, "notice.issued.v1"))
    later, other = bed.after(position), {**event, "number": event["number"] + "-r2"}
    bed.rewrite(lambda told: told[later]["events"].append(other))


@plant("C16")
def a_notice_lost(bed: Bed) -> None:
    position, _, _ = bed.one(_events(bed, "notice.issued.v1"))
    bed.rewrite(lambda told: told[position].update(events=[]))


@plant("C16")
def a_notice_before_its_fact(bed: Bed) -> None:
    position, _, event = bed.one(_events(bed, "notice.issued.v1"))
    before = bed.one([p for p, _, _ in _events(bed, "account.opened.v1") if p < event["position"]])

    def change(told: list[Json]) -> None:
        told[position]["events"] = []
        told[before]["events"].append(event)

    bed.rewrite(change)


@plant("C16")
def a_notice_to_somebody_else(bed: Bed) -> None:
    told = [one for one in _events(bed, "notice.issued.v1") if one[2].get("parties")]
    position, place, _ = bed.one(told)
    _alter(bed, position, place, parties=["A9"])


@plant("C16")
def a_line_used_for_somebody_else(bed: Bed) -> None:
    position, place, _ = bed.one(_events(bed, "credits.invalidated.v1", "credits.cancelled.v1"))
    _alter(bed, position, place, beneficiary="Somebody else")


@plant("C16")
def a_line_without_a_fact(bed: Bed) -> None:
    position, place, _ = bed.one(_events(bed, "credits.invalidated.v1", "credits.cancelled.v1"))
    bed.rewrite(lambda told: told[position]["events"].pop(place))


@plant("C16")
def a_notice_withdrawn_of_what_stands(bed: Bed) -> None:
    position, place, _ = bed.one(_events(bed, "notice.withdrawn.v1"))
    _alter(bed, position, place, undone_by=1)


@plant("C16")
def a_document_that_is_not_the_journals(bed: Bed) -> None:
    mails = bed.run.sinks.mails
    place = bed.one([n for n, mail in enumerate(mails) if mail.document])
    mails[place] = mails[place]._replace(document=mails[place].document + b" ")


def _redrawn(bed: Bed, code: str, change: Callable[[str], str]) -> None:
    """Let a document say something else of its fact, and the journal hold the digest of that."""
    said = f'"code":"{code}"'.encode()
    mail = bed.one([mail for mail in bed.run.sinks.mails if said in mail.document])
    told = json.loads(mail.document)
    for field in told["fields"]:
        if field["code"] == code:
            field["value"] = change(field["value"])
    raw = canonical(told)
    for place, one in enumerate(bed.run.sinks.mails):
        if one.document == mail.document:
            bed.run.sinks.mails[place] = one._replace(document=raw)
    for position, number, event in _events(bed, "notice.issued.v1"):
        if event["number"] == told["number"]:
            _alter(bed, position, number, sha256=sha256(raw).hexdigest())


@plant("C16")
def a_document_of_another_user(bed: Bed) -> None:
    _redrawn(bed, "user", lambda user: f"{user} 2")


@plant("C16")
def a_document_of_more(bed: Bed) -> None:
    _redrawn(bed, "quantity", lambda said: f"1{said}")


@plant("C16")
def a_document_of_other_serials(bed: Bed) -> None:
    _redrawn(bed, "serials", lambda said: said.replace(" / ", " / 9"))


@plant("C16")
def a_mail_that_never_came(bed: Bed) -> None:
    lost = bed.one(bed.run.sinks.mails)
    kept = [mail for mail in bed.run.sinks.mails if mail.told != lost.told]
    bed.run.sinks.mails = kept


@plant("C16")
def a_mail_of_nothing(bed: Bed) -> None:
    mail = bed.one(bed.run.sinks.mails)
    bed.run.sinks.mails.append(mail._replace(id=f"<main-9999-1.{mail.told[1]}@example.org>"))


@plant("C16")
def certificates_of_more_than_was_retired(bed: Bed) -> None:
    position, place, event = bed.one(_events(bed, "grams.allocated.v1"))
    more = 10**12
    line = {**event["allocated"][0], "grams": event["allocated"][0]["grams"] + more}
    booked = {**event["postings"][0], "quantity": event["postings"][0]["quantity"] + more}
    _alter(bed, position, place, allocated=[line, *event["allocated"][1:]], postings=[booked])


@plant("C16")
def certificates_of_more_than_is_booked(bed: Bed) -> None:
    position, place, event = bed.one(_events(bed, "grams.allocated.v1"))
    line = {**event["allocated"][0], "grams": event["allocated"][0]["grams"] + 1}
    _alter(bed, position, place, allocated=[line, *event["allocated"][1:]])


@plant("C16")
def donations_of_more_than_was_retired(bed: Bed) -> None:
    position, place, _ = bed.one(_events(bed, "donations.settled.v1"))
    _alter(bed, position, place, yen=10**12)


# -------------------------------------------------------------- C17: who asked, and what came


def _call(bed: Bed) -> tuple[int, Call]:
    calls = bed.run.sinks.calls
    place = bed.chance.randrange(len(calls))
    return place, calls[place]


def _sent(bed: Bed, call: Call, body: bytes, identity: str = "", endpoint: str = "") -> None:
    """Add a call that is signed as the registry signs."""
    identity = identity or call.headers["webhook-id"]
    headers = signing.headers(identity, call.second, body, KEYS.signing)
    whom = endpoint or call.endpoint
    bed.run.sinks.calls.append(Call(whom, headers, body, call.second))


@plant("C17")
def a_call_that_never_came(bed: Bed) -> None:
    _, lost = _call(bed)
    same = (lost.endpoint, lost.headers["webhook-id"])
    calls = bed.run.sinks.calls
    bed.run.sinks.calls = [one for one in calls if (one[0], one.headers["webhook-id"]) != same]


@plant("C17")
def a_call_that_was_refused_and_forgotten(bed: Bed) -> None:
    _, lost = _call(bed)
    same = (lost.endpoint, lost.headers["webhook-id"])
    calls = bed.run.sinks.calls
    for place, one in enumerate(calls):
        if (one.endpoint, one.headers["webhook-id"]) == same:
            calls[place] = one._replace(taken=False)


@plant("C17")
def a_call_with_a_changed_byte(bed: Bed) -> None:
    place, call = _call(bed)
    bed.run.sinks.calls[place] = call._replace(body=call.body[:-1] + b" }")


@plant("C17")
def a_call_of_another_day(bed: Bed) -> None:
    place, call = _call(bed)
    bed.run.sinks.calls[place] = call._replace(second=call.second + 86_400)


@plant("C17")
def a_call_signed_by_nobody(bed: Bed) -> None:
    place, call = _call(bed)
    unsigned = {**call.headers, "webhook-signature": "v1,AAAA v1a,AAAA"}
    bed.run.sinks.calls[place] = call._replace(headers=unsigned)


@plant("C17")
def a_call_of_what_never_was(bed: Bed) -> None:
    _, call = _call(bed)
    told = json.loads(call.body)
    told["data"] |= {"position": 99_999}
    _sent(bed, call, canonical(told), identity=f"main-99999-{told['data']['fact']}")


@plant("C17")
def a_call_that_says_otherwise(bed: Bed) -> None:
    _, call = _call(bed)
    told = json.loads(call.body)
    told["data"]["event"] |= {"account": "A9"}
    _sent(bed, call, canonical(told))


@plant("C17")
def a_call_without_a_position(bed: Bed) -> None:
    _, call = _call(bed)
    told = json.loads(call.body)
    del told["data"]["position"]
    _sent(bed, call, canonical(told))


@plant("C17")
def a_call_to_who_did_not_ask(bed: Bed) -> None:
    heard = {call.headers["webhook-id"] for call in bed.run.sinks.calls if call[0] == "mine"}
    others = [one for one in bed.run.sinks.calls if one.headers["webhook-id"] not in heard]
    call = bed.one(others)
    _sent(bed, call, call.body, endpoint="mine")


@plant("C17")
def a_call_to_nobody(bed: Bed) -> None:
    _, call = _call(bed)
    _sent(bed, call, call.body, endpoint="gone")
