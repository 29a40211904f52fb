"""Keys that stay on a device: a real PKCS#11 token in software, where the machine has one."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from libs.edge.paper import signers
from libs.edge.paper.render import render
from libs.edge.paper.signers import SignerUnusable
from libs.edge.paper.tokens import TokenSigner, named
from libs.edge.paper.verify import verify
from services.sealing import sealing
from services.settings import Settings, SettingsFault
from tests.paper.papers import invalidation
from tests.paper.sealing import AT, KEYS, entry, evidence, issued, proof

LIBRARIES = (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/local/lib/softhsm/libsofthsm2.so"))
PIN = "4711"


class Token:
    """A token with one key, its certificate, and the URI that names it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = folder / "certificate.pem"
        own = signers.self_signed(self.key, "the registry", AT, 365)
        self.certificate.write_bytes(own.public_bytes(Encoding.PEM))
        (folder / "pin").write_text(f"{PIN}\n")

    def uri(self, **changed: str) -> str:
        library = next(path for path in LIBRARIES if path.exists())
        known = {"token": "registry", "object": "paper", "module": str(library), "pin": "pin"}
        known |= changed
        query = f"module-path={known['module']}&pin-source=file:{self.folder / known['pin']}"
        return f"pkcs11:token={known['token']};object={known['object']}?{query}"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    """Make a token once: its library is loaded once a process, with the settings of that moment."""
    tool = shutil.which("softhsm2-util")
    if tool is None:
        pytest.skip("NOT TESTED, no token: softhsm2-util is not here (Debian: softhsm2)")
    folder = tmp_path_factory.mktemp("token")
    made = Token(folder)
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    run = [tool, "--token", "registry", "--pin", PIN]
    init = [tool, "--init-token", "--free", "--label", "registry", "--so-pin", "0000"]
    subprocess.run([*init, "--pin", PIN], check=True, capture_output=True)
    (folder / "key.pem").write_bytes(_pem(made.key))
    asked = [*run, "--import", str(folder / "key.pem"), "--label", "paper", "--id", "01"]
    subprocess.run(asked, check=True, capture_output=True)
    return made


def test_a_key_on_a_token_seals_what_verifies(token: Token) -> None:
    by = sealing(_settings(token.uri(), token.certificate), AT)
    assert by is not None
    assert not by.specimen
    document = msgspec.structs.replace(invalidation(), specimen=False)
    base = render(document)
    raw = entry(issued(document, base))
    with ThreadPoolExecutor(4) as pool:
        made = {*pool.map(lambda _: by.seal(base, raw, proof(raw), AT), range(8))}
    own = signers.chain(token.certificate)
    assert [verify(one, KEYS, own).genuine for one in made] == [True]
    assert evidence(raw).proof == proof(raw)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"token": "another"}, "on another"),
        ({"object": "another"}, "another on registry"),
        ({"pin": "absent"}, "absent"),
        ({"module": "/nowhere.so"}, "nowhere"),
    ],
)
def test_what_is_not_on_the_token_is_told(token: Token, changed: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsFault, match="TONNE_PAPER_KEY") as refused:
        sealing(_settings(token.uri(**changed), token.certificate), AT)
    assert says in str(refused.value)


def test_a_wrong_pin_is_told(token: Token) -> None:
    (token.folder / "wrong").write_text("0815")
    settings = {"TONNE_PAPER_KEY": token.uri(pin="wrong")}
    settings["TONNE_PAPER_CERTIFICATE"] = str(token.certificate)
    says = "from services import sealing, settings as s; sealing.sealing(s.Settings(), '')"
    ran = subprocess.run(
        [sys.executable, "-c", says],
        check=False,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )
    assert "TONNE_PAPER_KEY: paper on registry: PinIncorrect" in ran.stderr


def test_a_certificate_of_another_key_is_refused(token: Token, tmp_path: Path) -> None:
    other = generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "other.pem"
    file.write_bytes(signers.self_signed(other, "else", AT, 365).public_bytes(Encoding.PEM))
    with pytest.raises(SignerUnusable, match="another key"):
        TokenSigner(token.uri(), file)


@pytest.mark.parametrize(
    "uri", ["pkcs11:", "pkcs11:token=a", "pkcs11:token=a;object=b?module-path=c&pin-value=1"]
)
def test_a_uri_that_lacks_a_part_or_holds_the_pin_is_refused(uri: str) -> None:
    with pytest.raises(SignerUnusable, match="pin-source"):
        named(uri)


def test_parts_of_a_uri_are_unquoted() -> None:
    uri = "pkcs11:token=my%20registry;object=a%3Bb?module-path=/l.so&pin-source=/run/pin"
    parts = {"token": "my registry", "object": "a;b", "module-path": "/l.so"}
    assert named(uri) == {**parts, "pin-source": "/run/pin"}


def _settings(key: str, certificate: Path) -> Settings:
    return Settings(paper_key=key, paper_certificate=str(certificate))


def _pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
