"""Rendering where the kernel ends a process that so much as asks for a socket: `python -m` this.

The typesetter is no Python, so no hook of Python's sees what it does. A filter (seccomp, Linux)
kills the process at its first socket(2), connect(2) or sendto(2), which no library can catch.
"""

import ctypes
import platform
import socket
import struct
import sys

from libs.edge.paper.render import render
from tests.paper.hostile import hostile
from tests.paper.papers import papers
from tests.paper.test_render import _with

NUMBERS = {"x86_64": (0xC000003E, (41, 42, 44)), "aarch64": (0xC00000B7, (198, 203, 206))}
"""By machine: what the kernel calls it, and the numbers of the three calls."""

NO_NEW_PRIVILEGES, SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000


def wall() -> None:
    """Let this process have no socket from now on, on pain of its life."""
    architecture, calls = NUMBERS[platform.machine()]
    steps = [(LOAD, 0, 0, 4), (JUMP_IF_EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL_PROCESS)]
    steps.append((LOAD, 0, 0, 0))
    for call in calls:
        steps += [(JUMP_IF_EQUAL, 0, 1, call), (RETURN, 0, 0, KILL_PROCESS)]
    steps.append((RETURN, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    for asked in ((NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SET_SECCOMP, MODE_FILTER, program, 0, 0)):
        if libc.prctl(*asked):
            raise OSError(ctypes.get_errno(), "no filter here")


def main() -> None:
    """Render everything that there is, and every hostile text; or ask for a socket."""
    wall()
    if sys.argv[1:] == ["socket"]:
        socket.socket()
    for document in papers().values():
        render(document)
    texts = hostile()
    made = [render(document) for document in _with(texts)]
    sys.stdout.write(f"{len(texts)} texts in {len(made)} documents\n")


if __name__ == "__main__":
    main()
