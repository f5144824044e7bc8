// SPDX-License-Identifier: MIT
// rests - what the scheduler keeps requests away from now, as one list: channels, keys, base URLs, paths, models.
//
// One place may be kept away from for two reasons (it rests, and its breaker is open): these
// are two rows.

const placeOf = (kind, channel, part) => ({ kind, channel, key: part.key
    ?? (kind === 'key' ? part.id : null), url: part.url ?? null, model: part.model ?? null,
    label: part.label || part.mask || '' });

const row = (place, state, cause) => ({ ...place, state, trouble: cause.trouble ?? null, fault: cause.fault ?? null, source: cause.source ?? null, status: cause.status ?? null,
    secondsLeft: cause.seconds_left ?? null, since: cause.since ?? null,
    failures: cause.failures_in_a_row ?? null,
    probe: Boolean(cause.probe_is_due || cause.is_probed),
    id: [place.kind, place.channel, place.key, place.url, place.model, state].join('/') });

function partRows(kind, channel, part) {
    const place = placeOf(kind, channel, part);
    const rows = [];
    if (part.cooldown)
        rows.push(row(place, 'rests', part.cooldown));
    if (part.breaker?.state === 'open' || part.breaker?.state === 'half_open')
        rows.push(row(place, part.breaker.state,
            { ...part.breaker, failures_in_a_row: part.breaker.failures }));
    if (part.demoted_since)
        rows.push(row(place, 'demoted', { since: part.demoted_since }));
    return rows;
}

// Where a channel has one path alone, its breaker is the channel's: told once.
function pathRows(channel, seen) {
    return channel.paths.flatMap((path) => partRows('path', channel.id,
        path)).filter((r) => !(seen && channel.paths.length === 1 && r.state !== 'rests'));
}

// answer: GET /api/scheduler, brief or whole.
export function restsOf(answer) {
    const rows = answer.channels.flatMap((channel) => {
        const own = partRows('channel', channel.id,
            { cooldown: channel.cooldown, breaker: channel.breaker });
        return [...own, ...channel.keys.flatMap((k) => partRows('key', channel.id, k)),
            ...channel.urls.flatMap((u) => partRows('url', channel.id, u)),
            ...pathRows(channel, own.length > 0)];
    });
    const models = answer.resting_models.map((m) => row(placeOf('model', m.channel, m),
        'rests', m));
    return [...rows, ...models];
}

// What resets it: the body of POST /api/scheduler/reset.
export const resetOf = (rest) => (rest.key ? { channel: rest.channel, key: rest.key }
    : { channel: rest.channel });
