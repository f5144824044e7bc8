// SPDX-License-Identifier: MIT
// statistics - what was served in a range of time, by what, in charts and in one table; all of it in the address.

import { get, url, withQuery } from '../lib/api.js';
import { csv, keepFile } from '../lib/csv.js';
import { button } from '../lib/dialog.js';
import { segmented } from '../lib/form.js';
import { money, number, percent, short, took } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { query, setQuery } from '../lib/router.js';
import { chartData, durationMs, hasValues, rangeQuery, unitText } from '../lib/series.js';
import { computed, effect, signal, untracked } from '../lib/signal.js';
import { complain } from '../lib/toast.js';
import { chart } from '../parts/chart.js';
import { ranking } from '../parts/ranking.js';
import { card, empty, head, stat } from '../parts/ui.js';
import '../text/statistics.js';

const RANGES = ['15m', '1h', '6h', 'today', '24h', '7d', '30d'];
const KINDS = ['family', 'channel', 'key', 'model', 'client'];
const TOP = 8;
const ROWS = 200;
const QUICK_MS = 5000;
const SLOW_MS = 30000;

const metric = (field, unit) => ({ field, unit });
const views = {
    traffic: [metric('requests', 'count'), metric('failed', 'count')],
    success: [metric('success_rate', 'percent')],
    latency: [metric('first_content_p50_ms', 'ms'), metric('first_content_p95_ms', 'ms'), metric('duration_p50_ms', 'ms'), metric('duration_p95_ms', 'ms')],
    tokens: [metric('input_tokens', 'tokens'), metric('output_tokens', 'tokens')],
    cache: [metric('cache_hit_rate', 'percent'), metric('cache_read_tokens', 'tokens')],
    cost: [metric('cost_micro', 'money')],
};

const one = (value, all, usual) => (all.includes(value) ? value : usual);

// What the address asks for; anything else there is as if it were not.
const wanted = (q) => ({ range: one(q.range, RANGES, '24h'), by: one(q.by, KINDS, 'channel'), view: one(q.view, Object.keys(views), 'traffic') });

// Upstream keys have no times of whole requests: requests may have tried several.
const metricsOf = ({ view, by }) => views[view].filter((m) => by !== 'key' || !m.field.startsWith('duration'));

function nameOf(row, by) {
    if (by === 'family')
        return tOr('family', row.name);
    if (by === 'channel')
        return row.channel_name || row.channel || row.name;
    if (by === 'key')
        return `${row.channel_name || row.channel} · ${row.label || row.key}`;
    return row.label || row.name || t('statistics.unnamed');
}

async function fetchAll(want) {
    const time = rangeQuery(want.range);
    const sums = want.range === 'today' ? time : { window: want.range };
    const [table, series] = await Promise.all([get('api/statistics', { ...sums, by: want.by, limit: ROWS }),
        get('api/statistics/series', { ...time, by: want.by, top: TOP, fields: metricsOf(want).map((m) => m.field).join(',') })]);
    return { want, table, series };
}

// ---- what is shown ----

const choices = (names, prefix) => names.map((value) => ({ value, text: t(`statistics.${prefix}.${value}`) }));

function pickers(want) {
    const pick = (name, label, names) => segmented({ label, value: computed(() => want()[name]), choices: choices(names, name), change: (v) => setQuery({ [name]: v }) });
    return h('div', { class: 'pickers' }, pick('range', t('statistics.rangeLabel'), RANGES), pick('by', t('statistics.byLabel'), KINDS));
}

const cards = (shown) => h('dl', { class: 'stats' },
    stat(t('statistics.requests'), () => number(shown().table.total.requests), { note: () => t('statistics.pace', { n: number(shown().table.total.rpm, 1) }) }),
    stat(t('statistics.success_rate'), () => percent(shown().table.total.success_rate, 1), { note: () => t('statistics.failedNote', { n: shown().table.total.failed, left: number(shown().table.total.cancelled) }) }),
    stat(t('statistics.first_content_p50_ms'), () => took(shown().table.total.first_content_p50_ms), { note: () => `p95 ${took(shown().table.total.first_content_p95_ms)}` }),
    stat(t('statistics.duration_p50_ms'), () => took(shown().table.total.duration_p50_ms), { note: () => `p95 ${took(shown().table.total.duration_p95_ms)}` }),
    stat(t('statistics.tokens'), () => short(shown().table.total.input_tokens + shown().table.total.output_tokens),
        { note: () => t('statistics.inOut', { in: short(shown().table.total.input_tokens), out: short(shown().table.total.output_tokens) }) }),
    stat(t('statistics.cache_hit_rate'), () => percent(shown().table.total.cache_hit_rate, 1), { note: () => t('statistics.cacheRead', { n: short(shown().table.total.cache_read_tokens) }) }),
    stat(t('statistics.cost_micro'), () => money(shown().table.total.cost_micro, shown().table.currency)));

const dataOf = (shown, m) => chartData(shown.series, m, (s) => nameOf(s, shown.want.by), t('statistics.sum'));

function charts(shown, kept) {
    const metrics = computed(() => metricsOf(shown().want));
    const drawOne = (m) => card(t(`statistics.${m.peek().field}`), () => !hasValues(dataOf(shown(), m())) && h('p', { class: 'soft' }, t('statistics.nothing')),
        chart({ title: t(`statistics.${m.peek().field}`), isSmall: kept.view !== 'traffic', data: () => dataOf(shown(), m()) }));
    return each(h('div', { class: 'halves' }), metrics, (m) => m.field, drawOne);
}

const column = (field, unit, title = t(`statistics.${field}`)) => ({ name: field, title, unit, isNumber: true, value: (row) => row[field] });

function columnsOf(by, currency) {
    const numbers = [column('requests', 'count'), column('failed', 'count'), column('success_rate', 'percent'), column('first_content_p50_ms', 'ms'), column('first_content_p95_ms', 'ms'),
        column('input_tokens', 'tokens'), column('output_tokens', 'tokens'), column('cache_hit_rate', 'percent'), column('cost_micro', 'money')];
    return [{ name: 'name', title: t(`statistics.by.${by}`), value: (row) => nameOf(row, by), show: (row) => nameOf(row, by) },
        ...numbers.map((c) => ({ ...c, show: (row) => unitText(row[c.name], c.unit, { currency }) }))];
}

// Members of the API, unrounded, under their own names: whoever takes the file reckons with it.
function download({ want, table }) {
    const first = table.rows[0] ?? {};
    const names = Object.keys(first).filter((name) => typeof first[name] !== 'object' || first[name] === null);
    keepFile(`claude-proxy-${want.by}-${want.range}.csv`, csv([names, ...table.rows.map((row) => names.map((name) => row[name]))]));
}

const historyAddress = (want) => url(withQuery('api/history.csv', { since: want.range === 'today' ? rangeQuery('today').since : want.range }));

function tableCard(shown) {
    const by = shown.peek().want.by;
    const sort = computed(() => query().sort || '-requests');
    return h('section', { class: 'card' },
        h('div', { class: 'card-head' }, h('h2', t(`statistics.by.${by}`)), h('div', { class: 'row' },
            button(t('statistics.download'), { onclick: () => download(shown.peek()), disabled: () => shown().table.rows.length === 0 }, 'download'),
            h('a', { class: 'button quiet', href: () => historyAddress(shown().want), download: 'claude-proxy-history.csv' }, icon('download'), h('span', t('statistics.historyFile'))))),
        ranking({ caption: t('statistics.tableOf', { by: t(`statistics.by.${by}`) }), columns: columnsOf(by, shown.peek().table.currency), rows: () => shown().table.rows,
            key: (row) => row.name, sort, change: (v) => setQuery({ sort: v === '-requests' ? '' : v }) }),
        () => shown().table.more > 0 && h('p', { class: 'soft' }, t('statistics.more', { n: shown().table.more })));
}

const viewTabs = (want) => h('nav', { class: 'tabs', 'aria-label': t('statistics.viewLabel') }, Object.keys(views).map((name) => h('button', {
    type: 'button', 'aria-current': () => (want().view === name ? 'page' : null), onclick: () => setQuery({ view: name === 'traffic' ? '' : name }) }, t(`statistics.view.${name}`))));

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
        const by = computed(() => shown().want.by);
        const drawn = computed(() => `${shown().want.view} ${shown().want.by}`);
        return h('div', head(t('statistics.title'), t('statistics.lead')), pickers(want), viewTabs(want),
            h('div', { class: 'stats-body', 'aria-busy': () => String(isBusy()) }, cards(shown),
                () => shown().table.total.requests === 0 && empty(t('statistics.quiet')),
                () => drawn() && untracked(() => charts(shown, shown.peek().want)), () => by() && untracked(() => tableCard(shown))));
    };
}
