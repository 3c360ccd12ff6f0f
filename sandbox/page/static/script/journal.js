// The journal, newest first, read again and again from where it was left.

import * as api from "./api.js";
import { told } from "./words.js";

const FIRST = 150;
const SHOWN = 300;
// A request that was not answered by then never will be.
const UNANSWERED_MS = 60000;

export class Journal {
  constructor(nameOf) {
    this.nameOf = nameOf;
    this.list = document.getElementById("journal");
    this.rows = new Map();
    this.cursor = null;
    this.unanswered = new Map();
    const everything = document.getElementById("everything");
    this.list.classList.toggle("all", everything.checked);
    everything.addEventListener("change", () => this.#sift());
    this.#sift();
  }

  #sift() {
    this.all = document.getElementById("everything").checked;
    for (const row of this.rows.values()) row.hidden = row.dataset.quiet === "yes" && !this.all;
  }

  /** Read what is new; return whether anything was. */
  async read() {
    const first = this.cursor === null;
    const since = first ? 0 : Math.min(this.cursor, ...[...this.unanswered.keys()].map((seq) => seq - 1));
    const entries = await api.journal(since, first ? FIRST : 0);
    let news = false;
    for (const entry of entries) {
      const wasPending = this.unanswered.delete(entry.Seq);
      if (entry.Method && !entry.Status && !entry.Fault.startsWith("drop") && Date.now() - new Date(entry.AtUtc) < UNANSWERED_MS) {
        this.unanswered.set(entry.Seq, true);
      }
      if (this.rows.has(entry.Seq) && !wasPending) continue;
      if (wasPending && this.unanswered.has(entry.Seq)) continue;
      news = true;
      this.#write(entry, first);
    }
    this.cursor = Math.max(this.cursor ?? 0, ...entries.map((each) => each.Seq));
    this.#trim();
    return news;
  }

  #write(entry, old) {
    const words = told(entry, this.nameOf);
    const row = document.createElement("li");
    row.className = [words.part ? "part" : "", old ? "" : "fresh"].filter(Boolean).join(" ");
    row.dataset.quiet = words.quiet ? "yes" : "no";
    row.dataset.seq = entry.Seq;
    row.hidden = words.quiet && !this.all;
    if (entry.Method) row.title = `${entry.Method} ${entry.Path}${entry.Query ? `?${entry.Query}` : ""}`;
    const time = new Date(entry.AtUtc).toLocaleTimeString("en-GB");
    row.append(piece("time", "", time), piece("span", `badge ${words.service}`, words.badge), piece("span", `status ${words.tone}`, words.status));
    const sentence = piece("span", "words", words.words);
    if (words.who) sentence.prepend(piece("b", "", words.who));
    row.append(sentence);
    const before = this.rows.get(entry.Seq);
    if (before) before.replaceWith(row);
    else this.list.prepend(row);
    this.rows.set(entry.Seq, row);
  }

  #trim() {
    for (const [seq, row] of this.rows) {
      if (this.rows.size <= SHOWN) break;
      row.remove();
      this.rows.delete(seq);
      this.unanswered.delete(seq);
    }
    const nobody = this.list.querySelector(".nobody");
    if (!this.rows.size && !nobody) this.list.append(piece("li", "nobody", "Nothing has happened yet."));
    if (this.rows.size && nobody) nobody.remove();
  }
}

const piece = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });
