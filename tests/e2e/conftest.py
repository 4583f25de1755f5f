"""A run for a test, and for a module of tests a local AWS that the zip is deployed to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import LocalRun


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    with LocalRun(tmp_path / "aws") as run:
        yield run


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def dev(cloud: Cloud) -> Dev:
    return Dev(cloud)
