// SPDX-License-Identifier: MIT
// settings_form - the sections of the form of settings, its search and its bar: what is not saved, what is wrong, save.

import { button } from '../lib/dialog.js';
import { each, h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { complete, fitting } from '../lib/paint.js';
import { query, setQuery } from '../lib/router.js';
import { computed, effect, signal } from '../lib/signal.js';
import { faultAt, fileOnly } from '../lib/settings.js';
import { helpOf, titleOf } from './option_control.js';
import { optionField } from './option_field.js';
import { actButton, debounced, notice, table } from './ui.js';
import '../text/options.js';
import '../text/settings.js';

const OPTION_PX = 125; // of one option, with its help
const CONTROL = 'input, select, textarea, button';
const lineOf = (name) => document.querySelector(`[data-option="${CSS.escape(name)}"]`);

// Once nothing is left to save, the bar goes: the focus stays with what was changed last, and
// nothing scrolls.
export const focusLast = (drafts) => lineOf([...drafts.keys()].at(-1)
    ?? '')?.querySelector(CONTROL)?.focus({ preventScroll: true });

// What is searched for: at once what is typed, the address follows.
export const search = signal('');

function showAll() {
    search.set('');
    setQuery({ search: '', changed: '' });
}

// Shows one option, whatever was searched for, with the focus in its control.
export function showOption(name) {
    if (search.peek() || query.peek().changed)
        showAll();
    requestAnimationFrame(() => {
        complete(document.querySelector('.settings-body'));
        const line = lineOf(name);
        line?.scrollIntoView({ block: 'center' });
        const control = line?.querySelector(CONTROL);
        const isLocked = !control || control.disabled;
        const target = isLocked ? line?.closest('section')?.querySelector('h2') : control;
        target?.focus({ preventScroll: true });
    });
}

const optionLink = (m, name) => {
    const o = m.options.peek().find((one) => one.name === name);
    return h('button', { type: 'button', class: 'link-button', onclick: () => showOption(name) },
        o ? titleOf(o) : name);
};

export const waitingNotice = (m) => h('div', { 'aria-live': 'polite' }, () => m.waiting().length > 0
    && notice('info', h('p', t('settings.waiting')),
        h('p', { class: 'row' }, m.waiting().map((name) => optionLink(m, name)))));

// most: of its options that are made at once.
function section(m, group, { isFit, isShown, most }) {
    const one = (o) => {
        const option = computed(() => m.options().find((x) => x.name === o.name) ?? o);
        return optionField({ option, settings: m.settings, drafts: m.drafts,
            error: () => faultAt(m.fault(), o.name), isHidden: () => !isFit(option()),
            isWaiting: () => m.waiting().includes(o.name) });
    };
    return h('section', { class: 'card', id: `settings-${group.name}`, hidden: () => !isShown(group) },
        h('h2', { tabindex: '-1' }, tOr('optionGroup', group.name)),
        each(h('div', { class: 'options' }), () => group.options, (o) => o.name, (o) => one(o.peek()), { most, rowPx: OPTION_PX }));
}

function jump(g) {
    const box = document.getElementById(`settings-${g.name}`);
    complete(box.parentNode);
    box.scrollIntoView();
    box.querySelector('h2').focus({ preventScroll: true });
}

// groups: of lib/settings.js; isFit(option), isShown(group): by what is searched for.
export const sections = (m, groups, isFit, isShown) => h('div', { class: 'settings-body' },
    h('nav', { class: 'settings-jumps', 'aria-label': t('settings.sections') },
        groups.map((g) => h('button', { type: 'button', hidden: () => !isShown(g), onclick: () => jump(g) },
            tOr('optionGroup', g.name)))),
    h('div', { class: 'stack' }, groups.map((g, i) => section(m, g, { isFit, isShown, most: i === 0 ? fitting(OPTION_PX) : 0 })),
        h('div', { class: 'empty', hidden: () => groups.some(isShown) || fileOnly(m.options()).some(isFit) }, h('p', t('settings.nothing')),
            button(t('settings.showAll'),
                { onclick: showAll }))));

const fileCell = (o) => (o.source === 'built-in' ? h('span', { class: 'soft' }, t('settings.unset'))
    : h('code', o.where ?? o.source));

// What the panel cannot change is found, too, with where it stands.
export function filesCard(m, isFit) {
    const rows = computed(() => fileOnly(m.options()).filter(isFit));
    return h('section', { class: 'card', hidden: () => rows().length === 0 },
        h('h2', t('settings.files')), h('p', t('settings.filesLead')),
        table({ caption: t('settings.files'), rows, key: (o) => o.name, columns: [
            { title: t('settings.option'), isHead: true, cell: (o) => h('div', { class: 'stack-tight' },
                h('strong', titleOf(o)), h('code', { class: 'option-name' }, o.name)) },
            { title: t('settings.meaning'), cell: helpOf },
            { title: t('settings.where'), cell: fileCell },
        ] }));
}

export function filters(hits) {
    const keep = debounced(() => setQuery({ search: search.peek() }), 120);
    effect(() => search.set(query().search ?? ''));
    const isFiltered = () => Boolean(search() || query().changed);
    return h('div', { class: 'settings-filters row' },
        h('div', { class: 'settings-search' }, icon('search'),
            h('input', { type: 'search', 'aria-label': t('settings.search'), placeholder: t('settings.search'),
                value: search, oninput: (e) => {
                    search.set(e.target.value);
                    keep();
                } })),
        h('label', { class: 'row' }, h('input', { type: 'checkbox', checked: () => query().changed === 'yes',
            onchange: (e) => setQuery({ search: search.peek(), changed: e.target.checked ? 'yes' : '' }) }),
                t('settings.onlyChanged')),
        h('span', { class: 'soft', role: 'status' },
            () => (isFiltered() ? t('settings.hits', { n: hits() }) : '')));
}

// What is wrong with no option of its own is told in the bar, where everybody sees it.
function wrong(m) {
    const names = [...m.drafts().keys()].filter((name) => faultAt(m.fault(), name));
    if (names.length)
        return h('p', { class: 'bad-text row' }, icon('warn'), t('settings.wrong', { n: names.length }),
            names.slice(0, 6).map((name) => optionLink(m, name)));
    const why = m.fault().status === 0 ? t('common.unreachable') : m.fault().message;
    return h('p', { class: 'bad-text row' }, icon('warn'), h('span', why),
        m.fault().path && h('code', m.fault().path));
}

export const saveBar = (m, save) => h('div', { class: 'save-bar', hidden: () => m.drafts().size === 0,
    role: 'region', 'aria-label': t('common.save') },
h('div', { class: 'stack-tight' },
    h('p', { class: 'save-count', 'aria-live': 'polite' },
        () => (m.drafts().size ? t('settings.changes', { n: m.drafts().size }) : '')),
    h('div', { role: 'alert' }, () => m.fault() && wrong(m))),
h('div', { class: 'row' },
    button(t('settings.discard'), { onclick: () => {
        focusLast(m.drafts.peek());
        m.drafts.set(new Map());
        m.fault.set(null);
    } }),
    actButton({ text: t('common.save'), name: 'check', class: 'button primary', fault: t('settings.failed'),
        run: save })));
