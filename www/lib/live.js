// SPDX-License-Identifier: MIT
// live - one stream of events for the whole panel; polling where there is none; nothing while nobody looks.
//
// A view says what it shows follows from (follow) and is called when that changes: at events of those kinds (gathered, so
// that a busy gateway does not keep the page busy), after something was missed, after the connection was lost and came
// back, and while there is no stream, every few seconds.
//
// A browser opens six connections to a server that speaks HTTP/1.1, for all its tabs together (Chromium and Firefox, 2026):
// so only a few tabs have a stream, by locks that they share; the others ask.

import { session, url, whoAmI } from './api.js';
import { after, every, here, inScope, listen, onEnd, signal } from './signal.js';

const KINDS = ['request', 'channel', 'key', 'config', 'log', 'stats', 'client', 'plugin'];
const POLL_MS = 5000;
const RETRY_MS = [500, 1000, 2000, 5000, 10000];
const HIDDEN_MS = 3000; // a glance at another tab does not cut the stream
const HELLO_MS = 6000; // a proxy may keep a stream back: then there is none
const ASK_MS = 10000;
const STREAMS = 3;

// 'starting' · 'live' · 'polling': no stream, but it answers · 'lost': it does not answer · 'paused': nobody looks
export const state = signal('starting');

const listeners = new Map(KINDS.map((kind) => [kind, new Set()]));
const comebacks = new Set();
let source = null;
let free = null; // gives the place for a stream back
let turn = 0; // of opening: what an older one still awaits is of no interest
let last = null;
let tries = 0;
let timer = 0;
let wasLive = false;

function tell(kind, data) {
    for (const f of [...listeners.get(kind)])
        f(data, kind);
}

function comeBack() {
    for (const f of [...comebacks])
        f();
}

function close() {
    turn++;
    source?.close();
    source = null;
    free?.();
    free = null;
    clearTimeout(timer);
}

function said(event) {
    last = event.lastEventId || last;
    tell(event.type, JSON.parse(event.data));
}

function hello(event) {
    clearTimeout(timer);
    tries = 0;
    state.set('live');
    const now = JSON.parse(event.data).last;
    if (last === null || Number(last) > now) // the gateway was started anew: its numbers begin again
        last = String(now);
    if (wasLive)
        comeBack();
    wasLive = true;
}

async function failed() {
    close();
    const mine = turn;
    const who = await whoAmI({ signal: AbortSignal.timeout(ASK_MS) }).catch(() => null);
    if (mine !== turn || who?.by === 'nobody')
        return;
    if (document.hidden) {
        state.set('paused');
        return;
    }
    state.set(who ? 'polling' : 'lost');
    wasLive = true;
    if (who)
        comeBack();
    timer = setTimeout(open, who && tries > 2 ? POLL_MS : RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    tries++;
}

// A function that gives the place back; null: all are taken.
const place = (n) => new Promise((done) => {
    const held = (lock) => (lock ? new Promise((end) => done(end)) : done(null));
    navigator.locks.request(`claude-proxy.stream.${n}`, { ifAvailable: true }, held).catch(() => done(() => {}));
});

async function takePlace() {
    if (!navigator.locks)
        return () => {};
    for (let n = 0; n < STREAMS; n++) {
        const end = await place(n);
        if (end)
            return end;
    }
    return null;
}

async function open() {
    close();
    if (session.peek()?.by === 'nobody')
        return;
    const mine = turn;
    const end = await takePlace();
    if (mine !== turn) {
        end?.();
        return;
    }
    free = end;
    if (!end) {
        failed();
        return;
    }
    source = new EventSource(url(last === null ? 'api/events' : `api/events?after=${last}`));
    source.addEventListener('hello', hello);
    source.addEventListener('missing', comeBack);
    for (const kind of KINDS)
        source.addEventListener(kind, said);
    source.onerror = failed;
    timer = setTimeout(failed, HELLO_MS);
}

function looked() {
    if (document.hidden) {
        clearTimeout(timer);
        timer = setTimeout(() => {
            close();
            state.set('paused');
        }, HIDDEN_MS);
    } else if (!source || state.peek() !== 'live') {
        open();
    } else {
        clearTimeout(timer);
    }
}

// A tab that is opened behind others waits until somebody looks.
export function startLive() {
    document.addEventListener('visibilitychange', looked);
    if (!document.hidden) {
        open();
        return;
    }
    state.set('paused');
    wasLive = true;
}

export function stopLive() {
    document.removeEventListener('visibilitychange', looked);
    close();
    last = null;
    state.set('paused');
}

// f(data, kind) at each event of these kinds; ends with the scope.
export function on(kinds, f) {
    for (const kind of kinds) {
        listeners.get(kind).add(f);
        onEnd(() => listeners.get(kind).delete(f));
    }
}

// Calls load when what it shows may have changed: at events of these kinds, when the stream comes back, and by the clock
// while there is none.  Never twice at once, at most every ms milliseconds, never while nobody looks.  Failures leave what
// is shown as it is.
export function follow(kinds, load, { ms = 1000 } = {}) {
    const where = here();
    let isBusy = false;
    let isWanted = false;
    let lastMs = 0;
    let waiting = null;
    const again = async () => {
        if (isBusy || document.hidden) {
            isWanted = true;
            return;
        }
        isBusy = true;
        isWanted = false;
        lastMs = Date.now();
        await load().catch(() => {});
        isBusy = false;
        if (isWanted && !where?.isOver)
            soon();
    };
    const soon = () => {
        waiting ??= inScope(where, () => after(Math.max(50, lastMs + ms - Date.now()), () => {
            waiting = null;
            again();
        }));
    };
    on(kinds, soon);
    listen(document, 'visibilitychange', () => isWanted && !document.hidden && soon());
    comebacks.add(soon);
    onEnd(() => comebacks.delete(soon));
    every(POLL_MS, () => {
        if (state.peek() === 'polling' || state.peek() === 'lost')
            soon();
    });
    lastMs = Date.now();
}
