// SPDX-License-Identifier: MIT
// dialog - native dialogs: the browser keeps the focus inside and gives it back; Escape closes what may be closed.

import { t } from './i18n.js';
import { h } from './h.js';
import { icon } from './icon.js';
import { place } from './router.js';
import { effect, here, inScope, onEnd, scope } from './signal.js';

let count = 0;

// A browser lets Escape close a dialog without asking it, if nobody has touched the page since it last asked: so the key
// itself is heard.  What is open above the dialog (a menu, an input's list) has it first.
function hearEscape(el, giveUp) {
    el.addEventListener('keydown', (e) => {
        const isOurs = e.key === 'Escape' && !e.defaultPrevented && !e.isComposing && e.target.closest('dialog') === el;
        if (!isOurs || el.querySelector(':popover-open'))
            return;
        e.preventDefault();
        giveUp();
    });
    el.addEventListener('cancel', (e) => {
        if (e.target !== el)
            return;
        e.preventDefault();
        giveUp();
    });
}

// Asks once, however often somebody wants to go.
function once(mayClose, close) {
    let isAsking = false;
    return async () => {
        if (isAsking)
            return;
        isAsking = true;
        const isFree = !mayClose || await mayClose();
        isAsking = false;
        if (isFree)
            close(undefined);
    };
}

// build(close) gives {body, actions}: nodes; close(value) ends the dialog and settles the promise (undefined: given up).
// mayClose: () => Promise<boolean> is asked before the dialog is given up; size: 'small', 'medium', 'large', 'side'.
// Who goes to another screen leaves the dialog behind.
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
        const giveUp = once(mayClose, close);
        const from = place.peek();
        life = scope(() => {
            const { body, actions } = build(close, giveUp);
            el.append(
                h('header', { class: 'dialog-head' }, h('h2', { id }, title),
                    h('button', { type: 'button', class: 'icon-button', 'aria-label': t('common.close'), onclick: giveUp }, icon('close'))),
                h('div', { class: 'dialog-body' }, body),
                actions ? h('footer', { class: 'dialog-foot' }, actions) : '');
            effect(() => place() !== from && close(undefined));
            onEnd(() => el.open && el.close());
        });
        hearEscape(el, giveUp);
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

// A menu at its button: items [{text, icon, run, isDanger, isOff, why}]; null is a line.  Arrow keys and first letters move,
// Escape and Tab close.  What is off can be reached, too: it says why.
export function menuButton({ label, items, name = 'more', isText = false, ...props }) {
    const where = here();
    const id = `menu-${++count}`;
    const box = h('div', { id, class: 'menu', popover: 'auto', role: 'menu', 'aria-label': label });
    const opener = h('button', {
        type: 'button', class: isText ? 'button' : 'icon-button', popovertarget: id,
        'aria-haspopup': 'menu', 'aria-expanded': 'false',
        'aria-label': isText ? null : label, title: isText ? null : label, ...props,
    }, icon(name), isText && h('span', label));
    const fill = () => inScope(where, () => box.replaceChildren(
        ...items().map((item) => (item ? entry(item, box) : h('hr')))));
    let letGo = () => {};
    box.addEventListener('beforetoggle', (e) => {
        box.style.opacity = '0'; // until it stands where it belongs
        if (e.newState === 'open')
            fill();
    });
    box.addEventListener('toggle', (e) => {
        const isOpen = e.newState === 'open';
        opener.setAttribute('aria-expanded', String(isOpen));
        letGo();
        if (!isOpen)
            return;
        letGo = hold(box, opener);
        const all = entries(box);
        (all.find((el) => el.getAttribute('aria-disabled') !== 'true') ?? all[0])?.focus({ preventScroll: true });
    });
    box.addEventListener('keydown', (e) => walk(e, box));
    return h('span', { class: 'menu-holder' }, opener, box);
}

const entries = (box) => [...box.querySelectorAll('[role=menuitem]')];

function walk(e, box) {
    const all = entries(box);
    const at = all.indexOf(document.activeElement);
    const last = all.length - 1;
    if (e.key === 'Tab') {
        box.hidePopover(); // the focus is at the button again, and goes on from there
        return;
    }
    const isLetter = e.key.length === 1 && e.key !== ' ' && !e.ctrlKey && !e.metaKey && !e.altKey;
    const begins = (el) => el.textContent.trim().toLowerCase().startsWith(e.key.toLowerCase());
    const next = isLetter ? [...all.slice(at + 1), ...all.slice(0, at + 1)].find(begins)
        : { ArrowDown: all[at === last ? 0 : at + 1], ArrowUp: all[at <= 0 ? last : at - 1], Home: all[0], End: all[last] }[e.key];
    if (!next)
        return;
    e.preventDefault();
    next.focus();
}

// Keeps an open menu at its button while the page scrolls below it; gives a function that lets go.
function hold(box, opener) {
    hang(box, opener);
    box.style.opacity = '';
    const again = (e) => {
        if (e.target === box)
            return;
        const { top, bottom } = opener.getBoundingClientRect();
        if (!opener.isConnected || bottom < 0 || top > innerHeight)
            box.hidePopover();
        else
            hang(box, opener);
    };
    document.addEventListener('scroll', again, { capture: true, passive: true });
    addEventListener('resize', again);
    return () => {
        document.removeEventListener('scroll', again, { capture: true });
        removeEventListener('resize', again);
    };
}

const EDGE = 8; // so far from the window's edges

// Below the button; above it where there is no room below; beside it where there is none above either.
function hang(box, opener) {
    const at = opener.getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const below = at.bottom + 4;
    const above = at.top - height - 4;
    const isBelow = below + height + EDGE <= innerHeight;
    const isBeside = !isBelow && above < EDGE;
    const right = isBeside && at.left - width - 4 >= EDGE ? at.left - 4 : at.right;
    box.style.top = `${isBelow ? below : isBeside ? Math.max(EDGE, innerHeight - height - EDGE) : above}px`;
    box.style.left = `${Math.max(EDGE, Math.min(right - width, innerWidth - width - EDGE))}px`;
}

// The reason is a description: the entry is called what it does.
function entry(item, box) {
    const why = item.isOff && item.why ? h('span', { class: 'menu-why', 'aria-hidden': 'true', id: `menu-why-${++count}` }, item.why) : null;
    return h('button', {
        type: 'button', role: 'menuitem', tabindex: '-1', class: item.isDanger ? 'menu-item danger' : 'menu-item',
        'aria-disabled': item.isOff ? 'true' : null, 'aria-describedby': why?.id ?? null,
        onclick: () => {
            if (item.isOff)
                return;
            box.hidePopover();
            item.run();
        },
    }, item.icon && icon(item.icon), h('span', item.text), why);
}
