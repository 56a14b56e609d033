"""What is installed is whole: a wheel in a clean environment, run from another folder."""

import contextlib
import os
import re
import site
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from reporter.supervise import free_port
from tests.conftest import KEY, PASSWORD

ROOT = Path(__file__).parents[1]
COPIED = ("reporter", "templates", "scheduler.py", "setup.cfg", "pyproject.toml", "README.md")
TOML = """
name = "Wheel Clinic"
zone = "Europe/Madrid"
phone = "301-555-0142"
after_hours_phone = "301-555-0190"
emergency_number = "112"
crisis_line = "024"
reply_to = "nurses@wheel.test"
[hours]
monday = ["09:00-14:00"]
[administrator]
email = "ada@wheel.test"
name = "Ada Admin"
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that the build leaves nothing in the tree."""
    tree = tmp_path_factory.mktemp("tree")
    subprocess.run(["cp", "-r", *(str(ROOT / name) for name in COPIED), str(tree)], check=True)
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tree / "out"), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next((tree / "out").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment's bin folder. What the wheel needs comes from this test's own packages."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False, symlinks=True)
    packages = next(home.glob("lib/python*/site-packages"))
    # A plain path line adds that folder and does not run the .pth files in it, so that an
    # editable install of this very tree stays out of sight.
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
    python = home / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(
        [*install, "--force-reinstall", "--target", str(packages), str(wheel)], check=True
    )
    return home / "bin"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("elsewhere")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REPORTER_", "PYTHON"))}
    return {
        **kept,
        "PWD": str(folder),
        "REPORTER_KEYS": KEY,
        "REPORTER_SECRET_KEY": "only for tests",
        "REPORTER_ADMIN_PASSWORD": PASSWORD,
        "REPORTER_DATABASE_URL": f"sqlite:///{folder / 'reporter.db'}",
        "REPORTER_PORT": str(free_port(23_000 + os.getpid() % 20_000)),
    }


def run(installed: Path, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [str(installed / "python"), "-m", *arguments],
        env=environment,
        cwd=environment["PWD"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def served(installed: Path, environment: dict[str, str]) -> Iterator[int]:
    """The port of a running server of an installed, migrated, set up product."""
    run(installed, environment, "reporter", "migrate")
    toml = Path(environment["PWD"]) / "clinic.toml"
    toml.write_text(TOML)
    assert "Made Wheel Clinic" in run(
        installed, environment, "reporter", "init", "--from", str(toml)
    )
    with subprocess.Popen(
        [str(installed / "python"), "-m", "reporter", "serve"],
        env=environment,
        cwd=environment["PWD"],
    ) as process:
        port = int(environment["REPORTER_PORT"])
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError):
                get(port, "/healthz")
                break
            time.sleep(0.1)
        yield port
        process.terminate()
        assert process.wait(10) == 0


def get(port: int, path: str) -> tuple[int, str]:
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_it_is_the_wheel_that_runs(installed: Path, environment: dict[str, str]) -> None:
    where = subprocess.run(
        [str(installed / "python"), "-c", "import reporter, scheduler; print(reporter.__file__)"],
        env=environment,
        cwd=environment["PWD"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed.parent))


def test_pages_templates_and_static_files_are_there(served: int) -> None:
    status, page = get(served, "/log-in")
    assert status == 200
    assert "Log in" in page
    found = re.findall(r'"(/static/[^"]+)"', page)
    assert found
    for path in found:
        assert get(served, path)[0] == 200, path


def test_rules_and_words_are_there(installed: Path, environment: dict[str, str]) -> None:
    for command in ("triage", "words"):
        run(installed, environment, "reporter", command, os.devnull)


def test_nothing_is_left_out_of_the_wheel(installed: Path) -> None:
    """Every file of the tree that is no Python is in the installed package too."""
    package = next(installed.parent.glob("lib/python*/site-packages/reporter"))
    for source, target in (
        (ROOT / "reporter", package),
        (ROOT / "templates", package / "_templates"),
    ):
        for path in source.rglob("*"):
            if path.is_file() and path.suffix in {".html", ".txt", ".sql", ".toml", ".css", ".js"}:
                assert (target / path.relative_to(source)).is_file(), path
    assert list(package.glob("web/locale/es/LC_MESSAGES/*.mo"))
    assert list(package.glob("mail/locale/es/LC_MESSAGES/*.mo"))
