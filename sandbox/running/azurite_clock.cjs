// Loaded into Azurite before anything else: its Date runs as many seconds ahead as the file named by
// SANDBOX_CLOCK_FILE says, so that queue delays, leases and expiries follow the time of the local stack.
"use strict";
const fs = require("node:fs");

const file = process.env.SANDBOX_CLOCK_FILE;
const RealDate = Date;
const realNow = Date.now.bind(Date);
let offset = 0;
let readAt = 0;

function shiftedNow() {
  const now = realNow();
  if (Math.abs(now - readAt) > 5) {
    readAt = now;
    try {
      const seconds = Number.parseFloat(fs.readFileSync(file, "ascii"));
      if (Number.isFinite(seconds)) offset = seconds * 1000;
    } catch {
      // Not written yet: real time.
    }
  }
  return now + offset;
}

if (file) {
  globalThis.Date = class Date extends RealDate {
    constructor(...given) {
      if (given.length === 0) super(shiftedNow());
      else super(...given);
    }

    static now() {
      return shiftedNow();
    }
  };
}
