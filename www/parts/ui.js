// SPDX-License-Identifier: MIT
// ui - small things that many screens show: heads, cards, chips, notices, copy buttons, timers, tables.

import { confirm } from '../lib/dialog.js';
import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { clock } from '../lib/format.js';
import { after, every, onEnd, signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';

// A screen's head: its name, what it is about, what can be done.
export const head = (title, lead, ...actions) => h('header', { class: 'view-head' },
    h('div', h('h1', { tabindex: '-1' }, title), lead && h('p', { class: 'lead' }, lead)),
    actions.length > 0 && h('div', { class: 'view-actions' }, actions));

export const card = (title, ...children) => h('section', { class: 'card' }, title && h('h2', title), children);

// One number with its name; tone: '', 'good', 'warn', 'bad'; note is small below.
export const stat = (name, value, { note = '', tone = '' } = {}) => h('div', { class: 'stat' },
    h('dt', name), h('dd', { class: () => (typeof tone === 'function' ? tone() : tone) }, value), note && h('dd', { class: 'faint' }, note));

// State in words and colour, never in colour alone; tone: good, warn, bad, info, off.
export const chip = (text, tone = 'off', props = {}) => h('span', { class: () => `chip ${typeof tone === 'function' ? tone() : tone}`, ...props }, text);

export const notice = (tone, ...children) => h('div', { class: `notice ${tone}` }, icon(tone === 'good' ? 'check' : tone === 'info' ? 'info' : 'warn'), h('div', children));

export const empty = (text, ...actions) => h('div', { class: 'empty' }, h('p', text), actions);

export async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        say(t('common.copied'));
        return true;
    } catch {
        complain(t('common.copyFailed'));
        return false;
    }
}

// text: a string or a function of one.
export function copyButton(text, label = t('common.copy')) {
    const isDone = signal(false);
    return h('button', { type: 'button', class: 'icon-button', title: label, 'aria-label': label,
        onclick: async () => {
            isDone.set(await copyText(typeof text === 'function' ? text() : text));
            setTimeout(() => isDone.set(false), 2000);
        } }, () => icon(isDone() ? 'check' : 'copy'));
}

// Lines to paste, with a button that copies them.
export const snippet = (text) => h('div', { class: 'snippet' }, h('pre', { tabindex: '0' }, h('code', text)), copyButton(text));

// Counts down to a time, by seconds; over(): called when it is there.
export function countdown(until, over = () => {}) {
    const left = signal(Math.max(0, (new Date(until) - Date.now()) / 1000));
    every(500, () => {
        const s = Math.max(0, (new Date(until) - Date.now()) / 1000);
        if (s === 0 && left.peek() > 0)
            over();
        left.set(s);
    });
    return h('time', { class: 'timer', datetime: until }, () => clock(left()));
}

// The gateway's clock may not be ours: seconds left now → when that is here.
export const untilIn = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();

// A button that is busy while its work runs, and says what went wrong.
export function actButton({ text, name = '', run, fault, isIcon = false, ...props }) {
    const isBusy = signal(false);
    return h('button', { type: 'button', class: isIcon ? 'icon-button' : 'button', 'aria-label': isIcon ? text : null, title: isIcon ? text : null, ...props,
        'aria-busy': () => String(isBusy()),
        onclick: async () => {
            if (isBusy.peek())
                return;
            isBusy.set(true);
            try {
                await run();
            } catch (e) {
                complain(fault ?? text, e);
            } finally {
                isBusy.set(false);
            }
        } }, name && icon(name), !isIcon && h('span', text));
}

// Does something destructive after a question that names what goes.
export async function destroy({ title, name, text, run, done }) {
    if (!await confirm({ title, name, text, yes: t('common.delete'), isDanger: true }))
        return false;
    try {
        await run();
        if (done)
            say(done);
        return true;
    } catch (e) {
        complain(title, e);
        return false;
    }
}

// columns: [{title, cell(row) → child, or make(row as a signal) → what lives as long as its row; isHead, isNumber, class}]; rows: a function of a list; a narrow screen shows each row as a card.
export function table({ caption, columns, rows, key = (row) => row.id, rowProps = () => ({}) }) {
    const body = h('tbody');
    each(body, rows, key, (row) => h('tr', rowProps(row),
        columns.map((c) => h(c.isHead ? 'th' : 'td', { scope: c.isHead ? 'row' : null, class: [c.isNumber && 'number', c.class], 'data-title': c.title }, c.make ? c.make(row) : () => c.cell(row())))));
    return h('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': caption },
        h('table', h('caption', { class: 'unseen' }, caption),
            h('thead', h('tr', columns.map((c) => h('th', { scope: 'col', class: c.isNumber ? 'number' : null }, c.title)))), body));
}

// Calls f a while after the last call: for inputs that ask the gateway.
export function debounced(f, ms = 250) {
    let stop = null;
    const run = (...args) => {
        stop?.();
        stop = after(ms, () => f(...args));
    };
    onEnd(() => stop?.());
    return run;
}
