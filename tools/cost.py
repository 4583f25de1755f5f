"""`make cost`: dollars for what `make bench` measured: log-ins, sign-ups, checks of a session.

`USERS=` says how many users a month to compare with Cognito for.
"""

import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.errors import ToolError

MEASURED = Path(".local") / "bench.json"
PRICES_OF = "24 November 2026"
"""When the list prices of us-east-1 below were written down. Free tiers are left out."""
MILLION = 1_000_000

API_REQUEST = 3.50 / MILLION
"""Of a REST API, up to 333 million a month."""
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000166667
READ = 0.125 / MILLION
"""DynamoDB on demand: a consistent read of up to 4 KB."""
WRITE = 0.625 / MILLION
"""DynamoDB on demand: a write of up to 1 KB; one in a transaction counts twice."""
KMS_REQUEST = 0.03 / 10_000
KMS_KEY = 1.00
"""A month."""
COGNITO = {"Lite": 0.0055, "Essentials": 0.015}
"""A user a month, after those that are free."""
COGNITO_FREE_USERS = 10_000

NETWORK_MS = 5.0
"""Assumed for each step of calls: Lambda's clock runs while it waits for AWS."""
UNITS: Mapping[str, float] = {
    "GetItem": READ,
    "PutItem": WRITE,
    "UpdateItem": WRITE,
    "DeleteItem": WRITE,
    # A sign-up's: two writes.
    "TransactWriteItems": 4 * WRITE,
    "Encrypt": KMS_REQUEST,
    "Decrypt": KMS_REQUEST,
}
A_MONTH = {"log-in": 10.0, "session check": 100.0, "sign-up": 0.1}
"""What a user is assumed to do, for the comparison."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars for one request."""

    gateway: float
    function: float
    dynamodb: float
    kms: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.gateway + self.function + self.dynamodb + self.kms


def cost_of(milliseconds: float, steps: int, operations: Sequence[str], memory_mb: int) -> Cost:
    """What one request costs.

    Args:
        milliseconds: that it took with no network between us and AWS.
        steps: of calls, one after the other.
        operations: every AWS call.
        memory_mb: of the function.
    """
    billed_seconds = math.ceil(milliseconds + steps * NETWORK_MS) / 1000
    of_kms = [operation for operation in operations if operation in ("Encrypt", "Decrypt")]
    return Cost(
        gateway=API_REQUEST,
        function=LAMBDA_REQUEST + LAMBDA_GB_SECOND * billed_seconds * memory_mb / 1024,
        dynamodb=sum(UNITS[name] for name in operations) - len(of_kms) * KMS_REQUEST,
        kms=len(of_kms) * KMS_REQUEST,
    )


def cognito(users: int, price: float) -> float:
    """What Cognito costs in a month in which so many users log in."""
    return max(0, users - COGNITO_FREE_USERS) * price


def measured_costs(measured: Path, config: Path) -> dict[str, Cost]:
    """The cost of each kind of request that was measured.

    Raises:
        ToolError: nothing was measured yet, or what was written down of it cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads(measured.read_text("utf-8"))
        memory_mb = int(json.loads(config.read_text("utf-8"))["lambda_memory_size"])
        return {
            name: cost_of(found[name]["ms"], found[name]["steps"], found[name]["calls"], memory_mb)
            for name in A_MONTH
        }
    except FileNotFoundError:
        raise ToolError("nothing is measured yet: make bench") from None
    except (OSError, ValueError, LookupError, TypeError):
        raise ToolError(f"{measured} cannot be read: make bench writes it anew") from None


def measured_run(measured: Path) -> str:
    """Which run was written down. Raises `ToolError` as `measured_costs` does."""
    try:
        return str(json.loads(measured.read_text("utf-8"))["run"])
    except (OSError, ValueError, LookupError, TypeError):
        raise ToolError(f"{measured} cannot be read: make bench writes it anew") from None


def report(costs: Mapping[str, Cost], users: int) -> str:
    """Two tables, in Markdown."""
    lines = [
        f"Dollars per million, list prices of us-east-1 of {PRICES_OF}, {NETWORK_MS:.0f} ms of"
        " network for each step of calls:",
        "",
        "| | API Gateway | Lambda | DynamoDB | KMS | sum |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, cost in costs.items():
        parts = (cost.gateway, cost.function, cost.dynamodb, cost.kms, cost.total)
        cells = " | ".join(f"{part * MILLION:.2f}" for part in parts)
        lines.append(f"| {name} | {cells} |")
    ours = KMS_KEY + users * sum(costs[name].total * times for name, times in A_MONTH.items())
    habits = ", ".join(f"{times:g} {name}s" for name, times in A_MONTH.items())
    lines += [
        "",
        f"A month of {users:,} users, each with {habits}; dollars:",
        "",
        "| kms-login | " + " | ".join(f"Cognito {plan}" for plan in COGNITO) + " |",
        "| --- |" + " --- |" * len(COGNITO),
        f"| {ours:,.2f} | "
        + " | ".join(f"{cognito(users, price):,.2f}" for price in COGNITO.values())
        + " |",
    ]
    return "\n".join(lines)


def _users(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ToolError("USERS is wrong: it must be a number")
    return int(text)


def main() -> int:
    """Print what is asked for."""
    try:
        users = _users(os.environ.get("USERS") or "100000")
        costs = measured_costs(MEASURED, Path(".chalice") / "config.json")
        run = measured_run(MEASURED)
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    print(f"As measured: {run}.\n")
    print(report(costs, users))
    return 0


if __name__ == "__main__":
    sys.exit(main())
