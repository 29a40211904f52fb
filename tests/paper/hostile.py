"""Five hundred texts that are markup, code, formulas or tricks somewhere (B8)."""

SEEDS = (
    "<script>alert(1)</script>",
    "<img src=http://evil.example/x onerror=alert(1)>",
    "'\"><svg/onload=alert(1)>",
    '#import "@preview/cetz:0.3.0"',
    '#read("/etc/passwd")',
    '#image("http://evil.example/x.png")',
    '#eval("1+1")',
    "#while true {}",
    "$ sum_(i=0)^n $",
    "= Heading\n== Another",
    "*bold* _emph_ `raw` @label <label>",
    "\\u{202e} \\ \\n",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r\nX-Header: evil",
    "{{7*7}} {% raw %} ${7*7} #{7*7}",
    "<para><font color=\"[[[getattr(pow,Word('__globals__'))]]]\">x</font></para>",
    "a\u202eb\u2066c\u2069",
    "zero\u200bwidth\u200djoiner\ufeff",
    "\x00\x07\x1b[31mred\x1b[0m",
    "😀👨‍👩‍👧‍👦",
    "العربية עברית",
    "e\u0301\u0302\u0303" * 20,
    "A" * 10_000,
    "髙" * 500,
    "%s %n %x {0} {user}",
    "'; DROP TABLE notices; --",
    "../../../../etc/passwd",
    "file:///etc/passwd http://169.254.169.254/latest/",
    "/JavaScript (app.alert(1)) endstream endobj %%EOF",
    ")>> endobj 1 0 obj <</Type/Catalog>>",
    "</w:t>]]><!--",
    "a\u2028b\u2029c\x85d",
    "\ud7ff\ue000\uffff\U0010ffff",
    "ﷺ" * 40,
    "ｶﾞ゛ﾞ ﾊﾟ㍿ ㌧ ①",
    "辻\U000e0100\U000e0101 葛\U000e0100",
)
FRAMES = ("{}", "株式会社{}", "{}御中", " {} ", "[{}]", '"{}"', "#{}", "\\{}", "({})", "{}\\",
          "a{}b", "${}$", "`{}`")  # fmt: skip


def hostile() -> list[str]:
    """Return all of them, the long ones not in every frame."""
    made = [frame.replace("{}", seed) for seed in SEEDS for frame in FRAMES]
    short = [text for text in made if len(text) < 600]
    return [*short, "A" * 10_000, "髙" * 1_000][:500]
