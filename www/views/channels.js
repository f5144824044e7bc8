// SPDX-License-Identifier: MIT
// channels - the channels of a client API in the order in which they are asked, with those in reserve below.

import { get, patch } from '../lib/api.js';
import { each, h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow, state } from '../lib/live.js';
import { afterPaint, complete, fitting } from '../lib/paint.js';
import { query, setQuery } from '../lib/router.js';
import { computed, effect, onEnd, signal } from '../lib/signal.js';
import { act, edit, testAll } from '../parts/channel_acts.js';
import { makeBoard } from '../parts/channel_board.js';
import { figureHeads } from '../parts/channel_figures.js';
import { dragging } from '../parts/channel_mover.js';
import { mostMoved, serves } from '../parts/channel_order.js';
import { channelRow } from '../parts/channel_row.js';
import { familyBar } from '../parts/family_bar.js';
import { actButton, empty, head } from '../parts/ui.js';
import '../text/channels.js';

const FIRST = ['messages', 'responses', 'gemini', 'chat'];
const FILTERS = ['', 'serving', 'trouble', 'paused', 'reserve'];
const MOST = 2048;
const STATS_MS = 5000;
const ROW_PX = 84; // with what is between two

let standing = null; // what the screen that stands knows

// What the screen knows; family: '' for all.  It is the same for all client APIs: from one to another nothing has to be fetched
// before it is shown, as long as the stream has kept it up to date.
function makeStore(wanted) {
    const known = state.peek() === 'live' ? standing : null;
    const channels = signal(known?.channels.peek() ?? []);
    const etag = signal(known?.etag.peek() ?? ''); // of the common order
    const families = signal(known?.families.peek() ?? []);
    const family = signal(families.peek().find((f) => f.name === wanted) ?? null);
    const numbers = signal(known?.numbers.peek() ?? new Map());
    const activity = signal(known?.activity.peek() ?? null);
    const load = async () => {
        const [list, told] = await Promise.all([get('api/channels', { brief: 'true' }), get('api/families')]);
        channels.set(list.channels);
        etag.set(list.order_etag ?? '');
        families.set(told.families);
        family.set(told.families.find((f) => f.name === wanted) ?? null);
    };
    const loadNumbers = async () => {
        const { rows } = await get('api/statistics', { window: '15m', by: 'channel', limit: MOST });
        numbers.set(new Map(rows.map((row) => [row.channel ?? row.name, row])));
    };
    const loadActivity = async () => activity.set(await get('api/statistics/activity'));
    return { isKnown: known !== null, channels, etag, families, family, numbers, activity, load, loadNumbers, loadActivity };
}

const rank = (name) => FIRST.indexOf(name) + 1 || FIRST.length + 1;

function tabs(store) {
    const names = computed(() => store.families().map((f) => f.name).sort((a, b) => rank(a) - rank(b)).join(' '));
    const counted = (name) => store.channels().filter((c) => serves(c, name) && c.status === 'active').length;
    const tab = (name, text) => h('a', {
        href: `#/channels/${encodeURIComponent(name || 'all')}`,
        title: () => t('channels.tabCount', { n: counted(name) }),
        'aria-current': (store.family.peek()?.name ?? '') === name ? 'page' : null,
    }, text, h('span', { class: 'faint' }, () => String(counted(name))));
    const nav = h('nav', { class: 'tabs', 'aria-label': t('channels.families') }, () => [
        ...names().split(' ').filter(Boolean).map((name) => tab(name, tOr('family', name))),
        tab('', t('channels.allFamilies')),
    ]);
    // On a phone they go beyond the edge: where one is must be seen.
    const look = () => nav.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    requestAnimationFrame(look);
    return nav;
}

function filters(board) {
    const isEmpty = computed(() => board.all().length === 0);
    return h('div', { class: 'channel-filters', role: 'search', hidden: isEmpty },
        h('label', { class: 'channel-search' }, h('span', { class: 'unseen' }, t('channels.search')), icon('search'),
            h('input', { type: 'search', placeholder: t('channels.search'), autocomplete: 'off', spellcheck: 'false',
                value: () => query().search ?? '', oninput: (e) => setQuery({ search: e.target.value }) })),
        h('label', h('span', { class: 'unseen' }, t('channels.filter')),
            h('select', { value: () => query().state ?? '', onchange: (e) => setQuery({ state: e.target.value }) },
                FILTERS.map((name) => h('option', { value: name }, t(`channels.filter.${name || 'all'}`))))),
        h('p', { role: 'status', class: 'soft' },
            () => board.isFiltered() && t('channels.matching', { n: board.shown() })));
}

// All that are shown; those in reserve, too: a test asks what one may expect of them.
function testButton(board) {
    const progress = signal(null);
    const run = async () => {
        const list = board.all.peek().filter(board.isShown);
        progress.set({ n: 0, of: list.length });
        try {
            await testAll(list, (n, of) => progress.set({ n, of }));
        } finally {
            progress.set(null);
        }
    };
    return actButton({ text: () => (progress() ? t('channels.testAllRuns', progress()) : t('channels.testAll')),
        name: 'bolt', fault: t('channels.testAll'), disabled: () => board.all().length === 0, run });
}

const lineHead = () => h('div', { class: 'channel channels-head', 'aria-hidden': 'true' },
    h('span'), h('span', t('channels.channel')), h('div', { class: 'figures' }, figureHeads()),
    h('span', t('channels.health')), h('span'));

const someAtOnce = () => ({ most: fitting(ROW_PX), rowPx: ROW_PX });

function lineOf(board, drag) {
    const list = each(h('ol', { class: 'channels', 'aria-labelledby': 'channels-line' }),
        board.line, (c) => c.id, (c, place) => channelRow(c, place, board), someAtOnce());
    let before = [];
    const dragger = dragging(list, {
        canDrag: board.canMove,
        begun: () => {
            complete(list);
            before = board.line.peek().map((c) => c.id);
            drag.isOn = true;
        },
        ended: (ids) => {
            drag.isOn = false;
            const isChanged = ids.some((id, i) => id !== before[i]);
            if (isChanged && board.mover.set(ids))
                board.told(mostMoved(before, ids));
            if (drag.isMissed)
                board.load();
            drag.isMissed = false;
        },
    });
    effect(() => dragger.update(board.canMove()));
    return [lineHead(), list];
}

const section = (id, title, lead, ...children) => h('section', { class: 'channels-part', 'aria-labelledby': id },
    h('div', h('h2', { id }, title), lead), children);

function reserveOf(board) {
    const isEmpty = computed(() => board.reserve().length === 0);
    return section('channels-reserve', t('channels.reserve'), h('p', { class: 'soft' }, t('channels.reserveLead')),
        each(h('ul', { class: 'channels', 'aria-labelledby': 'channels-reserve' }),
            board.reserve, (c) => c.id, (c, place) => channelRow(c, place, board, true), someAtOnce()),
        () => isEmpty() && h('p', { class: 'faint' }, t('channels.noReserve')));
}

// Whose order it is, and the way back to that of all; or who has fixed it.
function orderLine(store, board) {
    const hasOwn = computed(() => Boolean(store.family()?.own.order.length));
    const back = () => act(t('channels.backToCommon'), async () => {
        const { name, etag } = store.family.peek();
        store.family.set(await patch(`api/families/${encodeURIComponent(name)}`, { order: null }, { etag }));
    }, { said: t('channels.backToCommonDone'), done: board.done });
    return () => {
        if (!board.canMove())
            return h('p', { class: 'row soft' }, icon('lock'), board.whyFixed());
        return hasOwn() && h('p', { class: 'row soft' }, t('channels.ownOrder'),
            actButton({ text: t('channels.backToCommon'), name: 'reset', class: 'button quiet', run: back }));
    };
}

function body(store, board, drag) {
    const isEmpty = computed(() => board.all().length === 0);
    const noneFits = computed(() => board.shown() === 0);
    const noLine = computed(() => board.line().length === 0);
    const add = () => edit(null, board.family, board.done);
    const text = board.family ? t('channels.none', { family: tOr('family', board.family) }) : t('channels.noneAll');
    const addFirst = () => h('button', { type: 'button', class: 'button primary', onclick: add },
        icon('plus'), h('span', t('channels.addFirst')));
    return () => (isEmpty() ? empty(text, h('p', t('channels.addLead')), addFirst())
        : h('div', { class: 'stack' },
            section('channels-line', t('channels.line'), orderLine(store, board), lineOf(board, drag),
                () => noLine() && empty(t('channels.noLine'))),
            () => noneFits() && empty(t('channels.noneFits')),
            reserveOf(board)));
}

function followAll(store, board, drag) {
    // A list does not change below a hand that drags.
    const load = async () => {
        drag.isMissed ||= drag.isOn;
        if (!drag.isOn)
            await store.load();
    };
    effect(() => store.activity() && board.strips.fill(store.activity()));
    follow(['channel', 'key', 'config'], load);
    follow(['stats'], async () => {
        await Promise.all([load(), store.loadNumbers()]);
    }, { ms: STATS_MS });
    follow([], store.loadActivity);
}

export async function view({ params }) {
    const store = makeStore(params[0] ?? FIRST[0]);
    // Without its numbers a list is still a list.
    const quiet = (promise) => promise.catch(() => {});
    const loadAll = () => Promise.all([store.load(), quiet(store.loadNumbers()), quiet(store.loadActivity())]);
    if (!store.isKnown)
        await loadAll();
    return () => {
        standing = store;
        onEnd(() => {
            standing = null;
        });
        if (store.isKnown)
            afterPaint(() => quiet(loadAll()));
        const drag = { isOn: false, isMissed: false };
        const board = makeBoard(store);
        followAll(store, board, drag);
        const add = () => edit(null, board.family, board.done);
        return h('div',
            head(t('channels.title'), board.family ? t('channels.lead') : t('channels.allLead'), testButton(board),
                h('button', { type: 'button', class: 'button primary', onclick: add },
                    icon('plus'), h('span', t('channels.add')))),
            tabs(store), store.family.peek() && familyBar(store.family, board.done), filters(board),
            h('p', { id: board.hintId, class: 'unseen' }, t('channels.moveHint')), body(store, board, drag));
    };
}
