"""A program: index the app in a folder under Microsoft's worker, call what is asked for, and print it as JSON.

Runs in a process of its own, whose path holds what its arguments name and the standard library:
    python -I -S -B index_app.py APP DRIVER [--call FUNCTION] [FOLDER ...]
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path


def main() -> None:
    """Index, call, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("app", type=Path)
    parser.add_argument("driver", help="a folder that holds sandbox/host/worker")
    parser.add_argument("folders", nargs="*", help="folders with packages")
    parser.add_argument("--call", default="")
    given = parser.parse_args()
    sys.path += [given.driver, *given.folders]
    print(json.dumps(asyncio.run(look(given.app, given.call))))  # noqa: T201 - what the program is for


async def look(app: Path, called: str) -> dict[str, object]:
    """Return the app's bindings by function, the answer of the one called, and every file that was imported."""
    from sandbox.host.worker import library, messages
    from sandbox.host.worker.functions import Function, HttpTrigger, functions_of

    library.put_on_path(app)
    metadata = await library.index(app)
    functions = {function.name: function for function in functions_of(metadata, lambda text: text, lambda _: False)}
    answer = None
    if called:
        function: Function = functions[called]
        assert isinstance(function.trigger, HttpTrigger)
        url = f"http://127.0.0.1/api/{function.trigger.route}"
        request = messages.RpcHttp(method="GET", url=url, body=messages.TypedData())
        call = library.Call(id="1", value=messages.TypedData(http=request), metadata={})
        result = await library.invoke(function, call)
        failure = result.failure.message + result.failure.stack_trace if result.failure else None
        http = result.value.http if result.value else None
        body = http.body.bytes.decode() if http and http.body and http.body.bytes else ""
        answer = {"status": http.status_code if http else None, "body": body, "failure": failure}
    files = [str(getattr(module, "__file__", None)) for module in list(sys.modules.values())]
    bindings = {entry.name: [json.loads(raw) for raw in entry.raw_bindings] for entry in metadata}
    return {"functions": bindings, "answer": answer, "files": files}


if __name__ == "__main__":
    main()
