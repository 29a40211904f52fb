"""The whole life of J-Credits, played through the command line and proven by both auditors."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.scenarios import j_credit
from services.scenarios.play import Step, Story, StoryFailed


def told(*words: str) -> dict[str, object]:
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_it_is_played_proven_and_played_again_without_a_trace(tmp_path: Path) -> None:
    folder, log = tmp_path / "demo", f"sqlite:///{tmp_path}/kept.db"
    play = ("demo", "--scenario", "j-credit", "--folder", str(folder))
    first, second = told(*play), told(*play, "--log", log)
    assert first["steps"] == second["steps"] == 83
    assert first["holdings"] == second["holdings"], "one story, one end, whatever the ledger"
    assert (
        "every verdict is what the rules say"
        in CliRunner().invoke(app, ["audit", "--log", log]).output
    )
    again = told(*play, "--log", log)
    assert again["holdings"] == first["holdings"]


def test_a_pool_gives_what_its_two_tonnes_have_and_no_gram_more(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    found = told("demo", "--scenario", "pools", "--folder", str(folder))
    assert found["steps"] == 70
    grams = [
        posting["quantity"]
        for line in (folder / "journal.ndjson").read_bytes().splitlines()
        for event in json.loads(line).get("events", ())
        for posting in event.get("postings", ())
        if str(posting.get("target", "")).startswith("G:ALLOC:")
    ]
    assert grams == [1_001_000, 999_000], "every gram of both tonnes, told out once"


def test_a_story_that_is_answered_otherwise_ends_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice() -> Story:
        step = next(j_credit.story())
        yield step
        yield Step("once more, as the same operator", step.actor, step.body, "no_such_reason")

    monkeypatch.setattr("services.cli.demo.STORIES", {"j-credit": twice})
    words = ["demo", "--scenario", "j-credit", "--folder", str(tmp_path / "demo")]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, StoryFailed)
    assert "step 2" in str(result.exception)


def test_a_log_goes_with_a_story_and_a_story_must_be_known(tmp_path: Path) -> None:
    unknown = CliRunner().invoke(app, ["demo", "--scenario", "x", "--folder", str(tmp_path / "d")])
    assert unknown.exit_code == 2
    alone = CliRunner().invoke(app, ["demo", "--log", "sqlite:///x.db"])
    assert alone.exit_code == 2
