"""Personal data stops here: addresses are hashed or cut out before anything is written.

The hash is SHA-256, hex, of the trimmed lower-case address, which is the form that Google and Meta
ask for in their own uploads, so the same person's hash is the same in every source.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

_LOCAL = r"[A-Za-z0-9._%+\-]"
_DOMAIN = r"(?:@|%40)[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+"
EMAIL = f"{_LOCAL}+{_DOMAIN}"
REDACTED = "(email removed)"
_EMAIL = re.compile(EMAIL)
# In JSON text an address may stand right behind escapes, whose letters are not the address's: those are taken whole, and kept.
_CUT = rf"(?:((?:\\(?:u[0-9A-Fa-f]{{4}}|[^u]))+){_LOCAL}*|{_LOCAL}+){_DOMAIN}"
_CUT_TO = rf"\1{REDACTED}"
_CUT_TEXT = re.compile(_CUT)


def email_sha256(address: str | None) -> str | None:
    """Hash of an address; None for an empty one. A value that already is such a hash stays as it is."""
    if address is None or not address.strip():
        return None
    normalized = address.strip().lower()
    if re.fullmatch(r"[0-9a-f]{64}", normalized):
        return normalized
    return hashlib.sha256(normalized.encode()).hexdigest()


def hashed_identifiers(array: pa.Array) -> pa.Array:
    """Texts that each name a person, those that hold an address replaced by its hash: cut out, all people would be one."""
    if not pc.any(pc.match_substring_regex(array, "@|%40")).as_py():
        return array
    names = array.dictionary_encode()
    hashed = []
    for name in names.dictionary.to_pylist():
        found = _EMAIL.search(name)
        hashed.append(email_sha256(unquote(found[0])) if found else name)
    return pa.DictionaryArray.from_arrays(names.indices, pa.array(hashed, pa.string())).cast(pa.string())


def scrub_text(text: str) -> str:
    """The text with every email address cut out."""
    return _CUT_TEXT.sub(_CUT_TO, text) if "@" in text or "%40" in text else text


def scrub(array: pa.Array) -> pa.Array:
    """The array with every email address cut out of every string, at any depth of lists and structs."""
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        suspicious = pc.match_substring_regex(array, "@|%40")
        if not pc.any(suspicious).as_py():
            return array
        return pc.replace_substring_regex(array, _CUT, _CUT_TO)
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
