// SPDX-License-Identifier: MIT
// option_field - one option of the gateway as a field: control by type, help, range, who says so, and the way back.

import { areaField, numberField, secretField, selectField, switchField, textField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { language, t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { choicesOf, kindOf, presetOf, shownOf } from '../lib/settings.js';
import { chip } from './ui.js';
import '../text/options.js';
import '../text/settings.js';

export const titleOf = (o) => tOr('option', o.name);

// The gateway's own help is English; an option that has no words here yet shows it in Chinese, too.
export const helpOf = (o) => {
    const text = language() === 'zh' ? tOr('optionHelp', o.name) : o.help;
    return text === o.name || text === '=' ? o.help ?? '' : text ?? '';
};

const tones = { 'built-in': 'off', managed: 'info', file: 'warn', environment: 'warn', command_line: 'warn' };
const sourceOf = (o) => o.source.replace(' ', '_');

function rangeOf(o) {
    const lines = [];
    if (o.least !== null && o.least !== undefined)
        lines.push(t('settings.range', { least: o.least, most: o.most ?? '∞' }));
    if (o.type === 'duration')
        lines.push(t('settings.duration'));
    if (o.type === 'size')
        lines.push(t('settings.size'));
    if (kindOf(o) !== 'secret' && o.default !== null && o.default !== undefined && o.default !== '')
        lines.push(t('settings.preset', { value: o.default }));
    return lines.join(' · ');
}

// The draft of one option as a signal: drafts is a signal of a Map, name → what is shown, null: back to the default.
export function draftOf(option, settings, drafts) {
    const name = option.peek().name;
    const now = () => shownOf(option(), settings());
    const read = () => {
        const all = drafts();
        if (!all.has(name))
            return now();
        return all.get(name) === null ? presetOf(option()) : all.get(name);
    };
    read.peek = () => (drafts.peek().has(name) ? drafts.peek().get(name) : shownOf(option.peek(), settings.peek()));
    const keep = (change) => drafts.update((all) => {
        const next = new Map(all);
        change(next);
        return next;
    });
    read.set = (value) => keep((all) => (Object.is(value, shownOf(option.peek(), settings.peek())) ? all.delete(name) : all.set(name, value)));
    read.back = () => keep((all) => all.set(name, null));
    read.undo = () => keep((all) => all.delete(name));
    read.isDraft = () => drafts().has(name);
    return read;
}

const words = (o) => choicesOf(o).map((w) => ({ value: w, text: tOr('optionWord', w) === w ? w : `${w} – ${tOr('optionWord', w)}` }));

// A word that the table does not have (yet) is still shown as it is.
function choices(o) {
    const all = words(o);
    return all.some((c) => c.value === o.value) ? all : [{ value: o.value ?? '', text: o.value || t('settings.unset') }, ...all];
}

function control(o, props) {
    const kind = kindOf(o);
    if (kind === 'switch')
        return switchField({ ...props, hint: props.hint });
    if (kind === 'number')
        return numberField({ ...props, least: o.least ?? undefined, most: o.most ?? undefined, step: 1 });
    if (kind === 'choice')
        return selectField({ ...props, choices: choices(o) });
    if (kind === 'lines')
        return areaField({ ...props, rows: 3 });
    if (kind === 'secret')
        return secretField({ ...props, placeholder: o.value ? t('settings.secretSet', { mask: o.value }) : t('settings.unset') });
    return textField({ ...props, placeholder: o.default || t('settings.unset') });
}

// Where it must be changed; '': here.
const lockOf = (o) => (o.locked ? o.where || t('settings.aFile') : '');

const marks = (option, draft) => h('div', { class: 'option-marks' },
    h('code', { class: 'option-name' }, option.peek().name),
    () => chip(tOr('settingsSource', sourceOf(option())), tones[sourceOf(option())] ?? 'off', { title: option().where || null }),
    option.peek().restart && chip(t('settings.restart'), 'off'),
    () => draft.isDraft() && chip(t('settings.changed'), 'info'));

const ways = (option, draft) => h('div', { class: 'option-ways' },
    () => draft.isDraft() && h('button', { type: 'button', class: 'button quiet', onclick: () => draft.undo() }, icon('reset'), h('span', t('settings.undo'))),
    () => !draft.isDraft() && option().source === 'managed' && h('button', { type: 'button', class: 'button quiet',
        'aria-label': t('settings.backOf', { name: titleOf(option()) }), onclick: () => draft.back() }, icon('history'), h('span', t('settings.back'))));

// option: a signal of one member of GET /api/options; settings: of GET /api/settings; fault: of faults().
export function optionField({ option, settings, drafts, fault, isHidden }) {
    const o = option.peek();
    const draft = draftOf(option, settings, drafts);
    const range = rangeOf(o);
    return h('div', { class: () => (draft.isDraft() ? 'option changed' : 'option'), hidden: isHidden, 'data-option': o.name },
        control(o, { label: titleOf(o), hint: [helpOf(o), range && h('span', { class: 'option-range' }, ` ${range}`)], value: draft, path: o.name,
            lock: () => lockOf(option()), error: fault.at(o.name), isWide: false }),
        () => kindOf(o) === 'switch' && fault.at(o.name)() && h('p', { class: 'option-fault bad-text', role: 'alert' }, fault.at(o.name)()),
        h('div', { class: 'option-foot' }, marks(option, draft), ways(option, draft)));
}
