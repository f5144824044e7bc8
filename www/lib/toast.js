// SPDX-License-Identifier: MIT
// toast - short news in a corner, read aloud by screen readers; failures stay until they are closed.

import { h } from './h.js';
import { t } from './i18n.js';
import { icon } from './icon.js';

const SHORT_MS = 4000;
const MOST = 4;
let corner = null;
let polite = null;
let urgent = null;

function boxes() {
    if (corner)
        return;
    polite = h('div', { role: 'status', 'aria-live': 'polite' });
    urgent = h('div', { role: 'alert', 'aria-live': 'assertive' });
    corner = document.body.appendChild(h('div', { class: 'toasts' }, urgent, polite));
}

// Dialogs stand above everything: the corner is lifted over them, and comes down before they go.
function lift() {
    const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
    if (corner.parentNode !== top)
        top.append(corner);
}

document.addEventListener('close', () => corner && document.body.append(corner), true);

function show(box, kind, text, details = []) {
    lift();
    while (box.children.length >= MOST)
        box.firstChild.remove();
    const toast = h('div', { class: `toast ${kind}` }, icon(kind === 'bad' ? 'warn' : 'check'),
        h('div', h('p', text), details.length > 0 && h('ul', details.slice(0, 8).map((line) => h('li', line)))),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': t('common.close'), onclick: () => toast.remove() }, icon('close')));
    box.append(toast);
    return toast;
}

export function say(text) {
    boxes();
    const toast = show(polite, 'good', text);
    setTimeout(() => toast.remove(), SHORT_MS);
}

// what: 'The channel could not be saved'; the rest is what the gateway said.
export function complain(what, error = null) {
    boxes();
    const why = error?.status === 0 ? t('common.unreachable') : error?.message;
    const place = error?.path ? ` (${error.path})` : '';
    show(urgent, 'bad', why ? `${what}: ${why}${place}` : what, error?.details);
}

// Something for screen readers alone: "relay is now second of five".
export function announce(text) {
    boxes();
    lift();
    const line = h('p', { class: 'unseen' }, text);
    polite.append(line);
    setTimeout(() => line.remove(), SHORT_MS);
}
