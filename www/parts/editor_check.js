// SPDX-License-Identifier: MIT
// editor_check - what a channel lacks, where a fault belongs, what a section says in one line; knows no page.

import { tidy } from '../lib/draft.js';
import { t } from '../lib/i18n.js';
import '../text/editor.js';

// The first thing that no upstream can do without, as a fault at its field; null: nothing is missing.
export function lackOf(channel) {
    const lacks = (path, word) => ({ path, message: t(word), status: 422, details: [] });
    if (!channel.dialect)
        return lacks('dialect', 'editor.dialectMissing');
    if (!tidy(channel.base_urls) && !channel.base_url)
        return lacks('base_urls', 'editor.urlMissing');
    const isServing = (channel.status || 'active') === 'active';
    if (isServing && !tidy(channel.keys) && !channel.keyless && !channel.key_file)
        return lacks('keys', 'editor.keyMissing');
    return null;
}

const isBelow = (path, place) => path === place || path.startsWith(`${place}.`)
    || path.startsWith(`${place}[`);

// A complaint of an adapter names its option in its text alone.
export function placeOf(error, optionNames) {
    if (error.path)
        return error.path;
    const name = /^(?:channel \S+: )?(\w+): /.exec(error.message ?? '')?.[1];
    return optionNames.includes(name) ? `options.${name}` : '';
}

// What is said of a channel, or a patch of it, without options that its dialect does not have; those that were said (before)
// become null, so that they go.
export function fitOptions(said, before, names) {
    const options = { ...said.options };
    for (const name of new Set([...Object.keys(options), ...Object.keys(before ?? {})]))
        if (!names.includes(name)) {
            delete options[name];
            if (before && name in before)
                options[name] = null;
        }
    const { options: _, ...rest } = said;
    return Object.keys(options).length ? { ...rest, options } : rest;
}

// Of several fields the one that a fault's path means most closely.
export function closest(path, places) {
    const fits = places.filter((place) => path && isBelow(path, place));
    return fits.sort((a, b) => b.length - a.length)[0] ?? '';
}

// 'models[1].from' → 1; -1: it names no member of a list.
export const indexIn = (path) => Number(/\[(\d+)\]/.exec(path)?.[1] ?? -1);

// The same model twice on the left: only one of the two rules can ever hold.  → its index, or -1.
export function twiceMapped(models) {
    const names = models.map((m) => (m.from ?? '').trim());
    return names.findIndex((name, i) => name !== '' && names.indexOf(name) < i);
}

function shortOf(value) {
    if (Array.isArray(value))
        return value.map((v) => (v && typeof v === 'object' ? v.to ? `${v.from} → ${v.to}` : v.name ?? ''
            : String(v))).filter(Boolean).join(', ');
    return typeof value === 'object' ? Object.keys(value).join(', ') : String(value);
}

// fields: [{label, value, preset}]; what says nothing, or what holds anyway, is left out.
export function saidLine(fields) {
    const parts = [];
    for (const { label, value, preset, word = (v) => v } of fields) {
        const v = tidy(value);
        if (v === null || String(v) === String(preset ?? '') || (v === false && preset === null))
            continue;
        const text = word(shortOf(v));
        parts.push(v === true ? label : text ? `${label}: ${text}` : label);
    }
    return parts.join(' · ');
}
