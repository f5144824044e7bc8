// SPDX-License-Identifier: MIT
// h - makes elements: h('p', {class: 'lead'}, 'text', other) - text only ever becomes text, never markup.
//
// A function in the place of an attribute or a child is an effect: what it reads is followed.  Attributes that begin with
// "on" are listeners; "ref" is called with the element.  Lists whose rows live on while the list changes are made by
// each(), which moves rows and makes none anew: focus, open menus and selections stay.

import { hasTime, later } from './paint.js';
import { effect, flush, here, inScope, scope, signal } from './signal.js';

const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = new Set(['value', 'checked', 'selected', 'disabled', 'indeterminate', 'open']);

function attribute(el, name, value) {
    if (PROPERTIES.has(name) && name in el && !(el instanceof SVGElement)) {
        if (name === 'open' ? el.open !== Boolean(value) : el[name] !== value)
            el[name] = value ?? (name === 'value' ? '' : false);
    } else if (name === 'class') {
        el.setAttribute('class', Array.isArray(value) ? value.filter(Boolean).join(' ') : value ?? '');
    } else if (name === 'style') {
        for (const [key, v] of Object.entries(value))
            el.style.setProperty(key, v);
    } else if (value === false && !name.startsWith('aria-') && !name.startsWith('data-')) {
        el.removeAttribute(name);
    } else if (value === null || value === undefined) {
        el.removeAttribute(name);
    } else {
        el.setAttribute(name, value === true && !name.startsWith('aria-') ? '' : String(value));
    }
}

function dress(el, props) {
    for (const name of Object.keys(props)) {
        const value = props[name];
        if (name === 'ref')
            value(el);
        else if (typeof value !== 'function')
            attribute(el, name, value);
        else if (name.startsWith('on'))
            el.addEventListener(name.slice(2), value);
        else
            effect(() => attribute(el, name, value()));
    }
}

const isNothing = (value) => value === null || value === undefined || typeof value === 'boolean';
const isText = (value) => isNothing(value) || typeof value === 'string' || typeof value === 'number';
const textOf = (value) => (isNothing(value) ? '' : String(value));

// What a function gives is one text as long as it is text or nothing, which most are; else it stands between two empty texts,
// and is replaced as a whole.
function dynamic(parent, work) {
    let text = parent.appendChild(document.createTextNode(''));
    let from = null;
    let to = null;
    effect(() => {
        const value = work();
        if (text && isText(value)) {
            text.data = textOf(value);
            return;
        }
        if (!from) {
            from = document.createTextNode('');
            to = document.createTextNode('');
            text.before(from);
            text.after(to);
        }
        while (from.nextSibling && from.nextSibling !== to)
            from.nextSibling.remove();
        const made = document.createDocumentFragment();
        text = isText(value) ? made.appendChild(document.createTextNode(textOf(value))) : null;
        if (!text)
            put(made, value);
        to.before(made);
    });
}

function putOne(parent, child) {
    if (isNothing(child))
        return;
    if (typeof child === 'function')
        dynamic(parent, child);
    else if (Array.isArray(child))
        child.forEach((one) => putOne(parent, one));
    else
        parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
}

// Adds children of any kind: texts, numbers, nodes, lists, functions; null, undefined and booleans are nothing.
export function put(parent, ...children) {
    putOne(parent, children);
    return parent;
}

function make(el, rest) {
    const [first] = rest;
    const hasProps = first && typeof first === 'object' && !(first instanceof Node) && !Array.isArray(first);
    for (let i = hasProps ? 1 : 0; i < rest.length; i++)
        putOne(el, rest[i]);
    if (hasProps)
        dress(el, first); // after the children: a select's value needs its options
    return el;
}

export const h = (tag, ...rest) => make(document.createElement(tag), rest);
export const svg = (tag, ...rest) => make(document.createElementNS(SVG, tag), rest);
export const fragment = (...children) => put(document.createDocumentFragment(), ...children);

function rowMake(where, item, index, render) {
    const row = { item: signal(item), index: signal(index) };
    row.scope = inScope(where, () => scope(() => render(row.item, row.index)));
    row.node = row.scope.value;
    return row;
}

// What went down in a list is skipped where it stood and put in when its turn comes; all else that is out of place is moved
// up: one row that moves is one move.  An element that is moved loses the focus: it gets it back.
function arrange(box, rows) {
    const focused = box.contains(document.activeElement) ? document.activeElement : null;
    let at = box.firstChild;
    for (const row of rows) {
        if (at && row.node !== at && row.node === at.nextSibling)
            at = row.node;
        if (row.node === at)
            at = at.nextSibling;
        else
            box.insertBefore(row.node, at);
    }
    if (focused && focused !== document.activeElement && focused.isConnected)
        focused.focus({ preventScroll: true });
}

// Says whether a row may be made now: of what is new in a list `most`, of what waited as many as there is time for.
function roomFor(most, isGoingOn, waiting) {
    let n = 0;
    return (name) => (isGoingOn ? n++ === 0 || hasTime() : !waiting.has(name) && n++ < most);
}

// Fills box with a row for each member of list(): render(item, index), both to be read as functions, gives one element.
// key(member) says which row is whose.  Of a long list `most` new rows are made at once, the others after the picture (or by
// complete() of paint.js); they have their place before, rowPx each.  isLazy: what changes in rows behind those waits, too.
export function each(box, list, key, render, { most = Infinity, rowPx = 0, isLazy = false } = {}) {
    const where = here();
    const goes = signal(0);
    let known = 0;
    let rows = new Map();
    let waiting = new Set();
    const behind = new Map(); // row → what it is to show
    const catchUp = () => {
        for (const [row, item] of behind) {
            behind.delete(row);
            row.item.set(item);
            flush();
            if (!hasTime())
                break;
        }
        if (behind.size)
            later(box, catchUp);
    };
    const fill = (hasRoom) => {
        const next = new Map();
        waiting = new Set();
        list().forEach((item, index) => {
            const name = key(item);
            let row = rows.get(name);
            if (!row && !hasRoom(name)) {
                waiting.add(name);
                return;
            }
            row ??= rowMake(where, item, index, render);
            if (isLazy && index >= most)
                behind.set(row, item);
            else
                row.item.set(item);
            row.index.set(index);
            next.set(name, row);
        });
        for (const [name, row] of rows)
            if (!next.has(name)) {
                row.scope.end();
                row.node.remove();
            }
        rows = next;
        arrange(box, next.values());
    };
    effect(() => {
        const isGoingOn = goes() !== known;
        known = goes();
        behind.clear();
        fill(roomFor(most, isGoingOn, waiting));
        if (behind.size)
            later(box, catchUp);
        if (rowPx)
            box.style.paddingBottom = waiting.size ? `${waiting.size * rowPx}px` : '';
        if (waiting.size)
            later(box, () => goes.update((n) => n + 1));
    });
    return box;
}

// Fills el with what make() gives, after the picture.
export function putLater(el, make) {
    later(el, () => put(el, make()));
    return el;
}
