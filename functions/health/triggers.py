"""HTTP: health, for whoever watches; nothing secret in it."""

import azure.functions as func

from functions.answers import answering, json_answer
from shared_code.wiring import health

blueprint = func.Blueprint()


@blueprint.function_name("health")
@blueprint.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answering
def get_health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding is required
    """Say whether settings and storage are there."""
    checks = health()
    well = all(state == "ok" for state in checks.values())
    return json_answer({"Status": "Healthy" if well else "Unhealthy", "Checks": checks}, status=200 if well else 503)
