// The status strip: how the rep is connected, what it took so far, and what can be done about it.

import { clock } from "../calendar/times.js";

const STATES = {
  Connected: ["Connected", "good"],
  NotConnected: ["Not connected", "soft"],
  ReconnectNeeded: ["Must sign in again", "bad"],
  Paused: ["Paused", "warn"],
  Held: ["Deletes are held", "bad"],
};

/** Draw the strip; `acts` has connect, byHand, enable(on), disconnect, cleanUp and decide(decision). */
export class Strip {
  constructor(acts) {
    this.acts = acts;
    this.box = document.getElementById("strip");
    this.told = null;
  }

  show(person) {
    const telling = JSON.stringify(person);
    if (telling === this.told) return;
    this.told = telling;
    const focused = document.activeElement?.dataset?.act;
    this.box.replaceChildren(...(person ? this.#pieces(person) : []));
    if (focused) this.box.querySelector(`[data-act="${focused}"]`)?.focus();
  }

  #pieces(person) {
    const connection = person.Connection;
    const [words, tone] = connection ? STATES[connection.State] ?? [connection.State, "soft"] : ["No app", "soft"];
    const pieces = [make("span", `state tone-${tone}`, words), this.#actions(connection?.State), this.#figures(person)];
    const error = connection?.LastError;
    if (person.Trouble) pieces.splice(1, 1, make("span", "tone-soft", person.Trouble));
    else if (error) pieces.push(make("span", "error", `${clock(error.AtUtc)}: ${error.Message}`));
    return pieces;
  }

  #actions(state) {
    const box = make("span", "actions");
    for (const [name, label, run, title] of this.#possible(state)) {
      const button = make("button", "", label);
      Object.assign(button, { type: "button", title: title ?? "" });
      button.dataset.act = name;
      button.addEventListener("click", run);
      box.append(button);
    }
    return box;
  }

  #possible(state) {
    const { acts } = this;
    const signIn = [
      ["connect", state === "ReconnectNeeded" ? "Reconnect" : "Connect", acts.connect, "Goes through link, Microsoft’s page and confirmation for her"],
      ["by-hand", "By hand ↗", acts.byHand, "Opens the real pages in a new tab. Microsoft’s page has the sandbox’s own certificate: the browser will warn"],
    ];
    const leave = [["disconnect", "Disconnect", acts.disconnect], ["clean-up", "Clean up…", acts.cleanUp]];
    switch (state) {
      case "NotConnected": return signIn;
      case "ReconnectNeeded": return [...signIn, ...leave];
      case "Connected": return [["pause", "Pause", () => acts.enable(false)], ...leave];
      case "Paused": return [["resume", "Resume", () => acts.enable(true)], ...leave];
      case "Held": return [
        ["apply", "Delete in SalesExec", () => acts.decide("Apply")],
        ["restore", "Restore in Outlook", () => acts.decide("Restore")],
      ];
      default: return [];
    }
  }

  #figures(person) {
    const connection = person.Connection ?? {};
    const list = document.createElement("dl");
    const add = (term, value, tone = "", title = "") => {
      const pair = make("div", "");
      pair.title = title;
      pair.append(make("dt", "", term), make("dd", tone && `tone-${tone}`, String(value)));
      list.append(pair);
    };
    if (person.Connection) {
      add("Last poll", clock(connection.LastPollUtc));
      add("Last push", clock(connection.LastPushUtc));
    }
    for (const [name, term] of [["WaitingPushes", "Waiting"], ["HeldDeletes", "Held deletes"]]) {
      if (connection[name]) add(term, connection[name], "warn");
    }
    add("Grants", person.Grants, "", "Refresh tokens of hers that still work");
    add("Secrets", person.Secrets, "", "Secrets in the vault, of all reps");
    add("Graph requests", person.Requests, "", `At most ${person.MostAtOnce} at once; four are allowed`);
    add("Throttled", person.Throttled, person.Throttled ? "warn" : "");
    add("Mails", person.Mails, person.Mails ? "bad" : "good", "Mails that Exchange would have sent to anybody");
    return list;
  }
}

const make = (tag, className, textContent = "") => Object.assign(document.createElement(tag), { className, textContent });
