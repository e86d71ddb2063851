"""Sheets: a page about one thing whose parts follow what happens to it, with what can be done now."""

from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from mdm.errors import ValiseError
from webui.forms import NOTHING, Given
from webui.live import Parts
from webui.site import Site
from webui.visitor import visitor_of


def sheet_page(
    site: Site,
    request: web.Request,
    template: str,
    values: Mapping[str, Any],
    *,
    refused: ValiseError | None = None,
    given: Given = NOTHING,
) -> web.Response:
    """Return a sheet; a refusal is shown at the step that was tried, with what was written."""
    status = refused.status if refused else 200
    return site.renderer.page(request, template, status=status, refused=refused, given=given, **values)


def sheet_parts(
    site: Site, request: web.Request, room: str, name: str, parts: Iterable[str], values: Mapping[str, Any]
) -> Parts:
    """Return the parts of a sheet that change: ``room/_name_part.html`` for the element ``name-part``."""
    visitor = visitor_of(request)
    shown = {**values, "csrf": visitor.csrf, "refused": None, "given": NOTHING}
    return {
        f"{name}-{part}": site.renderer.fragment(visitor.translate, f"{room}/_{name}_{part}.html", **shown)
        for part in parts
    }
