"""The rooms, wired up with the real AWS."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

from chalicelib.accounts import Accounts
from chalicelib.answers import Answers
from chalicelib.attempt_log import AttemptLog
from chalicelib.attempt_store import AttemptStore
from chalicelib.aws_clients import LONGEST_CALL, AwsClients
from chalicelib.credential_store import CredentialStore
from chalicelib.deadline import Deadline
from chalicelib.kms_cipher import KmsCipher
from chalicelib.limiters import LoginLimiter, SignUpLimiter
from chalicelib.logins import Logins
from chalicelib.pages import Pages
from chalicelib.password_check import PasswordCheck
from chalicelib.passwords import PasswordHasher, PasswordPolicy
from chalicelib.sealer import Sealer
from chalicelib.session_answers import SessionAnswers
from chalicelib.session_store import SessionStore
from chalicelib.sessions import Sessions
from chalicelib.settings import Settings


class Service(NamedTuple):
    """What the routes use."""

    settings: Settings
    accounts: Accounts
    logins: Logins
    sessions: Sessions
    answers: Answers
    session_answers: SessionAnswers
    log: AttemptLog
    make_deadline: Callable[[], Deadline]

    @classmethod
    def connect(cls, settings: Settings, executor: Executor) -> "Service":
        """The service on the AWS account, region and endpoint of the environment.

        Raises:
            SettingsError: they are missing or wrong.
        """
        clients = AwsClients()
        store = CredentialStore.connect(settings.user_table, settings.attempt_table, clients)
        counts = AttemptStore.connect(settings.attempt_table, clients)
        sealer = Sealer(KmsCipher.connect(settings.key_id, clients), PasswordHasher())
        check_password = PasswordCheck(
            store, sealer, LoginLimiter(counts, settings.login_limit), executor
        )
        sessions = Sessions(
            SessionStore.connect(settings.session_table, clients),
            settings.session_idle,
            settings.session_lifetime,
        )
        pages = Pages(settings.service_name, settings.password_min_length)
        answers = Answers(pages)
        return cls(
            settings=settings,
            accounts=Accounts(
                store=store,
                sealer=sealer,
                policy=PasswordPolicy(settings.password_min_length, settings.service_name),
                check_password=check_password,
                sign_ups=SignUpLimiter(counts, settings.signup_limit),
                sessions=sessions,
            ),
            logins=Logins(
                store=store,
                sealer=sealer,
                check_password=check_password,
                sessions=sessions,
                executor=executor,
            ),
            sessions=sessions,
            answers=answers,
            session_answers=SessionAnswers(pages, answers),
            log=AttemptLog(),
            make_deadline=lambda: Deadline(LONGEST_CALL),
        )
