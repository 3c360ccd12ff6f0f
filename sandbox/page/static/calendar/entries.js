// Appointments and events as FullCalendar draws them, and their times as each side wants them told.

import { dayShifted, dayText, instant, utcText, wallText, zone } from "./times.js";

const EXTENSION = "SalesExec.Appointment";

/** The entries of both calendars; what belongs together has the same `pair`. */
export function entriesOf(appointments, events) {
  const known = new Map(appointments.map((each) => [each.AppointmentGuid, each]));
  const byEvent = new Map(appointments.filter((each) => each.EventId).map((each) => [each.EventId, each.AppointmentGuid]));
  const pairOf = (event) => {
    const named = event.Extensions?.[EXTENSION]?.AppointmentGuid;
    return known.has(named) ? named : byEvent.get(event.SeriesMasterId ?? event.Id) ?? byEvent.get(event.DefaultId) ?? "";
  };
  const shown = appointments.filter((each) => each.Status !== "Canceled");
  const alive = new Set(shown.map((each) => each.AppointmentGuid));
  const inOutlook = new Set(events.map(pairOf));
  return {
    crm: shown.map((each) => ofAppointment(each, inOutlook.has(each.AppointmentGuid))),
    outlook: events.map((each) => ofEvent(each, alive.has(pairOf(each)) ? pairOf(each) : "")),
  };
}

function ofAppointment(of, isPaired) {
  const allDay = Boolean(of.IsAllDay);
  const marks = [
    of.Origin === "Outlook" ? "from Outlook" : "",
    of.IsPrivate ? "private" : "",
    of.Recurrence?.length ? "repeats" : "",
    of.Status === "Pending" ? "" : of.Status.toLowerCase(),
    !isPaired && of.History.findLast((each) => each.By === "push")?.Outcome === "Queued" ? "queued" : "",
  ];
  return {
    id: of.AppointmentGuid,
    title: of.Subject || "(no subject)",
    allDay,
    start: allDay ? of.Start.slice(0, 10) : instant(of.Start, of.TimeZone ?? "UTC"),
    end: allDay ? of.End.slice(0, 10) : instant(of.End, of.TimeZone ?? "UTC"),
    classNames: classes(isPaired, of.ShowAs === "Free", of.Status !== "Pending"),
    extendedProps: { side: "crm", of, pair: isPaired ? of.AppointmentGuid : "", marks: marks.filter(Boolean) },
  };
}

function ofEvent(of, pair) {
  const allDay = Boolean(of.IsAllDay);
  const marks = [
    of.Sensitivity === "normal" ? "" : of.Sensitivity,
    of.Attendees.length ? `${of.Attendees.length} invited` : "",
    { occurrence: "repeats", exception: "repeats, changed" }[of.Type] ?? "",
    of.Calendar === "Calendar" ? "" : of.Calendar,
  ];
  return {
    id: of.Id,
    title: of.Subject || "(no subject)",
    allDay,
    start: allDay ? of.Start.slice(0, 10) : new Date(of.StartUtc),
    end: allDay ? of.End.slice(0, 10) : new Date(of.EndUtc),
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
