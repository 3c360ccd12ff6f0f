"""HTTP: the fleet view. The platform refuses routes that begin with `admin`."""

from datetime import timedelta
from typing import Any

import azure.functions as func

from functions.answers import answering, json_answer
from shared_code.domain.fields import canonical_instant
from shared_code.use_cases.show_fleet import Fleet, Lag
from shared_code.wiring import services

blueprint = func.Blueprint()


@blueprint.function_name("get_fleet")
@blueprint.route(route="fleet", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@answering
def get_fleet(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding is required
    """Show counts by state, lags, who needs a person, and alarms."""
    return json_answer(_body(services().show_fleet()))


def _body(fleet: Fleet) -> dict[str, Any]:
    return {
        "States": {state.value: count for state, count in fleet.by_state.items()},
        "PushLagSeconds": _seconds(fleet.push_lag),
        "PollLagSeconds": _seconds(fleet.poll_lag),
        "NeedAPerson": [
            {"UserGuid": each.user, "Mailbox": each.mailbox, "State": each.state.value, "Why": each.why}
            for each in fleet.needy
        ],
        "Alarms": [
            {
                "Code": alarm.code,
                "Message": alarm.message,
                "FirstUtc": canonical_instant(alarm.first_at),
                "LastUtc": canonical_instant(alarm.last_at),
                "Count": alarm.count,
            }
            for alarm in fleet.alarms
        ],
    }


def _seconds(lag: Lag) -> dict[str, float | None]:
    return {"p50": _rounded(lag.p50), "p95": _rounded(lag.p95)}


def _rounded(lag: timedelta | None) -> float | None:
    return None if lag is None else round(lag.total_seconds(), 1)
