// Series: how a new one is asked for on either side, how one is said in words, and moving all of it.

import { dayText, dayWords, utcText, zone } from "./times.js";

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const WORKDAYS = DAYS.slice(1, 6);
const POSITIONS = { 1: "first", 2: "second", 3: "third", 4: "fourth", "-1": "last", first: "first", second: "second", third: "third", fourth: "fourth", last: "last" };
const UNITS = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" };
const MOMENT = /\d{8}T\d{6}Z/g;

const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const code = (day) => day.slice(0, 2).toUpperCase();
const dayOf = (letters) => DAYS.find((each) => code(each) === letters);
const weekday = (day) => DAYS[new Date(`${day}T12:00`).getDay()];
const dayOfMonth = (day) => Number(day.slice(8, 10));

/** How something that begins on a day can repeat, as values and words. */
export const repeats = (day) => [
  ["never", "never"],
  ["daily", "every day"],
  ["workdays", "every weekday"],
  ["weekly", `every week on ${capital(weekday(day))}`],
  ["monthly", `every month on day ${dayOfMonth(day)}`],
];

/** Why it cannot repeat so from that day, or nothing. */
export function repeatsFault(kind, day, times) {
  if (kind === "never") return "";
  if (kind === "workdays" && !WORKDAYS.includes(weekday(day))) return `It begins on a ${capital(weekday(day))}, which is no weekday.`;
  if (times && !(Number.isInteger(Number(times)) && times >= 1 && times <= 999)) return "It takes place from 1 to 999 times.";
  return "";
}

/** A series in SalesExec's fields; its hours are those of this browser's zone. */
export function crmSeries(kind, { allDay, start }, times) {
  if (kind === "never") return {};
  const day = allDay ? start : dayText(start);
  const rule = {
    daily: "FREQ=DAILY",
    workdays: `FREQ=WEEKLY;BYDAY=${WORKDAYS.map(code)}`,
    weekly: `FREQ=WEEKLY;BYDAY=${code(weekday(day))}`,
    monthly: `FREQ=MONTHLY;BYMONTHDAY=${dayOfMonth(day)}`,
  }[kind];
  return { Recurrence: [`RRULE:${rule}${times ? `;COUNT=${times}` : ""}`], ...(allDay ? {} : { TimeZone: zone }) };
}

/** A series in the words of the control plane for Outlook. */
export function outlookSeries(kind, { allDay, start }, times) {
  if (kind === "never") return {};
  const day = allDay ? start : dayText(start);
  const pattern = {
    daily: { Type: "daily" },
    workdays: { Type: "weekly", DaysOfWeek: WORKDAYS, FirstDayOfWeek: "monday" },
    weekly: { Type: "weekly", DaysOfWeek: [weekday(day)], FirstDayOfWeek: "monday" },
    monthly: { Type: "absoluteMonthly", DayOfMonth: dayOfMonth(day) },
  }[kind];
  const range = times ? { Type: "numbered", NumberOfOccurrences: Number(times) } : { Type: "noEnd" };
  return { Recurrence: { Pattern: { Interval: 1, ...pattern }, Range: { ...range, StartDate: day } } };
}

/** The lines of a series whose hour changes: what names an instant moves along. */
export const movedLines = (lines, byMs) =>
  lines.map((line) => line.replace(MOMENT, (text) => compact(new Date(readCompact(text).getTime() + byMs))));

const compact = (at) => utcText(at).replace(/[-:]/g, "");
const readCompact = (text) => new Date(text.replace(/^(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));

/** What a series does, in words: every 2 weeks on Tuesday, 10 times. */
export function inWords(side, of) {
  const facts = side === "crm" ? ofLines(of.Recurrence) : ofPattern(of.Recurrence);
  if (!facts) return "";
  const { unit, interval, days, position, monthDay, month, count, until } = facts;
  if (unit === "week" && interval === 1 && String([...days].sort()) === String([...WORKDAYS].sort())) return ended("every weekday", count, until);
  const often = interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`;
  const named = days.map(capital).join(", ");
  const on = position ? `the ${position} ${days.length > 1 ? `of ${named}` : named}` : named || (monthDay ? (monthDay === "-1" ? "the last day" : `day ${monthDay}`) : "");
  const where = month ? ` of ${new Date(2001, month - 1, 1).toLocaleDateString("en-GB", { month: "long" })}` : "";
  return ended(`${often}${on ? ` on ${on}` : ""}${where}`, count, until);
}

function ended(words, count, until) {
  if (count) return `${words}, ${count === 1 ? "once" : `${count} times`}`;
  return until ? `${words}, until ${dayWords(until)}` : words;
}

function ofLines(lines) {
  const rule = lines.find((each) => each.startsWith("RRULE:"));
  if (!rule) return null;
  const part = Object.fromEntries(rule.slice(6).split(";").map((each) => each.split("=")));
  const named = (part.BYDAY ?? "").split(",").filter(Boolean);
  return {
    unit: UNITS[part.FREQ],
    interval: Number(part.INTERVAL ?? 1),
    days: named.map((each) => dayOf(each.slice(-2))),
    position: POSITIONS[part.BYSETPOS ?? named[0]?.slice(0, -2)],
    monthDay: part.BYMONTHDAY,
    month: part.BYMONTH,
    count: Number(part.COUNT ?? 0),
    until: part.UNTIL?.replace(/^(....)(..)(..).*/, "$1-$2-$3"),
  };
}

function ofPattern(recurrence) {
  if (!recurrence) return null;
  const { Pattern: pattern, Range: range } = recurrence;
  const isRelative = pattern.Type.startsWith("relative");
  const hasDay = pattern.Type.startsWith("absolute");
  return {
    unit: { daily: "day", weekly: "week" }[pattern.Type] ?? (pattern.Type.endsWith("Yearly") ? "year" : "month"),
    interval: pattern.Interval,
    days: pattern.Type === "weekly" || isRelative ? pattern.DaysOfWeek : [],
    position: isRelative ? POSITIONS[pattern.Index] : undefined,
    monthDay: hasDay ? String(pattern.DayOfMonth) : undefined,
    month: pattern.Type.endsWith("Yearly") ? pattern.Month : undefined,
    count: range.Type === "numbered" ? range.NumberOfOccurrences : 0,
    until: range.Type === "endDate" ? range.EndDate : undefined,
  };
}
