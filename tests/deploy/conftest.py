"""What the tests of the manifests need before the first of them: a program that renders them."""

import pytest

from tests.deploy.rendered import NoTool, renderer, without


@pytest.fixture(scope="session")
def manifests() -> None:
    """Have the renderer; where it cannot be had, skip loudly."""
    try:
        renderer()
    except NoTool as missing:
        without(missing)
