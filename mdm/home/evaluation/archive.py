"""An export's file: a zip with data, codebook, provenance and a manifest; the same data give the same bytes."""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from mdm.home.evaluation.codebook import codebook_json, codebook_markdown, codebook_pdf
from mdm.home.evaluation.evaluation import Evaluation
from mdm.home.evaluation.export_store import EditionOf
from mdm.home.evaluation.records import Records, csv_of, parquet_of
from mdm.i18n import Translator
from mdm.version import VERSION

MANIFEST = "manifest.json"
FORMAT = "valise-evaluation-export/1"
_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The oldest moment that a zip can bear: it tells nothing, and is the same each time."""


def query_of(evaluation: Evaluation, weeks: Sequence[str]) -> dict[str, Any]:
    """Return what is asked of the store for an export, in full."""
    draft = evaluation.draft
    return {
        "format": FORMAT,
        "evaluation": evaluation.evaluation_id,
        "protocol": draft.digest,
        "schools": list(draft.schools),
        "variables": [one.value for one in draft.variables],
        "weeks": list(weeks),
        "basis": draft.basis.value,
        "threshold": draft.threshold,
        "notice_days": draft.notice_days,
        "software": VERSION,
    }


def digest_of(tree: object) -> str:
    """Return the SHA-256 of a tree's canonical JSON, in hex."""
    return hashlib.sha256(msgspec.json.encode(tree, order="sorted")).hexdigest()


def archive(
    evaluation: Evaluation,
    records: Records,
    query: Mapping[str, Any],
    editions: Sequence[EditionOf],
    *,
    not_taking_part: int,
    languages: Sequence[Translator],
) -> bytes:
    """Return the zip. Takes seconds: use a thread."""
    files = {"data.csv": csv_of(records), "data.parquet": parquet_of(records)}
    files["codebook.json"] = codebook_json(records, languages)
    for words in languages:
        files[f"codebook.{words.lang}.md"] = codebook_markdown(evaluation.draft, records, words).encode()
        paper = codebook_pdf(evaluation.draft, records, words)
        if paper is not None:
            files[f"codebook.{words.lang}.pdf"] = paper
    files["provenance.json"] = _json(_provenance(evaluation, records, query, editions, not_taking_part))
    told = {name: {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)} for name, body in files.items()}
    files[MANIFEST] = _json({"format": FORMAT, "files": told})
    return _zipped(files)


def _provenance(
    evaluation: Evaluation,
    records: Records,
    query: Mapping[str, Any],
    editions: Sequence[EditionOf],
    not_taking_part: int,
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "protocol": evaluation.draft.tree(),
        "protocol_digest": evaluation.draft.digest,
        "ethics_decision": evaluation.ethics,
        "software": {"valise": VERSION, "pyarrow": version("pyarrow")},
        "query": query,
        "query_digest": digest_of(query),
        "editions": msgspec.to_builtins(list(editions)),
        "counts": {
            **msgspec.to_builtins(records.summary),
            "threshold": evaluation.draft.threshold,
            # Objections, missing consents and guardians who were told too late, together: apart they would tell more.
            "not_taking_part": not_taking_part,
        },
        "recoding": msgspec.to_builtins(records.grouping.recoding),
    }


def _json(tree: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(tree, order="sorted"), indent=2) + b"\n"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for name, body in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            zipped.writestr(entry, body)
    return out.getvalue()
