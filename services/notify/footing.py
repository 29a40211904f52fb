"""What a mail ends with: where its notice is checked, and where its signed paper is had.

It is written when the mail goes out and is kept nowhere: a code is in no table and in no log.
"""

from services.notify.links import Links


class Footing:
    """Ends mails: `root` is the registry's address, https://HOST, and `links` make the codes."""

    def __init__(self, root: str, links: Links) -> None:
        self._root = root
        self._links = links

    def of(self, number: str, check: str | None, *, paper: bool) -> str:
        """Return the end of a notice's mail; nothing where no key of ours made its code.

        `check` is the digest that the code is known by; with `paper` there is a PDF to be had.
        """
        by = self._links.made(number, check)
        if by is None:
            return ""
        code = by.code(number)
        page, pdf = f"{self._root}/c/{code}", f"{self._root}/v1/private-notices/{code}"
        ja = [f"番号: {number}", f"確認ページ: {page}"]
        en = [f"Number: {number}", f"Page that checks it: {page}"]
        if paper:
            ja += [f"署名付きPDF: {pdf}", "PDFは口座の受信箱からも取得できます。"]
            en += [f"Signed PDF: {pdf}", "The PDF is in the account's inbox too."]
        ja.append("リンクを知る人は誰でもこの通知を見られます。")
        en.append("Whoever has a link sees this notice.")
        return "\n".join(["", "----", "", *ja, "", *en, ""])
