// SPDX-License-Identifier: MIT
// dialog - native dialogs: the browser keeps the focus inside and gives it back; Escape closes what may be closed.

import { t } from './i18n.js';
import { h } from './h.js';
import { icon } from './icon.js';
import { here, inScope, onEnd, scope } from './signal.js';

let count = 0;

// build(close) gives {body, actions}: nodes; close(value) ends the dialog and settles the promise (undefined: given up).
// mayClose: () => Promise<boolean> is asked before the dialog is given up; size: 'small', 'medium', 'large', 'side'.
export function openDialog({ title, build, size = 'medium', mayClose = null }) {
    return new Promise((done) => {
        const id = `dialog-${++count}`;
        let value;
        let life = null;
        const el = h('dialog', { class: `dialog ${size}`, 'aria-labelledby': id });
        const close = (v) => {
            value = v;
            el.close();
        };
        const giveUp = async () => {
            if (!mayClose || await mayClose())
                close(undefined);
        };
        life = scope(() => {
            const { body, actions } = build(close, giveUp);
            el.append(
                h('header', { class: 'dialog-head' }, h('h2', { id }, title),
                    h('button', { type: 'button', class: 'icon-button', 'aria-label': t('common.close'), onclick: giveUp }, icon('close'))),
                h('div', { class: 'dialog-body' }, body),
                actions ? h('footer', { class: 'dialog-foot' }, actions) : '');
            onEnd(() => el.open && el.close());
        });
        el.addEventListener('cancel', (e) => {
            if (e.target !== el)
                return;
            e.preventDefault();
            giveUp();
        });
        el.addEventListener('close', (e) => {
            if (e.target !== el)
                return;
            life.end();
            el.remove();
            done(value);
        });
        document.body.append(el);
        el.showModal();
        el.querySelector('[autofocus]')?.focus();
    });
}

export const button = (text, props = {}, name = '') =>
    h('button', { type: 'button', ...props, class: ['button', props.class] }, name && icon(name), h('span', text));

// A question; name: what is to be destroyed, shown so that nobody means another one.  True: yes.
export const confirm = ({ title, text, yes, isDanger = false, name = '' }) => openDialog({
    title,
    size: 'small',
    build: (close) => ({
        body: [name && h('p', { class: 'dialog-name' }, name), h('p', text)],
        actions: [
            button(t('common.cancel'), { onclick: () => close(false), autofocus: true }),
            button(yes, { class: isDanger ? 'danger' : 'primary', onclick: () => close(true) }),
        ],
    }),
}).then(Boolean);

// A menu below its button: items [{text, icon, run, isDanger, isOff, why}]; null is a line.  Arrow keys move, Escape closes.
export function menuButton({ label, items, name = 'more', isText = false, ...props }) {
    const where = here();
    const id = `menu-${++count}`;
    const box = h('div', { id, class: 'menu', popover: 'auto', role: 'menu', 'aria-label': label });
    const opener = h('button', {
        type: 'button', class: isText ? 'button' : 'icon-button', popovertarget: id, 'aria-haspopup': 'menu', 'aria-expanded': 'false',
        'aria-label': isText ? null : label, title: isText ? null : label, ...props,
    }, icon(name), isText && h('span', label));
    const entries = () => [...box.querySelectorAll('[role=menuitem]:not([aria-disabled=true])')];
    const fill = () => inScope(where, () => box.replaceChildren(...items().map((item) => (item ? entry(item, box) : h('hr')))));
    box.addEventListener('beforetoggle', (e) => {
        if (e.newState === 'open')
            fill();
    });
    box.addEventListener('toggle', (e) => {
        opener.setAttribute('aria-expanded', String(e.newState === 'open'));
        if (e.newState !== 'open')
            return;
        hang(box, opener);
        entries()[0]?.focus();
    });
    box.addEventListener('keydown', (e) => {
        const all = entries();
        const step = { ArrowDown: 1, ArrowUp: -1, Home: -all.indexOf(document.activeElement), End: all.length - 1 - all.indexOf(document.activeElement) }[e.key];
        if (step === undefined)
            return;
        e.preventDefault();
        all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
    });
    return h('span', { class: 'menu-holder' }, opener, box);
}

// Puts an open popover below its opener, or above it where there is no room.
export function hang(box, opener) {
    const at = opener.getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const isBelow = at.bottom + height + 8 < innerHeight || at.top < height + 8;
    box.style.top = `${isBelow ? at.bottom + 4 : at.top - height - 4}px`;
    box.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
}

const entry = (item, box) => h('button', {
    type: 'button', role: 'menuitem', tabindex: '-1', class: item.isDanger ? 'menu-item danger' : 'menu-item', title: item.why ?? null,
    'aria-disabled': item.isOff ? 'true' : null,
    onclick: () => {
        if (item.isOff)
            return;
        box.hidePopover();
        item.run();
    },
}, item.icon && icon(item.icon), h('span', item.text));
