// Appointments and events as FullCalendar draws them, and their times as each side wants them told.

import { dayShifted, dayText, instant, utcText, wallText, zone } from "./times.js";

const EXTENSION = "SalesExec.Appointment";

/** What was seen in Outlook: what was queued has arrived, even if it was taken out again. */
const arrived = new Set();

/**
 * The entries of both calendars; what belongs together has the same `pair`.
 * `shown` is what SalesExec's calendar has: appointments, and series as their occurrences.
 */
export function entriesOf(appointments, shown, events) {
  const known = new Map(appointments.map((each) => [each.AppointmentGuid, each]));
  const byEvent = new Map(appointments.filter((each) => each.EventId).map((each) => [each.EventId, each.AppointmentGuid]));
  const pairOf = (event) => {
    const named = event.Extensions?.[EXTENSION]?.AppointmentGuid;
    const guid = known.has(named) ? named : byEvent.get(event.SeriesMasterId ?? event.Id) ?? byEvent.get(event.DefaultId);
    return guid ? pairName(guid, slotOf(event, known.get(guid))) : "";
  };
  const seen = shown.filter((each) => known.has(each.AppointmentGuid));
  const alive = new Set(seen.map((each) => pairName(each.AppointmentGuid, each.Slot)));
  const inOutlook = new Set(events.map(pairOf));
  return {
    crm: seen.map((each) => ofShown(each, known.get(each.AppointmentGuid), inOutlook)),
    outlook: events.map((each) => ofEvent(each, alive.has(pairOf(each)) ? pairOf(each) : "")),
  };
}

const pairName = (guid, slot) => (slot ? `${guid} ${slot}` : guid);

/** The slot of an occurrence in SalesExec's words: its day in an all-day series, else when it was to begin. */
function slotOf(event, series) {
  if (!event.SeriesMasterId) return null;
  return /^\d{4}-\d{2}-\d{2}$/.test(series.Start) ? event.Day : utcText(new Date(event.OriginalStartUtc));
}

function ofShown(shown, appointment, inOutlook) {
  const id = pairName(shown.AppointmentGuid, shown.Slot);
  const isPaired = inOutlook.has(id);
  if (isPaired) arrived.add(id);
  const { History: history, Occurrences: occurrences, Sequences: _, ...whole } = appointment;
  const own = Object.entries(occurrences[shown.Slot] ?? {}).filter(([, value]) => value !== null);
  const times = { Start: shown.Start, End: shown.End, IsAllDay: Boolean(shown.IsAllDay), TimeZone: null };
  const of = { ...whole, ...Object.fromEntries(own), ...(shown.Slot ? times : {}), Slot: shown.Slot, IsChanged: shown.IsChanged };
  const last = history.findLast((each) => (each.Slot ? each.Slot === shown.Slot : each.By === "push" || !shown.Slot));
  const marks = [
    last?.By === "push" && /^4\d\d$/.test(last.Outcome) ? "not pushed" : "",
    !arrived.has(id) && last?.By === "push" && last.Outcome === "Queued" ? "queued" : "",
    shown.Slot ? (shown.IsChanged ? "repeats, changed" : "repeats") : "",
    of.Origin === "Outlook" ? "from Outlook" : "",
    of.IsPrivate ? "private" : "",
    of.Status === "Pending" ? "" : of.Status.toLowerCase(),
  ];
  return {
    id,
    title: of.Subject || "(no subject)",
    ...crmSpan(of),
    classNames: classes(isPaired, of.ShowAs === "Free", of.Status !== "Pending"),
    extendedProps: { side: "crm", of, pair: isPaired ? id : "", marks: marks.filter(Boolean) },
  };
}

/** When an appointment is. */
export const crmSpan = ({ IsAllDay: allDay, Start: start, End: end, TimeZone: inZone }) =>
  allDay
    ? { allDay: true, start: start.slice(0, 10), end: end.slice(0, 10) }
    : { allDay: false, start: instant(start, inZone ?? "UTC"), end: instant(end, inZone ?? "UTC") };

/** When an event is. */
export const outlookSpan = (of) =>
  of.IsAllDay
    ? { allDay: true, start: of.Start.slice(0, 10), end: of.End.slice(0, 10) }
    : { allDay: false, start: new Date(of.StartUtc), end: new Date(of.EndUtc) };

function ofEvent(of, pair) {
  const marks = [
    { occurrence: "repeats", exception: "repeats, changed" }[of.Type] ?? "",
    of.Sensitivity === "normal" ? "" : of.Sensitivity,
    of.Attendees.length ? `${of.Attendees.length} invited` : "",
    of.Calendar === "Calendar" ? "" : of.Calendar,
  ];
  return {
    id: of.Id,
    title: of.Subject || "(no subject)",
    ...outlookSpan(of),
    classNames: classes(Boolean(pair), of.ShowAs === "free", of.IsCancelled),
    extendedProps: { side: "outlook", of, pair, marks: marks.filter(Boolean) },
  };
}

const classes = (isPaired, isFree, isOver) =>
  [isPaired ? "paired" : "alone", isFree ? "free" : "", isOver ? "over" : ""].filter(Boolean);

/** When an entry is, taken from FullCalendar: all-day ends are exclusive days. */
export function spanOf({ start, end, allDay }) {
  const last = end ?? new Date(start.getTime() + (allDay ? 24 : 1) * 3600000);
  return allDay
    ? { allDay, start: dayText(start), end: end ? dayText(end) : dayShifted(dayText(start), 1) }
    : { allDay, start, end: last };
}

/** A span in SalesExec's words. */
export const crmTimes = ({ allDay, start, end }) =>
  allDay ? { IsAllDay: true, Start: start, End: end } : { IsAllDay: false, Start: utcText(start), End: utcText(end) };

/** A span in the words of the control plane for Outlook. */
export const outlookTimes = ({ allDay, start, end }) =>
  allDay
    ? { IsAllDay: true, Start: `${start}T00:00:00`, End: `${end}T00:00:00`, TimeZone: zone }
    : { IsAllDay: false, Start: `${wallText(start)}:00`, End: `${wallText(end)}:00`, TimeZone: zone };
