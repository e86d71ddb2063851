"""The schema as the database has it: columns, keys, indexes, references."""

import msgspec

from mdm.store import Connection, Database, Row


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key of one column. ``follows``: the database itself deletes or changes the row."""

    column: str
    table: str
    key: str
    follows: bool


class TableSchema(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it is. ``indexed``: the columns with which an index begins; ``columns`` in their order."""

    name: str
    columns: tuple[str, ...]
    nullable: frozenset[str]
    key: tuple[str, ...]
    indexed: frozenset[str]
    references: tuple[Reference, ...]


Schema = dict[str, TableSchema]


def read_schema(conn: Connection, engine_name: str) -> Schema:
    """Return every table of the database; ``engine_name`` is ``sqlite`` or ``postgresql``."""
    names = _sqlite_names(conn) if engine_name == "sqlite" else _postgres_names(conn)
    read = _sqlite_table if engine_name == "sqlite" else _postgres_table
    return {name: read(conn, name) for name in names}


class SchemaReader:
    """Reads the schema once: it does not change while a process runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._schema: Schema | None = None

    async def schema(self) -> Schema:
        """Return every table of the database."""
        if self._schema is None:
            engine = self._database.engine_name
            self._schema = await self._database.read_long(lambda conn: read_schema(conn, engine))
        return self._schema


def _sqlite_names(conn: Connection) -> list[str]:
    rows = conn.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    return [row["name"] for row in rows]


def _sqlite_table(conn: Connection, name: str) -> TableSchema:
    columns = conn.all(
        'SELECT name, pk, "notnull" = 0 AS nullable FROM pragma_table_info(:name) ORDER BY cid', name=name
    )
    key = [row["name"] for row in sorted(columns, key=lambda row: row["pk"]) if row["pk"]]
    indexed = conn.all(
        "SELECT i.name AS column_name FROM pragma_index_list(:name) l, pragma_index_info(l.name) i WHERE i.seqno = 0",
        name=name,
    )
    references = conn.all(
        'SELECT "from" AS column_name, "table" AS target, "to" AS target_key, on_delete'
        " FROM pragma_foreign_key_list(:name)",
        name=name,
    )
    return _table(name, columns, key, indexed, references)


def _postgres_names(conn: Connection) -> list[str]:
    rows = conn.all(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
        " AND table_type = 'BASE TABLE' ORDER BY table_name"
    )
    return [row["name"] for row in rows]


def _postgres_table(conn: Connection, name: str) -> TableSchema:
    columns = conn.all(
        "SELECT column_name AS name, is_nullable = 'YES' AS nullable FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = :name ORDER BY ordinal_position",
        name=name,
    )
    key = conn.all(
        "SELECT a.attname AS name FROM pg_index i"
        " JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, position) ON TRUE"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
        " WHERE i.indrelid = to_regclass(:name) AND i.indisprimary ORDER BY k.position",
        name=name,
    )
    indexed = conn.all(
        "SELECT a.attname AS column_name FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = to_regclass(:name)",
        name=name,
    )
    references = conn.all(
        "SELECT a.attname AS column_name, t.relname AS target, b.attname AS target_key,"
        " CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' ELSE 'CASCADE' END AS on_delete"
        " FROM pg_constraint c JOIN pg_class t ON t.oid = c.confrelid"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]"
        " WHERE c.conrelid = to_regclass(:name) AND c.contype = 'f'",
        name=name,
    )
    return _table(name, columns, [row["name"] for row in key], indexed, references)


def _table(name: str, columns: list[Row], key: list[str], indexed: list[Row], references: list[Row]) -> TableSchema:
    return TableSchema(
        name=name,
        columns=tuple(row["name"] for row in columns),
        nullable=frozenset(row["name"] for row in columns if row["nullable"]),
        key=tuple(key),
        indexed=frozenset([row["column_name"] for row in indexed] + key[:1]),
        references=tuple(
            Reference(
                column=row["column_name"],
                table=row["target"],
                key=row["target_key"] or "",
                follows=row["on_delete"] not in ("NO ACTION", "RESTRICT"),
            )
            for row in references
        ),
    )
