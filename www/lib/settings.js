// SPDX-License-Identifier: MIT
// settings - what the form of settings knows without a page: groups, values as they are typed and as they are sent, ranges.

export const GENERAL = 'general';

// limits.body → limits; port → general
export const groupOf = (name) => (name.includes('.') ? name.split('.')[0] : GENERAL);

// Settable options by group, in the order in which the gateway tells them; what stands in no
// group comes first.
export function grouped(options) {
    const groups = new Map([[GENERAL, []]]);
    for (const o of options.filter((one) => one.settable)) {
        const name = groupOf(o.name);
        if (!groups.has(name))
            groups.set(name, []);
        groups.get(name).push(o);
    }
    return [...groups].filter(([, list]) => list.length).map(([name, list]) => ({ name,
        options: list }));
}

// Whole groups that only a file says, and that no other screen shows.
const OWN_SCREEN = new Set(['channels', 'client_keys', 'families', 'switches']);
export const fileOnly = (options) => options.filter((o) => !o.settable && !o.name.includes('.')
    && !OWN_SCREEN.has(o.name));

const SECRETS = new Set(['admin_password']);

const KINDS = { bool: 'switch', int: 'number', word: 'choice', list: 'list',
    duration: 'duration', size: 'size' };

// Which control an option has: switch, number, choice, list, duration, size, secret or text.
export function kindOf(o) {
    if (o.type === 'secret' || SECRETS.has(o.name))
        return 'secret';
    return KINDS[o.type] ?? 'text';
}

export const UNITS = { duration: ['ms', 's', 'm', 'h', 'd'], size: ['B', 'KB', 'MB', 'GB'] };

// "30s" → {amount: '30', unit: 's'}; what has no unit takes the one that is given.  What is no
// such thing stays whole, to be refused by the gateway.
export function splitAmount(text, units, unit) {
    const plain = String(text ?? '').trim();
    const found = [...units].sort((a, b) => b.length - a.length).find((u) => plain.toLowerCase().endsWith(u.toLowerCase()));
    return found ? { amount: plain.slice(0, plain.length - found.length).trim(), unit: found }
        : { amount: plain, unit };
}

// Nothing is nothing, and 0 needs no unit.
export function joinAmount(amount, unit) {
    const plain = String(amount).trim();
    return plain === '' || plain === '0' ? plain : plain + unit;
}

// Values that are often wanted where any text may stand.
const USUAL = {
    'control.socket': ['none'], 'cors.origin': ['*'],
    currency: ['USD', 'EUR', 'CNY', 'GBP', 'JPY'], 'history.store': ['sqlite', 'none'],
    'scheduler.hedge': ['off', 'p90', '500ms', '1s', '2s', '5s'],
};
export const usualOf = (o) => USUAL[o.name] ?? [];

export const choicesOf = (o) => (o.words ?? '').split('|').filter(Boolean);

// settings: {limits: {body: '50MB'}}, name: 'limits.body'
export function valueAt(settings, name) {
    return name.split('.').reduce((at, part) => (at && typeof at === 'object' ? at[part]
        : undefined), settings);
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
    return kind === 'list' ? linesOf(valueAt(settings, o.name) ?? o.value ?? o.default)
        : o.value ?? '';
}

export function presetOf(o) {
    const preset = { ...o, value: o.default };
    return shownOf(preset, {});
}

const EMPTY_IS_DEFAULT = new Set(['number', 'duration', 'size', 'list']);

// What somebody typed as it is sent; nothing where there must be something takes it back to the
// default.  What is no number
// goes as it is: the gateway says what is wrong with it.
export function sentOf(o, shown) {
    const kind = kindOf(o);
    if (shown === null || typeof shown !== 'string' || kind === 'secret')
        return shown;
    const text = shown.trim();
    if (text === '' && EMPTY_IS_DEFAULT.has(kind))
        return null;
    if (kind === 'list')
        return fromLines(text);
    return kind === 'number' && /^[+-]?\d+$/.test(text) ? Number(text) : text;
}

// drafts: Map of name → what is shown, null: back to the default.  The body of PATCH
// /api/settings, in groups.
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

// What the gateway found wrong with one option: its lines begin with the option's name, more
// than one may be wrong.
export function faultAt(error, name) {
    const told = (error?.details
        ?? []).filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
    if (told.length)
        return told.join(' ');
    const path = error?.path ?? '';
    return path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)
        ? error.message : '';
}

// Options whose change may close the door behind the one who changes them.
const DOORS = new Set(['access_key', 'admin_key', 'admin_password', 'web_ui']);
export const doorsOf = (drafts) => [...drafts.keys()].filter((name) => DOORS.has(name));
