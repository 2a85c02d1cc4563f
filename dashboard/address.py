"""An address of the console: which page, of which topic root, and what of it is shown. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

#: A query longer than this is none of ours.
_MAX_QUERY: Final = 8_000
_MAX_FIELDS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """root: of a replay or a training; empty for the console's own."""

    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    root: str = ""

    @classmethod
    def read(cls, path: str | None, search: str | None) -> "Address":
        """search: the query with its `?`, as browsers give it. What cannot be read is left out."""
        text = (search or "").removeprefix("?")[:_MAX_QUERY]
        query = dict(parse_qsl(text, max_num_fields=None)[:_MAX_FIELDS])
        return cls(path=(path or "/").rstrip("/") or "/", root=query.pop("root", ""), query=query)

    def link(self, path: str, **query: str) -> str:
        """Another page of the same root."""
        fields = {"root": self.root} if self.root else {}
        text = urlencode({**fields, **query}, safe="/:,")
        return f"{path}?{text}" if text else path
