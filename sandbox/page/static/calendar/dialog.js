// The dialog in which an appointment or an event is made, edited, explained and deleted.

import { held, show } from "./markup.js";
import { crmTimes, outlookTimes } from "./entries.js";
import { clock, dayShifted, wallText } from "./times.js";

const SHOW_AS = {
  crm: [["Free", "Free"], ["Tentative", "Tentative"], ["Busy", "Busy"], ["OutOfOffice", "Out of office"], ["WorkingElsewhere", "Working elsewhere"]],
  outlook: [["free", "Free"], ["tentative", "Tentative"], ["busy", "Busy"], ["oof", "Out of office"], ["workingElsewhere", "Working elsewhere"]],
};
const WORDS = {
  crm: { thing: "Appointment", make: "Book", remove: "Cancel appointment" },
  outlook: { thing: "Event", make: "Add", remove: "Delete event" },
};

const byId = (id) => document.getElementById(id);

export class EntryDialog {
  /** `acts` has save(side, of, changes, before), remove(side, of) and why(of); each returns a promise. */
  constructor(acts) {
    this.acts = acts;
    this.dialog = byId("entry");
    this.form = byId("entry-form");
    this.body = byId("entry-body");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.form.elements.allDay.addEventListener("change", () => this.#setTimes(this.#span(!this.form.elements.allDay.checked)));
    byId("entry-close").addEventListener("click", () => this.dialog.close());
    byId("entry-delete").addEventListener("click", () => this.#act(() => this.acts.remove(this.side, this.of)));
    byId("entry-why").addEventListener("click", () => this.#explain());
  }

  /** Ask for a new one (`of` is null), or show one that is there. */
  open(side, of, span, rep, people) {
    Object.assign(this, { side, of, rep });
    const words = WORDS[side];
    this.dialog.style.setProperty("--side", `var(--${side})`);
    byId("entry-title").textContent = of ? `${words.thing} in ${side === "crm" ? "SalesExec" : "Outlook"}` : `New ${words.thing.toLowerCase()} in ${side === "crm" ? "SalesExec" : "Outlook"}`;
    byId("entry-save").textContent = of ? "Save" : words.make;
    byId("entry-delete").textContent = words.remove;
    byId("entry-delete").hidden = !of;
    byId("entry-why").hidden = !of || side !== "crm";
    byId("entry-receipt").hidden = true;
    byId("entry-fault").hidden = true;
    byId("entry-rep").hidden = !of || side !== "crm" || people.length < 2;
    for (const each of this.form.querySelectorAll("label[data-side]")) {
      if (each.id !== "entry-rep") each.hidden = each.dataset.side !== side;
    }
    byId("entry-hint").textContent = hintOf(side, of);
    this.#fill(of ?? {}, span, people);
    this.before = this.#read();
    this.dialog.showModal();
    this.form.elements.subject.focus();
    this.form.elements.subject.select();
  }

  #fill(of, span, people) {
    const field = this.form.elements;
    const isCrm = this.side === "crm";
    field.subject.value = of.Subject ?? "";
    field.location.value = of.Location ?? "";
    field.private.checked = isCrm ? Boolean(of.IsPrivate) : Boolean(of.Sensitivity) && of.Sensitivity !== "normal";
    options(field.showAs, SHOW_AS[this.side], of.ShowAs ?? (isCrm ? "Busy" : "busy"));
    options(field.lead, [["", "none"], ...this.rep.Leads.map((each) => [each.LeadGuid, each.Name])], of.LeadGuid ?? "");
    options(field.rep, people.map((each) => [each.UserGuid, each.Name]), this.rep.UserGuid);
    field.attendees.value = (of.Attendees ?? []).map((each) => each.Address ?? each).join(", ");
    this.isHtml = this.of ? (of.BodyType ?? "Text").toLowerCase() === "html" : !isCrm;
    show(this.body, of.Body, this.isHtml);
    field.allDay.checked = span.allDay;
    this.#setTimes(span);
  }

  #setTimes({ allDay, start, end }) {
    const field = this.form.elements;
    for (const each of [field.start, field.end]) each.type = allDay ? "date" : "datetime-local";
    // People say the last day, computers the day after it.
    field.start.value = allDay ? start : wallText(start);
    field.end.value = allDay ? dayShifted(end, -1) : wallText(end);
  }

  /** What the fields say, read as all-day or timed whatever the box says, and turned into the other kind. */
  #span(wasAllDay) {
    const { start, end, allDay } = this.form.elements;
    if (wasAllDay === allDay.checked) return this.#typed();
    return allDay.checked
      ? { allDay: true, start: start.value.slice(0, 10), end: dayShifted(end.value.slice(0, 10), 1) }
      : { allDay: false, start: new Date(`${start.value}T09:00`), end: new Date(`${end.value}T10:00`) };
  }

  #typed() {
    const { start, end, allDay } = this.form.elements;
    return allDay.checked
      ? { allDay: true, start: start.value, end: dayShifted(end.value, 1) }
      : { allDay: false, start: new Date(start.value), end: new Date(end.value) };
  }

  #read() {
    const field = this.form.elements;
    const isCrm = this.side === "crm";
    const span = this.#typed();
    const times = isCrm ? crmTimes(span) : outlookTimes(span);
    const shared = { Subject: field.subject.value, Location: field.location.value, ShowAs: field.showAs.value, ...times };
    const body = { Body: held(this.body, this.isHtml), BodyType: this.isHtml ? "Html" : "Text" };
    if (isCrm) return { ...shared, ...body, Location: field.location.value || null, IsPrivate: field.private.checked, LeadGuid: field.lead.value || null, UserGuid: field.rep.value };
    const attendees = field.attendees.value.split(/[,;\s]+/).filter(Boolean);
    return { ...shared, ...body, Sensitivity: field.private.checked ? "private" : "normal", Attendees: attendees };
  }

  #fault() {
    const { start, end, subject } = this.form.elements;
    if (!subject.value.trim()) return "It needs a subject.";
    if (!start.value || !end.value) return "It needs a start and an end.";
    if (end.value < start.value) return "It ends before it starts.";
    return "";
  }

  #save() {
    const fault = this.#fault();
    if (fault) return this.#complain(fault);
    const changes = this.#read();
    const differs = (name) => JSON.stringify(changes[name]) !== JSON.stringify(this.before[name]);
    const changed = Object.fromEntries(Object.entries(changes).filter(([name]) => !this.of || differs(name)));
    if (this.of && !Object.keys(changed).length) return this.dialog.close();
    return this.#act(() => this.acts.save(this.side, this.of, whole(changed, changes)));
  }

  async #act(action) {
    const buttons = [...this.form.querySelectorAll("footer button")];
    for (const each of buttons) each.disabled = true;
    try {
      await action();
      this.dialog.close();
    } catch (error) {
      this.#complain(error.message);
    } finally {
      for (const each of buttons) each.disabled = false;
    }
  }

  #complain(words) {
    byId("entry-fault").textContent = words;
    byId("entry-fault").hidden = false;
  }

  async #explain() {
    const list = byId("entry-receipt");
    try {
      const entries = await this.acts.why(this.of);
      list.replaceChildren(...entries.map((each) => {
        const line = document.createElement("li");
        line.append(Object.assign(document.createElement("time"), { textContent: clock(each.AtUtc) }), each.Why || each.Outcome);
        return line;
      }));
      list.hidden = false;
    } catch (error) {
      this.#complain(error.message);
    }
  }
}

/** Times travel together, and a body with its type. */
function whole(changed, all) {
  const groups = [["Start", "End", "IsAllDay", "TimeZone"], ["Body", "BodyType"]];
  for (const group of groups) {
    if (!group.some((name) => name in changed)) continue;
    for (const name of group) if (name in all) changed[name] = all[name];
  }
  return changed;
}

function options(select, choices, chosen) {
  const listed = choices.some(([value]) => value === chosen) ? choices : [...choices, [chosen, chosen]];
  select.replaceChildren(...listed.map(([value, label]) => new Option(label, value, false, value === chosen)));
}

function hintOf(side, of) {
  if (!of) return side === "outlook" ? "Made by hand in Outlook. SalesExec learns of it at the next poll." : "";
  if (side === "crm" && of.Origin === "Outlook") return "Came from Outlook. What you change here travels back.";
  if (side === "outlook" && of.Attendees.length) return "A meeting: the app never writes to it, because Outlook would mail everyone.";
  return "";
}
