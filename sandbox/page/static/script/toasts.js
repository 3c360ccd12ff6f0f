// Short messages: what came of an order, and what the app answered to a push.

import { clock } from "../calendar/times.js";

const STAY = { good: 6000, soft: 6000, warn: 10000, bad: 15000 };
const MOST = 3;

const OUTCOMES = {
  Created: ["good", "It is in Outlook now."],
  Updated: ["good", "Outlook has the change."],
  Unchanged: ["soft", "Outlook already held exactly this."],
  Stale: ["warn", "A newer version had been accepted before."],
  Deleted: ["good", "It is gone from Outlook."],
  Absent: ["soft", "It was not in Outlook."],
  Skipped: ["warn", "Outlook was left as it is."],
  Queued: ["warn", "It is stored and will arrive by itself."],
};
const REASONS = {
  NotConnected: "The rep has not connected a mailbox.",
  SyncDisabled: "The rep's sync is paused.",
  DirectionOff: "The rep's preferences exclude this direction.",
  OutsideWindow: "It lies outside the days that are synced.",
  MeetingWithAttendees: "The event has attendees, and writing to it would mail them.",
  EditedInOutlook: "It was edited in Outlook meanwhile: the edit wins and comes back.",
  Throttled: "Outlook asked to be left alone for a while.",
  GraphUnavailable: "Outlook cannot be reached.",
  ReconnectNeeded: "The rep must sign in again.",
};

/** Show a message; `offer` is an optional button, as {label, run}. */
export function toast(tone, title, text = "", offer = null) {
  const box = document.createElement("div");
  box.className = `toast ${tone}`;
  const heading = Object.assign(document.createElement("strong"), { textContent: title });
  const close = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "✕" });
  close.setAttribute("aria-label", "Dismiss");
  close.addEventListener("click", () => box.remove());
  box.append(heading, close);
  if (text) box.append(Object.assign(document.createElement("p"), { textContent: text }));
  if (offer) box.append(offerButton(box, offer));
  const stack = document.getElementById("toasts");
  stack.prepend(box);
  while (stack.children.length > MOST) stack.lastChild.remove();
  setTimeout(() => box.remove(), STAY[tone] ?? STAY.soft);
}

function offerButton(box, offer) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "offer", textContent: offer.label });
  button.addEventListener("click", () => {
    box.remove();
    offer.run();
  });
  return button;
}

/** Say what the app answered to a push. */
export function toastPush(push) {
  if (!push) return toast("soft", "Kept in SalesExec", "There is no app to push it to.");
  const body = push.Body && typeof push.Body === "object" ? push.Body : {};
  if (!body.Outcome) {
    // A refusal of fields names each, and what would do instead; those words say more than the whole's.
    const named = body.errors?.map((each) => `${each.pointer.slice(1)}: ${each.detail}`).join("; ");
    const words = named || (body.detail ?? push.Error ?? (typeof push.Body === "string" ? push.Body : ""));
    return toast("bad", `Not pushed: ${body.title ?? "the app did not take it"} (${push.Status || "no answer"})`, words);
  }
  const [tone, words] = OUTCOMES[body.Outcome] ?? ["soft", ""];
  const reason = body.Reason ? `${body.Reason}: ${REASONS[body.Reason] ?? ""}` : "";
  const previous = body.PreviousRep ? `From the calendar of the rep before: ${body.PreviousRep}.` : "";
  toast(tone, `${body.Outcome} · ${push.Status}`, [words, reason, previous].filter(Boolean).join(" "));
  if (body.Conflicts?.length) toastConflicts(body.Conflicts);
  if (body.Conflicts === null) toast("warn", "Double bookings unknown", "Outlook could not be asked for overlapping events.");
}

function toastConflicts(conflicts) {
  const listed = conflicts.map((each) => `${each.Subject ?? "a private event"}, ${clock(each.Start)} to ${clock(each.End).slice(-5)}`);
  toast("warn", "Double booking", listed.join("; "));
}

/** Say why an order was refused. */
export function toastRefusal(error) {
  toast("bad", "That did not work", error.message);
}
