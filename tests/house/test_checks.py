"""Every house check can fail: a bad sample of each is caught, a good one passes."""

from collections.abc import Callable

import pytest

from tests.house import checks
from tests.house.checks import Complaints, Source

LONG_FUNCTION = "def f() -> None:\n" + "    pass\n" * 70
SWITCHED_OFF = "x = 1  # no" + "qa: E501"

ONE_FILE: list[tuple[Callable[[Source], Complaints], str, str, str]] = [
    # check, path, what is wrong, what is right
    (checks.long_functions, "a.py", LONG_FUNCTION, LONG_FUNCTION.removesuffix("    pass\n")),
    (checks.long_modules, "a.py", "x = 1\n" * 401, "x = 1\n" * 400),
    (checks.long_modules, "libs/auditor/audit.py", "x = 1\n" * 601, "x = 1\n" * 600),
    (checks.long_lines, "a.py", "#" * 101, "#" * 100),
    (checks.long_lines, "a.py", SWITCHED_OFF[:5] + "1" * 100, SWITCHED_OFF + " - why" * 20),
    (checks.missing_opening, "a.py", "x = 1", '"""Say it."""'),
    (checks.missing_opening, "a.py", '"""Say it"""', '"""Say it\nall.\n\nAnd why. Well?"""'),
    (checks.missing_opening, "a.py", '"""Say it. Again."""', '"""Say e.g. that."""'),
    (checks.unexplained_exceptions, "a.py", SWITCHED_OFF, SWITCHED_OFF + " - a table of URLs"),
    (
        checks.unexplained_exceptions,
        "a.py",
        "x = 1  # type: " + "ignore[arg-type]",
        "x = 1  # type: " + "ignore[arg-type]  # the stub is wrong",
    ),
    (checks.foreign_imports, "a.py", "from libs.ledger import state", "import hashlib, json"),
    (checks.foreign_imports, "a.py", "import msgspec", "from collections import abc"),
    (checks.empty_names, "libs/edge/utils.py", "", ""),
    (checks.empty_names, "services/base.py", "", ""),
    (checks.registry_hosts, "a.toml", "index = files.python" + "hosted.org", "see example.org"),
    (checks.machine_paths, "a.md", "cd /" + "work/main", "see frame/work/main"),
    (checks.machine_paths, "a.md", "in /" + "home/me", "GET /v1/home/me"),
    (checks.shared_folder, "services/a.py", f'"{checks.SHARED_FOLDER}/data"', '"data"'),
    (checks.promises, "a.py", "# TO" + "DO: later", "# TO" + "DO(decision 12): later"),
    (checks.promises, "a.md", "FIX" + "ME", "to do"),
    (checks.index_in_lock, "l", "--index-url here", "    --hash=sha256:" + "0a" * 32),
    (checks.index_in_lock, "l", "a @ somewhere", "a-b==1.0.2 ; sys_platform == 'linux' \\"),
    (checks.index_in_lock, "l", "#  -r /here/in", "a==1.0rc1 \\"),
    (
        checks.unexplained_ignores,
        "p",
        'ignore = [\n  "ANN",\n]',
        'ignore = [\n  "ANN",  # mypy\n]\nselect = [\n  "ALL",\n]',
    ),
]


@pytest.mark.parametrize(
    ("check", "path", "bad", "good"), ONE_FILE, ids=lambda v: getattr(v, "__name__", "")
)
def test_a_bad_file_is_caught(
    check: Callable[[Source], Complaints], path: str, bad: str, good: str
) -> None:
    assert list(check(Source(path, bad)))
    assert list(check(Source(path if good else "libs/edge/http.py", good))) == []


def test_a_file_nobody_knows_is_caught() -> None:
    known = Source("libs/known.py", "")
    lonely = Source("libs/lonely.py", "from libs import known, lonely\nimport libs.lonely")
    script = Source("services/cli.py", "")
    sources = [known, lonely, script, Source("tests/test_known.py", "")]
    assert list(checks.orphans(sources, 'tonne = "services.cli:main"')) == [
        "libs/lonely.py is imported by nothing and named nowhere"
    ]
    assert not list(checks.orphans(sources, '"services.cli:main" and libs/lonely.py'))


def test_a_reason_without_a_story_is_caught() -> None:
    story = Source(
        "tests/rooms/test_a.py", 'def test_a():\n    """\n    open A  ! account_exists\n    """'
    )
    assert list(checks.untold_reasons(["account_exists"], [story])) == []
    assert len(list(checks.untold_reasons(["account_exists", "lot_exists"], [story]))) == 1
    assert len(list(checks.untold_reasons([], [story]))) == 1


def test_an_event_without_golden_bytes_is_caught() -> None:
    files = ["a.b.v1.json", "a.b.v1.golden.json", "c.d.v1.json"]
    assert list(checks.missing_wire_files(["a.b.v1"], files)) == []
    assert len(list(checks.missing_wire_files(["a.b.v1", "c.d.v1"], files))) == 1


def test_a_setting_without_a_word_is_caught() -> None:
    settings = Source(
        "s.py", "class Settings(B):\n    model_config = {}\n    log: str\n    http: str"
    )
    names = checks.setting_names(settings)
    assert names == ["TONNE_LOG", "TONNE_HTTP"]
    good = "# where the books are\nTONNE_LOG=a\n#TONNE_HTTP=b  # where to listen\n"
    assert list(checks.unexplained_settings(names, Source("e", good))) == []
    for bad in (
        "# one\nTONNE_LOG=a\n",
        "# one\nTONNE_LOG=a\nTONNE_HTTP=b\n",
        good + "TONNE_X=1 # y\n",
    ):
        assert len(list(checks.unexplained_settings(names, Source("e", bad)))) == 1


def test_a_core_that_differs_is_caught() -> None:
    def project(pure: str, watched: str) -> dict[str, object]:
        contracts = [
            {"id": "core", "layers": ["(replica)", "state : (laws)"]},
            {"id": "pure", "source_modules": ["libs.ledger.state", f"libs.ledger.{pure}"]},
        ]
        include = ["libs/ledger/state.py", f"libs/ledger/{watched}.py"]
        return {
            "tool": {
                "importlinter": {"contracts": contracts},
                "coverage": {"report": {"include": include}},
            }
        }

    assert list(checks.uneven_core(project("laws", "laws"))) == []
    assert len(list(checks.uneven_core(project("laws", "codec")))) == 2
    assert len(list(checks.uneven_core(project("codec", "laws")))) == 2


def test_the_commands_of_a_page_are_found() -> None:
    page = Source(
        "README.md", "```sh\nmake demo  # two minutes\n\n$ make test\n```\n```py\nx\n```\n"
    )
    assert checks.shell_commands(page) == ["make demo", "make test"]
