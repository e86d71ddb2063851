"""Bodies that follow the API's document, with names that exist where a name is wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

Tree = dict[str, Any]
_PREFIX = "#/components/schemas/"
_DEEPEST = 5


class Bodies:
    """Draws values for JSON Schemas as msgspec writes them; ``known`` gives what exists, by the field's name."""

    def __init__(self, document: Tree, known: Mapping[str, Sequence[Any]]) -> None:
        self._document = document
        self._known = known

    def of(self, method: str, path: str) -> st.SearchStrategy[Any] | None:
        """Return bodies of an operation; None where it takes no JSON."""
        body = self._document["paths"][path][method.lower()].get("requestBody")
        schema = body["content"].get("application/json", {}).get("schema") if body is not None else None
        return self._values(schema, "", 0) if schema is not None else None

    def _values(self, schema: Tree, name: str, depth: int) -> st.SearchStrategy[Any]:
        if "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].removeprefix(_PREFIX)]
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices is not None:
            return st.one_of([self._values(one, name, depth + 1) for one in choices])
        return self._of_type(schema, name, depth)

    def _of_type(self, schema: Tree, name: str, depth: int) -> st.SearchStrategy[Any]:
        kind = schema.get("type")
        if kind == "object":
            return self._objects(schema, depth)
        if kind == "array":
            return self._arrays(schema, name, depth)
        known = [st.sampled_from(self._known[name])] if name in self._known else []
        if kind == "string":
            return st.one_of(*known, *known, self._texts(schema))
        if kind == "integer":
            low, high = schema.get("minimum", -5), schema.get("maximum", 2**40)
            return st.one_of(*known, st.integers(low, high))
        if kind == "boolean":
            return st.booleans()
        if kind == "number":
            return st.integers(0, 100)
        if kind == "null":
            return st.none()
        return st.one_of(*known, st.none(), st.booleans(), st.integers(0, 9), st.text(max_size=5))

    def _objects(self, schema: Tree, depth: int) -> st.SearchStrategy[Any]:
        fields, needed = schema.get("properties", {}), set(schema.get("required", ()))
        if not fields:
            values = schema.get("additionalProperties")
            inner = self._values(values, "", depth + 1) if isinstance(values, dict) else self._of_type({}, "", depth)
            names = st.one_of(st.sampled_from(self._known.get("seat", ["x"])), st.text(min_size=1, max_size=5))
            return st.dictionaries(names, inner, max_size=3 if depth < _DEEPEST else 0)
        given = {name: self._values(one, name, depth + 1) for name, one in fields.items() if name in needed}
        if depth >= _DEEPEST:
            return st.fixed_dictionaries(given)
        optional = {name: self._values(one, name, depth + 1) for name, one in fields.items() if name not in needed}
        return st.fixed_dictionaries(given, optional=optional)

    def _arrays(self, schema: Tree, name: str, depth: int) -> st.SearchStrategy[Any]:
        if name in self._known:
            return st.sampled_from(self._known[name])
        items = schema.get("items")
        least = schema.get("minItems", 0)
        most = max(least, 2) if depth < _DEEPEST and items is not False else least
        inner = self._values(items if isinstance(items, dict) else {}, name, depth + 1)
        return st.lists(inner, min_size=least, max_size=most)

    def _texts(self, schema: Tree) -> st.SearchStrategy[str]:
        if schema.get("format") == "date-time":
            return st.sampled_from(["2026-09-08T08:00:00Z", "2020-01-01T00:00:00+02:00", "2099-12-31T23:59:59Z"])
        if schema.get("format") == "date":
            return st.sampled_from(["2026-09-08", "2099-12-31"])
        if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True)
        return st.text(
            st.characters(codec="utf-8", exclude_characters="\0"),
            min_size=schema.get("minLength", 0),
            max_size=min(schema.get("maxLength", 30), max(30, schema.get("minLength", 0))),
        )
