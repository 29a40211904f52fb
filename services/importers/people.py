"""Who used a credit, as far as the journal may know: organisations by name, persons never."""

import re
import unicodedata

from services.importers.rows import NOTHING, plain

UNKNOWN, WITHHELD = "unknown", "withheld"
NOT_TOLD = NOTHING | {"not disclosed", "anonymous", "unknown", "none"}
MARKS = frozenset(
    """
    ab adviser advisors advisory ag agriculture agua airlines airport aps as asa asn associates
    association authority aş bank beauty bhd bv capital carbon center centre ceramics church city
    club co coalition college commission committee communities community company congregation
    consulting coop cooperative corp corporate corporation council county creamery credits
    customers dairies dairy dba department design district eireli emissions energia energy
    enterprise enterprises establishment estate ev events experience eyewear family farm farms
    federation festival financial food foods forestry forests foundation fund fundación gardens
    gbr general gmbh government green group holding holdings home hotel house hydro inc indian
    indians industries initiative institute institution instituto insurance international
    investments irrigation jewellery jewelry kabushiki kft kg land lands life limited llc llp lp
    ltd ltda management market match media ministry museum mutual nation national nv office
    operations oy partners partnership passengers pbc pc plc police power producciones productions
    produções project properties proponents pt pte pty realty reductions reservation reserves
    resort restaurant retail river rivers sa sarl sas school seguros services shipping sigorta sl
    society solutions spa srl staff stiftung store studio studios sustainability systems team tech
    technologies technology terminal the ticaret timber timberland timberlands tours trade trading
    transport travel trees tribal tribe tribes trust trustees union university ventures viagens
    vineyards vision water wind wood woodlands works üretim
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
_japanese = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_japanese_marks = re.compile(
    r"会社|法人|組合|協会|連合|財団|機構|公社|大学|学校|学園|病院|銀行|事務所|センター|商店|農場|牧場|温泉"
    r"|[湯館会社局庁省都道府県市区町村]$"
)
JAPANESE_NAME_MAX = 7
_word = re.compile(r"[^\W\d_][\w'’.-]*\.?")
PERSON_WORDS = (2, 4)
PERSONS_DECLARED = (
    "a name that may be a natural person's is withheld, and free text beside a retirement is not"
    " taken over: a journal cannot forget"
)


def beneficiary(text: str) -> str:
    """Return who a retirement names; `withheld` where the name may be a natural person's.

    A journal cannot forget, so names of natural persons never enter it. Two to four bare words
    without any sign of an organisation might be one: they stay in the source.
    """
    if plain(text) in NOT_TOLD:
        return UNKNOWN
    return WITHHELD if may_be_person(text) else text


def organisation(text: str) -> str:
    """Return the name of an organisation, or `withheld` where it may be a natural person's."""
    return WITHHELD if may_be_person(text) else text


def may_be_person(text: str) -> bool:
    """Say whether a text has the shape of a person's name and no sign of an organisation."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if _japanese.search(folded):
        short = len(folded.replace(" ", "")) <= JAPANESE_NAME_MAX
        return short and not _japanese_marks.search(folded)
    words = folded.replace(",", " ").split()
    if not PERSON_WORDS[0] <= len(words) <= PERSON_WORDS[1]:
        return False
    if not all(_word.fullmatch(word) for word in words):
        return False
    plain_words = {word.casefold().replace(".", "").strip("'’-") for word in words}
    return not plain_words & MARKS
