"""A small app whose functions tell what they were given; the tests copy it into a folder of its own."""
# ruff: noqa: ARG001 - a trigger's parameter is there whether the function reads it or not

import json
import threading
import time

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
turn = threading.Barrier(24)


@app.route("echo/{id}", methods=["GET", "PUT", "HEAD"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Tell everything about the request."""
    told = {
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "headers": dict(req.headers),
        "body": req.get_body().decode(),
    }
    return func.HttpResponse(json.dumps(told), mimetype="application/json", headers={"x-echo": "yes"})


@app.route("things/{id:guid}", methods=["GET"])
def one_thing(req: func.HttpRequest) -> str:
    """Answer a plain text."""
    return f"guid {req.route_params['id']}"


@app.route("things/all", methods=["GET"])
def all_things(req: func.HttpRequest) -> str:
    """Share its beginning with another route."""
    return "all"


@app.route("things/{name:alpha:minlength(3)}/{part?}", methods=["GET"])
def named_thing(req: func.HttpRequest) -> str:
    """Have two constraints and an optional part."""
    return f"{req.route_params['name']} {req.route_params.get('part', '-')}"


@app.route("locked", auth_level=func.AuthLevel.FUNCTION)
def locked(req: func.HttpRequest) -> str:
    """Need a key."""
    return "open"


@app.route("other", auth_level=func.AuthLevel.FUNCTION)
def other(req: func.HttpRequest) -> str:
    """Need another key."""
    return "open"


@app.route("secret", auth_level=func.AuthLevel.ADMIN)
def secret(req: func.HttpRequest) -> str:
    """Need the master key."""
    return "open"


@app.route("cookies")
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Set two cookies."""
    response = func.HttpResponse("ok", status_code=302, headers={"Location": "https://example.org/"})
    response.headers.add("Set-Cookie", "session=a/b=; Path=/; HttpOnly; Secure; SameSite=Lax")
    response.headers.add("Set-Cookie", "old=gone; Max-Age=0")
    return response


@app.route("broken")
def broken(req: func.HttpRequest) -> str:
    """Fail."""
    raise ValueError("the reason is in the log")


@app.route("slow")
def slow(req: func.HttpRequest) -> str:
    """Take longer than the front end waits."""
    time.sleep(3)  # noqa: TID251 - being slow is what this function is for
    return "late"


@app.route("together")
def together(req: func.HttpRequest) -> str:
    """Answer only when 24 calls run at the same time."""
    turn.wait(20)
    return "ok"
