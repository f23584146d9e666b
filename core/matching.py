"""Names, telephone numbers and web addresses as they are compared: by what they mean, not by how
they were typed.

Keys hold ASCII letters and digits in place of every Chinese, Japanese or Korean character, four
of them each. So a name of two characters still has trigrams, one wrong character of four leaves
most of them, and the database's locale, which may hold such characters for punctuation, has no
say in it.
"""

import re
import unicodedata

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
CJK = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7A3), (0x20000, 0x3FFFF))
LEGAL_FORMS = frozenset(
    (
        *("ab", "ag", "aps", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc"),
        *("incorporated", "kg", "kk", "limited", "llc", "llp", "lp", "ltd", "nv", "oy", "plc"),
        *("pte", "pty", "sa", "sarl", "sas", "spa", "srl", "ug"),
    )
)
CJK_FORMS = re.compile(
    r"(?:(?:股份|控股|集团|集團|责任|責任)*(?:有限责任|有限責任|有限)?(?:公司|集团|集團)|株式会社|유한회사|주식회사)$"
)
INITIALS = re.compile(r"(?<=\b\w)\.(?=\w\b)")
DIALLED = re.compile(r"[\d\s()+./-]+")
# What tells two numbers apart whether they were typed with the code of the country or without.
TELLING_DIGITS = 9
FEWEST_DIGITS = 6
FEWEST_LETTERS = 4
FEWEST_CJK = 3
SPELLED = re.compile(r"(?:0[0-9a-z]{3})+")
SIMILAR = 0.4
"""The share of trigrams in common from which on two words are taken for one another: a pair of
swapped letters in the middle of a word of six leaves three of seven."""


def folded(text: str) -> str:
    """Words in lower case, without accents, width and punctuation, with one space between them."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    text = INITIALS.sub("", text)
    parted = unicodedata.normalize("NFKD", text)
    text = unicodedata.normalize("NFC", "".join(c for c in parted if not unicodedata.combining(c)))
    return " ".join("".join(map(_spelled, text)).split())


def name_key(name: str) -> str:
    """A company's name without its legal form; what two records of one company have in common."""
    bare = unicodedata.normalize("NFKC", name).strip()
    words = folded(CJK_FORMS.sub("", bare) or bare).split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    # A name of nothing but signs is still a name.
    return " ".join(words) or bare.casefold()


def search_key(*texts: str | None) -> str:
    """Everything a record is found by, with a space on either side of every word."""
    return f" {' '.join(filter(None, (folded(text or '') for text in texts)))} "


def phone_digits(phone: str) -> str:
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))


def phone_key(phone: str) -> str:
    """The last digits of a number; empty for what is too short to tell anybody apart."""
    digits = phone_digits(phone).lstrip("0")
    return digits[-TELLING_DIGITS:] if len(digits) >= FEWEST_DIGITS else ""


def domain_key(address: str) -> str:
    """The domain of a web or email address, without ``www.``; empty where there is none."""
    text = unicodedata.normalize("NFKC", address).strip().casefold()
    host = re.sub(r"^[a-z]+://", "", text).split("/")[0].split("?")[0].split("@")[-1]
    host = host.split(":")[0].removeprefix("www.").strip(".")
    return host if "." in host and " " not in host else ""


def asked_words(text: str) -> list[str]:
    """The words of what somebody searches for; a telephone number is one word."""
    if DIALLED.fullmatch(unicodedata.normalize("NFKC", text).strip()) and phone_key(text):
        return [phone_key(text)]
    return name_key(text).split()


def trigrams(words: str) -> frozenset[str]:
    """Three neighbouring signs of a word, with two spaces before it and one after, as PostgreSQL
    has them."""
    padded = (f"  {word} " for word in words.split())
    return frozenset(word[i : i + 3] for word in padded for i in range(len(word) - 2))


def likeness(asked: str, key: str) -> float:
    """The share of the trigrams of ``asked`` that ``key`` has as well, 0 to 1."""
    wanted = trigrams(asked)
    return len(wanted & trigrams(key)) / len(wanted) if wanted else 0.0


def slip_parts(word: str) -> list[tuple[str, ...]]:
    """Of a word of a key, what is still there where one sign is wrong, missing, too many, or has
    changed places with its neighbour: all parts of one of these groups are. Nothing for what is too
    short to be told from others, and for numbers."""
    if signs := spelled_signs(word):
        return _slips_of_signs(signs)
    if len(word) < FEWEST_LETTERS or word.isdecimal():
        return []
    kept = max(2, (len(word) - 1) // 2)
    return [(word,), (f" {word[:kept]}",), (f"{word[-kept:]} ",)]


def _slips_of_signs(signs: list[str]) -> list[tuple[str, ...]]:
    """Half of a long word tells it from others. Half of a short one may be 食品, as thousands end:
    there all signs but one are wanted. Two that changed places across the parts of a word are
    looked for as they stand then."""
    count, half = len(signs), len(signs) // 2
    groups: list[tuple[list[str], ...]]
    if count < FEWEST_CJK:
        return []
    if count < 2 * FEWEST_CJK:
        groups = [(signs[:at], signs[at + 1 :]) for at in range(count)]
        groups += [(_swapped(signs, at),) for at in range(1, count - 2)]
    else:
        groups = [(signs[:half],), (signs[-half:],), (_swapped(signs, half - 1),)]
    return [tuple("".join(part) for part in parts if part) for parts in groups]


def _swapped(signs: list[str], at: int) -> list[str]:
    return [*signs[:at], signs[at + 1], signs[at], *signs[at + 2 :]]


def spelled_signs(word: str) -> list[str]:
    """The Chinese, Japanese or Korean signs of a word of a key, four letters each; none where it
    is a word of letters."""
    return re.findall("....", word) if SPELLED.fullmatch(word) else []


def _spelled(sign: str) -> str:
    if not sign.isalnum():
        return " "
    number = ord(sign)
    if not any(low <= number <= high for low, high in CJK):
        return sign
    return "".join(DIGITS[number // 36**place % 36] for place in (3, 2, 1, 0))
