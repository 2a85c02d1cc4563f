"""An address of the console: which page, of which topic root, and what of it is shown. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

#: A query longer than this is none of ours.
_MAX_QUERY: Final = 8_000
_MAX_FIELDS: Final = 100
#: No root of anything: an address that names two, or is too long to say.
UNSURE: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """root: of a replay or a training; empty for the console's own."""

    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    root: str = ""

    @classmethod
    def read(cls, path: str | None, search: str | None) -> "Address":
        """search: the query with its `?`, as browsers give it. What cannot be read is left out."""
        # a browser may be made to send anything, whatever Dash calls it
        text = search.removeprefix("?") if isinstance(search, str) else ""
        path = path if isinstance(path, str) else "/"
        fields = parse_qsl(text[:_MAX_QUERY], keep_blank_values=True)[:_MAX_FIELDS]
        query = {name: value for name, value in fields if name != "root" and value}
        roots = [value for name, value in fields if name == "root"]
        # who cannot tell which root is meant must not take it for live
        sure = len(roots) <= 1 and len(text) <= _MAX_QUERY and len(fields) < _MAX_FIELDS
        root = (roots[0] if roots else "") if sure else UNSURE
        return cls(path=path.rstrip("/") or "/", root=root, query=query)

    def link(self, path: str, **query: str) -> str:
        """Another page of the same root."""
        fields = {"root": self.root} if self.root else {}
        text = urlencode({**fields, **query}, safe="/:,")
        return f"{path}?{text}" if text else path
