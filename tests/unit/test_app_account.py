"""The contract of changing the password and of deleting the account."""

import pytest
from chalice.test import HTTPResponse

from tests.secret_guard import secret
from tests.unit.conftest import Aws
from tests.unit.service import HTML, OTHER, PASSWORD, Service
from tests.unit.test_app_sessions import browser, cookie_of, is_signed_in

WEAK = "doryfish-doryfish"


@pytest.fixture
def token(service: Service) -> str:
    service.sign_up()
    return service.token()


def kept(response: HTTPResponse) -> str:
    """The token of an answer, for which the guard watches from now on."""
    return secret(response.json_body["token"])


def change(service: Service, token: str, current: str = PASSWORD, new: str = OTHER) -> str:
    """Change the password, which has to work. Returns the new session's token."""
    response = service.post("/password", {"current": current, "new": new}, token=token)
    assert response.status_code == 200
    return kept(response)


class TestThePassword:
    def test_the_new_one_logs_in_and_the_old_one_does_not(
        self, service: Service, token: str
    ) -> None:
        change(service, token)
        assert service.log_in(password=OTHER).status_code == 200
        assert service.log_in(password=PASSWORD).status_code == 401

    def test_every_other_session_ends_at_once(self, service: Service, aws: Aws, token: str) -> None:
        others = [service.token() for _ in range(3)]
        new = change(service, token)
        assert not any(is_signed_in(service, old) for old in [token, *others])
        assert is_signed_in(service, new)
        assert len(aws.sessions()) == 1

    def test_a_program_gets_a_new_token(self, service: Service, token: str) -> None:
        fields = {"current": PASSWORD, "new": OTHER}
        response = service.post("/password", fields, token=token)
        assert response.json_body["status"] == "Password Changed"
        assert response.json_body["expires_in"] == 12 * 3600
        assert kept(response) != token

    def test_a_browser_gets_a_new_cookie_and_a_note(self, service: Service, token: str) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        old = cookie_of(service.post("/login", fields, **browser()))
        changed = service.post("/password", {"current": PASSWORD, "new": OTHER}, **browser(old))
        assert changed.status_code == 200
        assert b"Your password is changed." in changed.body
        assert b'<a href="account">Back to your account</a>' in changed.body
        new = cookie_of(changed)
        assert new != old
        assert service.get("/account", **browser(new)).status_code == 200
        assert not is_signed_in(service, token)

    def test_a_wrong_current_one_changes_nothing(self, service: Service, token: str) -> None:
        fields = {"current": OTHER, "new": "seven grey pelicans waltz"}
        response = service.post("/password", fields, token=token)
        assert response.status_code == 403
        assert response.json_body == {
            "status": "Password Change Failed",
            "error": "The password is wrong.",
            "field": "current",
        }
        assert is_signed_in(service, token)
        assert service.log_in().status_code == 200

    def test_it_counts_as_a_guess(self, service: Service, token: str) -> None:
        fields = {"current": OTHER, "new": "seven grey pelicans waltz"}
        for _ in range(10):
            assert service.post("/password", fields, token=token).status_code == 403
        refused = service.post("/password", fields, token=token)
        assert refused.status_code == 429
        assert 590 < int(refused.headers["Retry-After"]) <= 600
        assert service.log_in().status_code == 429
        assert is_signed_in(service, token)

    @pytest.mark.parametrize(
        ("new", "said"),
        [("short", "too short"), (WEAK, "user name"), (PASSWORD, "is the current one")],
    )
    def test_the_new_one_keeps_the_rules_of_sign_up(
        self, service: Service, token: str, new: str, said: str
    ) -> None:
        response = service.post("/password", {"current": PASSWORD, "new": new}, token=token)
        assert response.status_code == 400
        assert response.json_body["field"] == "new"
        assert said in response.json_body["error"]
        assert service.log_in().status_code == 200
        assert is_signed_in(service, token)

    @pytest.mark.parametrize("missing", ["current", "new"])
    def test_a_missing_field_is_named(self, service: Service, token: str, missing: str) -> None:
        fields = {"current": PASSWORD, "new": OTHER}
        del fields[missing]
        response = service.post("/password", fields, token=token)
        assert (response.status_code, response.json_body["field"]) == (400, missing)

    def test_the_longest_for_the_longest_fits_into_the_form(
        self, service: Service, token: str
    ) -> None:
        fields = {"current": "🐠" * 512, "new": "🐡" * 512}
        assert service.post("/password", fields, token=token).status_code == 403

    def test_nobody_who_is_not_signed_in_changes_it(self, service: Service, token: str) -> None:
        service.post("/logout", {}, token=token)
        fields = {"current": PASSWORD, "new": OTHER}
        assert service.post("/password", fields, token=token).status_code == 401
        assert service.log_in().status_code == 200

    def test_a_browser_is_shown_the_form_again(self, service: Service, token: str) -> None:
        fields = {"current": PASSWORD, "new": "short"}
        response = service.post("/password", fields, token=token, accept=HTML)
        assert response.status_code == 400
        assert b'id="new-error" role="alert">The password is too short' in response.body

    def test_the_old_sealed_hash_put_back_does_not_open(
        self, service: Service, aws: Aws, token: str
    ) -> None:
        earlier = aws.row("doryfish")
        change(service, token)
        replayed = aws.row("doryfish") | {"password": earlier["password"]}
        aws.dynamodb.put_item(TableName=aws.table, Item=replayed)
        assert service.log_in(password=PASSWORD).status_code == 503


class TestDeletion:
    def delete(self, service: Service, token: str, password: str = PASSWORD) -> int:
        return int(service.post("/account/delete", {"password": password}, token=token).status_code)

    def test_the_account_and_its_sessions_are_gone(
        self, service: Service, aws: Aws, token: str
    ) -> None:
        other = service.token()
        response = service.post("/account/delete", {"password": PASSWORD}, token=token)
        assert (response.status_code, response.body) == (200, b'{"status":"Account Deleted"}')
        assert aws.users() == []
        assert not is_signed_in(service, token)
        assert not is_signed_in(service, other)
        assert service.log_in().status_code == 401
        assert "doryfish" not in str(aws.sessions())

    def test_doing_it_again_is_no_error(self, service: Service, token: str) -> None:
        for _ in range(3):
            assert self.delete(service, token) == 200

    def test_the_name_is_free_and_its_new_owner_has_nothing_of_the_old(
        self, service: Service, token: str
    ) -> None:
        other = service.token()
        self.delete(service, token)
        assert service.sign_up(password=OTHER).status_code == 200
        assert not is_signed_in(service, other)
        assert not is_signed_in(service, token)
        assert self.delete(service, other, OTHER) == 401
        assert service.log_in(password=OTHER).status_code == 200

    def test_doing_it_again_leaves_the_new_owner_alone(self, service: Service, token: str) -> None:
        self.delete(service, token)
        service.sign_up(password=OTHER)
        assert self.delete(service, token) == 200
        assert service.log_in(password=OTHER).status_code == 200

    def test_a_wrong_password_deletes_nothing_and_counts(
        self, service: Service, token: str
    ) -> None:
        for _ in range(10):
            assert self.delete(service, token, OTHER) == 403
        assert self.delete(service, token, PASSWORD) == 429
        assert is_signed_in(service, token)

    def test_nobody_who_is_not_signed_in_deletes_it(self, service: Service, token: str) -> None:
        service.post("/logout", {}, token=token)
        assert self.delete(service, token) == 401
        assert service.log_in().status_code == 200

    def test_a_browser_is_told_and_loses_its_cookie(self, service: Service, token: str) -> None:
        assert token
        fields = {"uname": "doryfish", "password": PASSWORD}
        cookie = cookie_of(service.post("/login", fields, **browser()))
        response = service.post("/account/delete", {"password": PASSWORD}, **browser(cookie))
        assert response.status_code == 200
        assert b"Your account is deleted." in response.body
        assert b'href="../style.css"' in response.body
        assert "Max-Age=0" in str(response.headers["Set-Cookie"])


class TestTheLock:
    def test_the_hundredth_wrong_password_ends_every_session(
        self, service: Service, aws: Aws, token: str
    ) -> None:
        service.log_in(password=OTHER)
        (row,) = (row for row in aws.counts() if row["subject"]["S"].startswith("login#"))
        aws.dynamodb.put_item(TableName=aws.attempt_table, Item=row | {"failures": {"N": "98"}})
        assert service.log_in(password=OTHER).status_code == 401
        assert is_signed_in(service, token)
        assert service.log_in(password=OTHER).status_code == 401
        assert not is_signed_in(service, token)
        assert service.log_in().status_code == 429
