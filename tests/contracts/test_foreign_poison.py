"""Strangers append what is no command: each record gets one entry, the same on all readers (B3)."""

import asyncio
import json
import random
from base64 import b64encode
from hashlib import sha256

from aiokafka import AIOKafkaProducer

from libs.ledger.codec import RAW_BYTES_MAX
from libs.ledger.entry import decode
from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, commands_topic
from services.topics import topics_of as topics_for
from tests.cluster.ledgers import (
    WAIT_MS,
    Load,
    accepted,
    caught_up,
    deciding,
    proven,
    request_digests,
    topics_of,
    two,
)
from tests.servers import Kafka


def poison() -> dict[str, bytes | None]:
    """Return what is no command, of many kinds; and two that are, in a foreign wrapping."""
    good = Load(99).mixed(1)[0]
    number = iter(range(1, 100))

    def body(text: str) -> bytes:
        return (
            b'{"actor":"operator:1","body":%b,"id":"00000000-0000-0000-0000-%012d",'
            b'"sent":"2026-01-01T00:00:00.000Z","type":"account.open.v1"}'
            % (text.encode(), next(number))
        )

    return {
        "nothing": b"",
        "null": None,
        "random": random.Random(1).randbytes(300),
        "random, 1 MB": random.Random(2).randbytes(1_000_000),
        "text, 8 MB": b"[" + b"1," * 4_000_000 + b"1]",
        "cut": good[:-7],
        "bad UTF-8": body('{"account":"A9","name":"\x00"}').replace(b"\x00", b"\xff\xfe"),
        "lone surrogate": body(r'{"account":"A9","name":"\ud800"}'),
        "duplicate keys": body('{"account":"A9","account":"A8","name":"n"}'),
        "duplicate frame": good.replace(b'{"actor"', b'{"actor":"operator:2","actor"'),
        "NaN": body('{"account":"A9","name":NaN}'),
        "infinity": body('{"account":"A9","name":-Infinity}'),
        "2^63": body('{"account":"A9","name":9223372036854775808}'),
        "2^53": body('{"account":"A9","name":9007199254740993}'),
        "fraction": body('{"account":"A9","name":1.5}'),
        "1e400": body('{"account":"A9","name":1e400}'),
        "a long number": body('{"account":"A9","name":%s}' % ("9" * 5000)),
        "deep": body("[" * 100_000 + "]" * 100_000),
        "byte order mark": b"\xef\xbb\xbf" + good,
        "UTF-16": good.decode().encode("utf-16"),
        "line feed": good + b"\n",
        "spaces": json.dumps(json.loads(good)).encode(),
        "no object": b'["account.open.v1"]',
        "unknown type": good.replace(b"transfer.request.v1", b"transfer.request.v999"),
        "unknown field": good.replace(b'{"actor"', b'{"aaa":1,"actor"'),
        "no id": good.replace(b'"id":"', b'"id":"X'),
        "a NUL": body('{"account":"A9","name":"\\u0000"}'),
        "another's entry": b'{"position":0,"previous":"%b"}' % (b"0" * 64),
    }


async def test_poison_of_every_kind_gets_one_entry_each_the_same_on_all_readers(
    kafka: Kafka, ledger_name: str
) -> None:
    broker, load = Broker(kafka.bootstrap), Load(1)
    await brokers.create(broker, topics_for(ledger_name, replication=1))
    async with topics_of(broker, ledger_name) as log:
        async with deciding(log, ledger_name) as node:
            await node.ask(load.begin(ledger_name), WAIT_MS)
        await _poisoned(broker, log, ledger_name, load)
    url = f"kafka://{kafka.bootstrap}"
    report = await asyncio.to_thread(proven, url, ledger_name)
    assert report.ok, report.failure


async def _poisoned(broker: Broker, log: KafkaLog, ledger: str, load: Load) -> None:
    kinds = poison()
    assert len(kinds) > 20
    sent = [value for value in kinds.values() for _ in range(2)]
    random.Random(3).shuffle(sent)
    async with two(broker, ledger) as nodes:
        before = await log.commands_end()
        for compression in ("gzip", None):
            producer = AIOKafkaProducer(
                bootstrap_servers=broker.bootstrap,
                compression_type=compression,
                max_request_size=9 * 1024 * 1024,
            )
            await producer.start()
            for value in sent[: len(sent) // 2]:
                await producer.send_and_wait(
                    commands_topic(ledger, 0),
                    value,
                    key=b"key",
                    headers=[("a", b"b")],
                    partition=0,
                    timestamp_ms=1,
                )
            sent = sent[len(sent) // 2 :] + sent[: len(sent) // 2]
            await producer.stop()
        assert await log.commands_end() == before + len(sent)
        (good,) = await nodes[0].ask(load.mixed(1), WAIT_MS)
        assert decode(good).verdict == "accepted"
        await caught_up(*nodes)
        assert [node.fault for node in nodes] == [None, None]
        assert nodes[0].noise == {"below": 0, "void": 0, "equivocation": 0}
    entries = (await accepted(log))[before:-1]
    assert request_digests(entries) == [sha256(value or b"").hexdigest() for value in sent]
    for value, raw in zip(sent, entries, strict=True):
        entry = decode(raw)
        if bytes(entry.command).startswith(b'{"raw":'):
            shown = b64encode((value or b"")[:RAW_BYTES_MAX]).decode()
            assert json.loads(bytes(entry.command)) == {"raw": shown}
            assert entry.reason in ("undecodable", "not_canonical", "entry_too_large")
    assert {decode(raw).verdict for raw in entries} <= {"rejected", "repeated"}
