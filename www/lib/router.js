// SPDX-License-Identifier: MIT
// router - which screen the address means: #/channels/messages?search=x; every view can be linked to.
//
// A view is told of its path's parameters and of its query as a signal: a change of the query alone does not build the view
// anew.  A view with something unsaved holds the door (holdDoor): leaving then asks first.

import { signal } from './signal.js';

// What somebody typed may be no encoding at all.
function decode(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

export function parse(hash) {
    const [path, query = ''] = hash.replace(/^#/, '').split('?');
    return { parts: path.split('/').filter(Boolean).map(decode), query: Object.fromEntries(new URLSearchParams(query)) };
}

export function href(parts, query = {}) {
    const kept = Object.entries(query).filter(([, v]) => v !== '' && v !== null && v !== undefined);
    const path = `#/${[].concat(parts).map(encodeURIComponent).join('/')}`;
    return kept.length ? `${path}?${new URLSearchParams(kept)}` : path;
}

export const place = signal({ parts: [], query: {} });
export const query = signal({});

let shown = ''; // the hash that is served
let at = 0; // which entry of the browser's history that is
let doors = []; // ask whether one may go: () => Promise<boolean>; the last one stands before the others

// ask: called when somebody wants to leave; its promise says whether he may.  Returns a function that lets go.
export function holdDoor(ask) {
    doors.push(ask);
    return () => {
        doors = doors.filter((one) => one !== ask);
    };
}

// For what ends a view without changing the address: the language, logging out.
export async function mayLeave() {
    for (const ask of [...doors].reverse())
        if (!await ask())
            return false;
    doors = [];
    return true;
}

const samePath = (a, b) => a.length === b.length && a.every((part, i) => part === b[i]);

// Entries of the history are numbered, so that it is known how far somebody went, and which way.
const entry = () => history.state?.entry;

function arrive() {
    shown = location.hash;
    if (entry() === undefined)
        history.replaceState({ entry: at + 1 }, '');
    at = entry();
    const next = parse(shown);
    if (JSON.stringify(query.peek()) !== JSON.stringify(next.query))
        query.set(next.query);
    if (!samePath(place.peek().parts, next.parts))
        place.set(next);
}

// Back to where one was, until it is known whether one may go.
async function askFirst() {
    const wanted = location.hash;
    const isNew = entry() === undefined;
    const steps = isNew ? -1 : at - entry();
    const isBack = new Promise((done) => addEventListener('hashchange', done, { once: true }));
    history.go(steps);
    await isBack;
    if (!await mayLeave())
        return;
    if (isNew)
        location.hash = wanted;
    else
        history.go(-steps);
}

function moved() {
    if (location.hash === shown)
        return;
    if (doors.length)
        askFirst();
    else
        arrive();
}

export function startRouter() {
    addEventListener('hashchange', moved);
    addEventListener('beforeunload', (e) => {
        if (doors.length)
            e.preventDefault();
    });
    arrive();
}

export function go(parts, q) {
    location.hash = href(parts, q);
}

// Changes some of the query in place: no new entry in the browser's history, no new view.
export function setQuery(changes) {
    const next = { ...query.peek(), ...changes };
    for (const key of Object.keys(next))
        if (next[key] === '' || next[key] === null || next[key] === undefined)
            delete next[key];
    history.replaceState(history.state, '', href(place.peek().parts, next));
    shown = location.hash;
    query.set(next);
}
