// SPDX-License-Identifier: MIT
// editor_fields - a field for any member of a channel, made from what the option table says of it.

import { areaField, field, numberField, selectField, switchField, textField, textList } from '../lib/form.js';
import { h, put } from '../lib/h.js';
import { has, language, t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { signal } from '../lib/signal.js';
import '../text/dialects.js';
import '../text/editor.js';

// What may be changed of a channel that a file defines.
const FREE = new Set(['status', 'priority', 'weight']);

export const isFree = (path) => FREE.has(path);

// /etc/claude-proxy/claude-proxy.conf:12 → claude-proxy.conf:12
export const shortWhere = (where) => (where ?? '').split('/').at(-1);

// Sections that a file says all of are off as a whole; here for those that hold something free.
export const lockOf = (channel, path) => () => (channel.managed === false && !FREE.has(path)
    ? shortWhere(channel.where) : '');

export const labelOf = (path) => tOr('editor.member', path.replace(/^options\./, ''));

const EMPTY = { list: [], group: {}, int: null };

// The draft of a member, empty as its kind is.
export const valueOf = (ed, path) => ed.draft.at(path, EMPTY[(ed.options.get(path) ?? {}).type] ?? '');

const WIDEST = 100000; // bounds beyond this are no news to anybody

// Our words first; else what the table says, in English.
function hintOf(path, option) {
    const own = has(`editor.help.${path}`) ? t(`editor.help.${path}`) : option?.help ?? '';
    const { least, most, type } = option ?? {};
    const isTold = type === 'int' && least !== null && most !== null && Number(most) - Number(least) < WIDEST;
    return [own, isTold && t('editor.range', { least, most })].filter(Boolean).join(' · ');
}

// Where nothing is said, what is said for all channels holds: GET /api/options knows it.
const common = (ed, path) => ed.common?.get(path.startsWith('timeouts.') ? `upstream.${path}` : path);

function presetText(option, everywhere) {
    if (everywhere)
        return t('editor.asDefaultIs', { value: tOr('editor.word', everywhere) });
    return option.default === null || option.default === '' ? ''
        : t('editor.defaultIs', { value: tOr('editor.word', option.default) });
}

// true, false, or as is said elsewhere: bound to a select of texts.
function triField(more, value, preset) {
    const text = signal(value.peek() === true ? 'true' : value.peek() === false ? 'false' : '');
    const bound = Object.assign(() => text(), { peek: text.peek, set: (v) => {
        text.set(v);
        value.set(v === '' ? '' : v === 'true');
    } });
    return selectField({ ...more, value: bound, choices: [{ value: '',
        text: preset || t('editor.asDefault') }, { value: 'true', text: t('common.yes') },
            { value: 'false', text: t('common.no') }] });
}

// A group of any members, as JSON; what is no JSON is said and not taken.
export function jsonField({ value, lock, ...more }) {
    const text = signal(value.peek() && Object.keys(value.peek()).length
        ? JSON.stringify(value.peek(), null, 2) : '');
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
    return areaField({ ...more, lock, value: bound, rows: 4, placeholder: '{ }',
        error: () => wrong() || more.error?.() || '' });
}

// A switch says nothing of faults by itself.
function boolField({ value, error, ...more }, preset) {
    const bound = Object.assign(() => (value() === '' ? preset === 'true' : value()),
        { peek: value.peek, set: value.set });
    const made = switchField({ ...more, value: bound });
    put(made.querySelector('.field-told'), () => error()
        && h('p', { class: 'field-error' }, icon('warn'), error()));
    return made;
}

function plainField(option, value, { everywhere, ...more }) {
    const preset = presetText(option, everywhere);
    if (option.type === 'bool')
        return option.default === null ? triField(more, value, preset)
            : boolField({ ...more, value }, option.default);
    if (option.type === 'int')
        return numberField({ ...more, value, least: option.least ?? undefined,
            most: option.most ?? undefined, props: { placeholder: preset } });
    if (option.type === 'word' || option.words) {
        const choices = [{ value: '', text: preset || t('editor.asDefault') },
            ...(option.words ?? '').split('|').filter((w) => w !== option.default).map((w) => ({ value: w,
                text: tOr('editor.word', w) }))];
        return selectField({ ...more, value: Object.assign(() => (value() === option.default ? ''
            : value()), { peek: () => (value.peek() === option.default ? '' : value.peek()),
                set: value.set }), choices });
    }
    if (option.type === 'list')
        return textList({ ...more, value });
    if (option.type === 'group')
        return jsonField({ ...more, value });
    return textField({ ...more, value, placeholder: preset });
}

// ed: {draft, channel, fault, options: Map of names without "channels."}
export function memberField(ed, path, lock = () => '') {
    const option = ed.options.get(path);
    if (!option)
        return null;
    return plainField(option, valueOf(ed, path), { everywhere: common(ed, path), label: labelOf(path),
        hint: hintOf(path, option), path, lock,
        error: ed.fault.at(path) });
}

// Which client APIs: those of the loaded adapters, and what is said though no adapter has it.
export function familiesField(ed) {
    const value = ed.draft.at('families', []);
    const names = [...new Set([...ed.dialects.map((d) => d.family).filter(Boolean), ...value.peek()])];
    const toggle = (name, isOn) => value.update((all) => names.filter((one) => (one === name ? isOn
        : all.includes(one))));
    return field({ label: labelOf('families'), hint: t('editor.help.families'), path: 'families',
        isWide: true, error: ed.fault.at('families'),
        control: (id, told) => h('div', { id, class: 'row check-lines', role: 'group',
            'aria-label': labelOf('families'), 'aria-describedby': told },
            names.map((name) => h('label', { class: 'check-line' },
                h('input', { type: 'checkbox', checked: () => value().includes(name),
                onchange: (e) => toggle(name, e.target.checked) }), h('span', tOr('family', name))))) });
}

const WORDS_FIRST = /^([\w-]+(?:\|[\w-]+)+)(?::\s*|$)/;

// An option of the dialect's adapter: its words stand in front of its help.
export function dialectField(ed, o) {
    const path = `options.${o.name}`;
    const words = o.type === 'string' ? WORDS_FIRST.exec(o.help)?.[1] : null;
    const own = tOr(`dialectHelp.${ed.draft.at('dialect').peek()}`, o.name);
    const hint = own !== o.name && language() !== 'en' ? own : words ? o.help.replace(WORDS_FIRST, '')
        : o.help;
    const option = { ...o, words, least: null, most: null };
    const more = { label: h('code', o.name), hint, path, error: ed.fault.at(path) };
    return plainField(option, ed.draft.at(path, o.type === 'int' ? null : ''), more);
}
