// SPDX-License-Identifier: MIT
// channel_keys_series - which keys of a channel are drawn, and their answers as one; knows no page.

const MOST = 10; // a chart has no more colours

// rows: of statistics by key; those of one channel, the busiest first.
export const keysOf = (rows, channel) => rows.filter((row) => row.channel === channel && row.requests > 0)
    .sort((a, b) => b.requests - a.requests).slice(0, MOST);

// answers: one for each key, of the same time; as if the gateway had been asked for all at once.
export function together(answers) {
    const [first = {}] = answers;
    const { from, interval, currency } = first;
    return { from, interval, currency, series: answers.flatMap((a) => a.series ?? []) };
}

// id → what a key is called: label and mask, and the beginning of its id where another one looks like it.
export function namesOf(keys) {
    const name = (key) => [key.label, key.mask].filter(Boolean).join(' · ');
    const isTwice = (key) => keys.filter((other) => name(other) === name(key)).length > 1;
    return new Map(keys.map((key) => [key.id, isTwice(key) ? `${name(key)} (${key.id.slice(0, 6)})` : name(key)]));
}
