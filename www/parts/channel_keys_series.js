// SPDX-License-Identifier: MIT
// channel_keys_series - which keys of a channel are drawn, and their answers as one; knows no page.

const MOST = 10; // a chart has no more colours

// rows: of statistics by key; those of one channel, the busiest first.
export const keysOf = (rows, channel) => rows.filter((row) => row.channel === channel && row.requests > 0)
    .sort((a, b) => b.requests - a.requests).slice(0, MOST);

// answers: one for each key, of the same time; as if the gateway had been asked for all at once.
export function together(answers) {
    const [first = {}] = answers;
    return { from: first.from, interval: first.interval, currency: first.currency, series: answers.flatMap((a) => a.series ?? []) };
}
