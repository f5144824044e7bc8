// SPDX-License-Identifier: MIT
// request_feed - the list of requests as it grows: pages of the history, live ones, those that are held back while it is paused.

import { get } from '../lib/api.js';
import { filtersOf, fits, LIVE_MOST, merge, PAGE, reaches } from '../lib/history.js';
import { query } from '../lib/router.js';
import { signal } from '../lib/signal.js';

export const askedOf = (q) => JSON.stringify(filtersOf(q));

// {rows, next, isOff}; isOff: no history is kept.
export async function fetchPage(filters, cursor) {
    try {
        const page = await get('api/history', { ...filters, limit: PAGE, after: cursor });
        return { rows: page.requests, next: page.next ?? null, isOff: false };
    } catch (e) {
        if (e.status === 404)
            return { rows: [], next: null, isOff: true };
        throw e;
    }
}

// first: a page, or a feed as it was kept.
export const feedOf = (first) => ({
    rows: signal(first.rows), next: signal(first.next), isOff: signal(first.isOff), isPaused: signal(first.isPaused ?? false), fault: signal(null),
    waiting: signal([]), // live ones that are held back
    tooMany: signal(0), // of them, those that are not kept
    arrived: [], // since the last flush
    asked: first.asked,
    most: Math.max(LIVE_MOST, first.rows.length),
});

function show(feed, records, most) {
    const joined = merge(feed.rows.peek(), records, most);
    feed.rows.set(joined.rows);
    if (joined.next)
        feed.next.set(joined.next);
}

export function flush(feed) {
    const now = feed.arrived;
    feed.arrived = [];
    if (!now.length)
        return;
    if (!feed.isPaused.peek()) {
        show(feed, now, feed.most);
        return;
    }
    const held = merge(feed.waiting.peek(), now).rows;
    feed.tooMany.update((n) => n + Math.max(0, held.length - LIVE_MOST));
    feed.waiting.set(held.slice(0, LIVE_MOST));
}

export function arrive(feed, record) {
    if (fits(record, filtersOf(query.peek())))
        feed.arrived.push(record);
    if (feed.arrived.length > LIVE_MOST * 2)
        feed.arrived = feed.arrived.slice(-LIVE_MOST);
}

function replace(feed, page) {
    feed.rows.set(page.rows);
    feed.next.set(page.next);
    feed.isOff.set(page.isOff);
    feed.fault.set(null);
    feed.waiting.set([]);
    feed.tooMany.set(0);
    feed.most = LIVE_MOST;
}

// Anew from the top; if something else is asked for meanwhile, that wins.
export async function reload(feed) {
    const mine = askedOf(query.peek());
    feed.asked = mine;
    feed.arrived = [];
    try {
        const page = await fetchPage(filtersOf(query.peek()));
        if (mine === feed.asked)
            replace(feed, page);
    } catch (e) {
        if (mine === feed.asked)
            feed.fault.set(e);
    }
}

// After something may have been missed: what is new is joined; if that leaves a gap, the list begins anew.
export async function refresh(feed) {
    const mine = feed.asked;
    const page = await fetchPage(filtersOf(query.peek()));
    if (mine !== feed.asked)
        return;
    feed.fault.set(null);
    feed.isOff.set(page.isOff);
    if (page.isOff)
        return;
    if (!feed.isPaused.peek() && !reaches(page.rows, feed.rows.peek())) {
        replace(feed, page);
        return;
    }
    const known = new Set(feed.rows.peek().map((r) => r.id));
    feed.arrived.push(...page.rows.filter((r) => !known.has(r.id)));
    flush(feed);
}

export async function older(feed) {
    const mine = feed.asked;
    const page = await fetchPage(filtersOf(query.peek()), feed.next.peek());
    if (mine !== feed.asked)
        return;
    show(feed, page.rows, Infinity);
    feed.most = Math.max(feed.most, feed.rows.peek().length);
    feed.next.set(page.next);
}

export function resume(feed) {
    feed.isPaused.set(false);
    if (feed.tooMany.peek()) {
        reload(feed);
        return;
    }
    show(feed, feed.waiting.peek(), feed.most);
    feed.waiting.set([]);
}
