// SPDX-License-Identifier: MIT
// sums - what the screen of statistics can be asked for by its address, and the sums of one channel's keys alone.

import { rangeQuery } from './series.js';

export const RANGES = ['15m', '1h', '6h', 'today', '24h', '7d', '30d'];
export const KINDS = ['family', 'channel', 'key', 'model', 'client'];

const metric = (field, unit, kind) => ({ field, unit, kind });

// What is counted is stacked, so that all of it is seen as well as the parts; what is measured is a line.
export const views = {
    traffic: [metric('requests', 'count', 'bar'), metric('failed', 'count', 'bar')],
    success: [metric('success_rate', 'percent', 'line')],
    latency: ['first_content_p50_ms', 'first_content_p95_ms', 'duration_p50_ms', 'duration_p95_ms'].map((field) => metric(field, 'ms', 'line')),
    tokens: [metric('input_tokens', 'tokens', 'bar'), metric('output_tokens', 'tokens', 'bar')],
    cache: [metric('cache_read_tokens', 'tokens', 'bar'), metric('cache_hit_rate', 'percent', 'line')],
    cost: [metric('cost_micro', 'money', 'bar')],
};

const one = (value, all, usual) => (all.includes(value) ? value : usual);

// What the address asks for; anything else there is as if it were not.  Only keys are narrowed to a channel.
export function wanted(q) {
    const by = one(q.by, KINDS, 'channel');
    const view = one(q.view, Object.keys(views), 'traffic');
    return { range: one(q.range, RANGES, '24h'), by, view, channel: by === 'key' ? q.channel ?? '' : '' };
}

// Upstream keys have no times of whole requests: requests may have tried several.
export const metricsOf = ({ view, by }) => views[view].filter((m) => by !== 'key' || !m.field.startsWith('duration'));

// One request may try several channels and keys: they count what they were asked.
export const areAttempts = (by) => by === 'channel' || by === 'key';

export const timeOf = (range) => (range === 'today' ? rangeQuery('today') : { window: range });

const COUNTS = ['requests', 'served', 'failed', 'cancelled', 'input_tokens', 'output_tokens', 'reasoning_tokens', 'cache_read_tokens',
    'cost_micro', 'rpm'];
const NOTHING = Object.fromEntries(COUNTS.map((name) => [name, 0]));

// Of a table of keys, those of one channel; its sum is that channel's.
export function narrowTable(table, channels, id) {
    const isOfIt = (row) => row.channel === id;
    return { ...table, total: channels.rows.find(isOfIt) ?? NOTHING, rows: table.rows.filter(isOfIt) };
}

export const narrowSeries = (answer, id, most) => (
    { ...answer, total: null, more: 0, series: answer.series.filter((s) => s.channel === id).slice(0, most) });
