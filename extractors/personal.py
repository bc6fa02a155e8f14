"""Fields whose names say that their values are personal: who somebody is, how to reach them or where they live."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

import pyarrow as pa
import pyarrow.compute as pc

_NAMES = frozenset(
    {
        *("email", "emailaddress", "customeremail", "recipientemailaddress", "firstname", "lastname", "fullname", "customername"),
        *("phone", "phonenumber", "mobile", "mobilephone", "tonumber", "fromnumber", "tophonenumber", "fromphonenumber"),
        *("address", "address1", "address2", "street", "streetaddress", "billingaddress", "shippingaddress", "deliveryaddress"),
        *("zip", "zipcode", "postalcode", "postcode", "ip", "ipaddress"),
    }
)
"""Names in lower case without marks."""
_LAST = frozenset(
    {
        *("email", "phone", "telephone", "cellphone", "ip", "address", "street", "zip", "zipcode", "postcode"),
        *("firstname", "lastname", "fullname", "surname", "telefone", "celular", "sobrenome", "endereco", "cpf", "cep"),
    }
)
"""Last words of such names: Shipping Phone, clientIp."""
_LAST_TWO = frozenset(
    {
        *((who, "name") for who in ("first", "last", "full", "middle", "given", "family", "customer", "contact", "recipient", "visitor")),
        *((what, "number") for what in ("phone", "mobile", "telephone", "whatsapp", "to", "from")),
        *((what, "code") for what in ("postal", "post", "zip")),
        ("address", "line"),
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_HASHED = re.compile(r"sha[-_ ]?\d|md5|hash", re.IGNORECASE)
_HASH = "^[0-9A-Fa-f]{64}$"


@lru_cache(maxsize=4096)
def is_personal(name: str) -> bool:
    """Whether a field of that name is personal. ``Campaign Name``, ``Email Domain`` and ``email_sha256`` are not."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode()
    if re.sub(r"[^a-z0-9]", "", plain.lower()) in _NAMES:
        return True
    if not (words := [word.lower() for word in _WORD.findall(plain)]) or _HASHED.search(plain):
        return False
    return words[-1] in _LAST or tuple(words[-2:]) in _LAST_TWO


def without_personal(pairs: pa.Array) -> pa.Array:
    """Lists of ``{key, value}`` without the values of personal keys; a SHA-256 stays, whatever it is called."""
    if pairs.offset:
        pairs = pa.concat_arrays([pairs])
    items = pairs.values
    keys = items.field("key").dictionary_encode()
    personal = pa.array([is_personal(key) for key in keys.dictionary.to_pylist()], pa.bool_())
    if not pc.any(personal).as_py():
        return pairs
    values = items.field("value")
    is_hash = pc.match_substring_regex(values.field("string_value"), _HASH)
    hidden = pc.and_(pc.fill_null(personal.take(keys.indices), False), pc.invert(pc.fill_null(is_hash, False)))
    shown = pa.StructArray.from_arrays(values.flatten(), fields=list(values.type), mask=pc.or_(hidden, values.is_null()))
    parts = [shown if field.name == "value" else items.field(field.name) for field in items.type]
    kept = pa.StructArray.from_arrays(parts, fields=list(items.type), mask=items.is_null())
    return pa.ListArray.from_arrays(pairs.offsets, kept, type=pairs.type, mask=pairs.is_null())
