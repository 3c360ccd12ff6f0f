// The two calendars, moving through time together.

import * as api from "../script/api.js";
import { entriesOf, spanOf } from "./entries.js";
import { dayText, utcText } from "./times.js";

const SIDES = ["crm", "outlook"];
const HOURS = { hour: "2-digit", minute: "2-digit", hour12: false };
const BACK_MS = 30 * 86400000;
const AHEAD_MS = 120 * 86400000;
const NARROW = matchMedia("(max-width: 820px)");

export class Board {
  /** `acts` has select(side, span), open(side, entry, span), move(side, entry, span) and turned(): what a hand does. */
  constructor(acts) {
    this.acts = acts;
    this.entries = { crm: [], outlook: [] };
    this.told = null;
    this.seen = new Map();
    this.dragging = 0;
    this.calendars = Object.fromEntries(SIDES.map((side) => [side, this.#calendar(side)]));
    for (const side of SIDES) this.calendars[side].render();
    this.#scrollTogether();
    this.#highlightTwins();
    this.#tellPeriod();
    new ResizeObserver(() => this.#all((each) => each.updateSize())).observe(document.querySelector(".calendars"));
  }

  #all(action) {
    for (const side of SIDES) action(this.calendars[side], side);
  }

  #calendar(side) {
    const view = NARROW.matches ? "timeGridDay" : "timeGridWeek";
    markView(view);
    return new FullCalendar.Calendar(document.getElementById(side), {
      initialView: view,
      initialDate: nextWorkday(),
      headerToolbar: false,
      height: "100%",
      firstDay: 1,
      scrollTime: "08:00:00",
      nowIndicator: true,
      editable: true,
      selectable: true,
      selectMirror: true,
      eventInteractive: true,
      slotEventOverlap: false,
      dayMaxEvents: 3,
      longPressDelay: 350,
      slotLabelFormat: HOURS,
      eventTimeFormat: HOURS,
      slotLabelInterval: "01:00",
      dayHeaderFormat: { weekday: "short", day: "numeric" },
      noEventsContent: "Nothing in this week",
      events: (_span, done) => done(this.entries[side]),
      eventContent: (shown) => ({ domNodes: [piece(shown)] }),
      eventDidMount: ({ el, event }) => {
        if (!event.extendedProps.of) return;
        el.dataset.pair = event.extendedProps.pair;
        el.setAttribute("aria-label", spoken(event));
      },
      eventDragStart: () => this.#drags(1),
      eventDragStop: () => this.#drags(-1),
      eventResizeStart: () => this.#drags(1),
      eventResizeStop: () => this.#drags(-1),
      select: (span) => {
        this.calendars[side].unselect();
        this.acts.select(side, spanOf(span));
      },
      eventClick: ({ event, jsEvent }) => {
        jsEvent.preventDefault();
        this.acts.open(side, event.extendedProps.of, spanOf(event));
      },
      eventDrop: (change) => this.#moved(side, change),
      eventResize: (change) => this.#moved(side, change),
    });
  }

  #drags(more) {
    this.dragging += more;
    // What lies under a message can be dropped upon all the same.
    document.body.classList.toggle("dragging", this.dragging > 0);
  }

  async #moved(side, { event, revert }) {
    const done = await this.acts.move(side, event.extendedProps.of, spanOf(event));
    if (!done) revert();
  }

  /** Read both calendars of a rep and draw what is new; a drag is never disturbed. */
  async refresh(rep) {
    const [appointments, shown, events] = rep
      ? await Promise.all([api.appointments(rep.UserGuid), api.shown(rep.UserGuid, ...this.#window()), api.events(rep.Upn, ...this.#window())])
      : [[], [], []];
    const entries = entriesOf(appointments, shown, events);
    const telling = JSON.stringify(entries);
    if (telling === this.told || this.dragging) return;
    this.#markFresh(entries, rep?.UserGuid);
    this.told = telling;
    this.entries = entries;
    this.#all((each) => each.refetchEvents());
  }

  /** What is in sight, and around today as much as a rep plans, as two instants. */
  #window() {
    const { activeStart, activeEnd } = this.calendars.crm.view;
    const first = Math.min(activeStart, Date.now() - BACK_MS);
    const last = Math.max(activeEnd, Date.now() + AHEAD_MS);
    return [utcText(new Date(first)), utcText(new Date(last))];
  }

  #markFresh(entries, whose) {
    const now = new Map([...entries.crm, ...entries.outlook].map((each) => [each.id, `${each.title} ${each.start} ${each.end}`]));
    for (const each of [...entries.crm, ...entries.outlook]) {
      if (this.whose === whose && this.seen.get(each.id) !== now.get(each.id)) each.classNames.push("fresh");
    }
    this.whose = whose;
    this.seen = now;
  }

  /** Go to the first entry from today on, when nothing is in sight. */
  showSomething() {
    const { activeStart, activeEnd } = this.calendars.crm.view;
    const starts = [...this.entries.crm, ...this.entries.outlook].map((each) => new Date(each.start)).sort((a, b) => a - b);
    if (!starts.length || starts.some((at) => at >= activeStart && at < activeEnd)) return;
    this.goTo(starts.find((at) => at >= new Date()) ?? starts.at(-1));
  }

  goTo(day) {
    this.#all((each) => each.gotoDate(day));
    this.#tellPeriod();
    this.acts.turned();
  }

  turn(way) {
    this.#all((each) => (way < 0 ? each.prev() : way > 0 ? each.next() : each.today()));
    this.#tellPeriod();
    this.acts.turned();
  }

  look(view) {
    this.#all((each) => each.changeView(view));
    markView(view);
    this.#tellPeriod();
    this.#scrollTogether();
  }

  /** The first day in sight that is not over. */
  get day() {
    const { currentStart, currentEnd } = this.calendars.crm.view;
    const now = new Date();
    return now >= currentStart && now < currentEnd ? now : currentStart;
  }

  #tellPeriod() {
    const { currentStart, currentEnd } = this.calendars.crm.view;
    const last = new Date(currentEnd.getTime() - 1);
    const short = { day: "numeric", month: "short" };
    const end = last.toLocaleDateString("en-GB", { ...short, year: "numeric" });
    const begin = currentStart.toLocaleDateString("en-GB", short);
    document.getElementById("period").textContent = dayText(currentStart) === dayText(last) ? end : `${begin} – ${end}`;
  }

  #scrollTogether() {
    const panes = SIDES.map((side) => document.querySelector(`#${side} .fc-timegrid-body`)?.closest(".fc-scroller"));
    if (panes.some((pane) => !pane || pane.dataset.together)) return;
    for (const [pane, other] of [panes, [...panes].reverse()]) {
      pane.dataset.together = "yes";
      pane.addEventListener("scroll", () => {
        if (Math.abs(other.scrollTop - pane.scrollTop) > 1) other.scrollTop = pane.scrollTop;
      }, { passive: true });
    }
  }

  #highlightTwins() {
    const area = document.querySelector(".calendars");
    const mark = (element, on) => {
      const pair = element?.closest?.("[data-pair]")?.dataset.pair;
      if (!pair) return;
      for (const each of area.querySelectorAll(`[data-pair="${CSS.escape(pair)}"]`)) each.classList.toggle("twin", on);
    };
    for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
      area.addEventListener(begin, ({ target }) => mark(target, true));
      area.addEventListener(end, ({ target }) => mark(target, false));
    }
  }
}

/** On a weekend, the week that is about to begin: the other one is over. */
function nextWorkday() {
  const at = new Date();
  while (at.getDay() % 6 === 0) at.setDate(at.getDate() + 1);
  return at;
}

function markView(view) {
  for (const each of document.querySelectorAll("[data-view]")) {
    each.setAttribute("aria-pressed", String(each.dataset.view === view));
  }
}

function piece({ event, timeText, view }) {
  // The shadow of a selection has no properties.
  const { marks = [] } = event.extendedProps;
  const box = document.createElement("div");
  const minutes = event.end ? (event.end - event.start) / 60000 : 60;
  box.className = `piece${event.allDay || (minutes <= 30 && view.type.startsWith("timeGrid")) ? " short" : ""}`;
  if (minutes <= 60) box.classList.add("hour");
  const add = (name, text) => text && box.append(Object.assign(document.createElement("span"), { className: name, textContent: text }));
  const isShort = box.classList.contains("short");
  const isNarrow = view.type === "timeGridWeek";
  // Where there is one line for everything, the sign that it repeats goes first.
  if (isShort && isNarrow && marks.some(repeats)) add("sign", "↻");
  add("subject", event.title);
  // A day of a week is too narrow for both times.
  const times = isNarrow ? timeText.split(/\s*[-–]\s*/)[0] : timeText;
  add("at", event.allDay || isShort ? "" : times);
  const sign = isShort && isNarrow ? "" : "↻ ";
  const told = marks.map((mark) => (repeats(mark) ? sign + (isNarrow ? mark.replace(/repeats(, )?/, "") : mark) : mark));
  add("marks", told.filter(Boolean).join(" · "));
  return box;
}

const repeats = (mark) => mark.startsWith("repeats");

function spoken(event) {
  const { side, pair, marks } = event.extendedProps;
  const where = side === "crm" ? "SalesExec" : "Outlook";
  const day = event.start.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  const time = event.allDay ? "all day" : `${event.start.toLocaleTimeString([], HOURS)} to ${(event.end ?? event.start).toLocaleTimeString([], HOURS)}`;
  return [event.title, day, time, `in ${where}`, pair ? "on both sides" : "on this side only", ...marks].join(", ");
}
