// SPDX-License-Identifier: MIT
// paint - work that waits for the picture: what somebody sees at once is made and shown first, the rest after it.
//
// What waits is done in pieces between two pictures, so that keys and clicks are heard meanwhile.  Who needs all of it at once
// (a search over a form, a drag over a list) calls complete().

import { flush, here, inScope, onEnd } from './signal.js';

const UNSEEN_MS = 500; // no picture is made of a page that nobody sees: it is not waited for longer
const TOLD_MS = 4; // who waits for the picture, or has pressed something meanwhile, is before
const FRAME_MS = 16; // of work between two pictures
const ACT_MS = 150; // somebody who has just acted is answered first,
const ACTS_MS = 600; // but who goes on and on does not hold up the rest for longer
const ACTS = ['pointerdown', 'keydown', 'hashchange'];

const jobs = new Map(); // () => work, in the order in which they came → the element that it is done in
let isPlanned = false;
let until = 0;
let actedMs = -Infinity;
let heldMs = 0; // when work was first put off

globalThis.document && ACTS.forEach((kind) => addEventListener(kind, () => {
    actedMs = performance.now();
}, { capture: true, passive: true }));

// Calls work after the next picture, which shows all that was made by now; not if its scope ends before.
export function afterPaint(work) {
    const where = here();
    let frame = 0;
    let timer = 0;
    const stop = () => {
        cancelAnimationFrame(frame);
        clearTimeout(timer);
    };
    const run = () => {
        stop();
        inScope(where, work);
    };
    timer = setTimeout(run, document.hidden ? 0 : UNSEEN_MS);
    frame = requestAnimationFrame(() => {
        clearTimeout(timer);
        timer = setTimeout(run, TOLD_MS);
    });
    onEnd(stop);
}

// Whether there is time for one more piece before the next picture.
export const hasTime = () => performance.now() < until;

function take(job) {
    jobs.delete(job);
    job();
    flush();
}

// ms that what waits waits on.
function restMs(now) {
    const rest = actedMs + ACT_MS - now;
    heldMs = rest > 0 ? heldMs || now : 0;
    return now - heldMs < ACTS_MS ? rest : 0;
}

function work() {
    const now = performance.now();
    if (restMs(now) > 0) {
        setTimeout(work, restMs(now));
        return;
    }
    isPlanned = false;
    until = now + FRAME_MS;
    for (const job of [...jobs.keys()]) {
        take(job);
        if (!hasTime())
            break;
    }
    plan();
}

function plan() {
    if (isPlanned || jobs.size === 0)
        return;
    isPlanned = true;
    inScope(null, () => afterPaint(work));
}

// Does work in el after the picture, as soon as there is time; not if its scope ends before.
export function later(el, job) {
    const where = here();
    const mine = () => inScope(where, job);
    jobs.set(mine, el);
    onEnd(() => jobs.delete(mine));
    plan();
}

// What waits in root is done now, and what waits in that.
export function complete(root) {
    const next = () => [...jobs].find(([, el]) => root.contains(el))?.[0];
    until = Infinity;
    for (let job = next(); job; job = next())
        take(job);
    until = 0;
}

// How many rows of so many pixels a window shows.
export const fitting = (rowPx) => Math.ceil(innerHeight / rowPx);
