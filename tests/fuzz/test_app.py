"""The whole app in process, asked whatever API Gateway may let through."""

from hypothesis import given

from tests.fuzz.effort import share
from tests.fuzz.fuzzed_service import FuzzedService
from tests.fuzz.requests import (
    HostileRequest,
    attempts,
    changes,
    checks,
    posts,
    visits,
    wrong_methods,
)


@share(0.4)
@given(posts)
def test_a_post_with_anything_wrong_with_it(fuzzed: FuzzedService, sent: HostileRequest) -> None:
    fuzzed.send(sent)


@share(0.15)
@given(attempts)
def test_a_post_of_any_name_and_password(fuzzed: FuzzedService, sent: HostileRequest) -> None:
    fuzzed.send(sent)


@share(0.25)
@given(changes)
def test_a_change_by_somebody_with_a_token(fuzzed: FuzzedService, sent: HostileRequest) -> None:
    fuzzed.send(sent)


@share(0.06)
@given(visits)
def test_a_visit_to_a_page(fuzzed: FuzzedService, sent: HostileRequest) -> None:
    fuzzed.send(sent)


@share(0.12)
@given(checks)
def test_a_check_of_a_session(fuzzed: FuzzedService, sent: HostileRequest) -> None:
    fuzzed.send(sent)


@share(0.05)
@given(wrong_methods)
def test_another_method(fuzzed: FuzzedService, sent: HostileRequest) -> None:
    fuzzed.send(sent)
