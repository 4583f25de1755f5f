"""How large DynamoDB takes an item to be: "DynamoDB item sizes and formats" in its guide."""

from collections.abc import Mapping

WRITE_UNIT = 1024
"""Bytes: what a write of one unit takes. A read of one unit takes four times as many."""


def item_size(item: Mapping[str, Mapping[str, str]]) -> int:
    """Bytes of an item of strings and numbers, as DynamoDB bills them; of numbers, roughly.

    Raises:
        LookupError: a value is of another type.
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, str]) -> int:
    ((kind, text),) = value.items()
    match kind:
        case "S":
            return len(text.encode())
        case "N":
            # A byte for every two digits, without the zeros around them, and one more.
            return (len(text.strip("-").replace(".", "").strip("0")) + 1) // 2 + 1
    raise LookupError(kind)
