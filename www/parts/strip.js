// SPDX-License-Identifier: MIT
// strip - the last fifteen minutes of every channel, kept up to date in place by the stream; drawn behind its row.

import { svg } from '../lib/h.js';
import { on } from '../lib/live.js';
import { effect, every, signal } from '../lib/signal.js';
import { box, Strip } from './strip_model.js';

const TICK_MS = 1000;

// Holds the strips of all channels: {of(id), fill(activity)}; must be made while a screen is made, and ends with it.
export function makeStrips() {
    const rows = new Map();
    const now = signal(0);
    let offsetMs = 0;
    let segmentMs = 6000;
    const tick = () => now.set(Math.floor((Date.now() + offsetMs) / segmentMs));
    const of = (id) => {
        if (!rows.has(id))
            rows.set(id, { strip: new Strip(segmentMs), version: signal(0), underWay: signal(null) });
        return rows.get(id);
    };
    const touch = (row) => row.version.update((v) => v + 1);
    const fill = (activity) => {
        ({ segment_ms: segmentMs } = activity);
        const first = Math.round(Date.parse(activity.from) / segmentMs);
        const told = new Map(activity.channels.map((c) => [c.channel, c.segments]));
        const newest = first + activity.segments - 1; // the segment that runs, by the gateway's clock
        offsetMs = Math.abs(newest * segmentMs - Date.now()) > 2 * segmentMs ? newest * segmentMs - Date.now() : 0;
        for (const id of new Set([...rows.keys(), ...told.keys()])) {
            of(id).strip.fill(first, told.get(id) ?? []);
            touch(of(id));
        }
        tick();
    };
    const heard = (line) => {
        const named = new Set();
        for (const c of line.channels) {
            const row = of(c.channel);
            named.add(c.channel);
            row.underWay.set(c.under_way);
            for (const [atMs, ...counts] of c.segments ?? [])
                row.strip.set(row.strip.number(atMs), counts);
            touch(row);
        }
        for (const [id, row] of line.whole ? rows : [])
            if (!named.has(id))
                row.underWay.set(0);
        tick();
    };
    on(['stats'], heard);
    every(TICK_MS, tick);
    tick();
    return { of, fill, now };
}

// The drawing; what it shows stands in numbers beside it.
export function stripOf(strips, id) {
    const row = strips.of(id);
    const part = (name) => svg('path', { class: `strip-${name}`, d: '' });
    const parts = { good: part('good'), mixed: part('mixed'), failed: part('failed') };
    const work = () => {
        row.version();
        row.strip.forget(strips.now());
        const drawn = row.strip.paths(strips.now());
        for (const [name, d] of Object.entries(drawn))
            if (parts[name].getAttribute('d') !== d)
                parts[name].setAttribute('d', d);
    };
    effect(work);
    return svg('svg', { class: 'strip', viewBox: box, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' },
        parts.good, parts.mixed, parts.failed);
}
