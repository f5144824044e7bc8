// SPDX-License-Identifier: MIT
// request_filters - what of the requests is shown: fields that stand for parts of the address.

import { h } from '../lib/h.js';
import { FILTERS, filtersOf, momentOf, statusSpan } from '../lib/history.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { dateTime, number } from '../lib/format.js';
import { query, setQuery } from '../lib/router.js';
import { after, computed, effect, signal } from '../lib/signal.js';
import { outcomeChoices } from './request_list.js';
import { outcomeText } from './timeline.js';
import { chip, debounced } from './ui.js';
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

// What one may choose, and what stands in the address although it is none of it.
function select(props, any, options, value, change) {
    const all = computed(() => {
        const told = typeof options === 'function' ? options() : options;
        return !value() || told.some((o) => o.value === value()) ? told : [...told, { value: value(), text: value() }];
    });
    const el = h('select', { ...props, onchange: (e) => change(e.target.value) });
    effect(() => {
        el.replaceChildren(h('option', { value: '' }, any), ...all().map((o) => h('option', { value: o.value }, o.text)));
        el.value = value();
    });
    return el;
}

const choice = (name, label, options) => labelled(label, (id) => select({ id }, t('requests.any'), options, now(name), (value) => setQuery({ [name]: value })));

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

const isCustom = () => Boolean(query().until) || Boolean(query().since) && !SPANS.includes(query().since);

// isMore: whether the other fields are open: there one says from when to when.
function span(isMore) {
    const isAsked = signal(false);
    const change = (value) => {
        isAsked.set(value === 'custom');
        if (value === 'custom')
            isMore.set(true);
        else
            setQuery({ since: value, until: '' });
    };
    return select({ 'aria-label': t('requests.when') }, t('requests.anyTime'), () => [...SPANS, 'custom'].map((value) => ({ value, text: t(`requests.since.${value}`) })),
        () => (isAsked() || isCustom() ? 'custom' : query().since ?? ''), change);
}

const channelChoices = (known) => () => known().channels.map((c) => ({ value: c.id, text: c.name && c.name !== c.id ? `${c.name} (${c.id})` : c.id }));
const clientChoices = (known) => () => [...known().clients.map((c) => ({ value: c.id, text: c.label || c.id })), { value: 'access', text: 'access' }, { value: 'panel', text: 'panel' }];

// What does not say by itself what it is.
const NAMES = { channel: 'requests.channel', key: 'requests.key', client: 'requests.client', model: 'requests.model', status: 'requests.status', end: 'requests.end', session: 'requests.session' };

const told = (name, value) => {
    if (name === 'since' || name === 'until')
        return SPANS.includes(value) ? t(`requests.since.${value}`) : `${t(name === 'since' ? 'requests.from' : 'requests.to')} ${momentOf(value) ? dateTime(momentOf(value)) : value}`;
    if (name === 'family' || name === 'outcome')
        return name === 'family' ? tOr('family', value) : outcomeText(value);
    return NAMES[name] ? `${t(NAMES[name])}: ${value}` : value;
};

// What holds now, each with its way out: the fields may be folded.  Who has taken one away stands at the next.
export function activeFilters() {
    const drop = (e, names) => {
        const box = e.target.closest('.filter-chips');
        setQuery(Object.fromEntries(names.map((name) => [name, ''])));
        after(0, () => (box.querySelector('button') ?? document.querySelector('.filter-bar input'))?.focus());
    };
    return h('div', { class: 'row filter-chips', role: 'group', 'aria-label': t('requests.activeFilters') }, () => {
        const all = Object.entries(filtersOf(query()));
        return all.length > 0 && [all.map(([name, value]) => h('button', { type: 'button', class: 'chip filter-chip', title: t('common.remove'), onclick: (e) => drop(e, [name]) },
            h('bdi', told(name, value)), icon('close'), h('span', { class: 'unseen' }, t('common.remove')))),
        h('button', { type: 'button', class: 'button quiet', onclick: (e) => drop(e, FILTERS) }, t('requests.clear'))];
    });
}

const IN_BAR = ['q', 'outcome', 'since', 'until'];
const others = () => Object.keys(filtersOf(query())).filter((name) => !IN_BAR.includes(name)).length;

const moreFields = (known) => [
    moment('since', t('requests.from')), moment('until', t('requests.to')),
    text('status', t('requests.status'), { isGood: (v) => statusSpan(v) !== undefined, hint: t('requests.badStatus') }),
    choice('family', t('requests.family'), () => FAMILIES.map((value) => ({ value, text: tOr('family', value) }))),
    choice('channel', t('requests.channel'), channelChoices(known)),
    text('key', t('requests.key')),
    choice('client', t('requests.client'), clientChoices(known)),
    text('model', t('requests.model'), { list: () => known().models }),
    choice('end', t('requests.end'), ENDS.map((value) => ({ value, text: `${value} – ${t(`requests.endWho.${value[0]}`)}` })))];

// What is asked most in one line, the rest below it where it is wanted.  known: a signal of {channels, clients, models}.
export function filterForm(known) {
    const isMore = signal(isCustom());
    const id = `filter-${++count}`;
    return h('div', { class: 'filters', role: 'search', 'aria-label': t('requests.filters') },
        h('div', { class: 'filter-bar' }, searchField(), span(isMore),
            select({ 'aria-label': t('requests.outcomeHead') }, t('requests.anyOutcome'), outcomeChoices, now('outcome'), (value) => setQuery({ outcome: value })),
            h('button', { type: 'button', class: 'button', 'aria-expanded': () => String(isMore()), 'aria-controls': id, onclick: () => isMore.update((v) => !v) },
                () => icon(isMore() ? 'up' : 'down'), h('span', t('requests.filters')), () => others() > 0 && chip(number(others()), 'info'))),
        h('div', { id, class: 'card filter-fields', hidden: () => !isMore() }, moreFields(known)));
}

function searchField() {
    const say = debounced((value) => setQuery({ q: value.trim() }), 350);
    return h('input', { type: 'search', class: 'search', 'aria-label': t('requests.searchHint'), placeholder: t('requests.searchHint'), autocomplete: 'off', spellcheck: 'false',
        value: now('q'), oninput: (e) => say(e.target.value) });
}
