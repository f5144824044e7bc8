// SPDX-License-Identifier: MIT
// editor_fields - a field for any member of a channel, made from what the option table says of it.

import { areaField, field, numberField, selectField, switchField, textField, textList } from '../lib/form.js';
import { h } from '../lib/h.js';
import { has, t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { signal } from '../lib/signal.js';
import '../text/editor.js';

// What may be changed of a channel that a file defines.
const FREE = new Set(['status', 'promoted_until', 'priority', 'weight']);

export const lockOf = (channel, path) => () => (channel.managed === false && !FREE.has(path.split('.')[0]) ? channel.where : '');

export const labelOf = (path) => tOr('editor.member', path);

// Our words first; else what the table says, in English.
function hintOf(path, option) {
    const own = has(`editor.help.${path}`) ? t(`editor.help.${path}`) : option?.help ?? '';
    const [least, most] = [option?.least, option?.most];
    const range = least !== null && most !== null && least !== undefined && most !== undefined ? t('editor.range', { least, most }) : '';
    return [own, range].filter(Boolean).join(' · ');
}

const presetText = (option) => (option.default === null || option.default === '' ? t('editor.asDefault') : t('editor.defaultIs', { value: tOr('editor.word', option.default) }));

// true, false, or as is said elsewhere: bound to a select of texts.
function triField(more, value) {
    const text = signal(value.peek() === true ? 'true' : value.peek() === false ? 'false' : '');
    const bound = Object.assign(() => text(), { peek: text.peek, set: (v) => {
        text.set(v);
        value.set(v === '' ? '' : v === 'true');
    } });
    return selectField({ ...more, value: bound, choices: [{ value: '', text: t('editor.asDefault') }, { value: 'true', text: t('common.yes') }, { value: 'false', text: t('common.no') }] });
}

// A group of any members, as JSON; what is no JSON is said and not taken.
export function jsonField({ value, lock, ...more }) {
    const text = signal(value.peek() && Object.keys(value.peek()).length ? JSON.stringify(value.peek(), null, 2) : '');
    const wrong = signal('');
    const bound = Object.assign(() => text(), { peek: text.peek, set: (v) => {
        text.set(v);
        try {
            const parsed = v.trim() ? JSON.parse(v) : {};
            if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
                throw new TypeError('object');
            value.set(parsed);
            wrong.set('');
        } catch {
            wrong.set(t('editor.notJson'));
        }
    } });
    return areaField({ ...more, lock, value: bound, rows: 4, placeholder: '{ }', error: () => wrong() || more.error?.() || '' });
}

const EMPTY = { list: [], group: {}, int: null };

function plainField(option, value, more) {
    if (option.type === 'bool')
        return option.default === null ? triField(more, value) : switchField({ ...more, value: Object.assign(() => (value() === '' ? option.default === 'true' : value()), { peek: value.peek, set: value.set }) });
    if (option.type === 'int')
        return numberField({ ...more, value, least: option.least ?? undefined, most: option.most ?? undefined, props: { placeholder: presetText(option) } });
    if (option.type === 'word' || option.words) {
        const choices = [{ value: '', text: presetText(option) }, ...(option.words ?? '').split('|').filter((w) => w !== option.default).map((w) => ({ value: w, text: tOr('editor.word', w) }))];
        return selectField({ ...more, value: Object.assign(() => (value() === option.default ? '' : value()), { peek: () => (value.peek() === option.default ? '' : value.peek()), set: value.set }), choices });
    }
    if (option.type === 'list')
        return textList({ ...more, value });
    if (option.type === 'group')
        return jsonField({ ...more, value });
    return textField({ ...more, value, placeholder: presetText(option) });
}

// ed: {draft, channel, fault, options: Map of names without "channels."}
export function memberField(ed, path) {
    const option = ed.options.get(path);
    if (!option)
        return null;
    const value = ed.draft.at(path, option.type in EMPTY ? EMPTY[option.type] : '');
    return plainField(option, value, { label: labelOf(path), hint: hintOf(path, option), path, lock: lockOf(ed.channel, path), error: ed.fault.at(path) });
}

const WORDS_FIRST = /^([\w-]+(?:\|[\w-]+)+)(?::\s*|$)/;

// An option of the dialect's adapter: its words stand in front of its help.
export function dialectField(ed, o) {
    const path = `options.${o.name}`;
    const words = o.type === 'string' ? WORDS_FIRST.exec(o.help)?.[1] : null;
    const option = { ...o, words, default: o.default, help: words ? o.help.replace(WORDS_FIRST, '') : o.help, least: null, most: null };
    const more = { label: o.name, hint: option.help, path, lock: lockOf(ed.channel, path), error: ed.fault.at(path) };
    return plainField(option, ed.draft.at(path, o.type === 'int' ? null : ''), more);
}

// Headers: a name and a value that is never shown again; unchanged ones are sent back as they came.
export function headersField(ed) {
    const value = ed.draft.at('headers', []);
    const lock = lockOf(ed.channel, 'headers');
    const isOff = () => Boolean(lock());
    const change = (i, part) => value.update((all) => all.map((one, k) => (k === i ? { ...one, ...part } : one)));
    const row = (one, i) => h('div', { class: 'text-list-row' },
        h('input', { type: 'text', 'aria-label': t('editor.headerName', { n: i + 1 }), value: one.name ?? '', disabled: isOff, onchange: (e) => change(i, { name: e.target.value }) }),
        h('input', { type: 'password', autocomplete: 'new-password', 'aria-label': t('editor.headerValue', { n: i + 1 }), placeholder: one.mask ?? '', disabled: isOff,
            value: typeof one.value === 'string' ? one.value : '', onchange: (e) => change(i, { value: e.target.value, mask: undefined, id: undefined, fingerprint: undefined }) }),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': t('editor.headerRemove', { n: i + 1 }), disabled: isOff, onclick: () => value.update((all) => all.filter((_, k) => k !== i)) }, icon('close')));
    return field({ label: labelOf('headers'), hint: hintOf('headers', ed.options.get('headers')), path: 'headers', isWide: true, lock, error: ed.fault.at('headers'),
        control: (id, told) => h('div', { id, class: 'text-list', role: 'group', 'aria-label': labelOf('headers'), 'aria-describedby': told },
            h('div', { class: 'text-list-rows' }, () => value().map(row)),
            h('button', { type: 'button', class: 'button quiet', disabled: isOff, onclick: () => value.update((all) => [...all, { name: '', value: '' }]) }, icon('plus'), t('common.add'))) });
}
