"""The three tables as moto has them: read, compared and put back, without a call."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.unit.conftest import Aws

Row = Mapping[str, str]
Rows = Mapping[str, Row]


@dataclass(frozen=True)
class State:
    """All rows: of users by user id, of attempts by subject, of sessions by family and digest."""

    users: Rows
    attempts: Rows
    sessions: Rows


@dataclass(frozen=True)
class Difference:
    """The names of the rows that came, went, and became others."""

    added: set[str]
    removed: set[str]
    changed: set[str]

    @classmethod
    def of(cls, before: Rows, after: Rows) -> "Difference":
        both = before.keys() & after.keys()
        changed = {name for name in both if before[name] != after[name]}
        return cls(set(after.keys() - before.keys()), set(before.keys() - after.keys()), changed)


def changed_columns(before: Row, after: Row) -> set[str]:
    """The names of the columns that came, went, or have another value."""
    return {name for name, _ in before.items() ^ after.items()}


class Tables:
    """Knows how they were when it was made."""

    def __init__(self, aws: Aws) -> None:
        self._names = (aws.table, aws.attempt_table, aws.session_table)
        self._items = {name: copy.deepcopy(_table(name).items) for name in self._names}
        self.before = self.read()

    def read(self) -> State:
        # Scanning over HTTP would take most of the time.
        return State(*(_rows(_table(name)) for name in self._names))

    def put_back(self, seen: State) -> None:
        """Undo what has led to `seen`."""
        rows = zip(self._names, vars(seen).values(), vars(self.before).values(), strict=True)
        for name, after, before in rows:
            if after != before:
                _table(name).items = copy.deepcopy(self._items[name])


def _table(name: str) -> Any:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[name]


def _rows(table: Any) -> Rows:
    if not table.has_range_key:
        return {key.value: _row(item) for key, item in table.items.items()}
    return {
        f"{key.value} {sort.value}": _row(item)
        for key, items in table.items.items()
        for sort, item in items.items()
    }


def _row(item: Any) -> Row:
    attributes = item.to_json()["Attributes"]
    return {name: str(*value.values()) for name, value in attributes.items()}
