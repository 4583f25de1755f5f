"""What the app logs of the attempts on it."""

import json

import pytest

from chalicelib.errors import Unavailable
from tests.unit.service import OTHER, PASSWORD, Service


def test_each_attempt_is_one_record(service: Service) -> None:
    service.sign_up()
    service.sign_up()
    service.log_in()
    service.log_in(password=OTHER)
    service.log_in(uname="nobody")
    service.log_in(uname="no body")
    outcomes = [(record["event"], record["outcome"]) for record in service.log()]
    assert outcomes == [
        ("signup", "success"),
        ("signup", "username_taken"),
        ("login", "success"),
        ("login", "wrong_credentials"),
        ("login", "wrong_credentials"),
        ("login", "refused_input"),
    ]


def test_a_record_leads_from_the_answer_to_the_user_without_naming_them(service: Service) -> None:
    response = service.sign_up()
    (record,) = service.log()
    assert record["request_id"] == response.headers["X-Request-Id"]
    assert record["source"] == "127.0.0.1"
    assert len(record["user"]) == 64
    assert "doryfish" not in json.dumps(record)


def test_a_forged_address_is_not_believed(service: Service) -> None:
    fields = {"uname": "doryfish", "password": PASSWORD}
    service.post("/login", fields, x_forwarded_for="198.51.100.9", forwarded="for=198.51.100.9")
    (record,) = service.log()
    assert record["source"] == "127.0.0.1"


def test_pages_are_no_attempts(service: Service) -> None:
    service.request("GET", "/login")
    assert service.log() == []


def test_a_postponed_rehash_says_why(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Unavailable("dynamodb UpdateItem AccessDeniedException")

    service.sign_up()
    service.log()
    logins = service.module.service.logins
    monkeypatch.setattr(logins._sealer._hasher, "needs_rehash", lambda _: True)
    monkeypatch.setattr(logins._store, "replace", fail)
    assert service.log_in().status_code == 200
    (record,) = service.log()
    assert (record["outcome"], record["rehash"]) == ("success", "postponed")
    assert record["cause"] == "dynamodb UpdateItem AccessDeniedException"


def test_what_looks_like_an_attack_is_a_warning(service: Service) -> None:
    for _ in range(11):
        service.log_in(password=OTHER)
    fields = {"uname": "doryfish", "password": OTHER}
    service.post("/login", fields, origin="https://evil.example")
    levels = [(record["outcome"], record["level"]) for record in service.log()]
    assert levels == [
        *[("wrong_credentials", "info")] * 10,
        ("too_many_attempts", "warning"),
        ("cross_site", "warning"),
    ]
