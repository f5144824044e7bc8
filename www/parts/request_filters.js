// SPDX-License-Identifier: MIT
// request_filters - what of the requests is shown: fields that stand for parts of the address.

import { h } from '../lib/h.js';
import { FILTERS, filtersOf, momentOf, statusSpan } from '../lib/history.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { dateTime } from '../lib/format.js';
import { query, setQuery } from '../lib/router.js';
import { computed, effect, signal } from '../lib/signal.js';
import { outcomeChoices } from './request_list.js';
import { outcomeText } from './timeline.js';
import { debounced } from './ui.js';
import '../text/requests.js';

const FAMILIES = ['messages', 'chat', 'responses', 'gemini'];
const SPANS = ['15m', '1h', '24h', '7d'];
const ENDS = ['UD', 'UH', 'UC', 'CD', 'CH', 'CL', 'PD', 'PQ', 'KD', 'KH'];
let count = 0;

const now = (name) => () => query()[name] ?? '';

function labelled(label, control) {
    const id = `filter-${++count}`;
    return h('div', { class: 'field' }, h('label', { for: id }, label), control(id));
}

// A choice whose value may be none of the list: it stays as it is in the address.
function choice(name, label, options, change = (value) => setQuery({ [name]: value }), value = now(name)) {
    const all = computed(() => {
        const told = typeof options === 'function' ? options() : options;
        return !value() || told.some((o) => o.value === value()) ? told : [...told, { value: value(), text: value() }];
    });
    return labelled(label, (id) => {
        const el = h('select', { id, onchange: (e) => change(e.target.value) });
        effect(() => {
            el.replaceChildren(h('option', { value: '' }, t('requests.any')), ...all().map((o) => h('option', { value: o.value }, o.text)));
            el.value = value();
        });
        return el;
    });
}

function text(name, label, { list = null, isGood = () => true, hint = '', type = 'text' } = {}) {
    const isBad = signal(false);
    const say = debounced((value) => {
        isBad.set(Boolean(value) && !isGood(value));
        if (!isBad.peek())
            setQuery({ [name]: value.trim() });
    }, 350);
    return labelled(label, (id) => [h('input', { id, type, list: list ? `${id}-list` : null, placeholder: hint, autocomplete: 'off', spellcheck: 'false', value: now(name),
        'aria-invalid': () => (isBad() ? 'true' : null), oninput: (e) => say(e.target.value) }),
    h('span', { class: 'bad-text', 'aria-live': 'polite' }, () => isBad() && hint), list && h('datalist', { id: `${id}-list` }, () => list().map((value) => h('option', { value })))]);
}

// The clock of who looks; the address has the time itself.
function local(v) {
    const at = v && momentOf(v);
    if (!at)
        return '';
    const d = new Date(at);
    return new Date(at - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

const moment = (name, label) => labelled(label, (id) => h('input', { id, type: 'datetime-local', value: () => local(query()[name]),
    onchange: (e) => setQuery({ [name]: e.target.value ? new Date(e.target.value).toISOString() : '' }) }));

function span() {
    const isOpen = signal(false);
    const isCustom = computed(() => isOpen() || Boolean(query().until) || Boolean(query().since) && !SPANS.includes(query().since));
    const change = (value) => {
        isOpen.set(value === 'custom');
        if (value !== 'custom')
            setQuery({ since: value, until: '' });
    };
    return [choice('since', t('requests.when'), () => [...SPANS, 'custom'].map((value) => ({ value, text: t(`requests.since.${value}`) })), change,
        () => (isCustom() ? 'custom' : query().since ?? '')),
    () => isCustom() && [moment('since', t('requests.from')), moment('until', t('requests.to'))]];
}

const channelChoices = (known) => () => known().channels.map((c) => ({ value: c.id, text: c.name && c.name !== c.id ? `${c.name} (${c.id})` : c.id }));
const clientChoices = (known) => () => [...known().clients.map((c) => ({ value: c.id, text: c.label || c.id })), { value: 'access', text: 'access' }, { value: 'panel', text: 'panel' }];

const told = (name, value) => {
    if (name === 'since' || name === 'until')
        return SPANS.includes(value) ? t(`requests.since.${value}`) : `${t(name === 'since' ? 'requests.from' : 'requests.to')} ${momentOf(value) ? dateTime(momentOf(value)) : value}`;
    return name === 'family' ? tOr('family', value) : name === 'outcome' ? outcomeText(value) : value;
};

// What holds now, each with its way out: the fields may be folded.
export const activeFilters = () => h('div', { class: 'row filter-chips', role: 'group', 'aria-label': t('requests.activeFilters') }, () => {
    const all = Object.entries(filtersOf(query()));
    return all.length > 0 && [all.map(([name, value]) => h('button', { type: 'button', class: 'chip filter-chip', title: t('common.remove'), onclick: () => setQuery({ [name]: '' }) },
        told(name, value), icon('close'), h('span', { class: 'unseen' }, t('common.remove')))),
    h('button', { type: 'button', class: 'button quiet', onclick: () => setQuery(Object.fromEntries(FILTERS.map((name) => [name, '']))) }, t('requests.clear'))];
});

// known: a signal of {channels, clients, models}.
export function filterForm(known) {
    const isOpen = Object.keys(filtersOf(query.peek())).some((name) => name !== 'q') || matchMedia('(min-width: 1100px)').matches;
    return h('details', { class: 'card filters', open: isOpen }, h('summary', t('requests.filters')),
        h('div', { class: 'filter-fields' },
            span(),
            choice('outcome', t('requests.outcomeHead'), outcomeChoices),
            text('status', t('requests.status'), { isGood: (v) => statusSpan(v) !== undefined, hint: t('requests.badStatus') }),
            choice('family', t('requests.family'), () => FAMILIES.map((value) => ({ value, text: tOr('family', value) }))),
            choice('channel', t('requests.channel'), channelChoices(known)),
            text('key', t('requests.key')),
            choice('client', t('requests.client'), clientChoices(known)),
            text('model', t('requests.model'), { list: () => known().models }),
            choice('end', t('requests.end'), ENDS.map((value) => ({ value, text: `${value} – ${t(`requests.endWho.${value[0]}`)}` })))));
}

export const searchField = () => {
    const say = debounced((value) => setQuery({ q: value.trim() }), 350);
    return h('input', { type: 'search', class: 'search', 'aria-label': t('requests.searchHint'), placeholder: t('requests.searchHint'), autocomplete: 'off', spellcheck: 'false',
        value: now('q'), oninput: (e) => say(e.target.value) });
};
