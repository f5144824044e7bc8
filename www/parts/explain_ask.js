// SPDX-License-Identifier: MIT
// explain_ask - the request that is asked about: where it would be sent to, and its least body, for each client API.

const MESSAGE = 'hi';
const asks = {
    messages: (model) => ['/v1/messages',
        { model, max_tokens: 16, messages: [{ role: 'user', content: MESSAGE }] }],
    chat: (model) => ['/v1/chat/completions',
        { model, messages: [{ role: 'user', content: MESSAGE }] }],
    responses: (model) => ['/v1/responses', { model, input: MESSAGE }],
    gemini: (model) => [`/v1beta/models/${encodeURIComponent(model)}:generateContent`,
        { contents: [{ role: 'user', parts: [{ text: MESSAGE }] }] }],
};

export const FAMILIES = Object.keys(asks);

// {path, body}; null: of such a client API nothing is known here.
export function askOf(family, model) {
    const made = asks[family]?.(model);
    return made ? { path: made[0], body: made[1] } : null;
}

const placeOf = (x) => ({ channel: x.channel ?? null, key: x.key ?? null, url: x.url ?? null });
const samePlace = (a, b) => JSON.stringify(placeOf(a)) === JSON.stringify(placeOf(b));

// What the gateway answers as rows to read, the first first: {place, why, model, way, dialect,
// learned, after (null, 'both', 'key' or 'upstream')}.
export function waysOf(answer) {
    if (!answer.chosen)
        return [];
    const row = (path, after) => ({ ...placeOf(path), why: path.why,
        rests: Boolean(path.rests), model: path.model, way: path.way, dialect: path.dialect,
        learned: path.learned ?? [], after });
    const byKey = answer.if_keys_fail ?? [];
    const byUpstream = answer.if_upstreams_fail ?? [];
    const isOne = byKey.length === byUpstream.length
        && byKey.every((path, i) => samePlace(path, byUpstream[i]));
    if (isOne)
        return [row(answer.chosen, null), ...byKey.map((path) => row(path, 'both'))];
    return [row(answer.chosen, null), ...byKey.map((path) => row(path, 'key')),
        ...byUpstream.map((path) => row(path, 'upstream'))];
}

// Who is not asked, gathered by reason: [{why, places: [{channel, key, url, until,
// secondsLeft}]}], the most frequent first.
export function leftOutOf(answer) {
    const byWhy = new Map();
    for (const step of answer.excluded ?? []) {
        const list = byWhy.get(step.why) ?? [];
        list.push({ ...placeOf(step), seconds: step.for_ms > 0 ? Math.ceil(step.for_ms / 1000)
            : step.seconds_left ?? null });
        byWhy.set(step.why, list);
    }
    return [...byWhy].map(([why, places]) => ({ why,
        places })).sort((a, b) => b.places.length - a.places.length);
}
