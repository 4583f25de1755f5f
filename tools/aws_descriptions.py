"""What botocore reads about AWS at each cold start, without what the service does not use.

Its list of endpoints has 400 services, and its description of each its whole documentation. The zip
gets both cut down from the botocore of `.venv`; Lambda's own reads them as it reads a customer's
(AWS_DATA_PATH), and keeps its rules for endpoints.
"""

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from botocore.loaders import Loader

from chalicelib.aws_clients import DESCRIPTIONS, Service
from tools.zip_entry import new_entry

SERVICES: tuple[Service, ...] = get_args(Service)
IN_THE_ZIP = f"chalicelib/{DESCRIPTIONS.name}/"


def descriptions() -> dict[str, str]:
    """JSON by its path below `DESCRIPTIONS`."""
    loader = Loader()
    found = {"endpoints.json": _endpoints(loader.load_data("endpoints"))}
    for service in SERVICES:
        version = loader.determine_latest_version(service, "service-2")
        model = loader.load_service_model(service, "service-2", version)
        found[f"{service}/{version}/service-2.json"] = _undocumented(model)
    return {path: json.dumps(data, separators=(",", ":")) for path, data in found.items()}


def _endpoints(data: Mapping[str, Any]) -> dict[str, Any]:
    def of_services(partition: Mapping[str, Any]) -> dict[str, Any]:
        services = partition["services"].items()
        return {**partition, "services": {n: one for n, one in services if n in SERVICES}}

    return {**data, "partitions": [of_services(partition) for partition in data["partitions"]]}


def _undocumented(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {
            name: _undocumented(value)
            for name, value in data.items()
            if name != "documentation" or not isinstance(value, str)
        }
    if isinstance(data, list):
        return [_undocumented(value) for value in data]
    return data


def describing(make_zip: Callable[..., str]) -> Callable[..., str]:
    """What makes a zip as `make_zip` does, and returns its path, with the descriptions in it."""

    def make_described_zip(*arguments: object, **options: object) -> str:
        archive = make_zip(*arguments, **options)
        describe_zip(Path(archive))
        return archive

    return make_described_zip


def describe_zip(archive: Path) -> None:
    """Put the descriptions into a zip, in place of those that are there."""
    new = archive.with_suffix(".new")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(new, "w") as content:
        for entry in old.infolist():
            if not entry.filename.startswith(IN_THE_ZIP):
                content.writestr(entry, old.read(entry))
        for path, text in descriptions().items():
            content.writestr(new_entry(IN_THE_ZIP + path), text, zipfile.ZIP_DEFLATED)
    new.replace(archive)
