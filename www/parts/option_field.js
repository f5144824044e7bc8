// SPDX-License-Identifier: MIT
// option_field - one option of the gateway as a line of the form: title and help, its control, who says so, and the way back.

import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { kindOf, presetOf, shownOf } from '../lib/settings.js';
import { helpOf, optionControl, titleOf } from './option_control.js';
import { chip } from './ui.js';
import '../text/options.js';
import '../text/settings.js';

const tones = { 'built-in': 'off', managed: 'info', file: 'warn', environment: 'warn',
    command_line: 'warn' };
const sourceOf = (o) => o.source.replace(' ', '_');

const isSaid = (v) => v !== null && v !== undefined && v !== '';
const boolWord = (o, v) => (o.type === 'bool' ? t(v === 'true' ? 'common.on' : 'common.off')
    : v);

function rangeOf(o) {
    const lines = [];
    if (isSaid(o.least))
        lines.push(isSaid(o.most) ? t('settings.range', { least: o.least, most: o.most })
            : t('settings.atLeast', { least: o.least }));
    if (kindOf(o) !== 'secret' && isSaid(o.default))
        lines.push(t('settings.preset', { value: boolWord(o, o.default) }));
    return lines.join(' · ');
}

// The draft of one option as a signal: drafts is a signal of a Map, name → what is shown, null:
// back to the default.
export function draftOf(option, settings, drafts) {
    const name = option.peek().name;
    const now = () => shownOf(option(), settings());
    const read = () => {
        const all = drafts();
        if (!all.has(name))
            return now();
        return all.get(name) === null ? presetOf(option()) : all.get(name);
    };
    read.peek = () => {
        const all = drafts.peek();
        if (!all.has(name))
            return shownOf(option.peek(), settings.peek());
        return all.get(name) === null ? presetOf(option.peek()) : all.get(name);
    };
    const keep = (change) => drafts.update((all) => {
        const next = new Map(all);
        change(next);
        return next;
    });
    read.set = (value) => keep((all) => (Object.is(value,
        shownOf(option.peek(), settings.peek())) ? all.delete(name) : all.set(name, value)));
    read.back = () => keep((all) => all.set(name, null));
    read.undo = () => keep((all) => all.delete(name));
    read.isDraft = () => drafts().has(name);
    return read;
}

// Where it must be changed; '': here.
const lockOf = (o) => (o.locked ? o.where || t('settings.aFile') : '');

const marks = (option, draft, isWaiting) => h('div', { class: 'option-marks' },
    h('code', { class: 'option-name' }, option.peek().name),
    () => chip(tOr('settingsSource', sourceOf(option())), tones[sourceOf(option())] ?? 'off',
        { title: option().where || null }),
    () => (isWaiting() ? chip(t('settings.waits'), 'warn') : option().restart
        && chip(t('settings.restart'), 'off')),
    () => draft.isDraft() && chip(t('settings.changed'), 'info'));

// The way back; the focus goes to the control, because the button goes.
function ways(option, draft, refocus) {
    const title = { name: titleOf(option.peek()) };
    const way = (text, label, name, run) => h('button', { type: 'button', class: 'button quiet', 'aria-label': label,
        onclick: () => {
            run();
            refocus();
        } }, icon(name), h('span', text));
    return h('div', { class: 'option-ways' },
        () => draft.isDraft() && way(t('settings.undo'), t('settings.undoOf', title), 'reset',
            draft.undo),
        () => !draft.isDraft() && option().source === 'managed'
            && way(t('settings.back'), t('settings.backOf', title), 'history', draft.back));
}

// option: a signal of one member of GET /api/options; settings: of GET /api/settings; error():
// what is wrong with it; isWaiting(): for a restart.
export function optionField({ option, settings, drafts, error, isHidden, isWaiting }) {
    const o = option.peek();
    const draft = draftOf(option, settings, drafts);
    const range = rangeOf(o);
    const help = helpOf(o);
    const hint = (help || range)
        && [help, range && h('span', { class: 'option-range' }, help ? ` (${range})` : range)];
    const made = optionControl(o,
        { label: titleOf(o), hint, value: draft, path: o.name, lock: () => lockOf(option()),
        error, isWide: false });
    const refocus = () => made.querySelector('input, select, textarea, button')?.focus();
    const isWrong = () => kindOf(o) === 'switch' && error();
    return h('div', { class: () => (draft.isDraft() ? 'option changed' : 'option'), hidden: isHidden, 'data-option': o.name, 'data-kind': kindOf(o) },
        made, () => isWrong() && h('p', { class: 'option-fault bad-text' }, icon('warn'),
            isWrong()),
        h('div', { class: 'option-foot' }, marks(option, draft, isWaiting),
            ways(option, draft, refocus)));
}
