"""veraPDF, a validator of PDF/A by another hand: its jars, through Maven, for tests only."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from services.cluster.jars import default_cache, fetched, java

VERSION = "1.28.2"
POM = f"""\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tonne</groupId><artifactId>verapdf</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.verapdf.apps</groupId><artifactId>greenfield-apps</artifactId>
      <version>{VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""


def verapdf() -> Path:
    """Return the folder of its jars; fetch them where it is not there."""
    return fetched(default_cache(), f"verapdf-{VERSION}", [POM])


def verdicts(folder: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return PASS or FAIL, and by what, of each file as PDF/A-3b."""
    for name, content in files.items():
        (folder / f"{name}.pdf").write_bytes(content)
    program = (java(), "-cp", f"{verapdf()}/*", "org.verapdf.apps.GreenfieldCliWrapper")
    asked = [*program, "--flavour", "3b", "--format", "text", "-v"]
    asked += [str(folder / f"{name}.pdf") for name in files]
    told = subprocess.run(asked, check=False, capture_output=True, text=True).stdout
    found: dict[str, str] = {}
    name = ""
    for line in told.splitlines():
        word, what, *_ = line.split()
        if what.endswith(".pdf"):
            name = Path(what).stem
        found[name] = f"{found[name]} {what}" if name in found else word
    return found
