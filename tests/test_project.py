"""The project's own files: dependencies, settings, and what no file may say."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from telemetry.settings import SETTINGS

ROOT = Path(__file__).parents[1]
#: What a checkout has besides its files.
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__", ".env", "secrets"}


def files() -> Iterator[Path]:
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if path.name in NOT_OURS or path.name.endswith(("_cache", ".egg-info")):
                continue
            if path.is_dir() and path.name != ".hypothesis":
                folders.append(path)
            elif path.is_file():
                yield path


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines)


def test_constraints_are_exact_versions_without_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines == sorted(set(lines))
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []


def test_constraints_satisfy_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = constraints()
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, wanted):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_readme_has_every_setting() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", readme(), re.MULTILINE)
    described = {row[0]: row[1:] for row in rows}
    state = next(s.default for s in SETTINGS if s.name == "state")
    for setting in SETTINGS:
        option, default, meaning = described.pop(setting.variable)
        assert option == ("-" if setting.secret else f"`--{setting.name.replace('_', '-')}`")
        assert default.strip("`") == (setting.default.replace(state, "<state>") or "-")
        assert meaning == setting.help
    assert set(described) == {"INFLUXDB_TOKEN", "INFLUXDB_ORG"}


def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_readme_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", readme())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    machine = re.compile(r"(?<![\w.-])/(?:home|root|Users|work|mnt)/\w")
    registry = re.compile(
        r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|golang\.org"
        r"|maven\.org|deb\.debian\.org|debian\.org/debian"
    )
    found = []
    for path in files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if machine.search(text) or registry.search(text) or f"{ROOT}/" in text:
            found.append(path.relative_to(ROOT))
    assert found == []


def test_make_and_the_readme_agree() -> None:
    targets = set(re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make (\w+)", readme() + (ROOT / "CONTRIBUTING.md").read_text()))
    assert {"demo", "test"} <= named <= targets
