// SPDX-License-Identifier: MIT
// overview - how the gateway is on one screen: what is wrong and what helps, traffic now, client APIs, channels.

import { get } from '../lib/api.js';
import { number, percent, relative, short, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { follow, on } from '../lib/live.js';
import { computed, signal } from '../lib/signal.js';
import { card, chip, empty, head, notice, stat, table } from '../parts/ui.js';
import '../text/overview.js';

const tones = { closed: 'good', off: 'off', half_open: 'warn', open: 'bad' };
const said = (about) => (about.id ? tOr('overview.say', about.id) : String(about));

function channelState(c) {
    if (c.status !== 'active')
        return chip(tOr('overview.status', c.status), c.status === 'suspended' ? 'warn' : 'off');
    if (!c.health || c.health.keys.well + c.health.keys.demoted === 0)
        return chip(t('overview.noKey'), 'bad');
    return chip(tOr('overview.breaker', c.health.breaker), tones[c.health.breaker]);
}

const channels = (list) => table({
    caption: t('overview.channels'), rows: list,
    columns: [
        { title: t('overview.channel'), isHead: true, cell: (c) => c.name || c.id },
        { title: t('overview.dialect'), cell: (c) => tOr('dialect', c.dialect) },
        { title: t('overview.state'), cell: channelState },
        { title: t('overview.keysWell'), isNumber: true, cell: (c) => (c.health ? `${number(c.health.keys.well)} / ${number(c.keys_n)}` : '–') },
        { title: t('overview.served'), isNumber: true, cell: (c) => number(c.health?.served) },
        { title: t('overview.failed'), isNumber: true, cell: (c) => number(c.health?.failed) },
        { title: t('overview.last'), cell: (c) => relative(c.health?.last_served) },
    ],
});

const families = (list) => table({
    caption: t('overview.families'), rows: list, key: (f) => f.family,
    columns: [
        { title: t('overview.family'), isHead: true, cell: (f) => tOr('family', f.family) },
        { title: t('overview.requests'), isNumber: true, cell: (f) => number(f.requests) },
        { title: t('overview.failed'), isNumber: true, cell: (f) => number(f.failed) },
        { title: t('overview.tokensIn'), isNumber: true, cell: (f) => short(f.input_tokens) },
        { title: t('overview.tokensOut'), isNumber: true, cell: (f) => short(f.output_tokens) },
        { title: t('overview.underWay'), isNumber: true, cell: (f) => number(f.under_way) },
    ],
});

const warnings = (status) => h('div', { 'aria-live': 'polite', class: 'stack' },
    () => status().warnings.map((w) => notice('warn', h('p', said(w)))),
    () => status().next && notice('info', h('p', said(status().next))));

// now: the last line of the stream, null before the first; hour: statistics of the last hour.
const figures = (status, now, hour) => h('dl', { class: 'stats' },
    stat(t('overview.inFlight'), () => number(now()?.in_flight ?? status().in_flight)),
    stat(t('overview.perSecond'), () => number(now()?.per_second ?? status().last_minute.requests / 60, 1)),
    stat(t('overview.lastHour'), () => number(hour().requests), { note: () => t('overview.successRate', { rate: percent(hour().success_rate) }) }),
    stat(t('overview.failed'), () => number(hour().failed), { tone: () => (hour().failed > 0 ? 'bad' : '') }),
    stat(t('overview.firstContent'), () => took(hour().first_content_p50_ms), { note: () => `p95 ${took(hour().first_content_p95_ms)}` }),
    stat(t('overview.tokens'), () => short(hour().input_tokens + hour().output_tokens), { note: () => t('overview.cacheHits', { rate: percent(hour().cache_hit_rate) }) }));

export async function view() {
    const status = signal(null);
    const hour = signal(null);
    const list = signal([]);
    const perFamily = signal([]);
    const now = signal(null);
    const load = async () => {
        const [s, total, all, byFamily] = await Promise.all([get('api/status'), get('api/statistics', { window: '1h' }), get('api/channels', { brief: 'true' }),
            get('api/statistics', { window: '1h', by: 'family' })]);
        status.set(s);
        hour.set(total.total);
        list.set(all.channels);
        perFamily.set(byFamily.rows.map((row) => ({ ...row, family: row.name, under_way: 0 })));
    };
    await load();
    const rows = computed(() => perFamily().map((row) => ({ ...row, under_way: now()?.families?.find((f) => f.family === row.family)?.under_way ?? 0 })));
    return () => {
        follow(['stats', 'channel', 'key', 'config'], load, { ms: 3000 });
        on(['stats'], (line) => now.set(line));
        return h('div', head(t('overview.title'), t('overview.lead')), warnings(status), figures(status, now, hour),
            card(t('overview.families'), h('p', t('overview.hourLead')), () => (perFamily().length ? families(rows) : empty(t('overview.quiet')))),
            card(t('overview.channels'), () => (list().length ? channels(list) : empty(t('overview.noChannels')))));
    };
}
