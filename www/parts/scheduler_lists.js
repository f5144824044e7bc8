// SPDX-License-Identifier: MIT
// scheduler_lists - tables of what the scheduler knows: rests and breakers, promotions, homes of conversations, refusals, latencies.

import { del, post, withQuery } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { dateTime, number, relative, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { say } from '../lib/toast.js';
import { resetOf } from './rests.js';
import { actButton, chip, countdown, table, untilIn } from './ui.js';
import '../text/scheduler.js';

const restTones = { rests: 'warn', open: 'bad', half_open: 'warn', demoted: 'off' };
const breakerTones = { closed: 'good', half_open: 'warn', open: 'bad', off: 'off' };

const placeCell = (r, nameOf) => h('div', { class: 'stack-tight' }, h('strong', nameOf(r.channel)),
    h('span', { class: 'soft' }, t(`scheduler.kind.${r.kind}`), r.key && h('span', { class: 'mono' }, ` ${r.label || r.key}`), r.model && h('code', ` ${r.model}`)),
    r.url && h('span', { class: 'faint mono' }, r.url));

const restReason = (r) => h('div', { class: 'stack-tight' },
    r.trouble && h('span', tOr('trouble', r.trouble), r.status ? ` (${r.status})` : ''),
    r.failures > 0 && h('span', { class: 'soft' }, t('scheduler.failures', { n: r.failures })),
    r.since && h('span', { class: 'faint' }, t('scheduler.since', { time: dateTime(r.since) })));

const restTime = (r, load) => h('div', { class: 'stack-tight' },
    r.secondsLeft > 0 && countdown(untilIn(r.secondsLeft), load),
    r.source && h('span', { class: 'faint' }, tOr('scheduler.source', r.source)),
    r.probe && h('span', { class: 'faint' }, t('scheduler.probe')));

const resetButton = (row, nameOf, load) => {
    const name = () => [nameOf(row.peek().channel), row.peek().key && (row.peek().label || row.peek().key)].filter(Boolean).join(' · ');
    return actButton({ text: t('scheduler.reset'), name: 'reset', fault: t('scheduler.fault'), 'aria-label': t('scheduler.resetOf', { name: name() }), run: async () => {
        await post('api/scheduler/reset', resetOf(row.peek()));
        say(t('scheduler.resetDone', { name: name() }));
        await load();
    } });
};

export const restTable = (rows, nameOf, load) => table({ caption: t('scheduler.rests'), rows, columns: [
    { title: t('scheduler.place'), isHead: true, cell: (r) => placeCell(r, nameOf) },
    { title: t('scheduler.state'), cell: (r) => chip(t(`scheduler.state.${r.state}`), restTones[r.state]) },
    { title: t('scheduler.why'), cell: restReason },
    { title: t('scheduler.keptUntil'), cell: (r) => restTime(r, load) },
    { title: t('scheduler.reset'), make: (row) => resetButton(row, nameOf, load) },
] });

export async function resetAll(load) {
    if (!await confirm({ title: t('scheduler.resetAllTitle'), text: t('scheduler.resetAllText'), yes: t('scheduler.resetAll') }))
        return;
    await post('api/scheduler/reset', {});
    say(t('scheduler.resetDone', { name: t('scheduler.all') }));
    await load();
}

const endPromotion = (row, load) => actButton({ text: t('scheduler.endPromotion'), fault: t('scheduler.fault'), run: async () => {
    const { channel, family } = row.peek();
    await post('api/scheduler/promote', family ? { channel, family, seconds: 0 } : { channel, seconds: 0 });
    await load();
} });

export const promotionTable = (rows, nameOf, load) => table({ caption: t('scheduler.promotions'), rows, key: (p) => `${p.channel}/${p.family ?? ''}`, columns: [
    { title: t('scheduler.channel'), isHead: true, cell: (p) => nameOf(p.channel) },
    { title: t('scheduler.family'), cell: (p) => (p.family ? tOr('family', p.family) : t('common.all')) },
    { title: t('scheduler.keptUntil'), cell: (p) => countdown(untilIn(p.seconds_left), load) },
    { title: t('scheduler.endPromotion'), make: (row) => endPromotion(row, load) },
] });

export const homeTable = (rows, nameOf) => table({ caption: t('scheduler.homes'), rows, key: (s) => s.place, columns: [
    { title: t('scheduler.session'), isHead: true, cell: (s) => h('div', { class: 'stack-tight' }, h('code', s.session), h('span', { class: 'faint' }, s.source, s.is_guessed && ` (${t('scheduler.guessed')})`)) },
    { title: t('scheduler.client'), cell: (s) => h('span', { class: 'mono' }, s.client_key ?? '') },
    { title: t('scheduler.channel'), cell: (s) => nameOf(s.channel) },
    { title: t('scheduler.key'), cell: (s) => h('span', { class: 'mono' }, s.key ?? '') },
    { title: t('scheduler.requests'), isNumber: true, cell: (s) => number(s.requests) },
    { title: t('scheduler.keptUntil'), cell: (s) => h('time', { datetime: s.until, title: dateTime(s.until) }, relative(s.until)) },
] });

// channel: '' all.
export async function clearHomes(channel, name, load) {
    if (!await confirm({ title: t('scheduler.homesClearTitle'), name, text: t('scheduler.homesClearText'), yes: t('scheduler.forget'), isDanger: true }))
        return;
    await del(withQuery('api/scheduler/sessions', { channel }));
    await load();
}

export const learnedTable = (rows, nameOf) => table({ caption: t('scheduler.learned'), rows, key: (l) => l.place, columns: [
    { title: t('scheduler.channel'), isHead: true, cell: (l) => nameOf(l.channel) },
    { title: t('scheduler.parameter'), cell: (l) => h('code', l.refused) },
    { title: t('scheduler.place'), cell: (l) => h('span', { class: 'mono soft' }, [l.key, l.url].filter(Boolean).join(' · ')) },
    { title: t('scheduler.keptUntil'), cell: (l) => (l.until ? h('time', { datetime: l.until, title: dateTime(l.until) }, relative(l.until)) : '–') },
] });

export async function clearLearned(load) {
    if (!await confirm({ title: t('scheduler.learnedClearTitle'), text: t('scheduler.learnedClearText'), yes: t('scheduler.forget'), isDanger: true }))
        return;
    await del('api/scheduler/learned');
    await load();
}

function breakerCell(c) {
    const state = c.breaker === 'off' ? 'off' : c.breaker.state;
    return h('div', { class: 'stack-tight' }, chip(t(`scheduler.breaker.${state}`), breakerTones[state]),
        state !== 'off' && c.breaker.results > 0 && h('span', { class: 'faint' }, t('scheduler.breakerCounts', { failures: number(c.breaker.failures), results: number(c.breaker.results) })));
}

export const latencyTable = (rows, nameOf) => table({ caption: t('scheduler.channelsTitle'), rows, columns: [
    { title: t('scheduler.channel'), isHead: true, cell: (c) => nameOf(c.id) },
    { title: t('scheduler.breaker'), cell: breakerCell },
    { title: t('scheduler.load'), isNumber: true, cell: (c) => number(c.under_way) },
    { title: t('scheduler.first'), isNumber: true, cell: (c) => took(c.first_content_ms.mean) },
    { title: t('scheduler.firstP90'), isNumber: true, cell: (c) => took(c.first_content_ms.p90) },
    { title: t('scheduler.served'), isNumber: true, cell: (c) => number(c.served) },
    { title: t('scheduler.failed'), isNumber: true, cell: (c) => number(c.failed) },
] });

export const orderTable = (rows, nameOf) => table({ caption: t('scheduler.orderTitle'), rows, key: (f) => f.name, columns: [
    { title: t('scheduler.family'), isHead: true, cell: (f) => tOr('family', f.name) },
    { title: t('scheduler.strategy'), cell: (f) => h('code', f.strategy) },
    { title: t('scheduler.affinity'), cell: (f) => t(f.affinity ? 'common.on' : 'common.off') },
    { title: t('scheduler.fuzzy'), cell: (f) => t(f.fuzzy ? 'common.yes' : 'common.no') },
    { title: t('scheduler.order'), cell: (f) => f.order.map(nameOf).join(' → ') },
] });
