// SPDX-License-Identifier: MIT
// draft - something that is being edited: a signal for each member, and what of it was changed, as a merge patch (RFC 7396).
//
// Nothing that is empty counts as said: '', [], {} and null are one.  A member that was said and is empty now is sent as
// null, which takes it back to its default.

import { signal } from './signal.js';

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);

// Without what says nothing; null if nothing is left.
export function tidy(value) {
    if (Array.isArray(value)) {
        const kept = value.map(tidy).filter((v) => v !== null);
        return kept.length ? kept : null;
    }
    if (isObject(value)) {
        const kept = Object.entries(value).map(([name, v]) => [name, tidy(v)]).filter(([, v]) => v !== null);
        return kept.length ? Object.fromEntries(kept) : null;
    }
    return value === undefined || value === '' || (typeof value === 'number' && Number.isNaN(value)) ? null : value;
}

export const same = (a, b) => JSON.stringify(tidy(a)) === JSON.stringify(tidy(b));

export const valueAt = (object, path) => path.split('.').reduce((at, name) => (isObject(at) ? at[name] : undefined), object);

export function putAt(object, path, value) {
    const names = path.split('.');
    let at = object;
    for (const name of names.slice(0, -1)) {
        if (!isObject(at[name]))
            at[name] = {};
        at = at[name];
    }
    at[names.at(-1)] = value;
    return object;
}

export function merge(object, patch) {
    const out = isObject(object) ? { ...object } : {};
    for (const [name, v] of Object.entries(patch)) {
        if (v === null)
            delete out[name];
        else
            out[name] = isObject(v) ? merge(out[name], v) : v;
    }
    return out;
}

// Members of two that differ, without those that only tell how something is.
export function differences(before, after, told = []) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !told.includes(name));
    return names.filter((name) => !same(before[name], after[name])).map((name) => ({ name, before: before[name], after: after[name] }));
}

export function makeDraft(original) {
    const members = new Map();
    const at = (path, empty = '') => {
        if (!members.has(path))
            members.set(path, signal(structuredClone(valueAt(original, path) ?? empty)));
        return members.get(path);
    };
    const changes = (read = (s) => s()) => {
        const patch = {};
        for (const [path, member] of members) {
            const value = tidy(read(member));
            const before = tidy(valueAt(original, path));
            const isSame = same(value, before) || (before === null && value === false);
            if (!isSame)
                putAt(patch, path, value);
        }
        return patch;
    };
    return { original, at, changes, isDirty: () => Object.keys(changes()).length > 0, whole: () => merge(original, changes((s) => s.peek())) };
}
