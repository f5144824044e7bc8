// SPDX-License-Identifier: MIT
// i18n - words in two languages: t('channels.title'), t('keys.count', {n: 3}).
//
// Words stand in www/text/NAME.js, English and Chinese side by side, under keys that begin with "NAME.".  An English text
// may be {one, other} and is then chosen by n.  A key without words shows as ‹key›, which a test looks for.

import { signal } from './signal.js';

const LANGUAGES = ['en', 'zh'];
const STORE = 'claude-proxy.language';
const table = new Map();

function first() {
    const kept = globalThis.localStorage?.getItem(STORE);
    if (LANGUAGES.includes(kept))
        return kept;
    const asked = globalThis.navigator?.languages ?? [];
    for (const name of asked)
        for (const language of LANGUAGES)
            if (name.toLowerCase().startsWith(language))
                return language;
    return 'en';
}

export const language = signal(first());

export function setLanguage(name) {
    globalThis.localStorage?.setItem(STORE, name);
    language.set(name);
}

export const locale = () => (language() === 'zh' ? 'zh-CN' : 'en-GB');

// words('channels', {title: ['Channels', '渠道'], ...})
export function words(name, all) {
    for (const [key, texts] of Object.entries(all))
        table.set(`${name}.${key}`, texts);
}

// Making these costs more than all else here: one of each language.
const made = new Map();
function intl() {
    if (!made.has(locale()))
        made.set(locale(), { plural: new Intl.PluralRules(locale()), number: new Intl.NumberFormat(locale()) });
    return made.get(locale());
}

export const has = (key) => table.has(key);

function fill(text, args) {
    if (!text.includes('{'))
        return text;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in args ? String(args[name]) : whole));
}

export function t(key, args = {}) {
    const texts = table.get(key);
    let text = texts?.[LANGUAGES.indexOf(language())];
    if (text && typeof text === 'object')
        text = text[intl().plural.select(Number(args.n))] ?? text.other;
    if (text === undefined)
        return `‹${key}›`;
    return typeof args.n === 'number' ? fill(text, { ...args, n: intl().number.format(args.n) }) : fill(text, args);
}

// For names that the gateway tells and may have more of one day: words if there are some, else the name itself.
export const tOr = (prefix, name) => (table.has(`${prefix}.${name}`) ? t(`${prefix}.${name}`) : String(name ?? ''));
