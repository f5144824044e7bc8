// SPDX-License-Identifier: MIT
// channel_state - what a channel's many states come to in one word, and how bad it is; knows no page.

const TONES = {
    serving: 'good', partly: 'warn', halfOpen: 'warn', rests: 'warn', paused: 'warn', reserve: 'off',
    noAdapter: 'bad', breakerOpen: 'bad', noKeys: 'bad', keysDead: 'bad', keysRest: 'bad', unknown: 'off',
};

function keysState(channel, keys) {
    if (keys.well + keys.demoted > 0)
        return null;
    if (!channel.keys_n)
        return 'noKeys';
    return keys.resting > 0 ? 'keysRest' : 'keysDead';
}

// Paths and base URLs that are kept away from.
const partsOf = (health) => (health.paths_open ?? 0) + (health.urls_resting ?? 0);

export function stateOf(channel) {
    const { health } = channel;
    if (channel.status !== 'active')
        return channel.status === 'disabled' ? 'reserve' : 'paused';
    if (channel.has_adapter === false)
        return 'noAdapter';
    if (!health)
        return 'unknown';
    if (health.breaker === 'open')
        return 'breakerOpen';
    const keys = keysState(channel, health.keys);
    if (keys)
        return keys;
    if (health.rests_until)
        return 'rests';
    if (health.breaker === 'half_open')
        return 'halfOpen';
    return health.keys.resting + health.keys.dead + partsOf(health) > 0 ? 'partly' : 'serving';
}

export const toneOf = (state) => TONES[state] ?? 'off';

// 'serving', 'trouble', 'paused', 'reserve': what the filter knows.
export function kindOf(state) {
    if (state === 'paused' || state === 'reserve')
        return state;
    return TONES[state] === 'good' ? 'serving' : 'trouble';
}

// Something that a reset would forget.
export const canReset = ({ health: v }) => Boolean(v) && (['open', 'half_open'].includes(v.breaker) || Boolean(v.rests_until)
    || v.keys.resting + v.keys.dead + v.keys.demoted + partsOf(v) > 0);

// The promotion that counts for a client API ('': for all together), or null.
export const promotionOf = (channel, family) => (channel.promotions ?? [])
    .find((p) => !p.family || !family || p.family === family) ?? null;

// Reading an address is slow, and a hundred channels have few: each is read once.
const origins = new Map();

// Where it leads on the web, '' if it does not.
function originOf(text) {
    if (!origins.has(text)) {
        const url = URL.canParse(text) ? new URL(text) : null;
        origins.set(text, /^https?:$/.test(url?.protocol) ? url.origin : '');
    }
    return origins.get(text);
}

// Where its people are: what is said, else where its first base URL leads.
export const websiteOf = (channel) => (channel.website && originOf(channel.website) ? channel.website
    : originOf(String(channel.base_urls[0] ?? '')));

// 2.4 for good ones, null where nothing was asked; bounds as operators know them.
export const rateTone = (v) => (v === null || v === undefined ? '' : v >= 90 ? 'good' : v >= 70 ? 'warn' : 'bad');
export const cacheTone = (v) => (v === null || v === undefined ? '' : v >= 50 ? 'good' : v >= 20 ? 'info' : 'off');
export const latencyTone = (ms) => (ms < 500 ? 'good' : ms < 1000 ? 'warn' : 'bad');

// How long the answer to a test took: all its stages together; what failed, if one did.
export function verdictOf(answer) {
    const stages = answer.stages ?? [];
    const ms = stages.reduce((sum, s) => sum + (s.ms ?? 0), 0);
    return { isOk: Boolean(answer.ok), ms, failed: stages.find((s) => !s.ok) ?? null, stages };
}

// Whether only the file can change a member.
export const isFixed = (channel, member) => (Array.isArray(channel.locked) ? channel.locked.includes(member)
    : Boolean(channel.locked?.[member]));

// What is only told of a channel, and what belongs to it alone.
const OWN = ['id', 'etag', 'managed', 'where', 'locked', 'has_adapter', 'adapter_why', 'places', 'promotions', 'promoted_until', 'health',
    'warnings', 'keys', 'keys_n', 'models_n', 'priority', 'status', 'base_url'];

// A new channel like one that is there, without its keys.
export const copyOf = (channel, name) => ({
    ...Object.fromEntries(Object.entries(channel).filter(([member]) => !OWN.includes(member))), name,
});
