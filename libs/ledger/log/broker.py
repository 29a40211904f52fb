"""How this code speaks to Kafka: every setting of every client, in one place.

The defaults of the library would lose records: acknowledged by one broker only, read from
wherever a group left off, skipping silently what is gone.
"""

from ssl import SSLContext

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

MEBIBYTE = 1024 * 1024
BATCH_BYTES = MEBIBYTE
"""The most that one append puts into the log at once, all or nothing; one record may be larger."""

REQUEST_BYTES = 25 * MEBIBYTE
"""What the journal's topic takes: an entry of 24 MiB, and its frame."""

FETCH_BYTES = 4 * MEBIBYTE
FETCH_WAIT_MS = 500
REQUEST_MS = 30_000


class Broker(msgspec.Struct, frozen=True):
    """Where the brokers are, and the certificates they are spoken to with, where they ask for any.

    `bootstrap` is HOST:PORT, several parted by commas.
    """

    bootstrap: str
    tls: SSLContext | None = None

    def producer(self) -> AIOKafkaProducer:
        """Return a client that appends: acknowledged by every replica in sync, in order, once."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            security_protocol="SSL" if self.tls else "PLAINTEXT",
            ssl_context=self.tls,
            acks="all",
            enable_idempotence=True,
            compression_type=None,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=REQUEST_MS,
            retry_backoff_ms=50,
        )

    def consumer(self) -> AIOKafkaConsumer:
        """Return a client that reads where it is told to, without a group, and jumps nowhere."""
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            security_protocol="SSL" if self.tls else "PLAINTEXT",
            ssl_context=self.tls,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_uncommitted",
            check_crcs=True,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_bytes=2 * FETCH_BYTES,
            request_timeout_ms=REQUEST_MS,
            retry_backoff_ms=50,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """Return a client that asks about topics, and makes them."""
        return AIOKafkaAdminClient(
            bootstrap_servers=self.bootstrap,
            security_protocol="SSL" if self.tls else "PLAINTEXT",
            ssl_context=self.tls,
            request_timeout_ms=REQUEST_MS,
        )
