"""Check of webhooks: who asked to hear of facts heard of each, signed, and of nothing else: C17.

Signatures are checked here as Standard Webhooks tells it, by no code of the sender's.
"""

import hmac
import json
from base64 import b64decode
from collections.abc import Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.faults.accepted import Json
from tests.faults.noticing import parties
from tests.faults.run import Run, Violation
from tests.faults.sinks import Call, Endpoint

SECRET, PUBLIC = "whsec_", "whpk_"
WINDOW_SECONDS = 300


def c17_webhooks(run: Run) -> Iterator[Violation]:
    """Every fact that a receiver asked for came at least once; whatever came is the journal's."""
    due: dict[str, dict[str, Json]] = {name: {} for name in run.sinks.endpoints}
    for entry in run.entries:
        for number, event in enumerate(entry.told.get("events", ())):
            for name, endpoint in run.sinks.endpoints.items():
                if asked_for(endpoint, event):
                    identity = f"{entry.told['ledger']}-{entry.position}-{number}"
                    due[name][identity] = message(entry.told, number, event)
    heard: set[tuple[str, str]] = set()
    for call in run.sinks.calls:
        identity = call.headers.get("webhook-id", "")
        wrong = _wrong(call, run.sinks.endpoints, due)
        if wrong:
            yield Violation("C17", f"{call.endpoint} was called with {identity}: {wrong}")
        elif call.taken:
            heard.add((call.endpoint, identity))
    for name, told in due.items():
        for identity, body in told.items():
            if (name, identity) not in heard:
                what = f"{name} never heard of {identity}, {body['type']}"
                yield Violation("C17", what, body["data"]["position"])


def asked_for(endpoint: Endpoint, event: Json) -> bool:
    """Say whether a receiver asked for a fact: its type, and an account that it concerns."""
    issued = event["type"] == "notice.issued.v1"
    whom = event.get("parties", ()) if issued else parties(event)
    of_type = not endpoint.events or event["type"] in endpoint.events
    return of_type and endpoint.account in ("", *whom)


def message(told: Json, number: int, event: Json) -> Json:
    """Return what a call of a fact must say."""
    where = {"ledger": told["ledger"], "position": told["position"], "fact": number}
    return {"type": event["type"], "timestamp": told["at"], "data": {**where, "event": event}}


def _wrong(call: Call, endpoints: dict[str, Endpoint], due: dict[str, dict[str, Json]]) -> str:
    """Say what is wrong with a call, or nothing."""
    endpoint = endpoints.get(call.endpoint)
    if endpoint is None:
        return "nobody is there"
    if not signed(endpoint.key, call):
        return "its signature is not good"
    expected = due[call.endpoint].get(call.headers["webhook-id"])
    if expected is None:
        return "the journal has no such fact for it"
    try:
        said = json.loads(call.body)
    except ValueError:
        return "it is no JSON"
    if "position" not in said.get("data", {}):
        return "it names no position"
    return "" if said == expected else f"it says {said}, the journal {expected}"


def signed(key: str, call: Call) -> bool:
    """Say whether a call is signed by a shared secret or a public key, and was just now."""
    try:
        identity, second = call.headers["webhook-id"], int(call.headers["webhook-timestamp"])
        signatures = call.headers["webhook-signature"].split(" ")
    except (KeyError, ValueError):
        return False
    content = f"{identity}.{second}.".encode() + call.body
    recent = abs(call.second - second) <= WINDOW_SECONDS
    return recent and any(_good(key, one, content) for one in signatures)


def _good(key: str, told: str, content: bytes) -> bool:
    version, _, signature = told.partition(",")
    try:
        given = b64decode(signature, validate=True)
        if key.startswith(SECRET):
            made = hmac.digest(b64decode(key.removeprefix(SECRET)), content, "sha256")
            return version == "v1" and hmac.compare_digest(made, given)
        Ed25519PublicKey.from_public_bytes(b64decode(key.removeprefix(PUBLIC))).verify(
            given, content
        )
    except (InvalidSignature, ValueError):
        return False
    return version == "v1a"
