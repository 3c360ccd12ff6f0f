// What a person's hands do on either side: book, drag, edit, delete, and ask why.

import { crmSpan, crmTimes, outlookSpan, outlookTimes } from "../calendar/entries.js";
import { movedLines } from "../calendar/series.js";
import { wallShifted } from "../calendar/times.js";
import * as api from "./api.js";
import { toast, toastPush, toastRefusal } from "./toasts.js";

/** `place` has rep, app (whether there is one), poll() and changed(), which makes the page look again. */
export class Hands {
  constructor(place) {
    this.place = place;
  }

  /** Save a new entry or changes to one; of an occurrence only that one is changed. */
  async save(side, of, changes) {
    await (side === "crm" ? this.#saveAppointment(of, changes) : this.#saveEvent(of, changes));
    this.place.changed();
  }

  /** The series that an occurrence is one of. */
  seriesOf(side, of) {
    return side === "crm" ? api.appointment(of.AppointmentGuid) : api.event(of.SeriesMasterId);
  }

  /** Save changes to a whole series; it keeps its own zone, and what names its hours moves along. */
  async saveSeries(side, series, changes) {
    const { Start: start, End: end, IsAllDay: _, TimeZone: __, ...fields } = changes;
    if (start && !series.IsAllDay) {
      const was = side === "crm" ? crmSpan(series) : outlookSpan(series);
      const [later, longer] = [new Date(start) - was.start, new Date(end) - was.end];
      if (side === "crm") Object.assign(fields, { Start: start, End: end }, movedRule(series, later));
      else Object.assign(fields, { Start: wallShifted(series.Start, later), End: wallShifted(series.End, longer) });
    }
    await this.save(side, series, fields);
  }

  /** Move an entry that was dragged; false when that was refused. */
  async move(side, of, span) {
    try {
      const times = side === "crm" ? crmTimes(span) : outlookTimes(span);
      await this.save(side, of, times);
      return true;
    } catch (error) {
      toastRefusal(error);
      return false;
    }
  }

  async remove(side, of) {
    if (side === "crm") {
      const { AppointmentGuid: guid, Slot: slot } = of;
      toastPush((await (slot ? api.cancelOccurrence(guid, slot, this.#push()) : api.cancel(guid, this.#push()))).Push);
    } else {
      await api.removeEvent(of.Id);
      this.#untold("Deleted in Outlook");
    }
    this.place.changed();
  }

  /** The receipt of an appointment, newest first. */
  async why(of) {
    const answer = await api.app("GET", `/api/appointments/${of.AppointmentGuid}/receipt`);
    if (answer.Status === 404) return [{ AtUtc: of.ModifiedUtc, Why: "The app has never heard of this appointment." }];
    if (answer.Status !== 200) throw new Error(answer.Body?.detail ?? `The app answered ${answer.Error ?? answer.Status}.`);
    return answer.Body.Entries;
  }

  async #saveAppointment(of, changes) {
    const { UserGuid: whose, ...fields } = changes;
    if ("LeadGuid" in fields) {
      fields.LeadUrl = this.place.rep.Leads.find((each) => each.LeadGuid === fields.LeadGuid)?.LeadUrl ?? null;
    }
    if (!of) {
      return toastPush((await api.book({ ...fields, ...this.#push(), UserGuid: this.place.rep.UserGuid })).Push);
    }
    if (of.Slot) return toastPush((await api.editOccurrence(of.AppointmentGuid, of.Slot, { ...fields, ...this.#push() })).Push);
    if (Object.keys(fields).length) toastPush((await api.edit(of.AppointmentGuid, { ...fields, ...this.#push() })).Push);
    if (whose) toastPush((await api.transfer(of.AppointmentGuid, { UserGuid: whose, ...this.#push() })).Push);
  }

  async #saveEvent(of, changes) {
    await (of ? api.editEvent(of.Id, changes) : api.addEvent(this.place.rep.Upn, changes));
    this.#untold(of ? "Changed in Outlook" : "Added in Outlook");
  }

  #push() {
    return this.place.app ? {} : { Push: false };
  }

  #untold(title) {
    if (!this.place.app) return toast("good", title);
    toast("good", title, "SalesExec learns of it at the next poll.", { label: "Poll now", run: () => this.place.poll() });
  }
}

/** The rule of a series in SalesExec that begins so much later, when it names hours. */
function movedRule({ Recurrence: lines }, later) {
  const moved = movedLines(lines, later);
  return String(moved) === String(lines) ? {} : { Recurrence: moved };
}
