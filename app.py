"""The routes: request in, answer out. What they do is in `chalicelib`."""

from chalicelib import startup  # isort: split

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial, wraps
from typing import Any, Literal

from chalice.app import Chalice, Request, Response

from chalicelib import forms
from chalicelib.answers import COMMON_HEADERS, Answer
from chalicelib.attempt_log import where
from chalicelib.errors import NotSignedIn, Unavailable
from chalicelib.pages import PageName
from chalicelib.password_check import user_digest
from chalicelib.service import Service
from chalicelib.settings import Settings, SettingsError
from chalicelib.visit import Visit, client_of, request_id_of

app = Chalice(app_name="kms-login")

# `forms` checks the content type, by stricter rules than Chalice's.
route = partial(app.route, content_types=["*/*"])

try:
    service = Service.connect(
        Settings.from_environment(os.environ), ThreadPoolExecutor(thread_name_prefix="beside")
    )
except SettingsError as error:
    print(f"kms-login cannot start: {error}", file=sys.stderr, flush=True)
    sys.exit(1)

# Only there: Chalice imports this module to deploy it, too.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    service.logins.warm_up()

startup.done()


def guarded(view: Callable[[Visit], Answer]) -> Callable[[], Response]:
    """Hand `view` its visit, and be the last resort for what it did not foresee.

    Nothing gets past it to Chalice, which would log an exception with its message: that may quote
    what a caller sent.
    """

    @wraps(view)
    def guarded_view() -> Response:
        visit = Visit.begin(service, app.current_request, view.__name__)
        try:
            answer = view(visit)
        except Exception as error:
            visit.attempt.finish("error", level="error", cause=where(error))
            answer = service.answers.unforeseen(visit.request_id, visit.client)
        return _response(answer)

    return guarded_view


@route("/", methods=["GET"])
@guarded
def index(visit: Visit) -> Answer:
    return _page(visit, "index")


@route("/signup", methods=["GET"])
@guarded
def signup_page(visit: Visit) -> Answer:
    return _page(visit, "signup")


@route("/login", methods=["GET"])
@guarded
def login_page(visit: Visit) -> Answer:
    next_page = (visit.request.query_params or {}).get("next")
    return visit.moved() or service.answers.log_in_page(next_page, visit.client)


@route("/password", methods=["GET"])
@guarded
def password_page(visit: Visit) -> Answer:
    return _form_of_the_account(visit, "password")


@route("/.well-known/change-password", methods=["GET"])
@guarded
def change_password_address(visit: Visit) -> Answer:
    return service.answers.change_password(visit.client)


@route("/account/delete", methods=["GET"])
@guarded
def delete_page(visit: Visit) -> Answer:
    return _form_of_the_account(visit, "delete")


@route("/style.css", methods=["GET"])
@guarded
def stylesheet(_: Visit) -> Answer:
    return service.answers.asset("style.css")


@route("/page.js", methods=["GET"])
@guarded
def script(_: Visit) -> Answer:
    return service.answers.asset("page.js")


@route("/favicon.svg", methods=["GET"])
@guarded
def favicon(_: Visit) -> Answer:
    return service.answers.asset("favicon.svg")


@route("/signup", methods=["POST"])
@guarded
def signup(visit: Visit) -> Answer:
    def sign_up(fields: dict[str, str]) -> Answer:
        credentials = forms.credentials(fields)
        visit.attempt.user = user_digest(credentials.userid)
        service.accounts.sign_up(
            credentials.userid, credentials.password, visit.source, visit.deadline
        )
        return service.answers.signed_up(visit.client, credentials.userid)

    return visit.submitted("signup", sign_up)


@route("/login", methods=["POST"])
@guarded
def login(visit: Visit) -> Answer:
    def log_in(fields: dict[str, str]) -> Answer:
        credentials = forms.credentials(fields)
        visit.attempt.user = user_digest(credentials.userid)
        done = service.logins.log_in(
            credentials.userid, credentials.password, visit.deadline, replacing=visit.token
        )
        visit.attempt.details.update(rehash=done.rehash, cause=done.cause)
        return service.session_answers.logged_in(done.ticket, visit.client, fields.get("next", ""))

    return visit.submitted("login", log_in)


@route("/logout", methods=["POST"])
@guarded
def logout(visit: Visit) -> Answer:
    def log_out(fields: dict[str, str]) -> Answer:
        if forms.everywhere(fields):
            service.logins.log_out_everywhere(visit.session(), visit.deadline)
        else:
            with suppress(NotSignedIn, Unavailable):
                visit.session()  # for the log
            service.sessions.end(visit.token)
        return service.session_answers.logged_out(visit.client)

    return visit.submitted("logout", log_out, may_be_empty=True)


@route("/password", methods=["POST"])
@guarded
def password(visit: Visit) -> Answer:
    def change_password(fields: dict[str, str]) -> Answer:
        session = visit.session()
        fields["uname"] = session.userid or ""
        change = forms.password_change(fields)
        ticket = service.accounts.change_password(
            session, change.current, change.new, visit.deadline
        )
        return service.session_answers.password_changed(ticket, visit.client)

    limit = forms.MAX_BODY_BYTES_OF_TWO
    return visit.submitted("password", change_password, max_bytes=limit)


@route("/account/delete", methods=["POST"])
@guarded
def delete(visit: Visit) -> Answer:
    def delete_account(fields: dict[str, str]) -> Answer:
        session = visit.session()
        fields["uname"] = session.userid or ""
        service.accounts.delete(session, forms.password(fields), visit.deadline)
        return service.session_answers.deleted(visit.client)

    return visit.submitted("delete", delete_account)


@route("/session", methods=["GET"])
@guarded
def session(visit: Visit) -> Answer:
    def show() -> Answer:
        return service.session_answers.signed_in(service.logins.who(visit.session()))

    return visit.answered("session", show, quiet=True)


@route("/account", methods=["GET"])
@guarded
def account(visit: Visit) -> Answer:
    def show() -> Answer:
        who = service.logins.who(visit.session())
        return service.session_answers.account_page(who, visit.client)

    return visit.moved() or visit.answered("session", show, quiet=True)


def _page(visit: Visit, name: PageName) -> Answer:
    return visit.moved(is_folder=name == "index") or service.answers.page(name, visit.client)


def _form_of_the_account(visit: Visit, name: Literal["password", "delete"]) -> Answer:
    def show() -> Answer:
        who = service.logins.who(visit.session())
        return service.session_answers.form_page(name, who, visit.client)

    return visit.moved() or visit.answered(name, show, quiet=True)


@app.middleware("http")
def complete(request: Request | None, get_response: Callable[[Any], Response]) -> Response:
    """Give every answer its request id and headers, and Chalice's own errors our form."""
    try:
        response = get_response(request)
    except Exception as error:
        visit = Visit.begin(service, request, "request")
        visit.attempt.finish("error", level="error", cause=where(error))
        response = _response(service.answers.unforeseen(visit.request_id, visit.client))
    if isinstance(response.body, dict) and "Code" in response.body:
        response = _response(_instead_of_chalices(request, response))
    response.headers.update(COMMON_HEADERS | {"X-Request-Id": request_id_of(request)})
    return response


def _instead_of_chalices(request: Request | None, response: Response) -> Answer:
    client = client_of(request)
    if response.status_code == 405:
        return service.answers.wrong_method(str(response.headers["Allow"]), client)
    return service.answers.unforeseen(request_id_of(request), client)


def _response(answer: Answer) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": answer.content_type, **answer.headers}
    return Response(body=answer.body, headers=headers, status_code=answer.status)
