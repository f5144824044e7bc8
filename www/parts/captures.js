// SPDX-License-Identifier: MIT
// captures - requests and answers written whole to a file for a while: start, watch, stop, download, delete.

import { del, get, post, url } from '../lib/api.js';
import { button, openDialog } from '../lib/dialog.js';
import { faultBox, faults, numberField, selectField, switchField } from '../lib/form.js';
import { bytes, dateTime, number } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { computed, every, signal } from '../lib/signal.js';
import { say } from '../lib/toast.js';
import { actButton, card, chip, countdown, destroy, notice, table } from './ui.js';
import '../text/logs.js';

const LOOK_MS = 3000;
const DURATIONS = ['60s', '5m', '15m', '1h'];
const BODY_SIZES = ['64KB', '1MB', '8MB'];

export const fetchCaptures = async () => (await get('api/captures')).captures;

const file = (c) => url(`api/captures/${encodeURIComponent(c.id)}/file`);
const path = (c, more = '') => `api/captures/${encodeURIComponent(c.id)}${more}`;

const of = (c) => [c.channel ?? t('logs.anyChannel'), c.client ?? t('logs.anyClient')].join(' · ');

const state = (c, load) => h('span', { class: 'row' }, c.state === 'running' ? [chip(t('logs.running'), 'good'), countdown(c.until, () => load().catch(() => {}))]
    : [chip(t('logs.over')), h('span', { class: 'soft' }, tOr('logs.why', c.why))]);

// What was pressed is gone: who uses keys goes on next to it.
const focusOn = (selector) => requestAnimationFrame(() => document.querySelector(selector)?.focus());

const remove = (c, load) => destroy({ title: t('logs.deleteCapture'), name: `${of(c)}, ${dateTime(c.from)}`, text: t('logs.deleteCaptureText'), run: async () => {
    await del(path(c));
    await load();
    focusOn('.captures-start');
}, done: t('logs.captureDeleted') });

const actions = (c, load) => h('span', { class: 'row tight' },
    c.state === 'running' && actButton({ text: t('logs.stop'), name: 'pause', isIcon: true, run: async () => {
        await post(path(c, '/stop'), {});
        await load();
        focusOn(`[data-capture="${c.id}"] a`);
    } }),
    h('a', { class: 'icon-button', href: file(c), download: `${c.id}.jsonl`, title: t('logs.download'), 'aria-label': t('logs.download') }, icon('download')),
    h('button', { type: 'button', class: 'icon-button', title: t('common.delete'), 'aria-label': t('common.delete'), onclick: () => remove(c, load) }, icon('trash')));

const list = (captures, load) => table({
    caption: t('logs.captures'), rows: captures, rowProps: (c) => ({ 'data-capture': c.peek().id }),
    columns: [
        { title: t('logs.from'), isHead: true, class: 'nowrap', cell: (c) => dateTime(c.from) },
        { title: t('logs.of'), cell: of },
        { title: t('logs.state'), cell: (c) => state(c, load) },
        { title: t('logs.bodies'), cell: (c) => t(c.bodies ? 'common.yes' : 'common.no') },
        { title: t('logs.requests'), isNumber: true, cell: (c) => number(c.requests) },
        { title: t('logs.size'), isNumber: true, cell: (c) => bytes(c.bytes) },
        { title: t('logs.lost'), isNumber: true, cell: (c) => number(c.lost) },
        { title: t('logs.do'), cell: (c) => actions(c, load) },
    ],
});

const named = (any, all, label) => [{ value: '', text: any }, ...all.map((one) => ({ value: one.id, text: label(one) }))];

const missing = (all, id) => (id && !all.some((one) => one.id === id) ? [...all, { id }] : all);

function wanted(f) {
    const body = { duration: f.duration.peek(), bodies: f.bodies.peek(), requests: f.requests.peek() ?? 1000 };
    if (f.bodies.peek())
        body.body_bytes = f.size.peek();
    if (f.channel.peek())
        body.channel = f.channel.peek();
    if (f.client.peek())
        body.client = f.client.peek();
    return body;
}

const fields = (f, known, bad) => h('div', { class: 'form' }, faultBox(bad.fault),
    selectField({ label: t('logs.channel'), value: f.channel, path: 'channel', choices: named(t('logs.anyChannel'), missing(known.channels, f.channel.peek()), (c) => c.name || c.id) }),
    selectField({ label: t('logs.client'), value: f.client, path: 'client', choices: named(t('logs.anyClient'), [...known.clients, { id: 'access' }, { id: 'panel' }], (c) => c.label || c.id) }),
    selectField({ label: t('logs.duration'), value: f.duration, path: 'duration', choices: DURATIONS.map((value) => ({ value, text: t(`logs.span.${value}`) })) }),
    numberField({ label: t('logs.mostRequests'), value: f.requests, path: 'requests', least: 1, most: 100000, error: bad.at('requests') }),
    switchField({ label: t('logs.withBodies'), hint: t('logs.withBodiesHint'), value: f.bodies, path: 'bodies' }),
    () => f.bodies() && selectField({ label: t('logs.bodySize'), value: f.size, path: 'body_bytes', choices: BODY_SIZES.map((value) => ({ value, text: value.replace(/\B(?=[KM]B)/, ' ') })) }));

// known: {channels, clients}; channel: chosen already.
export function startCapture(known, channel, load) {
    const f = { channel: signal(channel ?? ''), client: signal(''), duration: signal('60s'), bodies: signal(true), size: signal('1MB'), requests: signal(1000) };
    const bad = faults();
    const start = async (close) => {
        bad.clear();
        try {
            await post('api/captures', wanted(f));
        } catch (e) {
            bad.set(e);
            return;
        }
        say(t('logs.captureBegun'));
        close(true);
        await load();
    };
    return openDialog({
        title: t('logs.startCapture'),
        build: (close, giveUp) => ({
            body: [notice('warn', h('p', t('logs.captureWarning'))), fields(f, known, bad)],
            actions: [button(t('common.cancel'), { onclick: giveUp }), actButton({ text: t('logs.start'), name: 'play', class: 'button primary', run: () => start(close) })],
        }),
    });
}

// first: what fetchCaptures() told.  Gives {node, start(channel)}.
export function capturesCard(first, known) {
    const captures = signal(first);
    // What is the same stays the same row, with its focus.
    const load = async () => {
        const old = new Map(captures.peek().map((c) => [JSON.stringify(c), c]));
        captures.set((await fetchCaptures()).map((c) => old.get(JSON.stringify(c)) ?? c));
    };
    const start = (channel) => startCapture(known, channel, load);
    follow(['config'], load, { ms: LOOK_MS });
    every(LOOK_MS, () => {
        if (!document.hidden && captures.peek().some((c) => c.state === 'running'))
            load().catch(() => {});
    });
    const hasSome = computed(() => captures().length > 0);
    const node = card(null, h('div', { class: 'row' }, h('div', { class: 'grow' }, h('h2', t('logs.captures')), h('p', { class: 'soft' }, t('logs.capturesHint'))),
        button(t('logs.startCapture'), { class: 'captures-start', onclick: () => start('') }, 'play')),
    () => (hasSome() ? list(captures, load) : h('p', { class: 'faint' }, t('logs.noCaptures'))));
    return { node, start };
}
