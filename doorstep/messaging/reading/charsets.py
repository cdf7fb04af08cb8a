"""Bytes as text, whatever the mail says they are.

Source: RFC 2045, RFC 1557 (ISO-2022-KR), KS X 1001 and its extension CP949; the WHATWG Encoding Standard for names that mean
a superset (euc-kr is read as cp949, gb2312 as gb18030, iso-8859-1 as windows-1252).
"""

from __future__ import annotations

import codecs
import re

SUPERSETS = {
    "euckr": "cp949", "ksc56011987": "cp949", "ksc5601": "cp949", "ksc56011989": "cp949", "ks_c_5601": "cp949",
    "ksx1001": "cp949", "csksc56011987": "cp949", "cp949": "cp949", "ms949": "cp949", "uhc": "cp949", "windows949": "cp949",
    "xwindows949": "cp949", "korean": "cp949", "isoir149": "cp949", "cseuckr": "cp949", "ksc": "cp949",
    "johab": "johab", "ksc56011992": "johab", "cp1361": "johab", "ms1361": "johab",
    "iso2022kr": "iso2022_kr", "csiso2022kr": "iso2022_kr",
    "iso2022jp": "iso2022_jp_ext", "csiso2022jp": "iso2022_jp_ext", "iso2022jp1": "iso2022_jp_ext",
    "shiftjis": "cp932", "sjis": "cp932", "xsjis": "cp932", "windows31j": "cp932", "ms932": "cp932",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "csgb2312": "gb18030", "euccn": "gb18030",
    "big5": "cp950", "iso88591": "cp1252", "latin1": "cp1252", "usascii": "cp1252", "ascii": "cp1252", "ansix341968": "cp1252",
    "unicode11utf7": "utf_7", "utf7": "utf_7", "utf8": "utf_8", "utf8mb4": "utf_8", "unicode11utf8": "utf_8",
    "xunknown": "", "unknown8bit": "", "8bit": "", "default": "", "none": "", "binary": "",
}  # fmt: skip
NO_TEXT = {
    "undefined",
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "unicode-escape",
    "raw-unicode-escape",
}
SHIFTED = {"iso2022_kr", "iso2022_jp_ext", "utf_7", "hz"}
SINGLE_BYTE = re.compile(r"cp12\d\d|cp437|cp850|iso8859|koi8|mac|latin|charmap|ascii|tis")
MADE_UP = b"\xa4\xd4"  # begins a syllable made up of its letters (KS X 1001, annex 3), which cp949 has as one letter
NO_CHARACTER = dict.fromkeys([0, *range(0xD800, 0xE000)])


def codec_of(declared: str) -> str:
    """Python's name of the charset that a mail declares, or of the superset that writers mean by it; "" if unknown."""
    plain = re.sub(r"[^a-z0-9]", "", declared.lower())
    if plain in SUPERSETS:
        return SUPERSETS[plain]
    try:
        found = codecs.lookup(declared.strip(" \t\"'").encode("ascii", "ignore").decode().replace("\0", "")).name
        b"".decode(found)
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "" if found in NO_TEXT else SUPERSETS.get(re.sub(r"[^a-z0-9]", "", found), found)


def decode(data: bytes, declared: str = "", hint: str = "") -> str:
    """The text of some bytes: as declared if that holds, else as they look, else with marks for what nobody can read.

    `hint`: the charset of something nearby, asked when nothing is declared.  Shapes: never a NUL nor half a surrogate pair.
    """
    return _decoded(data, codec_of(declared) or codec_of(hint)).translate(NO_CHARACTER)


def _decoded(data: bytes, codec: str) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace")
    if b"\x1b$)C" in data:
        return data.decode("iso2022_kr", "replace")
    if b"\x1b$B" in data or b"\x1b$@" in data:
        return data.decode("iso2022_jp_ext", "replace")
    if codec in SHIFTED or codec.startswith(("utf_16", "utf-16", "utf_32", "utf-32")):
        found = _strictly(data, codec)
        return found if found is not None else data.decode(codec, "replace")
    if data.isascii():
        return data.decode("ascii")
    if codec and not SINGLE_BYTE.match(codec):
        composed = codec == "cp949" and MADE_UP in data and _strictly(data, "euc_kr")
        found = composed or _strictly(data, codec)
        if found is not None:
            return found
    return _as_it_looks(data, codec)


def _as_it_looks(data: bytes, codec: str) -> str:
    found = _strictly(data, "utf_8")
    if found is not None:
        return found
    for guess, looks in (("cp949", _looks_korean), ("euc_jp", _looks_japanese), ("cp932", _looks_japanese)):
        found = _strictly(data, guess)
        if found is not None and looks(found):
            return found
    if codec and SINGLE_BYTE.match(codec):
        return data.decode(codec, "replace")
    tries = [data.decode(name, "replace") for name in dict.fromkeys([codec or "utf_8", "utf_8", "cp949"])]
    best = min(tries, key=lambda text: text.count("�"))
    if not codec and best.count("�") * 4 > sum(byte > 127 for byte in data):
        return data.decode("cp1252", "replace")
    return best


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _looks_korean(text: str) -> bool:
    """Whether most of the letters beyond ASCII are syllables of KS X 1001: Latin text read so gives rarer ones."""
    beyond = [letter for letter in text if letter > "\x7f"]
    usual = "".join(letter for letter in beyond if "가" <= letter <= "힣").encode("euc_kr", "ignore")
    return len(beyond) >= 2 and len(usual) // 2 >= 0.7 * len(beyond)


def _looks_japanese(text: str) -> bool:
    beyond = [letter for letter in text if letter > "\x7f"]
    return len(beyond) >= 2 and sum("぀" <= letter <= "ヿ" for letter in beyond) >= 0.3 * len(beyond)
