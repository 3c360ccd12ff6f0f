"""HTTP: the description of all calls, as OpenAPI 3.1."""

import azure.functions as func

from functions.answers import answering, json_answer
from functions.openapi.paths import document

blueprint = func.Blueprint()


@blueprint.function_name("openapi")
@blueprint.route(route="openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answering
def get_openapi(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding is required
    """Describe every call that SalesExec and administrators make; it needs no setting."""
    return json_answer(document())
