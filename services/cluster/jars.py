"""Apache Kafka as its own jars, fetched once by Maven into a folder that every run shares."""

import fcntl
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.cluster.children import NoServer

VERSIONS = ("4.3.0", "[4.1,5)")
"""What is asked of Maven, in this order: the version that is tested here, then any that will do."""

LOG4J = "2.25.1"
JAVA_MIN = 17
FETCH_SECONDS = 600

POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tonne</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{kafka}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>{log4j}</version>
    </dependency>
  </dependencies>
</project>
"""


def default_cache() -> Path:
    """Return where the jars are kept: beside what other programs can fetch again."""
    return Path.home() / ".cache" / "tonne"


def java() -> str:
    """Return the Java that runs the brokers; raise NoServer where there is none that can."""
    found = shutil.which("java")
    if found is None:
        raise NoServer(f"Kafka needs Java {JAVA_MIN} or newer (Debian: openjdk-17-jre-headless)")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    version = re.search(r'version "(\d+)', told.stderr)
    if version is None or int(version[1]) < JAVA_MIN:
        raise NoServer(f"Kafka needs Java {JAVA_MIN} or newer; {found} is {told.stderr.strip()}")
    return found


def jars(cache: Path) -> Path:
    """Return the folder of Kafka's jars; fetch them where it is not there."""
    poms = [POM.format(kafka=version, log4j=LOG4J) for version in VERSIONS]
    return fetched(cache, f"kafka-{VERSIONS[0]}", poms)


def fetched(cache: Path, name: str, poms: Sequence[str]) -> Path:
    """Return a folder of jars; fetch them by Maven, whole or not at all, where it is not there.

    `poms` are asked in their order, until one brings its dependencies.
    """
    folder = cache / name
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name.partition('-')[0]}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _fetch(cache, folder, poms)
    return folder


def _fetch(cache: Path, folder: Path, poms: Sequence[str]) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NoServer(f"{folder.name} comes through Maven, and there is no mvn (Debian: maven)")
    failed: list[str] = []
    for pom in poms:
        with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as place:
            (Path(place) / "pom.xml").write_text(pom)
            asked = subprocess.run(  # noqa: S603 - no shell
                [
                    *(maven, "--quiet", "--batch-mode", "--strict-checksums"),
                    *("dependency:copy-dependencies", "-DoutputDirectory=jars"),
                    "-DincludeScope=runtime",
                ],
                cwd=place,
                capture_output=True,
                text=True,
                check=False,
                timeout=FETCH_SECONDS,
            )
            if asked.returncode == 0:
                (Path(place) / "jars").rename(folder)
                return
            failed.append(asked.stdout.strip()[-2000:])
    raise NoServer(f"Maven does not bring {folder.name}:\n" + "\n".join(failed))
