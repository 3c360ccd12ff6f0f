"""The Functions app: registers the triggers, and nothing else. It indexes without any setting."""

import azure.functions as func

from functions.cleanup.triggers import blueprint as cleanup_blueprint
from functions.connection.triggers import blueprint as connection_blueprint
from functions.fleet.triggers import blueprint as fleet_blueprint
from functions.health.triggers import blueprint as health_blueprint
from functions.oauth_callback.triggers import blueprint as oauth_callback_blueprint
from functions.openapi.triggers import blueprint as openapi_blueprint
from functions.poll_calendar.triggers import blueprint as poll_calendar_blueprint
from functions.push_appointment.triggers import blueprint as push_appointment_blueprint

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(push_appointment_blueprint)
app.register_functions(poll_calendar_blueprint)
app.register_functions(oauth_callback_blueprint)
app.register_functions(cleanup_blueprint)
app.register_functions(connection_blueprint)
app.register_functions(fleet_blueprint)
app.register_functions(health_blueprint)
app.register_functions(openapi_blueprint)
