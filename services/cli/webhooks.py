"""`tonne webhooks`: hear a registry's calls on this machine, checked as a receiver should."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated

import httpx
import typer
from typing_extensions import override

from services.cli.frame import err, out
from services.notify import signing
from services.settings import SettingsFault

app = typer.Typer(help="Webhooks: hear them here.", no_args_is_help=True)
BODY_BYTES_MAX = 16 * 1024 * 1024
FORWARD_SECONDS = 10.0
HANDED_ON = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")


@app.command("listen")
def listen(
    key: Annotated[
        str, typer.Option(help="The secret (whsec_...) or public key (whpk_...) of the endpoint.")
    ],
    forward_to: Annotated[
        str, typer.Option(help="Where to hand on what is signed; else it is only shown.")
    ] = "",
    port: Annotated[int, typer.Option(help="Where to listen, on loopback.", min=0)] = 8787,
) -> None:
    """Listen for calls, show each that is signed, and hand it on.

    Example: tonne webhooks listen --key whsec_... --forward-to http://127.0.0.1:3000/hooks
    """
    if not key.startswith((signing.SHARED, signing.PUBLIC)):
        raise SettingsFault("--key is a secret (whsec_...) or a public key (whpk_...)")
    server = receiver(key, port, lambda told, body: _forward(forward_to, told, body))
    err.print(f"Listening at http://127.0.0.1:{server.server_port}/ - Ctrl-C stops it.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        err.print("Stopped.")
    finally:
        server.server_close()


def receiver(
    key: str, port: int, hand_on: Callable[[dict[str, str], bytes], int]
) -> ThreadingHTTPServer:
    """Return a server that answers 401 to what is not signed, and else what `hand_on` says."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(min(size, BODY_BYTES_MAX))
            told = {name.lower(): value for name, value in self.headers.items()}
            try:
                signing.verify(key, told, body, int(time.time()))  # noqa: TID251 - a receiver's clock
            except signing.NotSigned as wrong:
                out.print(f"refused: {wrong}", markup=False)
                self._answer(401)
                return
            shown = f"{told['webhook-id']} {body.decode(errors='replace')}"
            out.print(shown, markup=False, soft_wrap=True)
            self._answer(hand_on(told, body))

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing: what comes is shown already."""

    return ThreadingHTTPServer(("127.0.0.1", port), Receiver)


def _forward(url: str, told: dict[str, str], body: bytes) -> int:
    """Hand a call on and return what came back; a receiver that is away is tried again later."""
    if not url:
        return 204
    headers = {name: told[name] for name in HANDED_ON if name in told}
    try:
        return httpx.post(
            url, content=body, headers=headers, timeout=FORWARD_SECONDS, trust_env=False
        ).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as wrong:
        out.print(f"not handed on: {type(wrong).__name__}", markup=False)
        return 502
