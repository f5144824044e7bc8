// SPDX-License-Identifier: MIT
// paint - work that waits for the picture: what somebody sees at once is made and shown first, the rest after it.

import { here, inScope, onEnd } from './signal.js';

const UNSEEN_MS = 500; // no picture is made of a page that nobody sees: it is not waited for longer

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
        timer = setTimeout(run);
    });
    onEnd(stop);
}

// How many rows of so many pixels a window shows.
export const fitting = (rowPx) => Math.ceil(innerHeight / rowPx);
