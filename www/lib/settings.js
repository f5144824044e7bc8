// SPDX-License-Identifier: MIT
// settings - what the form of settings knows without a page: groups, values as they are typed and as they are sent, ranges.

export const GENERAL = 'general';

// limits.body → limits; port → general
export const groupOf = (name) => (name.includes('.') ? name.split('.')[0] : GENERAL);

// Settable options by group, in the order in which the gateway tells them; what stands in no group comes first.
export function grouped(options) {
    const groups = new Map([[GENERAL, []]]);
    for (const o of options.filter((one) => one.settable)) {
        const name = groupOf(o.name);
        if (!groups.has(name))
            groups.set(name, []);
        groups.get(name).push(o);
    }
    return [...groups].filter(([, list]) => list.length).map(([name, list]) => ({ name, options: list }));
}

const SECRETS = new Set(['admin_password']);

// Which control an option has: switch, number, choice, secret, lines or text.
export function kindOf(o) {
    if (o.type === 'secret' || SECRETS.has(o.name))
        return 'secret';
    return { bool: 'switch', int: 'number', word: 'choice', list: 'lines' }[o.type] ?? 'text';
}

export const choicesOf = (o) => (o.words ?? '').split('|').filter(Boolean);

// settings: {limits: {body: '50MB'}}, name: 'limits.body'
export function valueAt(settings, name) {
    return name.split('.').reduce((at, part) => (at && typeof at === 'object' ? at[part] : undefined), settings);
}

// A list of texts is a line each; groups stand as JSON.
export function linesOf(value) {
    if (value === null || value === undefined)
        return '';
    if (typeof value === 'string')
        return value;
    if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
        return value.join('\n');
    return JSON.stringify(value, null, 2);
}

export function fromLines(text) {
    const plain = text.trim();
    if (/^[[{]/.test(plain))
        try {
            return JSON.parse(plain);
        } catch {
            // an IPv6 address begins so, too
        }
    const lines = plain.split('\n').map((line) => line.trim()).filter(Boolean);
    return lines.length === 1 ? lines[0] : lines;
}

// What stands in the control.
export function shownOf(o, settings) {
    const kind = kindOf(o);
    if (kind === 'secret')
        return '';
    if (kind === 'switch')
        return o.value === 'true';
    if (kind === 'number')
        return o.value === null || o.value === '' ? null : Number(o.value);
    return kind === 'lines' ? linesOf(valueAt(settings, o.name) ?? o.value ?? o.default) : o.value ?? '';
}

export function presetOf(o) {
    const preset = { ...o, value: o.default };
    return shownOf(preset, {});
}

// What somebody typed as it is sent; nothing in a number's place takes it back to the default.
export function sentOf(o, shown) {
    if (shown === null)
        return null;
    return kindOf(o) === 'lines' ? fromLines(shown) : typeof shown === 'string' && kindOf(o) !== 'secret' ? shown.trim() : shown;
}

// drafts: Map of name → what is shown, null: back to the default.  The body of PATCH /api/settings, in groups.
export function patchOf(options, drafts) {
    const body = {};
    for (const [name, shown] of drafts) {
        const o = options.find((one) => one.name === name);
        if (!o)
            continue;
        const parts = name.split('.');
        const last = parts.pop();
        let at = body;
        for (const part of parts)
            at = at[part] ??= {};
        at[last] = sentOf(o, shown);
    }
    return body;
}

// Is it what somebody looks for?  texts: its title and help in the language of the page.
export function fits(o, texts, search, isChangedOnly) {
    if (isChangedOnly && o.source === 'built-in')
        return false;
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [o.name, o.help, o.env, ...texts].join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
}

// Options whose change may close the door behind the one who changes them.
const DOORS = new Set(['access_key', 'admin_key', 'admin_password', 'web_ui']);
export const doorsOf = (drafts) => [...drafts.keys()].filter((name) => DOORS.has(name));
