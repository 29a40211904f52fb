"""Make the fonts of the paper out of Noto Serif CJK: the characters Japanese names are written in.

Usage: python libs/edge/paper/fonts/subset.py NotoSerifCJK-Regular.ttc

Two files, since a repository is no place for large ones: TonneMincho has what CP932 has, Latin
and 𠮷, TonneMinchoRare what else JIS X 0213 and JIS X 0212 have. Both keep the variants that a
variation selector asks for (IVS). Renamed, as a modified version should be; OFL.txt is the licence.
The source is the Debian package fonts-noto-cjk-extra or fonts-noto-cjk.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FACE = "Noto Serif CJK JP"
COMMON, RARE = "Tonne Mincho", "Tonne Mincho Rare"
SELECTORS = range(0xE0100, 0xE01F0)
ALWAYS = (
    range(0x20, 0x7F),
    range(0xA0, 0x180),
    range(0x2010, 0x2028),
    range(0x2030, 0x205F),
    range(0x2080, 0x208A),
)
NAMES = {1: "{0}", 3: "{0} subset", 4: "{0}", 6: "{1}-Regular", 16: "{0}", 17: "Regular"}


def encodable(encoding: str) -> Iterator[int]:
    """Yield the code points beyond ASCII that an encoding has, private ones left out."""
    for point in (*range(0x80, 0xD800), *range(0xF900, 0x30000)):
        try:
            chr(point).encode(encoding)
        except UnicodeEncodeError:
            continue
        yield point


def main(source: Path) -> None:
    """Write both fonts beside this file."""
    common = {point for points in ALWAYS for point in points} | {*encodable("cp932"), ord("𠮷")}
    rare = {*encodable("euc_jis_2004"), *encodable("euc_jp")} - common
    for family, points in ((COMMON, common), (RARE, rare)):
        faces = TTCollection(str(source)).fonts
        font = next(face for face in faces if face["name"].getDebugName(1) == FACE)
        options = Options(layout_features=["ccmp", "kern", "liga", "mark"], name_IDs=["*"])
        options.hinting = False
        subset = Subsetter(options)
        subset.populate(unicodes={*points, *SELECTORS})
        subset.subset(font)
        rename(font, family)
        font.save(Path(__file__).parent / f"{family.replace(' ', '')}.otf")


def rename(font: TTFont, family: str) -> None:
    """Give a modified font a name of its own, in its tables and in its outlines."""
    joined = family.replace(" ", "")
    for record in list(font["name"].names):
        if record.nameID in NAMES:
            record.string = NAMES[record.nameID].format(family, joined)
    outlines = font["CFF "].cff
    outlines.fontNames = [f"{joined}-Regular"]
    outlines[0].rawDict.update(FullName=family, FamilyName=family)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
