// SPDX-License-Identifier: MIT
// overview - how the gateway is on one screen: what is wrong and what helps, traffic now, client APIs, what rests, what failed.

import { get } from '../lib/api.js';
import { segmented } from '../lib/form.js';
import { money, number, percent, relative, short, took } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow, on } from '../lib/live.js';
import { href } from '../lib/router.js';
import { advance, midnight, strip, widen } from '../lib/series.js';
import { computed, every, signal } from '../lib/signal.js';
import { chart } from '../parts/chart.js';
import { familyState, isStopped, ourTime, troublesOf } from '../parts/troubles.js';
import { card, chip, countdown, empty, head, notice, stat } from '../parts/ui.js';
import '../text/overview.js';

const STEP_MS = 30000;
const SEGMENT_MS = 6000;
const FAILURES = 6;
const FAMILIES = ['messages', 'responses', 'gemini', 'chat'];

// Which screen helps with what the status tells.
const ways = {
    access_key_unkept: 'settings', activate_channel: 'channels', add_channel: 'channels', all_resting: 'scheduler', certificate_ends: 'about', clear_text: 'settings',
    dialect_unknown: 'plugins', history_failing: 'settings', history_lost: 'settings', log_dropped: 'logs', no_active_channel: 'channels', one_key_for_all: 'settings',
    point_client: 'setup', waiting: 'about',
};

function warning(tone, about, more = '') {
    const way = ways[about.id];
    return notice(tone, h('p', tOr('overview.say', about.id) === about.id ? about.text : tOr('overview.say', about.id)), more && h('p', more),
        way && h('p', h('a', { href: `#/${way}` }, t('overview.open', { screen: t(`shell.${way}`) }))));
}

const warnings = (status) => h('div', { 'aria-live': 'polite', class: 'stack' }, () => {
    const s = status();
    return [
        s.warnings.map((w) => warning('warn', w, w.id === 'history_failing' ? s.history.why : '')),
        s.options_waiting?.length > 0 && warning('info', { id: 'waiting' }, s.options_waiting.join(', ')),
        s.next && warning('info', s.next),
    ];
});

// now: the last line of the stream; before the first one, what was fetched stands for it.
const firstContent = (now, hour) => (now()?.first_content_p50_ms !== undefined && now().first_content_p50_ms !== null
    ? { p50: now().first_content_p50_ms, p95: now().first_content_p95_ms, isNow: true } : { p50: hour().first_content_p50_ms, p95: hour().first_content_p95_ms, isNow: false });

const figures = ({ status, now, hour, today }) => h('dl', { class: 'stats' },
    stat(t('overview.perSecond'), () => number(now()?.per_second ?? status().last_minute.requests / 60, 1), { note: () => t('overview.minute', { n: now()?.requests ?? status().last_minute.requests }) }),
    stat(t('overview.inFlight'), () => number(now()?.in_flight ?? status().in_flight), { note: () => t('overview.attempts', { n: now()?.under_way ?? status().in_flight }) }),
    stat(t('overview.lastHour'), () => number(hour().requests), { note: () => t('overview.successRate', { rate: percent(hour().success_rate) }) }),
    stat(t('overview.failed'), () => number(hour().failed), { tone: () => (hour().failed > 0 ? 'bad' : ''), note: () => t('overview.perSecondNow', { n: number(now()?.failed_per_second ?? 0, 1) }) }),
    stat(t('overview.firstContent'), () => took(firstContent(now, hour).p50), { note: () => {
        const f = firstContent(now, hour);
        return t(f.isNow ? 'overview.p95Now' : 'overview.p95Hour', { time: took(f.p95) });
    } }),
    stat(t('overview.tokens'), () => short(hour().input_tokens + hour().output_tokens), { note: () => t('overview.inOut', { in: short(hour().input_tokens), out: short(hour().output_tokens) }) }),
    stat(t('overview.cache'), () => percent(hour().cache_hit_rate), { note: () => t('overview.cacheRead', { n: short(hour().cache_read_tokens) }) }),
    stat(t('overview.costToday'), () => money(today().total.cost_micro, today().currency), { note: () => t('overview.requestsToday', { n: today().total.requests }) }));

// ---- the last minutes ----

const member = (id, name, i, more = {}) => ({ id, name, unit: i < 2 ? 'count' : 'tokens', i, ...more });

function traffic(minutes, what) {
    const wide = widen(minutes(), STEP_MS);
    const series = what() === 'tokens'
        ? [member('in', t('overview.tokensIn'), 2), member('out', t('overview.tokensOut'), 3, { isHatched: true })]
        : [member('fine', t('overview.withoutFault'), 0, { tone: 'good' }), member('failed', t('overview.failed'), 1, { tone: 'bad', isHatched: true })];
    return { ...wide, stepMs: STEP_MS, series: series.map((s) => ({ ...s, values: wide.counts.map((c) => (s.i === 0 ? c[0] - c[1] : c[s.i])) })) };
}

function minutesCard(minutes) {
    const what = signal('requests');
    return h('section', { class: 'card' },
        h('div', { class: 'card-head' }, h('h2', t('overview.live')), segmented({ label: t('overview.show'), value: what,
            choices: [{ value: 'requests', text: t('overview.requests') }, { value: 'tokens', text: t('overview.tokenWord') }] })),
        chart({ title: t('overview.live'), kind: 'bar', data: () => traffic(minutes, what) }));
}

// ---- client APIs ----

const fact = (name, value) => h('p', name, h('b', value));

const familyCard = (f) => h('a', { class: 'family', href: href(['channels', f.peek().family]) },
    h('h3', tOr('family', f.peek().family), () => chip(t(`overview.family.${f().state}`), f().tone)),
    fact(t('overview.serving'), () => `${number(f().serving)} / ${number(f().active)}`),
    fact(t('overview.hourRequests'), () => number(f().requests)),
    fact(t('overview.failed'), () => number(f().failed)),
    fact(t('overview.underWay'), () => number(f().under_way)));

const families = (list) => h('section', { class: 'stack', 'aria-label': t('overview.families') }, h('h2', t('overview.families')),
    each(h('div', { class: 'family-grid' }), list, (f) => f.family, familyCard));

function familyRows({ rows, now, channels }) {
    const known = new Set([...FAMILIES, ...channels().flatMap((c) => Object.keys(c.places ?? {}))]);
    return [...known].map((family) => Object.assign({ family, requests: 0, failed: 0 }, rows().find((r) => r.name === family), familyState(family, channels()), {
        under_way: now()?.families?.find((f) => f.family === family)?.under_way ?? 0 }));
}

// ---- what rests, what failed ----

const troubleLine = (trouble, skewMs, load) => h('span', { class: 'row' }, chip(t(`overview.trouble.${trouble.kind}`, { n: trouble.n ?? 0 }), ['none', 'open', 'rests', 'dead'].includes(trouble.kind) ? 'bad' : 'warn'),
    trouble.until && h('span', { class: 'soft' }, t('overview.for'), ' ', countdown(ourTime(trouble.until, skewMs), load)));

const channelAddress = (c) => href(['channels', Object.keys(c.places ?? {})[0] ?? FAMILIES[0]]);

const lastError = (health) => health.last_error && h('span', { class: 'faint' }, t('overview.lastError', { error: [health.last_error, health.last_status || ''].filter(Boolean).join(' '), time: relative(health.last_failed) }));

const troubleRow = (c, skewMs, load) => h('li', h('span', { class: 'what' }, h('a', { href: channelAddress(c.peek()) }, () => c().name || c().id), () => lastError(c().health)),
    h('span', { class: 'row' }, () => troublesOf(c()).map((x) => troubleLine(x, skewMs.peek(), load))));

function troubles({ channels, skewMs, load }) {
    const ill = computed(() => channels().filter((c) => troublesOf(c).length > 0).sort((a, b) => isStopped(b) - isStopped(a)));
    const active = () => channels().filter((c) => c.status === 'active').length;
    return card(t('overview.troubles'), () => (channels().length === 0
        ? empty(t('overview.noChannels'), h('a', { class: 'button primary', href: '#/channels' }, icon('plus'), h('span', t('overview.addChannel'))))
        : ill().length === 0 && notice(active() ? 'good' : 'info', h('p', active() ? t('overview.allWell', { n: active() }) : t('overview.noneActive')))),
    each(h('ul', { class: 'troubles', 'aria-label': t('overview.troubles') }), ill, (c) => c.id, (c) => troubleRow(c, skewMs, load)));
}

const failureRow = (r) => h('li', h('span', { class: 'what' }, h('a', { href: href(['requests', r.peek().id]) }, r.peek().model || tOr('family', r.peek().family)),
    h('span', { class: 'faint' }, [r.peek().channel, r.peek().error || r.peek().end].filter(Boolean).join(' · '))),
h('span', { class: 'row' }, chip(String(r.peek().status), 'bad'), h('time', { class: 'soft', datetime: r.peek().time }, () => relative(r().time))));

const failures = (list) => card(t('overview.lastFailures'), () => list().length === 0 && h('p', { class: 'soft' }, t('overview.noFailures')),
    each(h('ul', { class: 'troubles', 'aria-label': t('overview.lastFailures') }), list, (r) => r.id, failureRow),
    h('p', h('a', { href: href(['requests'], { outcome: 'failed' }) }, t('overview.allFailures'))));

// ---- the screen ----

function fetching() {
    const s = { status: signal(null), hour: signal(null), today: signal(null), rows: signal([]), channels: signal([]), failed: signal([]), minutes: signal(null), now: signal(null), skewMs: signal(0) };
    const quick = async () => {
        const [status, all, failed] = await Promise.all([get('api/status'), get('api/channels', { brief: 'true' }), get('api/history', { outcome: 'failed', limit: FAILURES })]);
        s.skewMs.set(Date.parse(status.now) - Date.now());
        s.status.set(status);
        s.channels.set(all.channels);
        s.failed.set(failed.requests);
    };
    const sums = async () => {
        const [byFamily, today] = await Promise.all([get('api/statistics', { window: '1h', by: 'family' }), get('api/statistics', { since: new Date(midnight(Date.now())).toISOString() })]);
        s.hour.set(byFamily.total);
        s.rows.set(byFamily.rows);
        s.today.set(today);
    };
    const minutes = async () => s.minutes.set(strip(await get('api/statistics/activity')));
    return { ...s, quick, sums, fetchMinutes: minutes };
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
    return () => {
        live(s);
        return h('div', head(t('overview.title'), t('overview.lead')), warnings(s.status), figures(s), minutesCard(s.minutes), families(perFamily),
            h('div', { class: 'halves' }, troubles({ ...s, load: () => s.quick().catch(() => {}) }), failures(s.failed)));
    };
}
