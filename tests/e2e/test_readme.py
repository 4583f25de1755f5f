"""What the README says to paste works when it is pasted."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from chalice.test import Client

from tests.e2e.local_run import PASSWORD, PROJECT, LocalRun, ask
from tests.secret_guard import secret

README = (PROJECT / "README.md").read_text("utf-8")
HERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with LocalRun(tmp_path_factory.mktemp("readme") / "aws") as run:
        run.start()
        yield f"http://127.0.0.1:{run.port}"


def blocks(heading: str, language: str = "") -> list[str]:
    """The code blocks below a heading, up to the next."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def pasted(text: str, service: str) -> list[str]:
    """What a shell prints for it; one line for each answer."""
    curl = shutil.which("curl")
    if curl is None and not os.environ.get("CI"):
        pytest.skip("there is no curl on this machine")
    # The answers have no line ends of their own.
    shell = f'curl() {{ command curl -s "$@"; echo; }}\n{text.replace(HERE, service)}'
    command = ["bash", "-c", shell]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line for line in result.stdout.splitlines() if line]


def words(lines: list[str]) -> list[str]:
    """The status words of the answers."""
    return [match[1] for line in lines if (match := re.match(r'\{"status":"([^"]+)"', line))]


def test_the_first_lines_sign_up_and_log_in(service: str) -> None:
    curls = [block for block in blocks("Run it") if block.startswith("curl")]
    assert words(pasted("".join(curls), service)) == [
        "Signup Success",
        "Login Success",
        "Login Failed",
        "Signup Failed",
    ]


def test_the_life_of_an_account(service: str) -> None:
    (life,) = blocks("Staying signed in")
    assert words(pasted(life, service)) == [
        "Signup Success",
        "Signed In",
        "Signed In",
        "Password Changed",
        "Not Signed In",
        "Logged Out",
        "Account Deleted",
        "Login Failed",
    ]


def test_the_dozen_lines_protect_a_page(service: str, tmp_path: Path) -> None:
    (source,) = blocks("Staying signed in", "python")
    shop: Any = ModuleType("shop")
    exec(source.replace(HERE, service), shop.__dict__)  # noqa: S102 - it is our own README
    client = Client(shop.app, stage_name="dev", project_dir=str(tmp_path))
    assert client.http.get("/orders").status_code == 401

    fields = {"uname": "crush", "password": PASSWORD}
    assert ask("POST", f"{service}/signup", fields)[0] == 200
    answer = ask("POST", f"{service}/login", fields)[2]
    token = secret(str(re.findall(r'"token":"([^"]+)"', answer)[0]))
    response = client.http.get("/orders", headers={"Authorization": f"Bearer {token}"})
    assert response.json_body == {"orders of": "crush"}
    assert ask("POST", f"{service}/logout", {}, {"Authorization": f"Bearer {token}"})[0] == 200
    refused = client.http.get("/orders", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401
