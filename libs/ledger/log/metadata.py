"""The question that tells a topic's id: metadata in its version 12, which aiokafka does not have.

The id is what a topic keeps for life; one of the same name that is made again has another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from io import BytesIO
from typing import ClassVar

import msgspec
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)
from typing_extensions import override


class Uuid(AbstractType[str]):
    """Sixteen bytes, told as Kafka's own tools tell them."""

    @classmethod
    @override
    def encode(cls, value: str) -> bytes:
        return urlsafe_b64decode(f"{value}==")

    @classmethod
    @override
    def decode(cls, data: BytesIO) -> str:
        return urlsafe_b64encode(data.read(16)).rstrip(b"=").decode()


_NAME = CompactString("utf-8")


class _Response(Response):
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", _NAME),
                ("port", Int32),
                ("rack", _NAME),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", _NAME),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _NAME),
                ("topic_id", Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _Request(RequestStruct):
    FLEXIBLE_VERSION: ClassVar[bool] = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", Uuid), ("name", _NAME), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class AllTopics(Request[_Request]):
    """Ask for every topic and every broker."""

    API_KEY = 3

    @override
    def build(self, request_struct_class: type[_Request]) -> _Request:
        return request_struct_class(None, False, False, {})  # noqa: FBT003 - the wire's own order


class Partition(msgspec.Struct, frozen=True):
    """Where a partition is kept: the brokers by number; `leader` is -1 while it has none."""

    leader: int
    replicas: tuple[int, ...]
    isr: tuple[int, ...]


class Found(msgspec.Struct, frozen=True):
    """A topic as the brokers tell it."""

    name: str
    topic_id: str
    partitions: tuple[Partition, ...]


def found(response: Response) -> dict[str, Found]:
    """Return the topics that an answer tells of, by name."""
    told = response.to_object()
    topics = [
        Found(
            topic["name"],
            topic["topic_id"],
            tuple(msgspec.convert(one, Partition) for one in topic["partitions"]),
        )
        for topic in told["topics"]
        if topic["error_code"] == 0
    ]
    return {topic.name: topic for topic in topics}
