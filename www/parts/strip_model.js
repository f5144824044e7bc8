// SPDX-License-Identifier: MIT
// strip_model - the last fifteen minutes of a channel in segments of six seconds, and the drawing they make.
//
// What was served stands on the ground, what failed hangs from above as a point: who sees no colours sees it, too.  The
// height is measured by the most that was seen since the page is open, so that a quiet moment does not make all others grow.

const COUNT = 150;
const HEIGHT = 40;
const MOST = 0.85; // of the height
const LEAST = 2;
const MINUTE = 10; // segments

export const box = `0 0 ${COUNT} ${HEIGHT}`;

// The newest part of it, so many milliseconds long.
export const viewOf = (spanMs, segmentMs = 6000) => {
    const n = Math.min(COUNT, Math.max(1, Math.round(spanMs / segmentMs)));
    return `${COUNT - n} 0 ${n} ${HEIGHT}`;
};

export class Strip {
    constructor(segmentMs = 6000) {
        this.segmentMs = segmentMs;
        this.segments = new Map(); // number of the segment since 1970 → [requests, failed, in, out]
        this.most = 1;
    }

    number(atMs) {
        return Math.round(atMs / this.segmentMs);
    }

    // Told in full: set, not added.
    set(number, [requests, failed, input = 0, output = 0]) {
        this.segments.set(number, [requests, failed, input, output]);
        this.most = Math.max(this.most, requests);
    }

    // All segments of an answer that begins with segment first: [[index, requests, failed, in, out], ...]
    fill(first, told) {
        this.segments.clear();
        for (const [i, ...counts] of told)
            this.set(first + i, counts);
    }

    forget(now) {
        for (const number of this.segments.keys())
            if (number <= now - COUNT)
                this.segments.delete(number);
    }

    // Of the last whole minute, with what the running segment has.
    pace(now) {
        let requests = 0;
        let tokens = 0;
        for (let i = now - MINUTE + 1; i <= now; i++) {
            const s = this.segments.get(i);
            requests += s?.[0] ?? 0;
            tokens += s ? s[2] + s[3] : 0;
        }
        return { rpm: requests, tpm: tokens };
    }

    // Three paths: served where nothing failed, served where something did, failed.
    paths(now) {
        const out = { good: '', mixed: '', failed: '' };
        for (const [number, [requests, failed]] of this.segments) {
            const x = number - now + COUNT - 1;
            if (x < 0 || x >= COUNT || !requests)
                continue;
            const tall = (n) => Math.max(LEAST, (n / this.most) * HEIGHT * MOST).toFixed(1);
            if (requests > failed)
                out[failed ? 'mixed' : 'good'] += `M${x} ${HEIGHT}v-${tall(requests - failed)}h.8V${HEIGHT}z`;
            if (failed)
                out.failed += `M${x} 0h.9l-.45 ${tall(failed)}z`;
        }
        return out;
    }
}
