// SPDX-License-Identifier: MIT
// channels - the channels of a client API in the order in which they are asked, with those in reserve below.

import { get, patch } from '../lib/api.js';
import { each, h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { query, setQuery } from '../lib/router.js';
import { computed, effect, every, signal } from '../lib/signal.js';
import { announce } from '../lib/toast.js';
import { act, edit, nameOf, testAll } from '../parts/channel_acts.js';
import { makeDetails } from '../parts/channel_details.js';
import { dragging, makeMover } from '../parts/channel_mover.js';
import { arranged, found, listFor, moved, serves } from '../parts/channel_order.js';
import { channelRow } from '../parts/channel_row.js';
import { kindOf, stateOf } from '../parts/channel_state.js';
import { familyBar } from '../parts/family_bar.js';
import { makeStrips } from '../parts/strip.js';
import { actButton, empty, head } from '../parts/ui.js';
import '../text/channels.js';

const FIRST = ['messages', 'responses', 'gemini', 'chat'];
const FILTERS = ['', 'serving', 'trouble', 'paused', 'reserve'];
const MOST = 2048;

// What the screen knows; family: '' for all.
function makeStore(wanted) {
    const channels = signal([]);
    const families = signal([]);
    const family = signal(null);
    const numbers = signal(new Map());
    const activity = signal(null);
    const load = async () => {
        const [list, told] = await Promise.all([get('api/channels', { brief: 'true' }), get('api/families')]);
        channels.set(list.channels);
        families.set(told.families);
        family.set(told.families.find((f) => f.name === wanted) ?? null);
    };
    const loadNumbers = async () => {
        const { rows } = await get('api/statistics', { window: '15m', by: 'channel', limit: MOST });
        numbers.set(new Map(rows.map((row) => [row.channel ?? row.name, row])));
    };
    const loadActivity = async () => activity.set(await get('api/statistics/activity'));
    return { wanted, channels, families, family, numbers, activity, load, loadNumbers, loadActivity };
}

function tabs(store) {
    const names = computed(() => store.families().map((f) => f.name).sort((a, b) => (FIRST.indexOf(a) + 1 || 99) - (FIRST.indexOf(b) + 1 || 99)).join(' '));
    const count = (name) => h('span', { class: 'faint' }, () => String(store.channels().filter((c) => serves(c, name) && c.status === 'active').length));
    const tab = (name, text) => h('a', { href: `#/channels/${encodeURIComponent(name || 'all')}`, 'aria-current': (store.family.peek()?.name ?? '') === name ? 'page' : null }, text, count(name));
    return h('nav', { class: 'tabs', 'aria-label': t('channels.families') }, () => [
        ...names().split(' ').filter(Boolean).map((name) => tab(name, tOr('family', name))), tab('', t('channels.allFamilies'))]);
}

function filters(shown, isFiltered) {
    return h('div', { class: 'channel-filters', role: 'search' },
        h('label', { class: 'channel-search' }, h('span', { class: 'unseen' }, t('channels.search')), icon('search'),
            h('input', { type: 'search', placeholder: t('channels.search'), autocomplete: 'off', spellcheck: 'false', value: query.peek().search ?? '', oninput: (e) => setQuery({ search: e.target.value }) })),
        h('label', h('span', { class: 'unseen' }, t('channels.filter')),
            h('select', { value: query.peek().state ?? '', onchange: (e) => setQuery({ state: e.target.value }) },
                FILTERS.map((name) => h('option', { value: name }, t(`channels.filter.${name || 'all'}`))))),
        h('p', { role: 'status', class: 'soft' }, () => isFiltered() && t('channels.matching', { n: shown() })));
}

function testButton(list) {
    const progress = signal(null);
    return actButton({ text: () => (progress() ? t('channels.testAllRuns', progress()) : t('channels.testAll')), name: 'bolt', fault: t('channels.testAll'), run: async () => {
        progress.set({ n: 0, of: list().length });
        try {
            await testAll(list.peek(), (n, of) => progress.set({ n, of }));
        } finally {
            progress.set(null);
        }
    } });
}

// The list's own state: who is shown, in which order, what a move does.
function makeBoard(store) {
    const search = signal('');
    const state = signal('');
    effect(() => {
        search.set((query().search ?? '').trim());
        state.set(query().state ?? '');
    });
    const family = store.family.peek()?.name ?? '';
    const parts = computed(() => listFor(store.channels(), family, store.family()?.own.order ?? []));
    const mover = makeMover({ family: store.family, spare: () => parts.peek().reserve.map((c) => c.id), load: store.load });
    const line = computed(() => (mover.wanted() ? arranged(parts().line, mover.wanted()) : parts().line));
    const reserve = computed(() => parts().reserve);
    const tick = signal(0);
    every(10000, () => tick.update((v) => v + 1));
    const isShown = (c) => found(c, search()) && (!state() || kindOf(stateOf(c)) === state());
    const told = (id) => {
        const all = line.peek();
        announce(t('channels.movedTo', { name: nameOf(all.find((c) => c.id === id)), place: all.findIndex((c) => c.id === id) + 1, of: all.length }));
    };
    const move = (id, to) => {
        const before = line.peek().map((c) => c.id);
        const next = moved(before, id, to);
        if (next === before || mover.set(next))
            told(id);
    };
    return {
        family, line, reserve, mover, tick, isShown, move, told, numbers: store.numbers, strips: makeStrips(), hintId: 'channels-move-hint', done: () => store.load().catch(() => {}),
        isFiltered: computed(() => Boolean(search() || state())), shown: computed(() => [...line(), ...reserve()].filter(isShown).length),
        canMove: () => !store.family()?.locked, count: () => line.peek().length,
        isLast: (c) => c.status === 'active' && store.channels.peek().filter((other) => other.status === 'active').length === 1,
    };
}

function lineOf(board, drag) {
    const list = each(h('ol', { class: 'channels', 'aria-labelledby': 'channels-line' }), board.line, (c) => c.id, (c, place) => channelRow(c, place, board));
    const canDrag = () => board.canMove() && !board.isFiltered();
    let before = [];
    const dragger = dragging(list, {
        canDrag,
        begun: () => {
            before = board.line.peek().map((c) => c.id);
            drag.isOn = true;
        },
        ended: (ids) => {
            drag.isOn = false;
            const changed = ids.find((id, i) => id !== before[i]);
            if (changed !== undefined && board.mover.set(ids))
                board.told(mostMoved(before, ids));
        },
    });
    effect(() => dragger.update(canDrag()));
    return list;
}

// Who was dragged: the one whose place changed the most.
function mostMoved(before, ids) {
    const way = (id) => Math.abs(ids.indexOf(id) - before.indexOf(id));
    return ids.reduce((most, id) => (way(id) > way(most) ? id : most), ids[0]);
}

const section = (id, title, ...children) => h('section', { class: 'stack', 'aria-labelledby': id }, h('h2', { id }, title), children);

function reserveOf(board) {
    return section('channels-reserve', t('channels.reserve'), h('p', { class: 'soft' }, t('channels.reserveLead')),
        each(h('ul', { class: 'channels', 'aria-labelledby': 'channels-reserve' }), board.reserve, (c) => c.id, (c) => channelRow(c, null, board)),
        () => board.reserve().length === 0 && h('p', { class: 'faint' }, t('channels.noReserve')));
}

function commonOrder(store, board) {
    const back = () => act(t('channels.backToCommon'), async () => store.family.set(await patch(`api/families/${encodeURIComponent(board.family)}`, { order: null }, { etag: store.family.peek().etag })),
        { said: t('channels.backToCommonDone'), done: store.load });
    const hasOwn = computed(() => Boolean(store.family()?.own.order.length && !store.family().locked));
    return () => hasOwn() && h('p', { class: 'row soft' }, t('channels.ownOrder'), actButton({ text: t('channels.backToCommon'), name: 'reset', class: 'button quiet', run: back }));
}

function body(store, board, drag) {
    const isEmpty = computed(() => board.line().length + board.reserve().length === 0);
    const add = () => edit(null, board.family, board.done);
    const text = () => (board.family ? t('channels.none', { family: tOr('family', board.family) }) : t('channels.noneAll'));
    return () => (isEmpty()
        ? empty(text(), h('button', { type: 'button', class: 'button primary', onclick: add }, icon('plus'), h('span', t('channels.addFirst'))))
        : h('div', { class: 'stack' },
            section('channels-line', t('channels.line'), commonOrder(store, board), lineOf(board, drag)),
            () => board.shown() === 0 && empty(t('channels.noneFits')),
            reserveOf(board)));
}

function followAll(store, board, drag) {
    // A list does not change below a hand that drags.
    const load = async () => (drag.isOn ? undefined : store.load());
    effect(() => store.activity() && board.strips.fill(store.activity()));
    follow(['channel', 'key', 'config'], load);
    follow(['stats'], async () => {
        await Promise.all([load(), store.loadNumbers()]);
    }, { ms: 5000 });
    follow([], store.loadActivity);
}

export async function view({ params }) {
    const store = makeStore(params[0] ?? FIRST[0]);
    await Promise.all([store.load(), store.loadNumbers(), store.loadActivity()]);
    return () => {
        const drag = { isOn: false };
        const board = makeBoard(store);
        const details = makeDetails();
        board.openDetails = details.open;
        followAll(store, board, drag);
        const all = computed(() => [...board.line(), ...board.reserve()]);
        return h('div', head(t('channels.title'), board.family ? t('channels.lead') : t('channels.allLead'), testButton(all),
            h('button', { type: 'button', class: 'button primary', onclick: () => edit(null, board.family, board.done) }, icon('plus'), h('span', t('channels.add')))),
        tabs(store), store.family.peek() && familyBar(store.family, board.done), filters(board.shown, board.isFiltered),
        h('p', { id: board.hintId, class: 'unseen' }, t('channels.moveHint')), body(store, board, drag), details.node);
    };
}
