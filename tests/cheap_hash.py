"""Parameters for tests that are not about the cost of a hash."""

from dataclasses import replace

from argon2.profiles import CHEAPEST

CHEAP = replace(CHEAPEST, salt_len=16, hash_len=16)
"""argon2-cffi's own CHEAPEST has a digest of four bytes, which the service does not read."""
