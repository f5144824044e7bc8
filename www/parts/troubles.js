// SPDX-License-Identifier: MIT
// troubles - what is not well with channels, in the order of how much it matters; no page, so that it can be tried alone.

// [{kind, until, n}]: none: no key is left · allResting: none but for a while · rests: the whole channel · open, trying: its breaker · dead, resting: some keys ·
// paths, urls: some ways to it.  A channel that is paused or in reserve has no troubles.
export function troublesOf(channel) {
    const health = channel.health;
    if (channel.status !== 'active' || !health)
        return [];
    const { well = 0, demoted = 0, resting = 0, dead = 0 } = health.keys ?? {};
    const isOnlyWaiting = well + demoted + dead === 0 && resting > 0;
    const isOpen = health.breaker === 'open';
    const all = [
        well + demoted === 0 && { kind: isOnlyWaiting ? 'allResting' : 'none' },
        health.rests_until && { kind: 'rests', until: health.rests_until },
        isOpen && { kind: 'open', until: health.breaker_until ?? null },
        health.breaker === 'half_open' && { kind: 'trying' },
        dead > 0 && { kind: 'dead', n: dead },
        resting > 0 && !isOnlyWaiting && { kind: 'resting', n: resting },
        health.paths_open > 0 && !isOpen && { kind: 'paths', n: health.paths_open },
        health.urls_resting > 0 && { kind: 'urls', n: health.urls_resting },
    ];
    return all.filter(Boolean);
}

const STOPPED = new Set(['none', 'allResting', 'rests', 'open']);

// Takes nothing now.
export const isStopped = (channel) => troublesOf(channel).some((x) => STOPPED.has(x.kind));

// How one client API is: {active, serving, troubled, tone, state}; state: empty, down, partly, well.  A key that rests takes
// nothing from it: its channel serves with another.
export function familyState(family, channels) {
    const active = channels.filter((c) => c.places?.[family] !== undefined && c.status === 'active');
    const serving = active.filter((c) => !isStopped(c)).length;
    const troubled = active.filter((c) => troublesOf(c).length > 0).length;
    const state = active.length === 0 ? 'empty' : serving === 0 ? 'down' : serving < active.length ? 'partly' : 'well';
    return { active: active.length, serving, troubled, state, tone: { empty: 'off', down: 'bad', partly: 'warn', well: 'good' }[state] };
}

// The gateway's clock may not be ours: its times, as ours tells them.  A difference of the way there and back is none.
export function ourTime(at, skewMs) {
    return at && Math.abs(skewMs) > 3000 ? new Date(Date.parse(at) - skewMs).toISOString() : at;
}
