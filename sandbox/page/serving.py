"""The page itself: its files, FullCalendar from node_modules, and the orders it gives beyond the simulators' own."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.azurite import NODE_MODULES
from sandbox.page.people import People
from sandbox.page.playing import Playing
from sandbox.page.troubles import Troubles
from sandbox.world import World

FILES = Path(__file__).resolve().parent / "static"
FULLCALENDAR = NODE_MODULES / "fullcalendar" / "index.global.min.js"
# Safety: nothing of the page may come from, or go to, another host. FullCalendar writes its own style element.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes(world: World, trust: Path) -> list[BaseRoute]:
    """Return everything the page needs; `trust` is the bundle of certificates a browser of the sandbox uses."""
    return [
        *People(world, trust).routes(),
        *Troubles(world).routes(),
        *Playing(world, trust).routes(),
        Route("/", page),
        Route("/page/fullcalendar.js", fullcalendar),
        Mount("/page", Fresh(StaticFiles(directory=FILES))),
    ]


async def page(request: Request) -> Response:  # noqa: ARG001 - Starlette's shape
    """Show the page."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"}
    return FileResponse(FILES / "index.html", headers=headers)


async def fullcalendar(request: Request) -> Response:  # noqa: ARG001 - Starlette's shape
    """Send FullCalendar as npm installed it."""
    if not FULLCALENDAR.is_file():
        return PlainTextResponse("FullCalendar is not installed: ./dev setup installs it.", status_code=404)
    return FileResponse(FULLCALENDAR, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


class Fresh:
    """Has browsers ask again every time, so that nobody looks at yesterday's script."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add one header to the answer."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"cache-control", b"no-cache")]
            await send(message)

        await self._app(scope, receive, marked)
