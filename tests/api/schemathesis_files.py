"""What Schemathesis sends where a body is a file: good ones, broken ones, and bytes that are neither."""

import schemathesis
from hypothesis import strategies as st

from tests.catalogue.pdf_maker import classic, pages, written

_CSV = ("UAI;Élèves\n0400377T;52\n", "Nature;Nom;Adresse\npage web;Lumni;https://www.lumni.fr/\n", "Nom\n;\n")
_CATALOGUE = '{"valise_catalogue": 1, "items": [{"item": {"kind": "app", "name": "Kiwix", "package": "org.kiwix"}}]}'

_bytes = st.binary(min_size=1, max_size=2000)
_documents = st.sampled_from([classic(), written(pages(2)), classic()[:-30], b"%PDF-1.7\n"])
_tables = st.one_of(st.sampled_from(_CSV), st.text(min_size=1, max_size=300)).map(
    lambda text: text.encode("utf-8", "replace")
)

schemathesis.openapi.media_type("application/pdf", st.one_of(_documents, _bytes))
schemathesis.openapi.media_type("text/csv", st.one_of(_tables, _bytes))
schemathesis.openapi.media_type(
    "application/vnd.valise.catalogue+json", st.one_of(st.just(_CATALOGUE.encode()), _bytes)
)
