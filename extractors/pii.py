"""Personal data stops here: addresses are hashed or cut out before anything is written.

The hash is SHA-256, hex, of the trimmed lower-case address, which is the form that Google and Meta
ask for in their own uploads, so the same person's hash is the same in every source.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from extractors.personal import is_personal

_LETTERS = (
    "\u00aa\u00ad\u00b5\u00ba\u00c0-\u1fff\u200b-\u200f\u2060\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufeff\uff10-\uffdc"
    "\U00010000-\U0001efff\U00020000-\U0003ffff"
)
"""Letters, marks and digits beyond ASCII, of every script, and what takes no room. As characters: escapes are not the same in Arrow."""
_ESCAPED = r"\\u(?:00[c-fC-F]|0[1-9a-fA-F][0-9a-fA-F]|[13-9a-fA-F][0-9a-fA-F]{2})[0-9a-fA-F]"
"""A letter beyond ASCII as JSON text may have it."""
_LOCAL = rf"[A-Za-z0-9._%+\-{_LETTERS}]"
_QUOTED = rf'\\?"(?:{_LOCAL}| )+\\?"'
"""Before the @ of "ana maria"@loja.example (https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1)."""


def _domain(letter: str) -> str:
    """The @ and what follows it, also written as in the address of a page, once (%40) or inside another one (%2540)."""
    part = rf"(?:{letter}|%(?:25)*[89A-Fa-f][0-9A-Fa-f])+"
    return rf"(?:@|%(?:25)*40){part}(?:(?:\.|%(?:25)*2[Ee]){part})+"


_LETTER = rf"[A-Za-z0-9\-{_LETTERS}]"
EMAIL = f"(?:{_LOCAL}+|{_QUOTED}){_domain(_LETTER)}"
IN_TEXT = re.compile(f'(?:{_LOCAL}|"){_domain(_LETTER)}')
"""Finds whether there is an address; unlike EMAIL it looks at each character of a long text once."""
REDACTED = "(email removed)"
_GROUP = r"[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_\-]"
"""Three characters of ASCII text in base64, which few other words of letters and digits go on with for long."""
_BASE64 = f"(?:{_GROUP}){{3}}"
_ENCODED = re.compile(rf"{_BASE64}[A-Za-z0-9+/_\-]*(?:=|%(?:25)*3[Dd])*")
_MAYBE = f"@|%40|%2540|%252540|{_BASE64}"
"""What every address has, in whichever way it is written; quicker than the address."""
_EMAIL = re.compile(EMAIL)
_WHOLE = re.compile(rf"(?:{_LOCAL}|')+@{_LETTER}+(?:\.{_LETTER}+)+")
# In JSON text an address may stand right behind escapes, whose letters are not the address's: those are taken whole, and kept,
# unless they stand for letters.
_CUT = (
    rf"(?:(?:{_LOCAL}|{_ESCAPED})+|((?:\\(?:u[0-9A-Fa-f]{{4}}|[^u]))+)(?:{_LOCAL}|{_ESCAPED})*|{_QUOTED})"
    rf"{_domain(f'(?:{_LETTER}|{_ESCAPED})')}"
)
_CUT_TO = rf"\1{REDACTED}"
_CUT_TEXT = re.compile(_CUT)
_LONG = 2000
"""Longer texts are left to Arrow: with one word of 100,000 letters Python's expressions take minutes, Arrow's no time."""
_LINE_FEED: Any = orjson.Fragment(b"\n")


def email_sha256(address: str | None) -> str | None:
    """Hash of an address; None for an empty one. A value that already is such a hash stays as it is."""
    if address is None or not address.strip():
        return None
    normalized = address.strip().lower()
    if len(normalized) == 64 and re.fullmatch(r"[0-9a-f]{64}", normalized):
        return normalized
    return hashlib.sha256(normalized.encode()).hexdigest()


def hashed_identifiers(array: pa.Array) -> pa.Array:
    """Texts that each name a person, those that hold an address replaced by its hash: cut out, all people would be one."""
    if not pc.any(pc.match_substring_regex(array, _MAYBE)).as_py():
        return array
    names = array.dictionary_encode()
    hashed = [email_sha256(found) if (found := address_in(name)) else name for name in names.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(names.indices, pa.array(hashed, pa.string())).cast(pa.string())


def address_in(name: str) -> str | None:
    """The address that an identifier is or holds, None where it holds none. One that is the whole of it may be o'brien@…"""
    plain = name
    if (word := _ENCODED.fullmatch(name.strip())) and IN_TEXT.search(decoded := _decoded(word[0])):
        plain = decoded
    if "@" not in plain and "%" not in plain:
        return None
    while "%" in plain and plain != (decoded := unquote(plain)):
        plain = decoded
    if _WHOLE.fullmatch(plain := plain.strip().removeprefix("mailto:")):
        return plain
    found = _EMAIL.search(plain)
    return found[0] if found else None


def holds_address(text: str) -> bool:
    """Whether ``scrub_text`` would cut something out."""
    return (("@" in text or "40" in text) and IN_TEXT.search(text) is not None) or _without_encoded(text) != text


def scrub_text(text: str) -> str:
    """The text with every email address cut out."""
    if "@" in text or "%40" in text or "2540" in text:
        if len(text) > _LONG:
            (cut,) = scrub(pa.array([text], pa.string())).to_pylist()
            return str(cut)
        text = _CUT_TEXT.sub(_CUT_TO, text)
    return _without_encoded(text)


def _without_encoded(text: str) -> str:
    """Without the addresses in base64, with what stands beside each in its word."""
    return _ENCODED.sub(lambda found: REDACTED if IN_TEXT.search(_decoded(found[0])) else found[0], text)


def _decoded(word: str) -> str:
    letters = re.sub(r"[=%].*", "", word).replace("-", "+").replace("_", "/")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return b64decode(letters + "=" * (-len(letters) % 4)).decode(errors="replace")


def scrub(array: pa.Array) -> pa.Array:
    """The array with every email address cut out of every string, at any depth of lists and structs."""
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        suspicious = pc.match_substring_regex(array, _MAYBE)
        if not pc.any(suspicious).as_py():
            return array
        cut = pc.replace_substring_regex(array.filter(suspicious), _CUT, _CUT_TO)
        encoded = pc.match_substring_regex(cut, _BASE64)
        if pc.any(encoded).as_py():
            cut = pc.replace_with_mask(cut, encoded, pa.array(map(_without_encoded, cut.filter(encoded).to_pylist()), kind))
        return pc.replace_with_mask(array, suspicious, cut)
    if pa.types.is_struct(kind):
        children = [scrub(array.field(i)) for i in range(kind.num_fields)]
        if all(child is array.field(i) for i, child in enumerate(children)):
            return array
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())
    if pa.types.is_list(kind):
        if array.offset != 0:
            array = pa.concat_arrays([array])
        return pa.ListArray.from_arrays(array.offsets, scrub(array.values), type=kind, mask=array.is_null())
    return array


def compact(value: Any) -> str | None:
    """Compact JSON with sorted keys, without personal fields and without any email address; None for None."""
    if value is None:
        return None
    if isinstance(value, dict) and (personal := _personal_of(tuple(value))):
        value = value.copy()
        for key in personal:
            del value[key]
    return _looked_into(value, _json(value)).decode()


def _looked_into(value: Any, text: bytes) -> bytes:
    """``text``, the JSON of ``value``, without what is personal at any depth below its own fields."""
    if b"[" in text or text.count(b"{") > 1:
        # There may be something inside, which most events have not.
        kept = _impersonal(value)
        if kept is not value:
            value, text = kept, _json(kept)
    if _may_hold(text):
        # Addresses are cut out of each string before it becomes JSON: in the text "\nana@shop.com" the n would go with the address.
        text = _json(_scrubbed(value))
    return text


def _may_hold(text: bytes) -> bool:
    return b"@" in text or b"%40" in text or b"2540" in text


def compact_all(values: Sequence[Any]) -> pa.Array:
    """``compact`` of each value, as texts of Arrow: the objects are written in one go, and looked into again only where need be."""
    if set(map(type, values)) != {dict}:
        return pa.array(map(compact, values), pa.string())
    if personal := [key for key in set[str]().union(*values) if is_personal(key)]:
        values = [value.copy() for value in values]
        for value in values:
            for key in personal:
                value.pop(key, None)
    # No JSON text has a line feed, so line feeds between the values tell them apart.
    parted = [_LINE_FEED] * (2 * len(values))
    parted[::2] = values
    whole = _json(parted)[1:-3]
    texts = whole.split(b",\n,")
    addresses = _may_hold(whole)
    for at, text in enumerate(texts):
        if addresses or b"[" in text or text.count(b"{") > 1:
            texts[at] = _looked_into(values[at], text)
    return pa.array(texts, pa.string())


def new_fields(found: Mapping[str, Any]) -> str | None:
    """Fields that nobody documents, by their dotted names, as ``compact`` writes an object; None where nothing of them may be kept."""
    told = {name: value for name, value in found.items() if value is not None and not is_personal(name.rpartition(".")[2])}
    return compact(told) if told else None


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=_text, option=orjson.OPT_SORT_KEYS)


def _impersonal(value: Any) -> Any:
    """Without personal fields at any depth; what has none is the same object."""
    if isinstance(value, dict):
        personal = _personal_of(tuple(value))
        kept = {key: inner for key, inner in value.items() if key not in personal} if personal else value
        deep = {key: found for key, inner in kept.items() if isinstance(inner, (dict, list)) and (found := _impersonal(inner)) is not inner}
        return {**kept, **deep} if deep else kept
    if isinstance(value, list):
        cleaned = [_impersonal(inner) for inner in value]
        return cleaned if any(one is not inner for one, inner in zip(cleaned, value, strict=True)) else value
    return value


@lru_cache(maxsize=4096)
def _personal_of(keys: tuple[str, ...]) -> frozenset[str]:
    # Objects of one kind have the same fields, so few of these are ever worked out.
    return frozenset(key for key in keys if is_personal(key))


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, dict):
        return {scrub_text(key): _scrubbed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_scrubbed(inner) for inner in value]
    return value


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
