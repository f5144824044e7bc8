// SPDX-License-Identifier: MIT
// overview - how the gateway is, on one screen: what is wrong and what helps, traffic, client APIs, channels, what failed.

import { get } from '../lib/api.js';
import { segmented } from '../lib/form.js';
import { money, number, percent, relative, short, span, took } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { follow, on } from '../lib/live.js';
import { href } from '../lib/router.js';
import { advance, midnight, strip, widen } from '../lib/series.js';
import { computed, every, signal } from '../lib/signal.js';
import { chart } from '../parts/chart.js';
import { pulse } from '../parts/pulse.js';
import { familyState } from '../parts/troubles.js';
import { card, chip, head, notice, stat } from '../parts/ui.js';
import '../text/overview.js';

const MINUTE = 60000;
const SEGMENT_MS = 6000;
// How far back is drawn, and in what steps; a gateway that has just been started has nothing to show of a quarter of an hour.
const SPANS = [{ minutes: 3, stepMs: 6000 }, { minutes: 15, stepMs: 30000 }];
const YOUNG_S = 360;
const FAILURES = 6;
const FAMILIES = ['messages', 'responses', 'gemini', 'chat'];

// Which screen helps with what the status tells.
const ways = {
    access_key_unkept: 'settings', activate_channel: 'channels', add_channel: 'channels', all_resting: 'scheduler',
    certificate_ends: 'about', clear_text: 'settings', dialect_unknown: 'plugins', history_failing: 'settings',
    history_lost: 'settings', log_dropped: 'logs', no_active_channel: 'channels', one_key_for_all: 'settings',
    plugin_quarantined: 'plugins', point_client: 'setup', waiting: 'about',
};

function warning({ tone, id, text, more }) {
    const way = ways[id];
    const said = tOr('overview.say', id);
    return notice(tone, h('p', said === id ? text : said), more && h('p', more),
        way && h('p', h('a', { href: `#/${way}` }, t('overview.open', { screen: t(`shell.${way}`) }))));
}

const told = (s) => [
    ...s.warnings.map((w) => ({ ...w, tone: 'warn', more: w.id === 'history_failing' ? s.history.why : '' })),
    ...(s.options_waiting?.length > 0 ? [{ tone: 'info', id: 'waiting', more: s.options_waiting.join(', ') }] : []),
    ...(s.next ? [{ ...s.next, tone: 'info' }] : []),
];

// They stay while they hold: who stands on a link stays there.
const warnings = (status) => each(h('div', { 'aria-live': 'polite', class: 'stack warnings' }), () => told(status()),
    (w) => `${w.id} ${w.more ?? ''}`, (w) => warning(w.peek()));

// now: the last line of the stream; before the first one, what was fetched stands for it.
function firstContent(now, hour) {
    const isNow = (now()?.first_content_p50_ms ?? null) !== null;
    const { first_content_p50_ms: p50, first_content_p95_ms: p95 } = isNow ? now() : hour();
    return { p50, p95, isNow };
}

const tile = (name, value, note, tone) => stat(t(`overview.${name}`), value, { note, tone });

const tilesOfNow = ({ status, now, hour, today }) => [
    tile('perSecond', () => number(now()?.per_second ?? status().last_minute.requests / 60, 1),
        () => t('overview.minute', { n: now()?.requests ?? status().last_minute.requests })),
    tile('inFlight', () => number(now()?.in_flight ?? status().in_flight),
        () => t('overview.attempts', { n: now()?.under_way ?? status().in_flight })),
    tile('firstContent', () => took(firstContent(now, hour).p50), () => {
        const f = firstContent(now, hour);
        return t(f.isNow ? 'overview.p95Now' : 'overview.p95Hour', { time: took(f.p95) });
    }),
    tile('costToday', () => money(today().total.cost_micro, today().currency),
        () => t('overview.requestsToday', { n: today().total.requests }))];

const tilesOfHour = ({ now, hour }) => [
    tile('lastHour', () => number(hour().requests), () => t('overview.successRate', { rate: percent(hour().success_rate, 1) })),
    tile('failedHour', () => number(hour().failed),
        () => t('overview.perSecondNow', { n: number(now()?.failed_per_second ?? 0, 1) }), () => (hour().failed > 0 ? 'bad' : '')),
    tile('tokens', () => short(hour().input_tokens + hour().output_tokens),
        () => t('overview.inOut', { in: short(hour().input_tokens), out: short(hour().output_tokens) })),
    tile('cache', () => percent(hour().requests ? hour().cache_hit_rate : null),
        () => t('overview.cacheRead', { n: short(hour().cache_read_tokens) }))];

const figures = (s) => h('dl', { class: 'stats tiles' }, tilesOfNow(s), tilesOfHour(s));

// ---- the last minutes ----

const member = (id, name, i, more = {}) => ({ id, name, unit: i < 2 ? 'count' : 'tokens', i, ...more });

function traffic(minutes, { what, back }) {
    const { minutes: n, stepMs } = SPANS.find((x) => x.minutes === Number(back()));
    const wide = widen(minutes(), stepMs, n * MINUTE);
    const valuesOf = (s) => wide.counts.map((c) => (s.i === 0 ? c[0] - c[1] : c[s.i]));
    const series = what() === 'tokens'
        ? [member('in', t('overview.tokensIn'), 2), member('out', t('overview.tokensOut'), 3, { isHatched: true })]
        : [member('fine', t('overview.withoutFault'), 0, { tone: 'good' }),
            member('failed', t('overview.failed'), 1, { tone: 'bad', isHatched: true })];
    return { ...wide, stepMs, series: series.map((s) => ({ ...s, values: valuesOf(s) })) };
}

function minutesCard({ minutes, back }) {
    const what = signal('requests');
    const title = () => t('overview.live', { n: Number(back()) });
    return h('section', { class: 'card' },
        h('div', { class: 'card-head' }, h('h2', title), h('div', { class: 'row' },
            segmented({ label: t('overview.back'), value: back,
                choices: SPANS.map(({ minutes: n }) => ({ value: String(n), text: t('overview.minutes', { n }) })) }),
            segmented({ label: t('overview.show'), value: what, choices: [{ value: 'requests', text: t('overview.requests') },
                { value: 'tokens', text: t('overview.tokenWord') }] }))),
        chart({ title, kind: 'bar', data: () => traffic(minutes, { what, back }) }));
}

// ---- client APIs ----

const fact = (name, value) => h('p', name, h('b', value));

const familyCard = (f) => h('a', { class: 'family', href: href(['channels', f.peek().family]) },
    h('h3', tOr('family', f.peek().family), () => chip(t(`overview.family.${f().state}`), f().tone)),
    fact(t('overview.serving'), () => `${number(f().serving)} / ${number(f().active)}`),
    fact(t('overview.requests'), () => number(f().requests)),
    fact(t('overview.failed'), () => number(f().failed)),
    fact(t('overview.underWay'), () => number(f().under_way)));

const families = (list) => h('section', { class: 'stack', 'aria-label': t('overview.families') },
    h('h2', t('overview.families')),
    each(h('div', { class: 'family-grid' }), list, (f) => f.family, familyCard));

// The four that everybody has, and what plugins add, if somebody asks it.
function familyRows({ rows, now, channels }) {
    const known = new Set([...FAMILIES, ...channels().flatMap((c) => Object.keys(c.places ?? {}))]);
    const isAsked = (family) => rows().some((r) => r.name === family);
    const row = (family) => ({
        family, requests: 0, failed: 0, ...rows().find((r) => r.name === family), ...familyState(family, channels()),
        under_way: now()?.families?.find((f) => f.family === family)?.under_way ?? 0,
    });
    return [...known].filter((family) => FAMILIES.includes(family) || isAsked(family)).map(row);
}

// ---- what failed ----

function failureRow(r) {
    const { id, model, family, channel, error, end, status, time } = r.peek();
    return h('li',
        h('span', { class: 'what' }, h('a', { href: href(['requests', id]) }, model || tOr('family', family)),
            h('span', { class: 'faint clamp' }, [channel, error || end].filter(Boolean).join(' · '))),
        h('span', { class: 'row' }, chip(String(status), 'bad'),
            h('time', { class: 'soft', datetime: time }, () => relative(r().time))));
}

const failures = (list) => card(t('overview.lastFailures'),
    () => list().length === 0 && h('p', { class: 'soft' }, t('overview.noFailures')),
    each(h('ul', { class: 'troubles', 'aria-label': t('overview.lastFailures') }), list, (r) => r.id, failureRow),
    () => list().length > 0 && h('p', h('a', { href: href(['requests'], { outcome: 'failed' }) }, t('overview.allFailures'))));

// ---- the screen ----

function fetching() {
    const s = { status: signal(null), hour: signal(null), today: signal(null), rows: signal([]), channels: signal([]),
        failed: signal([]), activity: signal(null), minutes: signal(null), now: signal(null), skewMs: signal(0) };
    const quick = async () => {
        const [status, all, failed] = await Promise.all([get('api/status'), get('api/channels', { brief: 'true' }),
            get('api/history', { outcome: 'failed', limit: FAILURES })]);
        s.skewMs.set(Date.parse(status.now) - Date.now());
        s.status.set(status);
        s.channels.set(all.channels);
        s.failed.set(failed.requests);
    };
    const sums = async () => {
        const [byFamily, today] = await Promise.all([get('api/statistics', { window: '1h', by: 'family' }),
            get('api/statistics', { since: new Date(midnight(Date.now())).toISOString() })]);
        s.hour.set(byFamily.total);
        s.rows.set(byFamily.rows);
        s.today.set(today);
    };
    const fetchMinutes = async () => {
        s.activity.set(await get('api/statistics/activity'));
        s.minutes.set(strip(s.activity.peek()));
    };
    return { ...s, quick, sums, fetchMinutes };
}

function live(s) {
    follow(['channel', 'key', 'config', 'request', 'stats'], s.quick, { ms: 3000 });
    follow(['stats'], s.sums, { ms: 5000 });
    follow(['config'], s.fetchMinutes, { ms: 10000 });
    on(['stats'], (line) => {
        s.now.set(line);
        s.minutes.update((old) => advance(old, line.segments ?? [], Date.now() + s.skewMs.peek()));
    });
    every(SEGMENT_MS, () => !document.hidden && s.minutes.update((old) => advance(old, [], Date.now() + s.skewMs.peek())));
}

export async function view() {
    const s = fetching();
    await Promise.all([s.quick(), s.sums(), s.fetchMinutes()]);
    const perFamily = computed(() => familyRows(s));
    const back = signal(String(SPANS[s.status.peek().uptime_s < YOUNG_S ? 0 : 1].minutes));
    return () => {
        live(s);
        const lead = () => t('overview.lead', { version: s.status().version, time: span(s.status().uptime_s) });
        const now = pulse({ ...s, backMs: () => Number(back()) * MINUTE, load: () => s.quick().catch(() => {}) });
        return h('div', head(t('overview.title'), lead), warnings(s.status), figures(s), minutesCard({ ...s, back }),
            families(perFamily), h('div', { class: 'halves uneven' }, now, failures(s.failed)));
    };
}
