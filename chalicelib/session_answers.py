"""From what was done about a session to an HTTP answer."""

from datetime import UTC, datetime

from chalicelib import session_token
from chalicelib.answers import (
    HTML_TYPE,
    NEXT_PAGES,
    TO_THE_ACCOUNT,
    Answer,
    Answers,
    Client,
    as_json,
)
from chalicelib.logins import SignedIn
from chalicelib.pages import PageName, Pages
from chalicelib.sessions import Ticket


class SessionAnswers:
    """Makes the answers that bring a token, take it back, or say whose it is.

    Browsers get the token in a cookie, and programs in the body: never both, so that a program
    does not carry a cookie that it knows nothing of.

    Args:
        pages: what browsers are shown.
        answers: makes the others.
    """

    def __init__(self, pages: Pages, answers: Answers) -> None:
        self._pages = pages
        self._answers = answers

    def logged_in(self, ticket: Ticket, client: Client, next_page: str = "") -> Answer:
        """The password was right, and a session began.

        Args:
            next_page: where the form asks to be led. Anything but a page of ours that
                is for whoever is signed in is the account's page.
        """
        if client.html:
            location = next_page if next_page in NEXT_PAGES else "account"
            headers = {"Location": f"{client.root}{location}", **_cookie(ticket, client)}
            return Answer(303, "", HTML_TYPE, headers)
        return _as_token("Login Success", ticket)

    def password_changed(self, ticket: Ticket, client: Client) -> Answer:
        """There is a new password, and a new session of whoever changed it."""
        if client.html:
            # Not by way of another address: whoever is sent there would be told so, too.
            headers = _cookie(ticket, client)
            text = "Your password is changed. Every other session has ended."
            return self._answers.message(
                200, text, client, headers, heading="Done", way=TO_THE_ACCOUNT
            )
        return _as_token("Password Changed", ticket)

    def signed_in(self, who: SignedIn) -> Answer:
        """Whose session it is."""
        return Answer(
            200,
            as_json(
                status="Signed In",
                user=who.userid,
                since=_timestamp(who.since),
                expires_in=who.expires_in,
                ends_in=who.ends_in,
            ),
        )

    def account_page(self, who: SignedIn, client: Client) -> Answer:
        """The page of somebody who is signed in."""
        page = self._pages.render(
            "account",
            root=client.root,
            uname=who.userid,
            since=datetime.fromtimestamp(who.since, UTC).strftime("%Y-%m-%d %H:%M UTC"),
            since_machine=_timestamp(who.since),
        )
        return Answer(200, page, HTML_TYPE)

    def form_page(self, name: PageName, who: SignedIn, client: Client) -> Answer:
        """A form of somebody who is signed in; password managers look for the name in it."""
        return self._answers.page(name, client, uname=who.userid)

    def logged_out(self, client: Client) -> Answer:
        """The session has ended, or all of them."""
        if client.html:
            headers = {
                "Location": f"{client.root}login",
                "Set-Cookie": session_token.no_cookie(client.host),
            }
            return Answer(303, "", HTML_TYPE, headers)
        return Answer(200, as_json(status="Logged Out"))

    def deleted(self, client: Client) -> Answer:
        """The account is gone."""
        if client.html:
            headers = {"Set-Cookie": session_token.no_cookie(client.host)}
            text = "Your account is deleted."
            return self._answers.message(200, text, client, headers, heading="Farewell")
        return Answer(200, as_json(status="Account Deleted"))


def _cookie(ticket: Ticket, client: Client) -> dict[str, str]:
    return {"Set-Cookie": session_token.cookie(ticket.token, client.host, ticket.ends_in)}


def _as_token(status: str, ticket: Ticket) -> Answer:
    return Answer(200, as_json(status=status, token=ticket.token, expires_in=ticket.expires_in))


def _timestamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
