"""The topics are those of `deploy/topics.yml`, and each service may do there what its role does."""

import pytest

from services.settings import partner_actors
from services.topics import topics_of
from tests.deploy.objects import named, of
from tests.deploy.rendered import Document, rendered

pytestmark = [pytest.mark.usefixtures("manifests"), pytest.mark.timeout(600)]  # it may fetch

COPIES = 3


def ledger() -> str:
    """Return the name of the ledger that the manifests are for."""
    (settings,) = of(rendered("base"), "ConfigMap")
    name: str = settings["data"]["TONNE_NAME"]
    return name


def test_the_topics_are_those_of_topics_yml() -> None:
    wanted = {
        topic.name: (topic.partitions, COPIES, dict(topic.settings(COPIES)))
        for topic in topics_of(ledger())
    }
    there = {
        name: (spec["partitions"], spec["replicas"], spec["config"])
        for name, topic in named(rendered("base"), "KafkaTopic").items()
        for spec in [topic["spec"]]
    }
    assert there == wanted


def test_a_partner_s_topics_are_those_of_topics_yml_and_its_alone() -> None:
    documents = rendered("overlays/example")
    (settings,) = of(documents, "ConfigMap")
    partners = partner_actors(settings["data"]["TONNE_PARTNERS"])
    assert partners
    base = named(rendered("base"), "KafkaTopic")
    there = {
        name: (one["spec"]["partitions"], one["spec"]["replicas"], one["spec"]["config"])
        for name, one in named(documents, "KafkaTopic").items()
        if name not in base
    }
    assert there == {
        one.name: (one.partitions, COPIES, dict(one.settings(COPIES)))
        for one in topics_of(ledger(), partners=partners)
        if one.name not in base
    }
    for name in partners:
        mine = acls(named(documents, "KafkaUser")[f"partner-{name}"])
        assert mine == {
            ("topic", f"{ledger()}.from.{name}", "literal"): {"Write", "Describe"},
            ("topic", f"{ledger()}.to.{name}", "literal"): {"Read", "Describe"},
        }


def acls(user: Document) -> dict[tuple[str, str, str], set[str]]:
    """Return what a Kafka identity may do: operations by kind, name and pattern of resource."""
    found = {}
    for acl in user["spec"]["authorization"]["acls"]:
        assert acl.get("type", "allow") == "allow"
        resource = acl["resource"]
        key = resource["type"], resource.get("name", ""), resource.get("patternType", "literal")
        found[key] = set(acl["operations"])
    return found


def test_each_service_may_do_in_kafka_what_its_role_does_and_no_more() -> None:
    commands = ("topic", f"{ledger()}.commands", "prefix")  # every generation of it
    journal = ("topic", f"{ledger()}.journal", "literal")
    hours = ("topic", f"{ledger()}-notify-hourly-changelog", "literal")
    group = ("group", f"{ledger()}-notify", "literal")
    letters = ("topic", f"{ledger()}.from.", "prefix")
    answers = ("topic", f"{ledger()}.to.", "prefix")
    look = {"Describe", "DescribeConfigs"}  # every process looks at the topics before it starts
    read, write = look | {"Read"}, look | {"Read", "Write"}
    assert {name: acls(user) for name, user in named(rendered("base"), "KafkaUser").items()} == {
        "tonne-replica": {commands: write, journal: write, hours: look},
        "tonne-projection": {commands: write, journal: read, hours: look},
        "tonne-issuance": {commands: write, journal: read, hours: look},
        "tonne-transfer": {commands: write, journal: read, hours: look},
        "tonne-invalidation": {commands: write, journal: read, hours: look},
        "tonne-notify": {
            commands: write,
            journal: read,
            hours: write,
            group: {"Read", "Describe"},
        },
        "tonne-intake": {
            commands: write,
            journal: read,
            hours: look,
            letters: read,
            answers: write,
        },
        "tonne-migrate": {
            commands: read,
            journal: read,
            hours: look,
            letters: read,
            answers: read,
        },
        "tonne-auditor": {commands: read, journal: read},
    }


def test_only_the_replica_writes_the_journal_and_nobody_may_end_a_topic() -> None:
    users = named(rendered("base"), "KafkaUser")
    may = {(name, operation) for name, user in users.items() for operation in every(user)}
    harmless = {"Read", "Write", "Describe", "DescribeConfigs"}
    assert {operation for _, operation in may} == harmless
    assert {kind for user in users.values() for kind, *_ in acls(user)} == {"topic", "group"}
    writers = {
        name
        for name, user in users.items()
        for (_, topic, _), operations in acls(user).items()
        if topic.endswith(".journal") and "Write" in operations
    }
    assert writers == {"tonne-replica"}


def every(user: Document) -> set[str]:
    """Return every operation that an identity has on anything."""
    return set().union(*acls(user).values())


def test_the_broken_glass_is_not_part_of_an_installation() -> None:
    glass = "tonne-break-glass"
    assert glass not in named(rendered("overlays/example"), "KafkaUser")
    (user,) = of(rendered("break-glass"), "KafkaUser")
    assert {"Delete", "AlterConfigs"} <= every(user)
    assert {kind for kind, *_ in acls(user)} == {"topic", "cluster"}


def test_kafka_makes_and_ends_no_topic_by_itself() -> None:
    (kafka,) = of(rendered("overlays/example"), "Kafka")
    config = kafka["spec"]["kafka"]["config"]
    assert config["auto.create.topics.enable"] is False
    assert config["delete.topic.enable"] is False
    assert config["unclean.leader.election.enable"] is False
    assert [listener["authentication"] for listener in kafka["spec"]["kafka"]["listeners"]] == [
        {"type": "tls"}
    ]
    assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple"}
