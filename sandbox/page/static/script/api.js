// Every order that the page gives to the control plane.

const PREFIX = "/_sandbox/";

/** An order was refused; the message is the control plane's own words. */
export class Refused extends Error {}

/** The control plane cannot be reached. */
export class Unreachable extends Error {}

async function ask(method, path, content) {
  const options = { method, headers: {} };
  if (content !== undefined) {
    options.body = JSON.stringify(content);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(PREFIX + path, options);
  } catch (error) {
    throw new Unreachable("The sandbox does not answer.", { cause: error });
  }
  const text = await answer.text();
  if (!answer.ok) {
    let words = text;
    try {
      words = JSON.parse(text).detail ?? text;
    } catch {
      // Not JSON: the text says it.
    }
    throw new Refused(words || `answered ${answer.status}`);
  }
  return text ? JSON.parse(text) : null;
}

const part = encodeURIComponent;

export const people = () => ask("GET", "people");
export const hire = () => ask("POST", "people", {});
export const person = (guid) => ask("GET", `people/${part(guid)}`);
export const connect = (guid) => ask("POST", `people/${part(guid)}/connect`);
export const link = (guid, name) =>
  ask("POST", `salesexec/users/${part(guid)}/link`, { Page: "connect", DisplayName: name });

/** Call the app as SalesExec does; returns Status and Body of its answer. */
export const app = (method, path, body) => ask("POST", "salesexec/calls", { Method: method, Path: path, Body: body });

export const appointments = async (guid) => (await ask("GET", `salesexec/appointments?UserGuid=${part(guid)}`)).Appointments;
export const appointment = (guid) => ask("GET", `salesexec/appointments/${part(guid)}`);
/** What SalesExec's calendar shows between two instants: single appointments, and series as their occurrences. */
export const shown = async (guid, from, to) =>
  (await ask("GET", `salesexec/view?UserGuid=${part(guid)}&StartUtc=${part(from)}&EndUtc=${part(to)}`)).Shown;
export const book = (fields) => ask("POST", "salesexec/appointments", fields);
export const edit = (guid, fields) => ask("PATCH", `salesexec/appointments/${part(guid)}`, fields);
export const cancel = (guid, fields) => ask("POST", `salesexec/appointments/${part(guid)}/cancel`, fields);
export const editOccurrence = (guid, slot, fields) =>
  ask("PATCH", `salesexec/appointments/${part(guid)}/occurrences/${part(slot)}`, fields);
export const cancelOccurrence = (guid, slot, fields) =>
  ask("POST", `salesexec/appointments/${part(guid)}/occurrences/${part(slot)}/cancel`, fields);
export const transfer = (guid, fields) => ask("POST", `salesexec/appointments/${part(guid)}/transfer`, fields);

/** What a person sees between two instants: single events, and series as their occurrences. */
export const events = async (upn, from, to) =>
  (await ask("GET", `graph/view?Upn=${part(upn)}&StartUtc=${part(from)}&EndUtc=${part(to)}`)).Events;
export const event = (id) => ask("GET", `graph/events/${part(id)}`);
export const addEvent = (upn, event) => ask("POST", "graph/events", { Upn: upn, Event: event });
export const editEvent = (id, fields) => ask("PATCH", `graph/events/${part(id)}`, fields);
export const removeEvent = (id) => ask("DELETE", `graph/events/${part(id)}`);

export const journal = async (since, last) => (await ask("GET", `journal?since=${since}&last=${last}`)).Entries;
export const troubles = async (upn) => (await ask("GET", `troubles?Upn=${part(upn)}`)).Troubles;
export const turn = async (name, on, upn) => (await ask("PUT", `troubles/${part(name)}`, { On: on, Upn: upn })).Troubles;
export const allClear = async (upn) => (await ask("DELETE", `troubles?Upn=${part(upn)}`)).Troubles;
export const story = () => ask("GET", "story");
export const playNext = () => ask("POST", "story");
export const beginAgain = () => ask("DELETE", "story");
export const switches = async () => (await ask("GET", "switches")).Switches;
export const choose = async (name, value) => (await ask("PUT", "switches", { [name]: value })).Switches;
