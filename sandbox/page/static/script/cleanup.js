// Taking everything back out: counted first, then done, with its progress.

import * as api from "./api.js";

const LOOK_MS = 500;
const REASONS = {
  MeetingWithAttendees: "has attendees, who would be mailed",
  NotProvablyOurs: "cannot be proved to be ours",
};
const byId = (id) => document.getElementById(id);

export class CleanupDialog {
  /** `changed` is called when something was removed. */
  constructor(changed) {
    this.changed = changed;
    this.dialog = byId("cleanup");
    this.form = byId("cleanup-form");
    byId("cleanup-close").addEventListener("click", () => this.dialog.close());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#begin().catch((error) => this.#say(error.message, true));
    });
  }

  /** Show what would be removed of a rep. */
  async open(rep) {
    this.rep = rep;
    this.#say("Counting …");
    for (const side of ["Outlook", "SalesExec"]) byId(`cleanup-${side}`).textContent = "";
    this.dialog.showModal();
    byId("cleanup-begin").disabled = true;
    try {
      const counts = await this.#ask("POST", "", { UserGuid: rep.UserGuid, Sides: ["Outlook", "SalesExec"], DryRun: true });
      for (const side of ["Outlook", "SalesExec"]) byId(`cleanup-${side}`).textContent = ` (${counts[side]})`;
      this.#say("");
      byId("cleanup-begin").disabled = false;
    } catch (error) {
      this.#say(error.message, true);
    }
  }

  async #begin() {
    const sides = ["Outlook", "SalesExec"].filter((side) => this.form.elements[side].checked);
    if (!sides.length) return this.#say("Choose at least one side.", true);
    byId("cleanup-begin").disabled = true;
    let job = await this.#ask("POST", "", { UserGuid: this.rep.UserGuid, Sides: sides });
    while (job.State === "Running" && this.dialog.open) {
      this.#tell(job);
      await new Promise((done) => setTimeout(done, LOOK_MS));
      job = await this.#ask("GET", `/${job.JobId}`);
      this.changed();
    }
    this.#tell(job);
  }

  #tell(job) {
    const left = job.Left.map((each) => REASONS[each.Reason] ?? each.Reason);
    const why = left.length ? ` Left: ${left.length} (${[...new Set(left)].join("; ")}).` : "";
    const state = { Running: "Removing …", Done: "Done.", Blocked: "It waits until the rep signs in again." }[job.State] ?? job.State;
    const known = typeof job.Found === "number" ? ` Found ${job.Found}, removed ${job.Removed}.` : "";
    this.#say(`${state}${known}${why}`);
  }

  async #ask(method, path, body) {
    const answer = await api.app(method, `/api/cleanup${path}`, body);
    if (answer.Status < 200 || answer.Status > 299) {
      throw new Error(answer.Body?.detail ?? `The app answered ${answer.Error ?? answer.Status}.`);
    }
    return { Left: [], ...answer.Body };
  }

  #say(words, isFault = false) {
    byId("cleanup-progress").textContent = words;
    byId("cleanup-progress").className = `wide${isFault ? " fault" : ""}`;
  }
}
