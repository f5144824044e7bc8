// SPDX-License-Identifier: MIT
// scheduler_lists - tables of what the scheduler knows: rests and breakers, promotions, homes of conversations, refusals.

import { del, post, withQuery } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { dateTime, NOTHING, number, relative } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { say } from '../lib/toast.js';
import { resetOf } from './rests.js';
import { actButton, chip, countdown, table, untilIn } from './ui.js';
import '../text/scheduler.js';

const restTones = { rests: 'warn', open: 'bad', half_open: 'warn', demoted: 'off' };

// names: {channel(id), key(channel, id), client(id)} as people know them.
const placeCell = (r, names) => h('div', { class: 'stack-tight' }, h('strong', names.channel(r.channel)),
    h('span', { class: 'soft' }, t(`scheduler.kind.${r.kind}`),
        r.key && h('span', { class: 'mono' }, ` ${r.label || names.key(r.channel, r.key)}`),
            r.model && h('code', ` ${r.model}`)),
    r.url && h('span', { class: 'faint mono' }, r.url));

const restReason = (r) => h('div', { class: 'stack-tight' },
    r.trouble && h('span', tOr('trouble', r.trouble), r.status ? ` (${r.status})` : ''),
    r.failures > 0 && h('span', { class: 'soft' }, t('scheduler.failures', { n: r.failures })),
    r.since && h('span', { class: 'faint' },
        t('scheduler.since', { time: dateTime(r.since) })));

const restTime = (r, load) => h('div', { class: 'stack-tight' },
    r.secondsLeft > 0 && countdown(untilIn(r.secondsLeft), load),
    r.source && h('span', { class: 'faint' }, tOr('scheduler.source', r.source)),
    r.probe && h('span', { class: 'faint' }, t('scheduler.probe')));

// What is reset goes from the list, and with it its button: the focus goes to the list.
const refocus = (caption) => [...document.querySelectorAll('main .table-box, main .card h2')]
    .find((el) => el.getAttribute('aria-label') === caption
        || el.textContent === caption)?.focus();

function resetButton(row, names, load) {
    const name = () => [names.channel(row().channel), row().key
        && (row().label || names.key(row().channel, row().key))]
        .filter(Boolean).join(' · ');
    return actButton({ text: t('scheduler.reset'), name: 'reset', fault: t('scheduler.fault'),
        'aria-label': () => t('scheduler.resetOf', { name: name() }), run: async () => {
            const told = t('scheduler.resetDone', { name: name() });
            await post('api/scheduler/reset', resetOf(row.peek()));
            say(told);
            await load();
            refocus(t('scheduler.rests'));
        } });
}

export const restTable = (rows, names, load) => table({ caption: t('scheduler.rests'), rows, columns: [
    { title: t('scheduler.place'), isHead: true, cell: (r) => placeCell(r, names) },
    { title: t('scheduler.state'),
        cell: (r) => chip(t(`scheduler.state.${r.state}`), restTones[r.state]) },
    { title: t('scheduler.why'), cell: restReason },
    { title: t('scheduler.keptUntil'), cell: (r) => restTime(r, load) },
    { title: t('scheduler.reset'), make: (row) => resetButton(row, names, load) },
] });

export async function resetAll(load) {
    if (!await confirm({ title: t('scheduler.resetAllTitle'),
        text: t('scheduler.resetAllText'), yes: t('scheduler.resetAll') }))
        return;
    await post('api/scheduler/reset', {});
    say(t('scheduler.resetDone', { name: t('scheduler.all') }));
    await load();
}

const endPromotion = (row, load) => actButton({ text: t('scheduler.endPromotion'), fault: t('scheduler.fault'), run: async () => {
    const { channel, family } = row.peek();
    await post('api/scheduler/promote', family ? { channel, family, seconds: 0 }
        : { channel, seconds: 0 });
    say(t('scheduler.promotionEnded'));
    await load();
    refocus(t('scheduler.promotions'));
} });

export const promotionTable = (rows, names, load) => table({ caption: t('scheduler.promotions'), rows,
    key: (p) => `${p.channel}/${p.family ?? ''}`, columns: [
        { title: t('scheduler.channel'), isHead: true,
            cell: (p) => h('strong', names.channel(p.channel)) },
        { title: t('scheduler.family'),
            cell: (p) => (p.family ? tOr('family', p.family) : t('common.all')) },
        { title: t('scheduler.keptUntil'),
            cell: (p) => countdown(untilIn(p.seconds_left), load) },
        { title: t('scheduler.endPromotion'), make: (row) => endPromotion(row, load) },
    ] });

// "header:x-session-id", "body:metadata.user_id#session_id", "first:system,messages"
function sourceText({ source, is_guessed: isGuessed }) {
    const [, kind, what] = /^(\w+):(.*)$/.exec(source) ?? [null, '', source];
    if (isGuessed || kind === 'first')
        return t('scheduler.byBeginning');
    return t(kind === 'header' ? 'scheduler.byHeader' : 'scheduler.byBody', { name: what });
}

const until = (v) => (v ? h('time', { datetime: v, title: dateTime(v) }, relative(v))
    : NOTHING);

export const homeTable = (rows, names) => table({ caption: t('scheduler.homes'), rows, key: (s) => s.place, columns: [
    { title: t('scheduler.session'), isHead: true, cell: (s) => h('div', { class: 'stack-tight' },
        h('code', s.session), h('span', { class: 'faint' }, sourceText(s))) },
    { title: t('scheduler.client'), cell: (s) => names.client(s.client_key) },
    { title: t('scheduler.channel'), cell: (s) => h('div', { class: 'stack-tight' }, h('strong', names.channel(s.channel)),
        s.key && h('span', { class: 'mono soft' }, names.key(s.channel, s.key))) },
    { title: t('scheduler.requests'), isNumber: true, cell: (s) => number(s.requests) },
    { title: t('scheduler.keptUntil'), class: 'nowrap', cell: (s) => until(s.until) },
] });

// channel: '' all.
export async function clearHomes(channel, name, load) {
    if (!await confirm({ title: t('scheduler.homesClearTitle'), name,
        text: t('scheduler.homesClearText'), yes: t('scheduler.forget'), isDanger: true }))
        return;
    await del(withQuery('api/scheduler/sessions', { channel }));
    await load();
}

export const learnedTable = (rows, names) => table({ caption: t('scheduler.learned'), rows, key: (l) => l.place, columns: [
    { title: t('scheduler.channel'), isHead: true, cell: (l) => names.channel(l.channel) },
    { title: t('scheduler.parameter'), cell: (l) => h('code', l.refused) },
    { title: t('scheduler.place'), cell: (l) => h('span', { class: 'mono soft' },
        [l.key && names.key(l.channel, l.key), l.url].filter(Boolean).join(' · ')) },
    { title: t('scheduler.keptUntil'), class: 'nowrap', cell: (l) => until(l.until) },
] });

export async function clearLearned(load) {
    if (!await confirm({ title: t('scheduler.learnedClearTitle'),
        text: t('scheduler.learnedClearText'), yes: t('scheduler.forget'), isDanger: true }))
        return;
    await del('api/scheduler/learned');
    await load();
}
