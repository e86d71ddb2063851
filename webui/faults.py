"""Every refusal becomes a page in words, here and nowhere else."""

import secrets

import structlog
from aiohttp import web

from mdm.errors import ValiseError
from webui.errors import PageNotFound, Refused, ServerFault
from webui.rendering import Renderer
from webui.security import Handler, Middleware
from webui.visitor import VISITOR

log = structlog.get_logger()


def fault_pages(renderer: Renderer) -> Middleware:
    """Turn errors into pages; what nobody foresaw gets a reference that the log has too."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValiseError as error:
            return _page(renderer, request, error, error.status)
        except web.HTTPException as raised:
            if raised.status < 400:
                raise
            fault: ValiseError = PageNotFound() if raised.status == 404 else Refused()
            response = _page(renderer, request, fault, raised.status)
            if "Allow" in raised.headers:
                response.headers["Allow"] = raised.headers["Allow"]
            return response
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("page_failed", reference=reference)
            return _page(renderer, request, ServerFault(reference=reference), 500)

    return answer


def _page(renderer: Renderer, request: web.Request, error: ValiseError, status: int) -> web.Response:
    if VISITOR not in request:
        return web.Response(text=f"{error}\n", status=status)
    return renderer.page(request, "fault.html", status=status, fault=error)
