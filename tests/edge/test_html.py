"""Pages for people: which language, what is text, and what a form sends."""

from pathlib import Path
from time import process_time

import pytest

from libs.edge.html.language import language
from libs.edge.html.pages import Pages
from libs.edge.html.upload import UploadWrong, parted
from services.notify.notices import shown
from tests.paper.hostile import hostile

FORM = "multipart/form-data; boundary=----WebKitFormBoundaryAb1"


@pytest.mark.parametrize(
    ("asked", "accept", "read"),
    [
        (None, "ja", "ja"),
        (None, "ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", "ja"),
        (None, "en-US,en;q=0.9,ja;q=0.8", "en"),
        (None, "fr,ja;q=0.5", "ja"),
        (None, "*,ja;q=0.5", "en"),
        (None, "ja;q=0,en;q=0.1", "en"),
        (None, "ja;q=0", "en"),
        (None, "", "en"),
        (None, "jab;q=9, <script>", "en"),
        ("ja", "en", "ja"),
        ("en", "ja", "en"),
        ("xx", "ja", "ja"),
    ],
)
def test_a_page_is_in_the_language_that_is_liked_best(
    asked: str | None, accept: str, read: str
) -> None:
    assert language(asked, accept) == read


def test_no_text_is_markup(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("<p title='{{ text }}'>{{ text }}</p>")
    pages = Pages(tmp_path, shown)
    for text in hostile():
        made = bytes(pages.page("one.html", "ja", {"text": text}).body).decode()
        assert made.count("<") == made.count(">") == 2, text
        assert made.count("'") == 2, text
        assert shown(made) == made, text


def sent(*parts: bytes, boundary: bytes = b"----WebKitFormBoundaryAb1") -> bytes:
    line = b"--" + boundary
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def file(content: bytes, name: bytes = b"file") -> bytes:
    head = b'Content-Disposition: form-data; name="%s"; filename="a.pdf"\r\n' % name
    return head + b"Content-Type: application/pdf\r\n\r\n" + content


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\r\n\r\n--\r\n", b"\r\n", b"--", bytes(range(256)) * 9]
)
def test_a_file_is_taken_as_it_is(content: bytes) -> None:
    other = b'content-disposition: form-data; name="more"\r\n\r\nfile'
    assert parted(sent(file(content)), FORM, "file") == content
    assert parted(sent(other, file(content)), FORM, "file") == content
    assert parted(sent(file(content)), 'multipart/form-data; boundary="----WebKitFormBoundaryAb1"',
                  "file") == content  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (sent(file(b"x")), "application/x-www-form-urlencoded"),
        (sent(file(b"x")), "multipart/form-data"),
        (sent(file(b"x")), "multipart/form-data; boundary=another"),
        (sent(file(b"x"))[:-4], FORM),
        (sent(file(b"x", b"other")), FORM),
        (sent(b"no head at all"), FORM),
        (sent(b"Content-Type: application/pdf\r\n\r\nx"), FORM),
        (b"before" + sent(file(b"x")), FORM),
        (b"", FORM),
        (b"------WebKitFormBoundaryAb1--\r\n", FORM),
    ],
)
def test_what_is_no_form_with_a_file_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(UploadWrong):
        parted(body, kind, "file")


def test_a_head_of_repetitions_takes_no_time() -> None:
    """Whoever comes may send it, and the one loop that serves everybody reads it."""
    head = b"content-disposition:form-data;" * (2**18 // 30)
    began = process_time()
    with pytest.raises(UploadWrong):
        parted(sent(head + b"\r\n\r\nx"), FORM, "file")
    assert process_time() - began < 2
