// SPDX-License-Identifier: MIT
// tap - runs the tests of one SDK one after the other and prints a line of TAP for each.
//
// What a test needs comes by the environment, so that every script can also be run by hand against any gateway or against
// the simulator itself. A test that must know what reached the upstream marks its prompt and looks the mark up in the
// simulator's log.
import { readFileSync } from "node:fs";

const need = (name) => {
  if (!process.env[name]) throw new Error(`${name} is not set: run_sdk.py sets it`);
  return process.env[name];
};

/** Where the client's requests go, with what key and model, what serves them, and the log of that upstream. */
export const gateway = need("SDK_GATEWAY");
export const key = need("SDK_KEY");
export const upstreamKey = need("SDK_UPSTREAM_KEY");
export const upstream = need("SDK_UPSTREAM");
export const model = need("SDK_MODEL");
/** What the upstream calls the model: answers may name it so. */
export const upstreamModel = need("SDK_UPSTREAM_MODEL");
export const frailModel = need("SDK_FRAIL_MODEL");
const label = need("SDK_LABEL");
const simLog = need("SDK_SIM_LOG");
const only = process.env.SDK_ONLY || "";

const tests = [];
export const test = (name, run) => {
  if (name.includes(only)) tests.push({ name, run });
};

const TEST_SECONDS = 30;

const bounded = (promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still running after ${TEST_SECONDS} s`)), TEST_SECONDS * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

export const runTests = async () => {
  let failed = 0;
  for (const t of tests) {
    try {
      await bounded(t.run());
      console.log(`ok - ${label}: ${t.name}`);
    } catch (error) {
      failed++;
      console.log(`not ok - ${label}: ${t.name}`);
      console.log(String(error?.stack ?? error).replace(/^/gm, "# "));
    }
  }
  process.exit(failed ? 1 : 0);
};

let marks = 0;
/** A word that is in no other request of this run. */
export const mark = () => `mark-${process.pid}-${++marks}-end`;

/** What the upstream has logged; a line that is just being written is none yet. */
const events = () => readFileSync(simLog, "utf8").split("\n").slice(0, -1).map((line) => JSON.parse(line));

/** The requests that reached the upstream with this mark in their body. */
export const requestsWith = (word) => events().filter((e) => e.ev === "request" && e.body?.includes(word));

/** The values of a header, by lower-case name. */
export const headersOf = (request, name) => request.headers.filter(([n]) => n.toLowerCase() === name).map(([, v]) => v);

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** How the upstream saw a marked request end: "done" or "gone" (its client left first). */
export const upstreamEnd = async (word, withinMs) => {
  const until = Date.now() + withinMs;
  for (;;) {
    const [request] = requestsWith(word);
    const isEnd = (e) => e.conn === request.conn && e.req === request.req && (e.ev === "gone" || e.ev === "done");
    const end = request && events().find(isEnd);
    if (end) return end.ev;
    if (Date.now() > until) return `open after ${withinMs} ms`;
    await sleep(50);
  }
};

/** What a call threw; a call that succeeds is the failure here. */
export const thrownBy = async (call) => {
  let value;
  try {
    value = await call();
  } catch (error) {
    return error;
  }
  throw new Error(`expected an error, got ${JSON.stringify(value)?.slice(0, 600)}`);
};

/** A fetch that remembers what it was asked for: the path with its query, the headers, the body. */
export const rememberingFetch = () => {
  const asked = [];
  const remember = (url, init) => {
    asked.push({ target: String(url).slice(gateway.length), headers: new Headers(init.headers), body: init.body });
    return fetch(url, init);
  };
  return { asked, remember };
};

// A red dot, 1x1.
export const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
