// Journal entries in plain words: who did what, and how it was answered.

import { clock, dayWords } from "../calendar/times.js";

const BADGES = { graph: "Outlook", salesexec: "SalesExec", entra: "Sign-in", vault: "Key Vault", identity: "Identity", sandbox: "Sandbox" };
const STATUSES = {
  401: "it must show a token first", 403: "not allowed", 404: "it is not there", 409: "it clashes with another",
  410: "the position in the calendar is lost", 412: "somebody changed it meanwhile", 429: "too much, come back later",
  500: "an error on its side", 502: "it is down", 503: "it is down", 504: "it took too long",
};
const FAULTS = {
  early: "too early: it had been told to wait", drop_before: "the connection was dropped before it was read",
  drop_after: "carried out, but the connection was dropped before the answer", hold: "held", hold_after: "carried out, the answer held",
  accept_then_fail: "carried out, but answered as failed", slow: "slowly",
};

// Method, path, and what is said about it; {summary} is the simulator's own word for it, {name} the rep.
const RULES = [
  ["graph", /^GET .*calendarView\/delta/i, "asked what changed in {name}’s calendar: {summary}"],
  ["graph", /^GET .*calendarView/i, "read {name}’s calendar: {summary}"],
  ["graph", /^GET .*\/me$/i, "asked whose mailbox this is"],
  ["graph", /^GET .*\/events\//i, "{summary}, of {name}"],
  ["graph", /^POST .*\/\$batch/i, "asked several things at once: {summary}"],
  ["graph", /./, "{summary}, for {name}"],
  ["salesexec", /^POST .*\/CalendarChanges/i, "told SalesExec: {summary}"],
  ["salesexec", /^GET .*\/Appointments/i, "read {name}’s appointments: {summary}"],
  ["salesexec", /^POST .*\/SyncNotices/i, "sent SalesExec a notice: {summary}"],
  ["entra", /^GET .*openid-configuration/i, "looked up how to sign people in"],
  ["entra", /^GET .*\/authorize/i, "somebody was shown Microsoft’s sign-in page"],
  ["entra", /^POST .*\/authorize/i, "{summary}, on Microsoft’s page"],
  ["entra", /^POST .*\/token/i, "asked for tokens: {summary}"],
];
const QUIET = [
  ["identity", /./], ["vault", /^GET/i], ["entra", /openid-configuration|discovery|authorize/i],
];

// What SalesExec asks the app for, beyond pushes.
const CALLS = [
  [/^asked the sync: POST \/api\/users\/(.+)\/sync: 202$/, "asked for a poll of $1’s calendar now"],
  [/^asked the sync: PATCH \/api\/users\/(.+)\/connection: 200$/, "changed how $1 is synced"],
  [/^asked the sync: DELETE \/api\/users\/(.+)\/connection: 204$/, "disconnected $1"],
  [/^asked the sync: POST \/api\/cleanup: 200$/, "had counted what a clean-up would remove"],
  [/^asked the sync: POST \/api\/cleanup: 202$/, "asked for a clean-up, with the administrator’s key"],
  [/^asked the sync: POST \/api\/users\/(.+)\/held-deletes: 202$/, "decided what becomes of $1’s held deletes"],
];

/** Return an entry as {badge, service, who, words, status, tone, quiet, part}; `nameOf` knows people by id and address. */
export function told(entry, nameOf) {
  const isRequest = Boolean(entry.Method);
  const answer = isRequest ? answerOf(entry) : "";
  const what = isRequest ? requestWords(entry, nameOf) : noteWords(entry, nameOf);
  const who = isRequest ? (/^somebody| agreed| declined/.test(what) ? "" : "The app ") : entry.Service === "salesexec" ? "SalesExec " : "";
  return {
    service: entry.Service,
    badge: BADGES[entry.Service] ?? entry.Service,
    who,
    words: (who ? what : what.charAt(0).toUpperCase() + what.slice(1)) + (answer ? ` — ${answer}` : ""),
    status: isRequest ? String(entry.Status || (entry.Fault.startsWith("drop") ? "cut" : "…")) : "",
    tone: toneOf(entry),
    quiet: isRequest && (isChallenge(entry) || (!answer && QUIET.some(([service, rule]) => service === entry.Service && rule.test(lineOf(entry))))),
    part: Boolean(entry.Facts?.Part),
  };
}

const lineOf = (entry) => `${entry.Method} ${entry.Path}`;

// A vault answers the first request of every client with 401, so that it learns where tokens come from.
const isChallenge = (entry) => entry.Service === "vault" && entry.Status === 401;

// What a request wanted, when the simulator had no word for it because it failed.
const WANTED = [
  [/^POST .*\/events$/i, "wanted to create an event"], [/^PATCH .*\/events\//i, "wanted to change an event"],
  [/^DELETE .*\/events\//i, "wanted to delete an event"], [/^GET .*\/events\//i, "wanted to read an event"],
  [/calendarView/i, "wanted to read the calendar"], [/\$batch$/i, "wanted several things at once"],
  [/CalendarChanges$/i, "wanted to report changes"], [/\/Appointments$/i, "wanted the appointments"],
  [/SyncNotices$/i, "wanted to send a notice"], [/\/token$/i, "wanted tokens"],
];
const VAULT = { GET: "read", PUT: "kept", DELETE: "destroyed", POST: "worked on", PATCH: "changed" };

function summaryOf(entry) {
  if (entry.Summary && entry.Service !== "vault") return entry.Summary.replace(/^tracked changes: /, "");
  if (entry.Service === "vault") {
    const name = entry.Path.match(/(?:deleted)?secrets\/([^/]+)/)?.[1] ?? "a secret";
    return `${VAULT[entry.Method] ?? entry.Method} ${name.startsWith("rep-") ? "a rep’s tokens" : name} in the vault`;
  }
  return WANTED.find(([pattern]) => pattern.test(lineOf(entry)))?.[1] ?? `${entry.Method} ${shortened(entry.Path)}`;
}

function requestWords(entry, nameOf) {
  const rule = RULES.find(([service, pattern]) => service === entry.Service && pattern.test(lineOf(entry)));
  const name = nameOf(entry.Actor) || "somebody";
  const fine = rule && (entry.Summary || !rule[2].includes("{summary}"));
  const words = fine ? rule[2] : `{summary}${entry.Service === "graph" ? ", for {name}" : ""}`;
  return named(words.replace("{name}", name).replace("{summary}", summaryOf(entry)), nameOf);
}

const ONE_PUSHED = /^pushed (\d{4}-\d\d-\d\d)(T[\d:]+Z)? of (“.*”): (.*)$/;

function noteWords(entry, nameOf) {
  const words = named(entry.Summary, nameOf).replace(ONE_PUSHED, (_, day, time, subject, outcome) =>
    `pushed ${subject} of ${time ? clock(day + time) : dayWords(day)}: ${outcome}`);
  const [pattern, better] = CALLS.find(([each]) => each.test(words)) ?? [];
  return pattern ? words.replace(pattern, better) : words;
}

const shortened = (path) => path.replace(/[\w=-]{40,}/g, "…").replace(/^\/(v1\.0|api)\//, "");

const named = (words, nameOf) =>
  words.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (guid) => nameOf(guid) || guid.slice(0, 8)).replace(/rep-[0-9a-f]{32}/g, "of a rep");

function answerOf(entry) {
  if (isChallenge(entry)) return "it must show a token first, as always";
  const fault = FAULTS[entry.Fault] ?? "";
  const status = entry.Status >= 400 ? STATUSES[entry.Status] ?? "refused" : "";
  return [status, fault].filter(Boolean).join("; ");
}

function toneOf(entry) {
  if (isChallenge(entry)) return "";
  if (entry.Status >= 500 || entry.Fault.startsWith("drop")) return "bad";
  return entry.Status >= 400 || entry.Fault ? "warn" : "";
}
