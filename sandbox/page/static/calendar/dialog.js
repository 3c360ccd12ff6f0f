// The dialog in which an appointment or an event is made, edited, explained and deleted.

import { held, show } from "./markup.js";
import { crmSpan, crmTimes, outlookSpan, outlookTimes } from "./entries.js";
import { crmSeries, inWords, outlookSeries, repeats, repeatsFault } from "./series.js";
import { clock, dayShifted, dayText, wallText } from "./times.js";

const SHOW_AS = {
  crm: [["Free", "Free"], ["Tentative", "Tentative"], ["Busy", "Busy"], ["OutOfOffice", "Out of office"], ["WorkingElsewhere", "Working elsewhere"]],
  outlook: [["free", "Free"], ["tentative", "Tentative"], ["busy", "Busy"], ["oof", "Out of office"], ["workingElsewhere", "Working elsewhere"]],
};
const WORDS = {
  crm: { thing: "Appointment", make: "Book", remove: { single: "Cancel appointment", one: "Cancel this one", series: "Cancel the series" } },
  outlook: { thing: "Event", make: "Add", remove: { single: "Delete event", one: "Delete this one", series: "Delete the series" } },
};
// What stays as it was typed when somebody thinks better of which ones are meant.
const KEPT = ["subject", "location", "showAs", "attendees"];

const byId = (id) => document.getElementById(id);

export class EntryDialog {
  /** `acts` has save(side, of, changes), saveSeries(side, series, changes), seriesOf(side, of), remove(side, of) and why(of). */
  constructor(acts) {
    this.acts = acts;
    this.dialog = byId("entry");
    this.form = byId("entry-form");
    this.body = byId("entry-body");
    const field = this.form.elements;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    field.allDay.addEventListener("change", () => this.#setTimes(this.#span(!field.allDay.checked)));
    for (const each of [field.start, field.repeats]) each.addEventListener("change", () => this.#offerRepeats(field.repeats.value));
    byId("entry-scope").addEventListener("change", () => this.#choose());
    byId("entry-close").addEventListener("click", () => this.dialog.close());
    byId("entry-delete").addEventListener("click", () => this.#act(() => this.acts.remove(this.side, this.of)));
    byId("entry-why").addEventListener("click", () => this.#explain());
  }

  /** Ask for a new one (`of` is null), or show one that is there. */
  open(side, of, span, rep, people) {
    Object.assign(this, { side, rep, people, entry: of, shown: span, series: null });
    this.dialog.style.setProperty("--side", `var(--${side})`);
    for (const id of ["entry-receipt", "entry-fault"]) byId(id).hidden = true;
    byId("entry-scope").hidden = !isOfSeries(of);
    this.form.elements.scope.value = "one";
    this.#show(of, span, false);
    if (isOfSeries(of)) this.#meetSeries();
    this.dialog.showModal();
    this.form.elements.subject.focus();
    this.form.elements.subject.select();
  }

  /** Learn what the series is while somebody looks at one of it. */
  #meetSeries() {
    const { entry, side } = this;
    this.series = this.acts.seriesOf(side, entry);
    this.series
      .then((series) => {
        if (this.entry === entry) this.#tellHint(inWords(side, series));
      })
      .catch((error) => this.#complain(error.message));
  }

  /** Turn from one occurrence to its whole series, or back; what was typed stays. */
  async #choose() {
    const { entry, side } = this;
    const whole = this.form.elements.scope.value === "series";
    const typed = this.#typing();
    // Nothing is saved or deleted before the dialog shows which ones are meant.
    this.#rest(true);
    try {
      const series = await this.series;
      if (this.entry !== entry) return;
      const span = side === "crm" ? crmSpan : outlookSpan;
      this.#show(whole ? series : entry, whole ? span(series) : this.shown, whole);
      this.#tellHint(inWords(side, series));
      this.#retype(typed);
    } catch (error) {
      this.form.elements.scope.value = "one";
      this.#complain(error.message);
    } finally {
      this.#rest(false);
    }
  }

  #rest(isOn) {
    for (const each of this.form.querySelectorAll("footer button")) each.disabled = isOn;
  }

  #show(of, span, whole) {
    Object.assign(this, { of, span, whole });
    const { side } = this;
    const words = WORDS[side];
    const where = `in ${side === "crm" ? "SalesExec" : "Outlook"}`;
    byId("entry-title").textContent = of ? `${words.thing} ${where}` : `New ${words.thing.toLowerCase()} ${where}`;
    byId("entry-save").textContent = of ? "Save" : words.make;
    byId("entry-delete").textContent = words.remove[whole ? "series" : isOfSeries(of) ? "one" : "single"];
    byId("entry-delete").hidden = !of;
    byId("entry-why").hidden = !of || side !== "crm";
    byId("entry-repeats").hidden = Boolean(of);
    for (const each of this.form.querySelectorAll("label[data-side]")) each.hidden = each.dataset.side !== side;
    // A lead and a rep are the whole appointment's.
    byId("entry-lead").hidden ||= isOfSeries(of);
    byId("entry-rep").hidden ||= !of || isOfSeries(of) || this.people.length < 2;
    this.#tellHint("");
    this.#fill(of ?? {}, span, this.people);
    this.before = this.#read();
    this.filled = this.#raw();
  }

  #tellHint(rule) {
    const isChanged = !this.whole && (this.of?.IsChanged || this.of?.Type === "exception");
    const words = [rule && `Repeats ${rule}.`, isChanged && "This one was changed by itself.", hintOf(this.side, this.of)];
    byId("entry-hint").textContent = words.filter(Boolean).join(" ");
  }

  #raw() {
    const field = this.form.elements;
    const kept = Object.fromEntries(KEPT.map((name) => [name, field[name].value]));
    const times = { start: field.start.value, end: field.end.value };
    return { ...kept, ...times, private: field.private.checked, body: this.body.innerHTML };
  }

  /** What somebody typed since the fields were filled. */
  #typing() {
    return Object.entries(this.#raw()).filter(([name, value]) => value !== this.filled[name]);
  }

  #retype(typed) {
    const field = this.form.elements;
    for (const [name, value] of typed) {
      if (name === "body") this.body.innerHTML = value;
      else if (name === "private") field.private.checked = value;
      else if (KEPT.includes(name)) field[name].value = value;
      // Only the time of day is the same thing in one occurrence and in its series.
      else if (value.includes(":") && field[name].value.includes(":")) field[name].value = field[name].value.replace(/\d\d:\d\d$/, value.slice(-5));
    }
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
    field.times.value = "";
    this.#setTimes(span);
    this.#offerRepeats("never");
  }

  #offerRepeats(chosen) {
    const { start, repeats: select } = this.form.elements;
    if (!this.whole && start.value) options(select, repeats(start.value.slice(0, 10)), chosen);
    byId("entry-times").hidden = Boolean(this.of) || chosen === "never";
  }

  #setTimes({ allDay, start, end }) {
    const field = this.form.elements;
    // A whole series keeps its days.
    field.allDay.disabled = this.whole;
    for (const each of [field.start, field.end]) {
      each.type = allDay ? "date" : this.whole ? "time" : "datetime-local";
      each.disabled = this.whole && allDay;
    }
    // People say the last day, computers the day after it.
    const [first, last] = allDay ? [start, dayShifted(end, -1)] : [wallText(start), wallText(end)];
    field.start.value = this.whole && !allDay ? first.slice(11) : first;
    field.end.value = this.whole && !allDay ? last.slice(11) : last;
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
    if (this.whole) return allDay.checked ? this.span : timesOn(this.span, start.value, end.value);
    return allDay.checked
      ? { allDay: true, start: start.value, end: dayShifted(end.value, 1) }
      : { allDay: false, start: new Date(start.value), end: new Date(end.value) };
  }

  #read() {
    const field = this.form.elements;
    const isCrm = this.side === "crm";
    const span = this.#typed();
    const kind = this.of ? "never" : field.repeats.value || "never";
    const series = (isCrm ? crmSeries : outlookSeries)(kind, span, field.times.value);
    const times = { ...(isCrm ? crmTimes(span) : outlookTimes(span)), ...series };
    const shared = { Subject: field.subject.value, Location: field.location.value, ShowAs: field.showAs.value, ...times };
    const body = { Body: held(this.body, this.isHtml), BodyType: this.isHtml ? "Html" : "Text" };
    if (isCrm) return { ...shared, ...body, Location: field.location.value || null, IsPrivate: field.private.checked, LeadGuid: field.lead.value || null, UserGuid: field.rep.value };
    const attendees = field.attendees.value.split(/[,;\s]+/).filter(Boolean);
    return { ...shared, ...body, Sensitivity: field.private.checked ? "private" : "normal", Attendees: attendees };
  }

  #fault() {
    const { start, end, subject, repeats: kind, times } = this.form.elements;
    if (!subject.value.trim()) return "It needs a subject.";
    if (!start.value || !end.value) return "It needs a start and an end.";
    const span = this.#typed();
    if (span.allDay ? span.end <= span.start : span.end < span.start) return "It ends before it starts.";
    return this.of ? "" : repeatsFault(kind.value, start.value.slice(0, 10), times.value);
  }

  #save() {
    const fault = this.#fault();
    if (fault) return this.#complain(fault);
    const changes = this.#read();
    const differs = (name) => JSON.stringify(changes[name]) !== JSON.stringify(this.before[name]);
    const changed = Object.fromEntries(Object.entries(changes).filter(([name]) => !this.of || differs(name)));
    if (this.of && !Object.keys(changed).length) return this.dialog.close();
    const save = this.whole ? this.acts.saveSeries : this.acts.save;
    return this.#act(() => save.call(this.acts, this.side, this.of, complete(changed, changes)));
  }

  async #act(action) {
    this.#rest(true);
    try {
      await action();
      this.dialog.close();
    } catch (error) {
      this.#complain(error.message);
    } finally {
      this.#rest(false);
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
function complete(changed, all) {
  const groups = [["Start", "End", "IsAllDay", "TimeZone"], ["Body", "BodyType"]];
  for (const group of groups) {
    if (!group.some((name) => name in changed)) continue;
    for (const name of group) if (name in all) changed[name] = all[name];
  }
  return changed;
}

const isOfSeries = (of) => Boolean(of?.Slot ?? of?.SeriesMasterId);

/** Other times of day on the same days; what ended on another day than it began still does. */
function timesOn({ start, end }, begins, ends) {
  const first = new Date(`${dayText(start)}T${begins}`);
  const last = new Date(`${dayText(end)}T${ends}`);
  return { allDay: false, start: first, end: last };
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
