// What a person's hands do on either side: book, drag, edit, delete, and ask why.

import { crmTimes, outlookTimes } from "../calendar/entries.js";
import * as api from "./api.js";
import { toast, toastPush, toastRefusal } from "./toasts.js";

/** `place` has rep, app (whether there is one), poll() and changed(), which makes the page look again. */
export class Hands {
  constructor(place) {
    this.place = place;
  }

  /** Save a new entry or changes to one. */
  async save(side, of, changes) {
    await (side === "crm" ? this.#saveAppointment(of, changes) : this.#saveEvent(of, changes));
    this.place.changed();
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
      toastPush((await api.cancel(of.AppointmentGuid, this.#push())).Push);
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
