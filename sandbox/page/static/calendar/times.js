// Times as SalesExec and Outlook write them, and as a browser's clock shows them.

const ZONED = /(Z|[+-]\d{2}:\d{2})$/;

/** The zone of this browser, by its IANA name. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The instant of a text; a wall time without offset is in the zone given. */
export function instant(text, inZone = "UTC") {
  if (ZONED.test(text)) return new Date(text);
  const asUtc = new Date(`${text.slice(0, 19)}Z`);
  // Twice, because the offset may differ between the first guess and the truth.
  let guess = asUtc.getTime() - offsetOf(asUtc, inZone);
  guess = asUtc.getTime() - offsetOf(new Date(guess), inZone);
  return new Date(guess);
}

function offsetOf(at, inZone) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: inZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  return wall - Math.floor(at.getTime() / 1000) * 1000;
}

const two = (number) => String(number).padStart(2, "0");

/** An instant as SalesExec writes it: 2026-11-23T17:00:00Z. */
export const utcText = (at) => at.toISOString().replace(/\.\d{3}Z$/, "Z");

/** The day of an instant on this browser's calendar: 2026-11-23. */
export const dayText = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** The wall time of an instant on this browser's clock, as input fields take it: 2026-11-23T18:00. */
export const wallText = (at) => `${dayText(at)}T${two(at.getHours())}:${two(at.getMinutes())}`;

/** The day before or after. */
export function dayShifted(day, by) {
  const at = new Date(`${day}T12:00`);
  at.setDate(at.getDate() + by);
  return dayText(at);
}

/** A wall time so much later, in whatever zone it is. */
export const wallShifted = (text, byMs) => new Date(Date.parse(`${text.slice(0, 19)}Z`) + byMs).toISOString().slice(0, 19);

/** A day as people say it: 23 Nov 2026. */
export const dayWords = (day) =>
  new Date(`${day}T12:00`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** A time of day: 18:00, with the day when it is not today. */
export function clock(text) {
  if (!text) return "never";
  const at = new Date(text);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  if (dayText(at) === dayText(new Date())) return time;
  return `${at.toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" })} ${time}`;
}

/** The next full hour, at the earliest eight in the morning. */
export function nextHour(onDay) {
  const now = new Date();
  const at = new Date(onDay ?? now);
  at.setHours(dayText(at) === dayText(now) ? now.getHours() + 1 : 9, 0, 0, 0);
  return at;
}
