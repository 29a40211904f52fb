"""What Kubernetes and the two operators accept: their own schemas, and no field beside them.

Kubernetes' schemas come with the package kubernetes-validate. CloudNativePG's are in its Go module;
Strimzi's own generator writes them from Strimzi's own classes. Each of these is fetched once, into
the cache, and counts only if it has the digest that stands here.
"""

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]  # it says no types
import yaml

from services.cluster.children import NoServer
from services.cluster.jars import default_cache, java
from tests.deploy.rendered import Document, NoTool, fetch, go, run

KUBERNETES = ("1.30", "1.37")
"""The oldest that knows all that is used here, and the newest whose schemas are known."""

CLOUDNATIVEPG = "github.com/cloudnative-pg/cloudnative-pg@v1.30.0"
STRIMZI, STRIMZI_GENERATOR = "0.51.0", "0.45.0"
"""The last whose classes Java 17 reads; its kafka.strimzi.io/v1 is that of 1.x."""

POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tonne</groupId><artifactId>strimzi</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.strimzi</groupId><artifactId>api</artifactId><version>{api}</version>
    </dependency>
    <dependency>
      <groupId>io.strimzi</groupId><artifactId>crd-generator</artifactId>
      <version>{generator}</version>
    </dependency>
  </dependencies>
</project>
"""
CLASSES = {
    "Kafka": "io.strimzi.api.kafka.model.kafka.Kafka",
    "KafkaNodePool": "io.strimzi.api.kafka.model.nodepool.KafkaNodePool",
    "KafkaTopic": "io.strimzi.api.kafka.model.topic.KafkaTopic",
    "KafkaUser": "io.strimzi.api.kafka.model.user.KafkaUser",
}


@dataclass(frozen=True)
class Definition:
    """One kind that an operator adds, and the digest of the file that defines it."""

    version: str
    kind: str
    digest: str

    @property
    def file(self) -> str:
        """Its name in the cache, which another digest does not share."""
        return f"{self.kind}-{self.digest[:12]}.yaml"


DEFINITIONS = {
    (each.version, each.kind): each
    for each in (
        Definition(
            "postgresql.cnpg.io/v1",
            "Cluster",
            "ae47f4a00f6e998faef57e480f9a3960cd48ea16a79270861fc7442601507472",
        ),
        Definition(
            "kafka.strimzi.io/v1",
            "Kafka",
            "b64f48ac02f2b9b969dde05f8e14a60f75a5234ac3d351e68d0884c9c17cf1bd",
        ),
        Definition(
            "kafka.strimzi.io/v1",
            "KafkaNodePool",
            "a448abfbfd68d20ddf5f25bded5d58e9c9b2ff1a5bc20369aa4959c04c9fcbb6",
        ),
        Definition(
            "kafka.strimzi.io/v1",
            "KafkaTopic",
            "a101ac36b45f26ce7ff4f654f44a44e95439cafb2b3a64f40fb612fc4d821b5c",
        ),
        Definition(
            "kafka.strimzi.io/v1",
            "KafkaUser",
            "05cdc54ac09534e101ffb270ca937d5e3fb6c70e0a11b8116c7ca166621154c1",
        ),
    )
}


def misfits(document: Document) -> Iterator[str]:
    """Yield every way in which a document is not what its kind takes."""
    name = f"{document['kind']} {document['metadata']['name']}"
    key = document["apiVersion"], document["kind"]
    if key in DEFINITIONS:
        for wrong in jsonschema.Draft4Validator(schema(*key)).iter_errors(document):
            yield f"{name}: {wrong.json_path} {wrong.message}"
        return
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError as unknown:
            yield f"{name}: {unknown.message}"
        except kubernetes_validate.ValidationError as wrong:
            yield f"{name} (Kubernetes {version}): {wrong.json_path} {wrong.message}"


@cache
def schema(version: str, kind: str) -> Document:
    """Return the schema of an operator's kind; raise NoTool where it cannot be fetched."""
    definition = DEFINITIONS[version, kind]
    folder = default_cache() / "definitions"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / definition.file
    with (folder / "definitions.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            bring = _strimzi if kind in CLASSES else _cloudnativepg
            bring(folder)
    defined = path.read_bytes()
    assert sha256(defined).hexdigest() == definition.digest, f"{path} is not what it was"
    versions = yaml.safe_load(defined)["spec"]["versions"]
    (mine,) = (each for each in versions if each["name"] == version.rpartition("/")[2])
    closed: Document = _closed(mine["schema"]["openAPIV3Schema"])
    return closed


def _closed(node: Any) -> Any:
    """Close every object that does not say it is open, as the API server does when it is strict."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    mine = {name: _closed(each) for name, each in node.items()}
    open_ended = "additionalProperties" in node or node.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(node.get("properties"), dict) and "type" in node and not open_ended:
        mine["additionalProperties"] = False
    return mine


def _cloudnativepg(folder: Path) -> None:
    told = json.loads(fetch([go(), "mod", "download", "-json", CLOUDNATIVEPG], folder))
    bases = Path(told["Dir"]) / "config" / "crd" / "bases"
    for definition in DEFINITIONS.values():
        if definition.version.startswith("postgresql.cnpg.io/"):
            plural = f"postgresql.cnpg.io_{definition.kind.lower()}s.yaml"
            shutil.copyfile(bases / plural, folder / definition.file)


def _strimzi(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NoTool("Strimzi's classes come through Maven, and there is no mvn (Debian: maven)")
    try:
        program = java()
    except NoServer as missing:
        raise NoTool(str(missing)) from None
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as name:
        place = Path(name)
        (place / "pom.xml").write_text(POM.format(api=STRIMZI, generator=STRIMZI_GENERATOR))
        quietly = (maven, "--quiet", "--batch-mode", "--strict-checksums")
        fetch([*quietly, "dependency:copy-dependencies", "-DoutputDirectory=jars"], place)
        generator = (program, "-cp", "jars/*", "io.strimzi.crdgenerator.CrdGenerator")
        chosen = ("--yaml", "--crd-api-version", "v1", "--target-kube", "1.27+")
        versions = ("--api-versions", "v1", "--storage-version", "v1")
        kinds = [f"{path}=./{kind}.yaml" for kind, path in CLASSES.items()]
        run([*generator, *chosen, *versions, *kinds], place)
        for kind in CLASSES:
            definition = DEFINITIONS["kafka.strimzi.io/v1", kind]
            (place / f"{kind}.yaml").rename(folder / definition.file)
