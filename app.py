"""The routes: request in, answer out. What they do is in `chalicelib`."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from chalice.app import Chalice, Request, Response

from chalicelib import forms, same_origin
from chalicelib.accounts import Accounts, LoggedIn, user_digest
from chalicelib.answers import COMMON_HEADERS, Answer, Answers, Event, wants_html
from chalicelib.attempt_log import Attempt, AttemptLog, where
from chalicelib.attempt_store import AttemptStore
from chalicelib.aws_clients import LONGEST_CALL
from chalicelib.credential_store import CredentialStore
from chalicelib.errors import AccountError, Unavailable
from chalicelib.forms import Credentials
from chalicelib.kms_cipher import KmsCipher
from chalicelib.limiters import LoginLimiter, SignUpLimiter
from chalicelib.pages import PageName, Pages
from chalicelib.passwords import PasswordHasher, PasswordPolicy
from chalicelib.settings import Settings, SettingsError

app = Chalice(app_name="kms-login")

# `forms` checks the content type, by stricter rules than Chalice's.
ANY_TYPE = ["*/*"]

try:
    settings = Settings.from_environment(os.environ)
    counts = AttemptStore.connect(settings.attempt_table)
    accounts = Accounts(
        store=CredentialStore.connect(settings.user_table, settings.attempt_table),
        cipher=KmsCipher.connect(settings.key_id),
        hasher=PasswordHasher(),
        policy=PasswordPolicy(settings.password_min_length, settings.service_name),
        logins=LoginLimiter(counts, settings.login_limit),
        sign_ups=SignUpLimiter(counts, settings.signup_limit),
        executor=ThreadPoolExecutor(thread_name_prefix="look-up"),
        longest_call=LONGEST_CALL,
    )
except SettingsError as error:
    print(f"kms-login cannot start: {error}", file=sys.stderr, flush=True)
    sys.exit(1)

# Only there: Chalice imports this module to deploy it, too.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    accounts.warm_up()

answers = Answers(Pages(settings.service_name, settings.password_min_length))
log = AttemptLog()


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, and what every answer to it needs."""

    request: Request
    html: bool
    request_id: str
    source: str
    attempt: Attempt


def guarded(view: Callable[[Visit], Answer]) -> Callable[[], Response]:
    """Hand `view` its visit, and be the last resort for what it did not foresee.

    Nothing gets past it to Chalice, which would log an exception with its message: that may quote
    what a caller sent.
    """

    @wraps(view)
    def guarded_view() -> Response:
        request = cast(Request, app.current_request)
        visit = _visit(request, view.__name__)
        try:
            answer = view(visit)
        except Exception as error:
            visit.attempt.finish("error", level="error", cause=where(error))
            answer = answers.unforeseen(visit.request_id, visit.html)
        return _response(answer)

    return guarded_view


@app.route("/", methods=["GET"], content_types=ANY_TYPE)
@guarded
def index(visit: Visit) -> Answer:
    return _page(visit, "index")


@app.route("/signup", methods=["GET"], content_types=ANY_TYPE)
@guarded
def signup_page(visit: Visit) -> Answer:
    return _page(visit, "signup")


@app.route("/login", methods=["GET"], content_types=ANY_TYPE)
@guarded
def login_page(visit: Visit) -> Answer:
    return _page(visit, "login")


@app.route("/style.css", methods=["GET"], content_types=ANY_TYPE)
@guarded
def stylesheet(_: Visit) -> Answer:
    return answers.stylesheet()


@app.route("/signup", methods=["POST"], content_types=ANY_TYPE)
@guarded
def signup(visit: Visit) -> Answer:
    def sign_up(credentials: Credentials) -> None:
        accounts.sign_up(credentials.userid, credentials.password, visit.source)

    return _with_credentials(visit, "signup", sign_up)


@app.route("/login", methods=["POST"], content_types=ANY_TYPE)
@guarded
def login(visit: Visit) -> Answer:
    def log_in(credentials: Credentials) -> LoggedIn:
        return accounts.log_in(credentials.userid, credentials.password)

    return _with_credentials(visit, "login", log_in)


def _page(visit: Visit, name: PageName) -> Answer:
    """The page, at the one spelling of its address from which its relative links lead right."""
    path = str(visit.request.context.get("path", ""))
    last = path.rstrip("/").rpartition("/")[2]
    if name == "index" and last and not path.endswith("/"):
        return answers.redirect(f"{last}/")
    if name != "index" and path.endswith("/"):
        return answers.redirect(f"../{last}")
    return answers.page(name)


def _with_credentials(
    visit: Visit, event: Event, use_case: Callable[[Credentials], LoggedIn | None]
) -> Answer:
    """Run a use case on the user name and password of a form, and log how it went."""
    attempt = visit.attempt
    fields: dict[str, str] = {}
    try:
        same_origin.check(visit.request.headers, settings.allowed_origins)
        body = cast(bytes, visit.request.raw_body)
        fields = forms.parse(visit.request.headers.get("content-type"), body)
        credentials = forms.credentials(fields)
        attempt.user = user_digest(credentials.userid)
        done = use_case(credentials) or LoggedIn()
    except Unavailable as error:
        attempt.finish(error.outcome, level=error.level, cause=error.cause)
        return answers.unavailable(visit.html)
    except AccountError as error:
        attempt.finish(error.outcome, level=error.level)
        return answers.refusal(event, error, visit.html, fields.get("uname", ""))
    attempt.finish("success", rehash=done.rehash, cause=done.cause)
    return answers.success(event, visit.html)


@app.middleware("http")
def complete(request: Request | None, get_response: Callable[[Any], Response]) -> Response:
    """Give every answer its request id and headers, and Chalice's own errors our form."""
    try:
        response = get_response(request)
    except Exception as error:
        _visit(request, "request").attempt.finish("error", level="error", cause=where(error))
        response = _response(answers.unforeseen(_request_id(request), _wants_html(request)))
    if isinstance(response.body, dict) and "Code" in response.body:
        response = _response(_instead_of_chalices(request, response))
    response.headers.update(COMMON_HEADERS | {"X-Request-Id": _request_id(request)})
    return response


def _instead_of_chalices(request: Request | None, response: Response) -> Answer:
    html = _wants_html(request)
    if response.status_code == 405:
        return answers.wrong_method(str(response.headers["Allow"]), html)
    return answers.unforeseen(_request_id(request), html)


def _response(answer: Answer) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": answer.content_type, **answer.headers}
    return Response(body=answer.body, headers=headers, status_code=answer.status)


def _visit(request: Request | None, event: str) -> Visit:
    request_id = _request_id(request)
    identity = (request.context.get("identity") if request else None) or {}
    # As API Gateway saw it: what a header claims is not looked at.
    source = str(identity.get("sourceIp") or "unknown")
    attempt = log.start(event, request_id, source)
    return Visit(cast(Request, request), _wants_html(request), request_id, source, attempt)


def _wants_html(request: Request | None) -> bool:
    return request is not None and wants_html(request.headers.get("accept"))


def _request_id(request: Request | None) -> str:
    """API Gateway's id of the request, which its own log shows too; else Lambda's."""
    if request is None:
        return "unknown"
    own_id = getattr(request.lambda_context, "aws_request_id", "unknown")
    return str(request.context.get("requestId") or own_id)
