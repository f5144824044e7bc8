// SPDX-License-Identifier: MIT
// keys - the dialog of a channel's upstream keys: order, switches, tests, rests; a key itself is never shown again.

import { get, patch, post, del } from '../lib/api.js';
import { button, menuButton, openDialog } from '../lib/dialog.js';
import { faultBox, faults, numberField, textField } from '../lib/form.js';
import { number, relative } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { computed, inScope, here, signal } from '../lib/signal.js';
import { announce, complain, say } from '../lib/toast.js';
import { addKeys } from './keys_add.js';
import { openTest } from './staged_test.js';
import { actButton, chip, countdown, destroy, empty, notice, untilIn } from './ui.js';
import '../text/keys.js';

const TONES = { well: 'good', resting: 'warn', dead: 'bad', demoted: 'warn', disabled: 'off' };
const CAPS = ['concurrency', 'rpm', 'tpm'];

const at = (id, ...rest) => ['api/channels', encodeURIComponent(id), ...rest.map(encodeURIComponent)].join('/');
const nameOf = (key) => key.label || key.mask;

// What the rows work with: the channel, and changes that reload it; a change somebody else made first is told.
function keeper(id, first) {
    const channel = signal(first);
    const load = async () => channel.set(await get(at(id)));
    const change = async (run, what) => {
        try {
            await run({ etag: channel.peek().etag });
            return true;
        } catch (e) {
            complain(e.status === 409 && !e.path ? t('keys.conflict') : what, e);
            return false;
        } finally {
            await load().catch(() => {});
        }
    };
    const isLocked = () => channel().managed === false;
    return { id, channel, load, change, isLocked };
}

async function move(k, key, to) {
    const order = k.channel.peek().keys.map((one) => one.id);
    const from = order.indexOf(key.id);
    const place = Math.max(0, Math.min(order.length - 1, to));
    if (from < 0 || from === place)
        return;
    order.splice(place, 0, ...order.splice(from, 1));
    if (await k.change((tag) => post(at(k.id, 'keys', 'reorder'), { order }, tag), t('keys.moveFailed')))
        announce(t('keys.moved', { name: nameOf(key), at: place + 1, of: order.length }));
}

const setEnabled = (k, key, enabled) => k.change((tag) => patch(at(k.id, 'keys', key.id), { enabled }, tag), t('keys.changeFailed'));

const testKey = (k, key) => openTest({ title: t('keys.testTitle', { name: nameOf(key) }), ask: (body) => post(at(k.id, 'keys', key.id, 'test'), body),
    urls: () => k.channel().base_urls.map((url) => ({ value: url, text: url })) });

const remove = (k, key) => destroy({ title: t('keys.remove'), name: `${nameOf(key)} · ${key.mask}`, text: t('keys.removeText', { channel: k.channel.peek().name || k.id }), done: t('keys.removed'),
    run: async () => {
        await del(at(k.id, 'keys', key.id), { etag: k.channel.peek().etag });
        await k.load();
    } });

// Label and limits of one key.
function edit(k, key) {
    const label = signal(key.label ?? '');
    const caps = Object.fromEntries(CAPS.map((name) => [name, signal(key.caps?.[name] || null)]));
    const fault = faults();
    return openDialog({
        title: t('keys.editTitle', { name: nameOf(key) }), size: 'small',
        build: (close, giveUp) => ({
            body: h('div', { class: 'form' }, faultBox(fault.fault),
                textField({ label: t('keys.label'), hint: t('keys.labelHint'), value: label, path: 'label', error: fault.at('label'), isOptional: true, props: { autofocus: true } }),
                CAPS.map((name) => numberField({ label: t(`keys.caps.${name}`), hint: t('keys.capsHint'), value: caps[name], least: 0, path: `caps.${name}`, error: fault.at(`caps.${name}`), isOptional: true }))),
            actions: [button(t('common.cancel'), { onclick: giveUp }),
                button(t('common.save'), { class: 'primary', onclick: async () => {
                    const own = Object.fromEntries(CAPS.map((name) => [name, caps[name].peek()]).filter(([, v]) => v !== null));
                    const body = { label: label.peek() };
                    if (Object.keys(own).length || key.caps)
                        body.caps = Object.keys(own).length ? { ...Object.fromEntries(CAPS.map((name) => [name, null])), ...own } : null;
                    try {
                        await patch(at(k.id, 'keys', key.id), body, { etag: k.channel.peek().etag });
                        close(true);
                    } catch (e) {
                        fault.set(e);
                    }
                    await k.load().catch(() => {});
                } })],
        }),
    });
}

const items = (k, row, index) => () => {
    const key = row.peek();
    const isLast = index.peek() === k.channel.peek().keys.length - 1;
    const lock = k.isLocked() ? { isOff: true, why: t('common.lockedBy', { where: k.channel.peek().where }) } : {};
    return [
        { text: t('common.test'), icon: 'bolt', run: () => testKey(k, key) },
        { text: t('keys.top'), icon: 'top', isOff: index.peek() === 0, run: () => move(k, key, 0) },
        { text: t('keys.bottom'), icon: 'bottom', isOff: isLast, run: () => move(k, key, Infinity) },
        { text: t('keys.edit'), icon: 'edit', ...lock, run: () => edit(k, key) },
        null,
        { text: t('common.remove'), icon: 'trash', isDanger: true, ...lock, run: () => remove(k, key) },
    ];
};

const fact = (name, value) => h('span', { class: 'fact' }, h('span', { class: 'faint' }, name), ' ', value);

// Why a key is not asked, until when, and the way to ask it at once.
function rest(k, row) {
    const cooling = computed(() => row().cooldown?.until ?? row().until ?? null);
    const reason = computed(() => row().reason ?? row().trouble ?? '');
    const reset = () => k.change(() => post('api/scheduler/reset', { channel: k.id, key: row.peek().id }), t('keys.resetFailed'));
    return h('div', { class: 'key-rest row' },
        () => reason() && h('span', tOr('keys.reason', reason())),
        () => row().last_status > 0 && reason() && h('span', { class: 'faint' }, `HTTP ${row().last_status}`),
        () => cooling() && h('span', { class: 'row' }, icon('clock'), t('keys.restsFor'), ' ',
            countdown(untilIn(row.peek().cooldown?.seconds_left ?? row.peek().seconds_left ?? 0), k.load)),
        () => (cooling() || reason()) && actButton({ text: t('keys.reset'), name: 'reset', class: 'button quiet', run: reset }));
}

const arrows = (k, row, index) => h('span', { class: 'key-arrows' },
    h('button', { type: 'button', class: 'icon-button', 'aria-label': () => t('keys.upName', { name: nameOf(row()) }), disabled: () => index() === 0,
        onclick: () => move(k, row.peek(), index.peek() - 1) }, icon('up')),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': () => t('keys.downName', { name: nameOf(row()) }), disabled: () => index() === k.channel().keys.length - 1,
        onclick: () => move(k, row.peek(), index.peek() + 1) }, icon('down')));

function keyRow(k, row, index) {
    const arrowKey = (e) => {
        const step = { ArrowUp: -1, ArrowDown: 1 }[e.key];
        if (!e.altKey || !step)
            return;
        e.preventDefault();
        move(k, row.peek(), index.peek() + step);
    };
    return h('li', { class: () => `key-row ${row().enabled ? '' : 'is-off'}`, 'data-key': () => row().id, onkeydown: arrowKey },
        arrows(k, row, index),
        h('span', { class: 'key-at number faint' }, () => number(index() + 1)),
        h('div', { class: 'key-main' },
            h('div', { class: 'row' }, () => row().label && h('strong', row().label), h('code', () => row().mask),
                chip(() => tOr('keys.state', row().state), () => TONES[row().state] ?? 'off'),
                () => row().under_way > 0 && chip(t('keys.underWay', { n: row().under_way }), 'info')),
            h('div', { class: 'key-facts' },
                fact(t('keys.lastUsed'), () => relative(row().last_served > row().last_failed || !row().last_failed ? row().last_served : row().last_failed)),
                fact(t('keys.served'), () => number(row().served)), fact(t('keys.failed'), () => number(row().failed)),
                () => row().failures_in_a_row > 0 && fact(t('keys.inARow'), h('span', { class: 'bad-text' }, number(row().failures_in_a_row))),
                () => row().last_error && row().state === 'well' && fact(t('keys.lastError'), tOr('keys.reason', row().last_error))),
            rest(k, row)),
        h('input', { type: 'checkbox', role: 'switch', class: 'switch', 'aria-label': () => t('keys.enabledName', { name: nameOf(row()) }), checked: () => row().enabled,
            onchange: (e) => setEnabled(k, row.peek(), e.target.checked) }),
        menuButton({ label: t('keys.menu'), items: items(k, row, index) }));
}

function body(k) {
    const where = here();
    const list = computed(() => k.channel().keys);
    follow(['key', 'channel', 'config', 'stats'], k.load, { ms: 1000 });
    const added = async (n) => {
        await inScope(where, () => k.load()).catch(() => {});
        if (n > 0)
            say(t('keys.added', { n }));
    };
    return h('div', { class: 'stack' },
        () => k.isLocked() && notice('info', h('p', t('keys.locked', { where: k.channel().where }))),
        () => k.channel().keyless && notice('info', h('p', t('keys.keyless'))),
        () => !list().length && empty(t('keys.none')),
        each(h('ol', { class: 'keys', 'aria-label': t('keys.list') }), list, (key) => key.id, (row, index) => keyRow(k, row, index)),
        () => list().length > 1 && h('p', { class: 'faint' }, t('keys.orderHint')),
        () => !k.isLocked() && addKeys({ add: (key) => post(at(k.id, 'keys'), { key }), done: added }));
}

// The dialog of a channel's keys; settles when it is closed.
export async function openKeys(channelId) {
    let first;
    try {
        first = await get(at(channelId));
    } catch (e) {
        complain(t('keys.loadFailed'), e);
        return;
    }
    const k = keeper(channelId, first);
    await openDialog({
        title: t('keys.title', { channel: first.name || first.id }), size: 'large',
        build: (close, giveUp) => ({ body: body(k), actions: button(t('common.close'), { onclick: giveUp }) }),
    });
}
