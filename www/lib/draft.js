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

// The merge patch (RFC 7396) that makes one value of another: of objects, members that are gone become null.
export function mergePatch(before, after) {
    if (!isObject(before) || !isObject(after))
        return after;
    const patch = Object.fromEntries(Object.keys(before).filter((name) => !(name in after)).map((name) => [name, null]));
    for (const [name, v] of Object.entries(after))
        if (!same(before[name], v))
            patch[name] = mergePatch(before[name], v);
    return patch;
}

// Everything that is said in an object, by paths: {caps: {rpm: 5}} → caps.rpm.
export function leaves(object, prefix = '') {
    return Object.entries(object).flatMap(([name, v]) => (isObject(v) ? leaves(v, `${prefix}${name}.`) : [[`${prefix}${name}`, v]]));
}

// What differs in two, by paths, without members that only tell how something is.
export function differences(before, after, told = []) {
    const [was, is] = [new Map(leaves(before)), new Map(leaves(after))];
    const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => !told.includes(path.split('.')[0]));
    return paths.filter((path) => !same(was.get(path), is.get(path)))
        .map((path) => ({ path, before: was.get(path), after: is.get(path) }));
}

// A patch without what it says at these paths.
export function without(patch, paths) {
    const out = {};
    for (const [path, value] of leaves(patch))
        if (!paths.has(path))
            putAt(out, path, value);
    return out;
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
                putAt(patch, path, mergePatch(before, value));
        }
        return patch;
    };
    return { original, at, changes, isDirty: () => Object.keys(changes()).length > 0, whole: () => merge(original, changes((s) => s.peek())) };
}
