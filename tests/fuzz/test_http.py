"""The service over HTTP, deployed and as `make run` starts it, sent bytes that are hardly HTTP.

Of the answers, the app's are held against the contract. Others are of MiniStack in the place of
API Gateway ("gateway"), or of an HTTP server before the service is reached ("server"): real
deployments have other ones in their place. They may say what they like, but no secret.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from chalicelib.answers import COMMON_HEADERS
from tests.e2e.cloud import Cloud, status_word
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import PASSWORD, LocalRun, ask
from tests.fuzz.contract import Seen, problems
from tests.fuzz.effort import CASES
from tests.fuzz.marks import reveal, stand_for
from tests.fuzz.raw_client import exchange
from tests.fuzz.tally import tally
from tests.fuzz.wire import SESSION, Wire, wires
from tests.secret_guard import leaks

COUNT = max(60, CASES // 20)
_OF_CHALICES_SERVER = re.compile(r"127\.0\.0\.1 - - \[.*")
_ECHO = re.compile(r"Authorization=[^\"]*")


@dataclass
class Made:
    """Accounts that the cases have made."""

    surely: int = 0
    perhaps: int = 0
    """Those cut off in the middle, so that the client has no answer."""

    def fits(self, count: int) -> bool:
        return self.surely <= count <= self.surely + self.perhaps


def log_in_for_the_fuzz(url: str) -> None:
    _, _, body = ask("POST", f"{url}/login", {"uname": "doryfish", "password": PASSWORD})
    stand_for(SESSION, json.loads(body)["token"])


def is_still_signed_in(url: str) -> bool:
    token = reveal(SESSION)
    status, _, _ = ask("GET", f"{url}/session", headers={"Authorization": f"Bearer {token}"})
    return status == 200


def who_answered(seen: Seen) -> str:
    if "X-Amzn-Errortype" in seen.headers:
        return "gateway"
    is_ours = seen.headers.items() >= COMMON_HEADERS.items() and "X-Request-Id" in seen.headers
    return "app" if is_ours else "server"


def fuzz(part: str, port: int, sent: list[Wire]) -> Made:
    """Send all of it, and hold every answer against the contract."""
    found, made = [], Made()
    with ThreadPoolExecutor(8) as threads:
        for wire, answers in zip(sent, threads.map(lambda w: exchange(port, w), sent), strict=True):
            if not answers:
                tally.add(f"{part}, none", "hangs" if answers is None else "closed")
                made.perhaps += wire.path == "/signup"
            for seen in answers or []:
                who = who_answered(seen)
                tally.add(f"{part}, {who}", seen.status)
                made.surely += seen.body.count("Signup Success")
                # `chalice local` tells the header back to whoever asks for an unknown address.
                said = _ECHO.sub("", seen.body) if who == "gateway" else seen.body
                if leaks(said + repr(seen.headers)):
                    found.append((wire, who, "a secret"))
                # 501 is a server's word for a method or framing that it does not know.
                if who != "app" and seen.status >= 500 and seen.status != 501:
                    found.append((wire, who, "nothing came back from the app"))
                if who == "app":
                    found += [(wire, who, problem) for problem in problems(seen)]
    assert found == []
    return made


def test_deployed(tmp_path: Path) -> None:
    with Cloud(tmp_path) as cloud:
        # The throttle is API Gateway's, and has its own test.
        cloud.environment |= {"THROTTLE_RATE": "10000", "THROTTLE_BURST": "5000"}
        dev = Dev(cloud)
        assert dev.sign_up("doryfish") == (200, "Signup Success")
        row = dev.row("doryfish")
        log_in_for_the_fuzz(dev.url)
        made = fuzz("deployed", cloud.port, wires(1, COUNT, urlsplit(dev.url).path))
        assert dev.log_in("doryfish") == (200, "Login Success")
        assert dev.row("doryfish") == row
        assert is_still_signed_in(dev.url)
        pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=dev.table)
        assert made.fits(sum(len(page["Items"]) for page in pages) - 1)


def test_as_make_run_starts_it(tmp_path: Path) -> None:
    with LocalRun(tmp_path / "aws", SIGNUP_LIMIT="999999 per hour") as run:
        run.start()
        assert run.post("/signup", "doryfish", PASSWORD)[0] == 200
        (row,) = run.table()
        url = f"http://127.0.0.1:{run.port}"
        log_in_for_the_fuzz(url)
        made = fuzz("make run", run.port, wires(2, COUNT, ""))
        assert status_word(run.post("/login", "doryfish", PASSWORD)) == (200, "Login Success")
        assert is_still_signed_in(url)
        rows = run.table()
        assert row in rows
        assert made.fits(len(rows) - 1)
        # Chalice's server writes the first line of every request: in a request of which it has
        # mistaken the length, that is the body.
        text = _OF_CHALICES_SERVER.sub("", run._output.read_text("utf-8"))
        assert not leaks(text)
        assert '"level": "error"' not in text
