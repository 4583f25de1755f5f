"""One request on its way to an answer: what it brings, and how what goes wrong is told."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from chalicelib import forms, same_origin, session_token
from chalicelib.answers import Answer, Client, Event
from chalicelib.attempt_log import Attempt
from chalicelib.deadline import Deadline
from chalicelib.errors import AccountError, Unavailable
from chalicelib.negotiation import wants_html
from chalicelib.password_check import user_digest
from chalicelib.service import Service
from chalicelib.sessions import Session


class Request(Protocol):
    """What is used of Chalice's request; header names are looked up in any case."""

    headers: Mapping[str, str]
    context: Mapping[str, Any]
    query_params: Mapping[str, str] | None
    lambda_context: Any

    @property
    def raw_body(self) -> bytes: ...


class Visit(NamedTuple):
    """A request, and what every answer to it needs."""

    service: Service
    request: Request
    client: Client
    request_id: str
    source: str
    attempt: Attempt
    deadline: Deadline

    @classmethod
    def begin(cls, service: Service, request: Any, event: str) -> "Visit":
        """Begin to answer a request; None stands for an event that is none.

        Args:
            event: what it is called in the log.
        """
        identity = (request.context.get("identity") if request else None) or {}
        # As API Gateway saw it: what a header claims is not looked at.
        source = str(identity.get("sourceIp") or "unknown")
        request_id = request_id_of(request)
        attempt = service.log.start(event, request_id, source)
        deadline = service.make_deadline()
        return cls(service, request, client_of(request), request_id, source, attempt, deadline)

    @property
    def token(self) -> str | None:
        """The session's token that it brings."""
        return session_token.read(self.request.headers)

    def session(self) -> Session:
        """The session of its token. Raises `NotSignedIn` for none."""
        session = self.service.sessions.find(self.token)
        self.attempt.user = user_digest(session.userid) if session.userid else None
        return session

    def submitted(
        self,
        event: Event,
        use: Callable[[dict[str, str]], Answer],
        *,
        max_bytes: int = forms.MAX_BODY_BYTES,
        may_be_empty: bool = False,
    ) -> Answer:
        """The answer to a form, whose fields `use` is given."""
        typed: dict[str, str] = {}

        def submit() -> Answer:
            headers = self.request.headers
            same_origin.check(headers, self.service.settings.allowed_origins)
            if self.request.raw_body or not may_be_empty:
                content_type = headers.get("content-type")
                typed.update(forms.parse(content_type, self.request.raw_body, max_bytes))
            return use(typed)

        return self.answered(event, submit, typed)

    def answered(
        self,
        event: Event,
        work: Callable[[], Answer],
        typed: Mapping[str, str] | None = None,
        *,
        quiet: bool = False,
    ) -> Answer:
        """Do the work, log how it went, and turn what it raises into an answer.

        Args:
            typed: the fields of the form.
            quiet: whether success is not worth a line in the log.
        """
        try:
            answer = work()
        except Unavailable as error:
            self.attempt.finish(error.outcome, level=error.level, cause=error.cause)
            return self.service.answers.unavailable(self.client)
        except AccountError as error:
            self.attempt.finish(error.outcome, level=error.level)
            return self.service.answers.refusal(event, error, self.client, typed or {})
        if not quiet:
            self.attempt.finish("success")
        return answer

    def moved(self, *, is_folder: bool = False) -> Answer | None:
        """To the one spelling of a page's address from which its relative links lead right."""
        path = str(self.request.context.get("path", ""))
        last = path.rstrip("/").rpartition("/")[2]
        if is_folder and last and not path.endswith("/"):
            return self.service.answers.redirect(f"{last}/")
        if not is_folder and path.endswith("/"):
            return self.service.answers.redirect(f"../{last}")
        return None


def client_of(request: Any) -> Client:
    """Who asks; None stands for an event that is no request."""
    if request is None:
        return Client(html=False)
    resource = str(request.context.get("resourcePath", "/"))
    return Client(
        html=wants_html(request.headers.get("accept")),
        host=request.headers.get("host", ""),
        root="../" * (resource.count("/") - 1),
    )


def request_id_of(request: Any) -> str:
    """API Gateway's id of the request, which its own log shows too; else Lambda's."""
    if request is None:
        return "unknown"
    own_id = getattr(request.lambda_context, "aws_request_id", "unknown")
    return str(request.context.get("requestId") or own_id)
