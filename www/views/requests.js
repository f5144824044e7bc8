// SPDX-License-Identifier: MIT
// requests - live and history in one list, the newest first; filters and columns stand in the address, one request opens beside it.
//
// Only a page at a time is asked of the gateway, from where the last one ended: how many there are does not matter.  Live
// ones come by the stream, are gathered, and joined with the list at most a few times a second.  The address says which request is
// open; the list below it stands.  Who comes back from another screen finds it as it was.

import { get, url, withQuery } from '../lib/api.js';
import { h } from '../lib/h.js';
import { columnsOf, filtersOf } from '../lib/history.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow, on } from '../lib/live.js';
import { go, place, query } from '../lib/router.js';
import { after, computed, effect, every, here, inScope, onEnd, signal, untracked } from '../lib/signal.js';
import { complain } from '../lib/toast.js';
import { fetchRequest, openRequest } from '../parts/request_detail.js';
import { arrive, askedOf, feedOf, fetchPage, flush, older, refresh, reload, resume } from '../parts/request_feed.js';
import { activeFilters, filterForm } from '../parts/request_filters.js';
import { columnMenu, requestTable } from '../parts/request_list.js';
import { actButton, chip, empty, head, notice } from '../parts/ui.js';
import '../text/requests.js';

const FLUSH_MS = 300;
const KEPT_MS = 60000;
let kept = null; // the list as it was: {asked, rows, next, isOff, isPaused, scroll, atMs}
let standing = null; // what keeps the list that is shown: the next screen is made before this one ends

const quiet = (promise, fallback) => promise.catch(() => fallback);

// For the fields of the filters: not asked anew for each request that is opened.
let named = null; // {known, atMs}

async function fetchKnown() {
    if (named && Date.now() - named.atMs < KEPT_MS)
        return named.known;
    const [channels, clients, models] = await Promise.all([quiet(get('api/channels', { brief: 'true' }), { channels: [] }), quiet(get('api/clients'), { clients: [] }),
        quiet(get('api/statistics', { by: 'model', window: '24h', limit: 100 }), { rows: [] })]);
    const known = { channels: channels.channels, clients: clients.clients ?? [], models: models.rows.map((row) => row.name).filter(Boolean) };
    named = { known, atMs: Date.now() };
    return known;
}

const liveButton = (list) => h('button', { type: 'button', class: 'button', 'aria-pressed': () => String(list.isPaused()), onclick: () => (list.isPaused.peek() ? resume(list) : list.isPaused.set(true)) },
    () => icon(list.isPaused() ? 'play' : 'pause'), h('span', () => t(list.isPaused() ? 'requests.resume' : 'requests.pause')));

const waitingBar = (list) => h('div', { class: 'waiting-bar', role: 'status' }, () => list.isPaused() && [chip(t('requests.paused'), 'warn'), ' ',
    list.waiting().length > 0 && h('button', { type: 'button', class: 'button quiet', onclick: () => resume(list) }, icon('up'), t('requests.newOnes', { n: list.waiting().length + list.tooMany() }))]);

const csv = (list) => () => !list.isOff() && h('a', { class: 'button', download: 'requests.csv', title: t('requests.csvHint'), href: () => url(withQuery('api/history.csv', filtersOf(query()))) }, icon('download'), h('span', t('requests.csv')));

const nothing = () => empty(t(Object.keys(filtersOf(query())).length ? 'requests.emptyFiltered' : 'requests.empty'));

const faultLine = (list) => h('div', { role: 'alert' }, () => list.fault() && notice('bad', h('p', list.fault().status === 0 ? t('common.unreachable') : list.fault().message),
    h('button', { type: 'button', class: 'button', onclick: () => reload(list) }, t('common.retry'))));

function body(list, names, abovePx) {
    const hasRows = computed(() => list.rows().length > 0);
    return [faultLine(list), () => list.isOff() && notice('info', h('p', t('requests.noHistory'))),
        () => (hasRows() ? requestTable(list.rows, names().split(','), abovePx) : nothing()),
        h('div', { class: 'row list-foot' }, h('span', { class: 'soft' }, () => hasRows() && t('requests.showing', { n: list.rows().length })),
            () => list.next() && actButton({ text: t('requests.loadMore'), name: 'down', run: () => older(list) }))];
}

const focusRow = (id) => document.querySelector(`tr[data-id="${CSS.escape(id ?? '')}"] a`)?.focus({ preventScroll: true });

// The list stands where it stood; the row that was open has the focus again.
function comeBack(first, id) {
    if (!first.isKept)
        return;
    requestAnimationFrame(() => {
        scrollTo(0, first.scroll);
        if (!id)
            focusRow(first.opened);
    });
}

function keep(list, opened) {
    kept = { asked: list.asked, rows: list.rows.peek(), next: list.next.peek(), isOff: list.isOff.peek(), isPaused: list.isPaused.peek(), opened, scroll: scrollY, atMs: Date.now() };
}

const idOf = ({ parts }) => (parts[0] === 'requests' ? parts[1] ?? null : null);

async function openOne(id, detail, list) {
    const rows = list.rows.peek();
    const at = rows.findIndex((r) => r.id === id);
    try {
        await openRequest(id, detail, at < 0 ? {} : { newer: rows[at - 1]?.id, older: rows[at + 1]?.id });
    } catch (e) {
        complain(t('requests.one'), e);
    }
    if (idOf(place.peek()) !== id)
        return;
    go(['requests'], query.peek());
    focusRow(id);
}

// first: {id, detail} of the request that the address names already, or null.
function followAddress(list, first) {
    const where = here();
    const main = document.querySelector('main');
    let turn = 0;
    const show = async (id) => {
        const mine = ++turn;
        main.setAttribute('aria-busy', String(id !== null));
        if (id === null)
            return;
        const detail = await fetchRequest(id, list.rows.peek().find((r) => r.id === id) ?? null, list.isOff.peek());
        if (mine !== turn)
            return;
        main.setAttribute('aria-busy', 'false');
        inScope(where, () => openOne(id, detail, list));
    };
    let opened = first?.id ?? null;
    if (first)
        openOne(first.id, first.detail, list);
    effect(() => {
        const at = place();
        const id = idOf(at);
        if (at.parts[0] !== 'requests' || id === opened)
            return;
        opened = id;
        untracked(() => show(id));
    });
    onEnd(() => turn++);
    return () => opened;
}

async function fetchFirst() {
    const asked = askedOf(query.peek());
    standing?.();
    if (kept?.asked === asked && Date.now() - kept.atMs < KEPT_MS)
        return { ...kept, isKept: true };
    return { ...await fetchPage(filtersOf(query.peek())), asked };
}

function connect(list, first) {
    on(['request'], (record) => arrive(list, record));
    every(FLUSH_MS, () => flush(list));
    follow([], () => refresh(list), { ms: 2000 });
    effect(() => {
        const now = askedOf(query());
        untracked(() => now !== list.asked && reload(list));
    });
    if (first.isKept)
        after(0, () => refresh(list).catch(() => {}));
}

export async function view({ params }) {
    const id = params[0];
    const [first, known] = await Promise.all([fetchFirst(), fetchKnown()]);
    const detail = id ? await fetchRequest(id, first.rows.find((r) => r.id === id) ?? null, first.isOff) : null;
    return () => {
        const list = feedOf(first);
        const names = computed(() => columnsOf(query().cols).join());
        connect(list, first);
        const opened = followAddress(list, id ? { id, detail } : null);
        comeBack(first, id);
        standing = () => keep(list, opened());
        onEnd(() => {
            standing();
            standing = null;
        });
        return h('div', { class: 'requests-view' }, head(t('requests.title'), t('requests.lead'), liveButton(list), columnMenu(() => names().split(',')), csv(list)),
            filterForm(signal(known)), activeFilters(), waitingBar(list), body(list, names, first.scroll));
    };
}
