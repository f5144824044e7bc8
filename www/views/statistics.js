// SPDX-License-Identifier: MIT
// statistics - what was served in a range of time, by what, in charts and in one table; all of it in the address.

import { get, url, withQuery } from '../lib/api.js';
import { csv, keepFile } from '../lib/csv.js';
import { button } from '../lib/dialog.js';
import { segmented } from '../lib/form.js';
import { money, number, percent, short, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { query, setQuery } from '../lib/router.js';
import { chartData, durationMs, hasValues, rangeQuery, unitText, withOthers } from '../lib/series.js';
import { computed, effect, signal, untracked } from '../lib/signal.js';
import { areAttempts, KINDS, metricsOf, narrowSeries, narrowTable, RANGES, timeOf, views, wanted } from '../lib/sums.js';
import { complain } from '../lib/toast.js';
import { chart, legend } from '../parts/chart.js';
import { ranking } from '../parts/ranking.js';
import { card, empty, head, stat } from '../parts/ui.js';
import '../text/statistics.js';

const TOP = 8;
const TOP_OF_ALL = 50; // of which one channel's are drawn
const ROWS = 200;
const ROWS_OF_ALL = 2048;
const QUICK_MS = 5000;
const SLOW_MS = 30000;
const USUAL_SORT = '-requests';

function nameOf(row, { by, channel }) {
    if (by === 'family')
        return tOr('family', row.name);
    if (by === 'channel')
        return row.channel_name || row.channel || row.name;
    if (by === 'key')
        return channel ? row.label || row.key : `${row.channel_name || row.channel} · ${row.label || row.key}`;
    return row.label || row.name || t('statistics.unnamed');
}

async function fetchAll(want) {
    const isOfKeys = want.by === 'key';
    const time = timeOf(want.range);
    const back = rangeQuery(want.range);
    const fields = [...new Set(['requests', ...metricsOf(want).map((m) => m.field)])].join(',');
    const [table, series, channels] = await Promise.all([
        get('api/statistics', { ...time, by: want.by, limit: want.channel ? ROWS_OF_ALL : ROWS }),
        get('api/statistics/series', { ...back, by: want.by, top: want.channel ? TOP_OF_ALL : TOP, fields }),
        isOfKeys && get('api/statistics', { ...time, by: 'channel', limit: ROWS_OF_ALL })]);
    if (!want.channel)
        return { want, table, series, channels };
    return { want, table: narrowTable(table, channels, want.channel), channels, series: narrowSeries(series, want.channel, TOP) };
}

// ---- what is shown ----

const choices = (names, prefix) => names.map((value) => ({ value, text: t(`statistics.${prefix}.${value}`) }));

// Whose keys: any channel that was asked in this time, and the one that the address names.
function channelPicker(want, shown) {
    const rows = computed(() => (shown().channels ? shown().channels.rows : []));
    const option = (value, name) => h('option', { value, selected: value === untracked(want).channel }, name);
    const isKnown = () => !want().channel || rows().some((row) => row.channel === want().channel);
    return () => want().by === 'key' && h('label', { class: 'row' }, h('span', { class: 'soft' }, t('statistics.ofChannel')),
        h('select', { onchange: (e) => setQuery({ channel: e.target.value }), value: () => want().channel },
            h('option', { value: '' }, t('statistics.anyChannel')),
            () => rows().map((row) => option(row.channel, nameOf(row, { by: 'channel' }))),
            () => !isKnown() && option(want().channel, want().channel)));
}

function pickers(want, shown) {
    const pick = (name, label, names, more) => segmented({ label,
        value: computed(() => want()[name]),
        choices: choices(names, name), change: (v) => setQuery({ [name]: v, ...more }) });
    return h('div', { class: 'pickers' }, pick('range', t('statistics.rangeLabel'), RANGES),
        pick('by', t('statistics.byLabel'), KINDS, { channel: '' }), channelPicker(want, shown));
}

function cards(shown) {
    const sum = computed(() => shown().table.total);
    const paid = (micro) => money(micro, shown().table.currency);
    const one = () => paid(sum().requests ? Math.round(sum().cost_micro / sum().requests) : null);
    const tile = (name, value, note) => stat(t(`statistics.${name}`), value, { note });
    return h('dl', { class: 'stats tiles' },
        tile('requests', () => number(sum().requests), () => t('statistics.pace', { n: number(sum().rpm, 1) })),
        tile('success_rate', () => percent(sum().success_rate, 1),
            () => t('statistics.failedNote', { n: sum().failed, left: number(sum().cancelled) })),
        tile('first_content_p50_ms', () => took(sum().first_content_p50_ms), () => `p95 ${took(sum().first_content_p95_ms)}`),
        tile('duration_p50_ms', () => took(sum().duration_p50_ms), () => `p95 ${took(sum().duration_p95_ms)}`),
        tile('input_tokens', () => short(sum().input_tokens),
            () => t('statistics.beside', { n: short(sum().cache_read_tokens) })),
        tile('output_tokens', () => short(sum().output_tokens),
            () => t('statistics.reasoned', { n: short(sum().reasoning_tokens) })),
        tile('cache_hit_rate', () => percent(sum().requests ? sum().cache_hit_rate : null, 1),
            () => t('statistics.cacheRead', { n: short(sum().cache_read_tokens) })),
        tile('cost_micro', () => paid(sum().cost_micro), () => t('statistics.perRequest', { cost: one() })));
}

function dataOf(shown, m) {
    const { want, series } = shown;
    const name = (s) => nameOf(s, want);
    return m.kind === 'line' ? chartData(series, m, name, t('statistics.sum'))
        : withOthers(chartData(series, m, name), series, m, t('statistics.others'));
}

// One legend for all charts of a view: they draw the same, and hide the same.
function charts(shown, kept) {
    const metrics = metricsOf(kept);
    const hidden = signal(new Set());
    const drawOne = (m) => {
        const data = computed(() => dataOf(shown(), m));
        const title = t(`statistics.${m.field}`);
        return card(title, () => !hasValues(data()) && h('p', { class: 'soft' }, t('statistics.nothing')),
            chart({ title, kind: m.kind, isSmall: metrics.length > 2, data, hidden }));
    };
    const [widest] = [...metrics].sort((a, b) => (a.kind < b.kind ? 1 : -1)); // lines may have one more: the sum
    const kind = metrics.every((m) => m.kind === 'bar') ? 'bar' : 'line';
    return h('div', { class: 'stack charts' }, legend(() => dataOf(shown(), widest), kind, hidden),
        h('div', { class: 'halves' }, metrics.map(drawOne)));
}

const column = (field, unit, title = t(`statistics.${field}`)) => (
    { name: field, title, unit, isNumber: true, value: (row) => row[field] });

function columnsOf(want, currency) {
    const numbers = [column('requests', 'count'), column('failed', 'count'), column('success_rate', 'percent'),
        column('first_content_p50_ms', 'ms', t('statistics.first50')),
        column('first_content_p95_ms', 'ms', t('statistics.first95')),
        column('input_tokens', 'tokens'), column('output_tokens', 'tokens'), column('cache_hit_rate', 'percent'),
        column('cost_micro', 'money')];
    const name = (row) => nameOf(row, want);
    const text = (c) => (row) => unitText(row[c.name], c.unit, { currency, isShort: c.unit === 'tokens' });
    return [{ name: 'name', title: t(`statistics.by.${want.by}`), class: 'who', value: name, show: name },
        ...numbers.map((c) => ({ ...c, show: text(c) }))];
}

// Members of the API, unrounded, under their own names: whoever takes the file reckons with it.
function download({ want, table }) {
    const first = table.rows[0] ?? {};
    const names = Object.keys(first).filter((name) => typeof first[name] !== 'object' || first[name] === null);
    const rows = table.rows.map((row) => names.map((name) => row[name]));
    keepFile(`claude-proxy-${want.by}-${want.range}.csv`, csv([names, ...rows]));
}

const historyAddress = (want) => url(withQuery('api/history.csv', { since: timeOf(want.range).since ?? want.range }));

const downloads = (shown) => h('div', { class: 'row' },
    button(t('statistics.download'),
        { onclick: () => download(shown.peek()), disabled: () => shown().table.rows.length === 0 }, 'download'),
    h('a', { class: 'button quiet', href: () => historyAddress(shown().want), download: 'claude-proxy-history.csv' },
        icon('download'), h('span', t('statistics.historyFile'))));

function tableCard(shown) {
    const { want } = shown.peek();
    const by = want.by;
    const sort = computed(() => query().sort || USUAL_SORT);
    return h('section', { class: 'card' },
        h('div', { class: 'card-head' }, h('h2', t(`statistics.by.${by}`)), downloads(shown)),
        ranking({ caption: t('statistics.tableOf', { by: t(`statistics.by.${by}`) }),
            columns: columnsOf(want, shown.peek().table.currency), rows: () => shown().table.rows,
            key: (row) => row.name, sort, change: (v) => setQuery({ sort: v === USUAL_SORT ? '' : v }) }),
        areAttempts(by) && h('p', { class: 'faint' }, t('statistics.attempts')),
        () => shown().table.more > 0 && h('p', { class: 'soft' }, t('statistics.more', { n: shown().table.more })));
}

const viewTab = (want, name) => h('button', {
    type: 'button', 'aria-current': () => (want().view === name ? 'page' : null),
    onclick: () => setQuery({ view: name === 'traffic' ? '' : name }) }, t(`statistics.view.${name}`));

const viewTabs = (want) => h('nav', { class: 'tabs', 'aria-label': t('statistics.viewLabel') },
    Object.keys(views).map((name) => viewTab(want, name)));

// ---- the screen ----

// One answer at a time counts: the last that was asked for.
function loader(shown, isBusy) {
    let turn = 0;
    return async (want) => {
        const mine = ++turn;
        isBusy.set(JSON.stringify(want) !== JSON.stringify(shown.peek().want));
        try {
            const all = await fetchAll(want);
            if (mine === turn)
                shown.set(all);
        } finally {
            if (mine === turn)
                isBusy.set(false);
        }
    };
}

// Where nothing was asked there is nothing to draw.
function body(shown, want) {
    const by = computed(() => `${shown().want.by} ${shown().want.channel}`);
    const drawn = computed(() => `${shown().want.view} ${shown().want.by} ${shown().want.channel}`);
    const isQuiet = computed(() => shown().table.total.requests === 0 && shown().table.rows.length === 0);
    return () => (isQuiet() ? empty(t('statistics.quiet'), h('a', { class: 'button', href: '#/setup' }, t('statistics.connect')))
        : [viewTabs(want), () => drawn() && untracked(() => charts(shown, shown.peek().want)),
            () => by() && untracked(() => tableCard(shown))]);
}

export async function view() {
    const shown = signal(await fetchAll(wanted(query.peek())));
    return () => {
        const key = computed(() => JSON.stringify(wanted(query())));
        const want = computed(() => JSON.parse(key()));
        const isBusy = signal(false);
        const load = loader(shown, isBusy);
        effect(() => {
            const now = want();
            const isLong = now.range !== 'today' && durationMs(now.range) > 3600000;
            follow(['stats'], () => load(now), { ms: isLong || now.range === 'today' ? SLOW_MS : QUICK_MS });
            if (JSON.stringify(untracked(shown).want) !== key.peek())
                load(now).catch((e) => complain(t('statistics.notLoaded'), e));
        });
        return h('div', head(t('statistics.title'), t('statistics.lead')), pickers(want, shown),
            h('div', { class: 'stats-body', 'aria-busy': () => String(isBusy()) }, cards(shown), body(shown, want)));
    };
}
