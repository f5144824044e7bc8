// SPDX-License-Identifier: MIT
// channel_board - what the rows of a list share: who is shown, in which order, what a move does, where the focus goes.

import { t } from '../lib/i18n.js';
import { query } from '../lib/router.js';
import { computed, every, signal } from '../lib/signal.js';
import { announce } from '../lib/toast.js';
import { nameOf } from './channel_acts.js';
import { openDetails } from './channel_details.js';
import { makeMover } from './channel_mover.js';
import { arranged, found, listFor, moved } from './channel_order.js';
import { isFixed, kindOf, stateOf } from './channel_state.js';
import { makeStrips } from './strip.js';
import '../text/channels.js';

const TICK_MS = 10000;

const rowOf = (id) => document.querySelector(`.channel[data-id="${CSS.escape(id)}"]`);

// What was done may have taken away what had the focus: its row's menu has it then, or that of the row which
// stands there now.
function keepFocus(id, place) {
    const { activeElement } = document;
    if (activeElement && activeElement !== document.body)
        return;
    const rows = [...document.querySelectorAll('.channels > .channel:not([hidden])')];
    const row = (id && rowOf(id)) ?? rows[Math.min(place ?? 0, rows.length - 1)];
    const target = id ? row?.querySelector('.channel-acts button') : null;
    (target ?? document.querySelector('main h1'))?.focus({ preventScroll: true });
}

function makeFilter() {
    const search = computed(() => (query().search ?? '').trim());
    const state = computed(() => query().state ?? '');
    return {
        isShown: (c) => found(c, search()) && (!state() || kindOf(stateOf(c)) === state()),
        isFiltered: computed(() => Boolean(search() || state())),
    };
}

// {line, reserve, all}: signals of channels; line is as somebody wants it while it is being saved.
function makeLists(store, family) {
    const parts = computed(() => listFor(store.channels(), family, store.family()?.own.order ?? []));
    const spare = () => parts.peek().reserve.map((c) => c.id);
    const mover = makeMover({ family: store.family, etag: store.etag, spare, load: store.load });
    const line = computed(() => (mover.wanted() ? arranged(parts().line, mover.wanted()) : parts().line));
    const reserve = computed(() => parts().reserve);
    return { line, reserve, all: computed(() => [...line(), ...reserve()]), mover };
}

// store: what views/channels.js knows.
export function makeBoard(store) {
    const family = store.family.peek()?.name ?? '';
    const lists = makeLists(store, family);
    const filter = makeFilter();
    const tick = signal(0);
    every(TICK_MS, () => tick.update((v) => v + 1));
    const told = (id) => {
        const all = lists.line.peek();
        const place = all.findIndex((c) => c.id === id);
        announce(t('channels.movedTo', { name: nameOf(all[place]), place: place + 1, of: all.length }));
    };
    const move = (id, to) => {
        const seen = new Set(lists.line.peek().filter(filter.isShown).map((c) => c.id));
        const before = lists.line.peek().map((c) => c.id);
        const next = moved(before, id, to, (other) => seen.has(other));
        if (next === before || lists.mover.set(next))
            told(id);
    };
    const load = () => store.load().catch(() => {});
    return {
        family, ...lists, ...filter, tick, move, told, load, openDetails,
        numbers: store.numbers, strips: makeStrips(), hintId: 'channels-move-hint',
        done: async (id = null, place = 0) => {
            await load();
            queueMicrotask(() => keepFocus(id, place));
        },
        shown: computed(() => lists.all().filter(filter.isShown).length),
        canMove: computed(() => !store.family()?.locked),
        whyFixed: () => t('channels.orderFixed', { where: store.family()?.where ?? '' }),
        count: () => lists.line.peek().length,
        isStatusLocked: (c) => isFixed(c, 'status'),
        isLast: (c) => c.status === 'active' && !store.channels.peek().some((other) => other !== c && other.status === 'active'),
    };
}
