// The page: one rep at a time, both calendars, and everything that happens around them.

import { Board } from "../calendar/board.js";
import { EntryDialog } from "../calendar/dialog.js";
import { nextHour } from "../calendar/times.js";
import * as api from "./api.js";
import { CleanupDialog } from "./cleanup.js";
import { Hands } from "./hands.js";
import { Journal } from "./journal.js";
import { FaultPanel, StoryPanel, tabs, UnknownsPanel } from "./panel.js";
import { Strip } from "./strip.js";
import { toast, toastRefusal } from "./toasts.js";

const LOOK_MS = 700;
const STATUS_MS = 4000;
const CHOSEN = "sandbox-rep";
const byId = (id) => document.getElementById(id);

class Page {
  constructor() {
    this.people = [];
    this.rep = null;
    this.app = "";
    this.stale = true;
    this.statusAt = 0;
    this.lost = false;
    this.hands = new Hands(this);
    this.dialog = new EntryDialog(this.hands);
    this.board = new Board({
      select: (side, span) => this.rep && this.dialog.open(side, null, span, this.rep, this.people),
      open: (side, of, span) => this.dialog.open(side, of, span, this.rep, this.people),
      move: (side, of, span) => this.hands.move(side, of, span),
      turned: () => this.changed(),
    });
    this.journal = new Journal((id) => this.people.find((each) => each.UserGuid === id || each.Upn === id)?.Name);
    this.strip = new Strip({
      connect: () => this.attempt(() => this.connect()),
      byHand: () => this.byHand(),
      enable: (on) => this.attempt(() => this.tell("PATCH", "connection", { Enabled: on })),
      disconnect: () => this.attempt(() => this.tell("DELETE", "connection")),
      cleanUp: () => this.cleanup.open(this.rep),
      decide: (decision) => this.attempt(() => this.tell("POST", "held-deletes", { Decision: decision })),
    });
    this.cleanup = new CleanupDialog(() => this.changed());
    this.faults = new FaultPanel(() => this.rep);
    this.unknowns = new UnknownsPanel();
    this.story = new StoryPanel((guid) => this.follow(guid));
    this.#wire();
  }

  #wire() {
    tabs((id) => ({ story: this.story, faults: this.faults, unknowns: this.unknowns })[id].refresh().catch(toastRefusal));
    byId("rep").addEventListener("change", ({ target }) => this.attempt(() => this.choose(target.value)));
    for (const id of ["hire", "first"]) byId(id).addEventListener("click", () => this.attempt(() => this.hire(), byId(id)));
    byId("poll").addEventListener("click", () => this.poll());
    for (const [id, way] of [["back", -1], ["today", 0], ["forth", 1]]) byId(id).addEventListener("click", () => this.board.turn(way));
    for (const each of document.querySelectorAll("[data-view]")) each.addEventListener("click", () => this.board.look(each.dataset.view));
    for (const [id, side] of [["book", "crm"], ["add", "outlook"]]) {
      byId(id).addEventListener("click", () => {
        const start = nextHour(this.board.day);
        const span = { allDay: false, start, end: new Date(start.getTime() + 30 * 60000) };
        this.dialog.open(side, null, span, this.rep, this.people);
      });
    }
  }

  async start() {
    await this.meet();
    const kept = localStorage.getItem(CHOSEN);
    const first = this.people.find((each) => each.UserGuid === kept) ?? this.people.at(-1);
    await this.choose(first?.UserGuid ?? "");
    await Promise.all([this.story.refresh(), this.faults.refresh()]);
    this.watch();
  }

  /** Learn who is there. */
  async meet() {
    const { App: app, People: people } = await api.people();
    this.app = app;
    const telling = JSON.stringify([app, people]);
    if (telling === this.met) return;
    this.met = telling;
    this.people = people;
    this.#list();
  }

  #list() {
    byId("rep").replaceChildren(...this.people.map((each) => new Option(each.Name, each.UserGuid, false, each === this.rep)));
    byId("rep").disabled = !this.people.length;
    byId("welcome").hidden = this.people.length > 0;
    for (const id of ["book", "add"]) byId(id).disabled = !this.people.length;
    byId("poll").disabled = !this.people.length || !this.app;
    byId("first").textContent = this.app ? "Make a rep and connect her" : "Make a rep";
  }

  async choose(guid) {
    this.rep = this.people.find((each) => each.UserGuid === guid) ?? null;
    byId("rep").value = guid;
    byId("mailbox").textContent = this.rep?.Upn ?? "the rep’s own calendar";
    if (this.rep) localStorage.setItem(CHOSEN, guid);
    await this.look();
    this.board.showSomething();
  }

  async hire() {
    const made = await api.hire();
    await this.meet();
    await this.choose(made.UserGuid);
    if (this.app) await this.connect();
  }

  async connect() {
    await api.connect(this.rep.UserGuid);
    toast("good", "Connected", `${this.rep.Name} went through Microsoft’s pages, and said that it is the right mailbox.`);
    this.changed();
  }

  async byHand() {
    // The tab is opened within the click, or the browser would block it; its address comes afterwards.
    const tab = window.open("about:blank", "_blank");
    await this.attempt(async () => {
      const answer = await api.link(this.rep.UserGuid, this.rep.Name);
      if (answer.Status !== 200) throw new Error(answer.Body?.detail ?? `The app answered ${answer.Error ?? answer.Status}.`);
      if (tab) tab.location = answer.Body.Url;
      else toast("warn", "The browser blocked the tab", answer.Body.Url);
    });
  }

  async poll() {
    await this.attempt(() => this.tell("POST", "sync"), byId("poll"));
  }

  /** Call the app about this rep, as SalesExec does. */
  async tell(method, what, body) {
    const answer = await api.app(method, `/api/users/${this.rep.UserGuid}/${what}`, body);
    if (answer.Status < 200 || answer.Status > 299) {
      throw new Error(answer.Body?.detail ?? `The app answered ${answer.Error ?? answer.Status}.`);
    }
    this.changed();
  }

  /** Turn to the rep whom a step of the story was about. */
  async follow(guid) {
    await this.meet();
    if (this.rep?.UserGuid !== guid) await this.choose(guid);
    else await this.look();
    this.board.showSomething();
  }

  async attempt(action, button = null) {
    if (button) button.disabled = true;
    try {
      await action();
    } catch (error) {
      toastRefusal(error);
    } finally {
      if (button) button.disabled = false;
    }
  }

  changed() {
    this.stale = true;
  }

  /** Read both calendars and the strip. */
  async look() {
    this.stale = false;
    this.statusAt = Date.now();
    const { rep } = this;
    const [person] = await Promise.all([rep && api.person(rep.UserGuid), this.board.refresh(rep)]);
    if (rep === this.rep) this.strip.show(person);
  }

  /** Follow the journal for as long as the page is open. */
  async watch() {
    for (;;) {
      try {
        if (!document.hidden) await this.#glance();
        if (this.lost) location.reload();
      } catch (error) {
        if (!(error instanceof api.Unreachable)) console.warn(error);
        else if (!this.lost) toast("bad", "The sandbox does not answer", "Is it still running? This page comes back with it.");
        this.lost ||= error instanceof api.Unreachable;
      }
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }

  async #glance() {
    const news = await this.journal.read();
    if (news) await this.meet();
    if (!this.people.includes(this.rep)) {
      const same = this.people.find((each) => each.UserGuid === this.rep?.UserGuid);
      if (same) this.rep = same;
      else if (this.rep || this.people.length) return this.choose(this.people.at(-1)?.UserGuid ?? "");
    }
    if (news || this.stale || Date.now() - this.statusAt > STATUS_MS) await this.look();
    if (news || this.faults.anyOn) await this.faults.refresh();
  }
}

if (window.FullCalendar) new Page().start().catch(toastRefusal);
else {
  byId("welcome").hidden = false;
  byId("first").hidden = true;
  byId("welcome").querySelector("h2").textContent = "FullCalendar is not installed";
  byId("welcome").querySelector("p").textContent = "Run ./dev setup (or npm ci) in the repository, and load this page again.";
}
