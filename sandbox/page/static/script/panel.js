// The tabs beside the journal: the story, the faults, and the behaviours nobody has established.

import * as api from "./api.js";
import { toast, toastRefusal } from "./toasts.js";

const BETWEEN_STEPS_MS = 1200;
const byId = (id) => document.getElementById(id);
const make = (tag, more = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), more);
  element.append(...inside);
  return element;
};

/** Let the tabs be chosen by mouse and by arrow keys; `onChoose` hears the panel's id. */
export function tabs(onChoose) {
  const all = [...document.querySelectorAll('[role="tab"]')];
  const choose = (tab) => {
    for (const each of all) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
      byId(each.getAttribute("aria-controls")).hidden = each !== tab;
    }
    onChoose(tab.getAttribute("aria-controls"));
  };
  all.forEach((tab, number) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!way) return;
      const next = all[(number + way + all.length) % all.length];
      next.focus();
      choose(next);
    });
  });
}

/** The story, step by step; `onStep` hears whom it is about after each. */
export class StoryPanel {
  constructor(onStep) {
    this.onStep = onStep;
    this.running = false;
    this.next = make("button", { type: "button", className: "primary", id: "story-next", textContent: "Play next step" });
    this.all = make("button", { type: "button", id: "story-all", textContent: "Play all" });
    this.again = make("button", { type: "button", id: "story-again", className: "quiet", textContent: "Begin again" });
    this.list = make("ol", { className: "steps" });
    byId("story").append(make("div", { className: "tools" }, this.next, this.all, this.again), this.list);
    this.next.addEventListener("click", () => this.#play(false));
    this.all.addEventListener("click", () => (this.running ? (this.running = false) : this.#play(true)));
    this.again.addEventListener("click", () => this.#show(api.beginAgain()));
  }

  refresh() {
    return this.#show(api.story());
  }

  async #show(asked) {
    try {
      const told = await asked;
      this.#draw(told);
      return told;
    } catch (error) {
      toastRefusal(error);
      return null;
    }
  }

  async #play(untilOver) {
    this.running = true;
    let told = null;
    do {
      this.#busy(untilOver);
      told = await this.#show(api.playNext());
      if (told?.UserGuid) await this.onStep(told.UserGuid);
      const goesOn = told?.Steps.some((each) => each.State === "Waiting") && !told.Steps.some((each) => each.State === "Failed");
      if (!goesOn) break;
      if (untilOver && this.running) await new Promise((done) => setTimeout(done, BETWEEN_STEPS_MS));
    } while (untilOver && this.running);
    this.running = false;
    await this.refresh();
  }

  #busy(untilOver) {
    this.next.disabled = true;
    this.again.disabled = true;
    this.all.textContent = untilOver ? "Stop after this step" : "Play all";
    this.all.disabled = !untilOver;
    this.list.querySelector(".next")?.classList.add("playing");
  }

  #draw({ Steps: steps }) {
    const over = steps.every((each) => each.State === "Done");
    const nextStep = steps.find((each) => each.State !== "Done");
    this.next.disabled = over || this.running;
    this.next.textContent = nextStep?.State === "Failed" ? "Try it again" : "Play next step";
    this.all.disabled = over;
    this.all.textContent = this.running ? this.all.textContent : "Play all";
    this.again.disabled = this.running;
    this.list.replaceChildren(...steps.map((each) => {
      const name = [each.State.toLowerCase(), each === nextStep ? "next" : ""].join(" ").trim();
      const line = make("li", { className: name }, make("span", { textContent: each.What }));
      if (each.Seen) line.append(make("small", { textContent: each.Seen }));
      return line;
    }));
    this.#follow();
  }

  /** Keep the step that is next in sight, without moving the page. */
  #follow() {
    const line = this.list.querySelector(".next") ?? this.list.lastElementChild;
    const panel = byId("story");
    const below = line.getBoundingClientRect().bottom - panel.getBoundingClientRect().bottom + 12;
    if (below > 0 || line === this.list.firstElementChild) panel.scrollTop += below;
  }
}

/** Every fault by its name, with a switch. */
export class FaultPanel {
  constructor(rep) {
    this.rep = rep;
    this.told = null;
    this.list = make("ul", { className: "faults" });
    this.clear = make("button", { type: "button", id: "all-clear", textContent: "All faults off" });
    const words = make("p", { textContent: "What goes wrong from now on, for everybody." });
    byId("faults").append(make("div", { className: "tools" }, words, this.clear), this.list);
    this.clear.addEventListener("click", () => this.#order(api.allClear(this.rep()?.Upn ?? "")));
  }

  get anyOn() {
    return Boolean(this.told?.some((each) => each.On));
  }

  async refresh() {
    this.#draw(await api.troubles(this.rep()?.Upn ?? ""));
  }

  async #order(asked) {
    try {
      this.#draw(await asked);
    } catch (error) {
      toastRefusal(error);
      this.told = null;
      await this.refresh();
    }
  }

  #draw(troubles) {
    if (JSON.stringify(troubles) === JSON.stringify(this.told)) return;
    for (const each of this.told ?? []) {
      const now = troubles.find(({ Name }) => Name === each.Name);
      if (each.On && !now.On && each.Ends === "by itself") toast("soft", "Over", `${each.Title}: it has ended by itself.`);
    }
    this.told = troubles;
    const on = troubles.filter((each) => each.On).length;
    byId("fault-count").textContent = on;
    byId("fault-count").hidden = !on;
    this.clear.disabled = !on;
    const focused = document.activeElement?.id;
    this.list.replaceChildren(...troubles.map((each) => this.#line(each)));
    if (focused?.startsWith("fault-")) byId(focused)?.focus();
  }

  #line(each) {
    const id = `fault-${each.Name}`;
    const button = make("button", { type: "button", className: "switch", id });
    button.setAttribute("role", "switch");
    button.setAttribute("aria-checked", String(each.On));
    button.setAttribute("aria-labelledby", `${id}-label`);
    button.disabled = each.Personal && each.On;
    button.addEventListener("click", () => this.#order(api.turn(each.Name, !each.On, this.rep()?.Upn ?? "")));
    const label = make("label", { id: `${id}-label`, htmlFor: id, textContent: each.Title });
    return make("li", {}, button, label, make("small", { textContent: `${each.What} Ends ${each.Ends}.` }));
  }
}

/** Behaviours of the real services that nobody has established, each with the ways it may be. */
export class UnknownsPanel {
  constructor() {
    this.list = make("div", { className: "unknowns" });
    const words = make("p", { textContent: "How does the real service behave here? Nobody has established it; choose, and see whether the app cares." });
    byId("unknowns").append(make("div", { className: "tools" }, words), this.list);
  }

  async refresh() {
    this.#draw(await api.switches());
  }

  #draw(switches) {
    this.list.replaceChildren(...switches.flatMap((each) => {
      const id = `unknown-${each.Name}`;
      const label = make("label", { htmlFor: id }, make("b", { textContent: each.Name }), each.Why);
      const select = make("select", { id, className: each.Value === each.Values[0] ? "" : "chosen" });
      select.append(...each.Values.map((value) => new Option(value, value, false, value === each.Value)));
      select.addEventListener("change", async () => {
        try {
          await api.choose(each.Name, select.value);
          select.className = select.value === each.Values[0] ? "" : "chosen";
        } catch (error) {
          toastRefusal(error);
          await this.refresh();
        }
      });
      return [label, select];
    }));
  }
}
