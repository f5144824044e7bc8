// SPDX-License-Identifier: MIT
// channel_trend - a channel's keys over time: traffic, tokens, cache; a line for each key that was asked.

import { get } from '../lib/api.js';
import { segmented } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { chartData, hasValues, rangeQuery } from '../lib/series.js';
import { effect, signal, untracked } from '../lib/signal.js';
import { chart } from './chart.js';
import { keysOf, namesOf, together } from './channel_keys_series.js';
import { notice } from './ui.js';
import '../text/channels.js';
import '../text/statistics.js';

const RANGES = ['1h', '6h', '24h', 'today'];
const MOST = 2048;
const LOAD_MS = 5000;

const views = {
    traffic: [['requests', 'count'], ['failed', 'count']],
    tokens: [['input_tokens', 'tokens'], ['output_tokens', 'tokens']],
    cache: [['cache_read_tokens', 'tokens'], ['cache_hit_rate', 'percent']],
};
const metricsOf = (view) => views[view].map(([field, unit]) => ({ field, unit }));

// One series for each of its keys; the busiest ones, as many as a chart has colours.
async function loadSeries(id, { range, view }) {
    const time = rangeQuery(range);
    const sums = range === 'today' ? time : { window: range };
    const { rows } = await get('api/statistics', { ...sums, by: 'key', limit: MOST });
    const fields = metricsOf(view).map((m) => m.field).join(',');
    const ask = (row) => get('api/statistics/series', { ...time, by: 'key', name: row.name, fields });
    return together(await Promise.all(keysOf(rows, id).map(ask)));
}

function charts(told, view, names) {
    const nameOf = (s) => names.get(s.key) || s.label || s.key || s.name;
    const dataOf = (m) => chartData(told(), m, nameOf);
    return h('div', { class: 'halves' }, metricsOf(view).map((m) => h('section', { class: 'trend-part' },
        h('h4', t(`statistics.${m.field}`)),
        () => !hasValues(dataOf(m)) && h('p', { class: 'soft' }, t('statistics.nothing')),
        chart({ title: t(`statistics.${m.field}`), isSmall: true, data: () => dataOf(m) }))));
}

const choices = (names, prefix) => names.map((value) => ({ value, text: t(`statistics.${prefix}.${value}`) }));

function drawn(shown, names) {
    const { told, view, error } = shown() ?? {};
    if (error)
        return notice('bad', error.status === 0 ? t('common.unreachable') : error.message);
    if (!told)
        return h('p', { class: 'soft' }, t('common.loading'));
    if (told.peek().series.length === 0)
        return h('p', { class: 'soft' }, t('channels.nothing'));
    return untracked(() => charts(told, view, names));
}

// What its keys are called: never the keys themselves.  Masks may be alike.
async function loadNames(id, names) {
    const { keys = [] } = await get(`api/channels/${encodeURIComponent(id)}`);
    for (const [key, name] of namesOf(keys))
        names.set(key, name);
}

export function trend(c) {
    const names = new Map();
    const known = loadNames(c.id, names).catch(() => {}); // ids do, too
    const range = signal('1h');
    const view = signal('traffic');
    const shown = signal(null); // {told: a signal of the series, view}: a new one is drawn anew, the signal in place
    const load = async (want) => {
        const told = await loadSeries(c.id, want);
        await known;
        if (want.range !== range.peek() || want.view !== view.peek())
            return;
        const { told: before } = shown.peek() ?? {};
        const hasBoth = before && before.peek().series.length > 0 && told.series.length > 0;
        const isSame = hasBoth && shown.peek().view === want.view;
        if (isSame)
            before.set(told);
        else
            shown.set({ told: signal(told), view: want.view });
    };
    effect(() => {
        const want = { range: range(), view: view() };
        load(want).catch((error) => shown.set({ error }));
        follow(['stats'], () => load(want), { ms: LOAD_MS });
    });
    return h('section', { class: 'stack', 'aria-labelledby': 'channel-trend' },
        h('h3', { id: 'channel-trend' }, t('channels.keysOverTime')),
        h('div', { class: 'pickers' },
            segmented({ label: t('statistics.rangeLabel'), value: range, choices: choices(RANGES, 'range') }),
            segmented({ label: t('statistics.viewLabel'), value: view, choices: choices(Object.keys(views), 'view') })),
        () => drawn(shown, names));
}
