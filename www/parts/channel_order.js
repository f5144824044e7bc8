// SPDX-License-Identifier: MIT
// channel_order - which channels a client API has, in which order, and what a move makes of it; knows no page.

export const serves = (channel, family) => !family || channel.families.length === 0 || channel.families.includes(family);

// channels: in the common order.  own: the ids that the client API puts first.  Paused ones keep their place in the list;
// those in reserve stand apart.
export function listFor(channels, family, own = []) {
    const mine = channels.filter((c) => serves(c, family));
    const place = new Map(own.map((id, i) => [id, i]));
    const named = mine.filter((c) => place.has(c.id)).sort((a, b) => place.get(a.id) - place.get(b.id));
    const all = [...named, ...mine.filter((c) => !place.has(c.id))];
    return { line: all.filter((c) => c.status !== 'disabled'), reserve: all.filter((c) => c.status === 'disabled') };
}

// to: -1 and 1 for one place among those that are seen, 'top', 'bottom'.  The same list where nothing moves.
export function moved(ids, id, to, isSeen = () => true) {
    const from = ids.indexOf(id);
    let at = to === 'top' ? 0 : to === 'bottom' ? ids.length - 1 : from + to;
    while (typeof to === 'number' && at >= 0 && at < ids.length && !isSeen(ids[at]))
        at += to;
    if (from < 0 || at === from || at < 0 || at >= ids.length)
        return ids;
    const next = ids.filter((other) => other !== id);
    next.splice(at, 0, id);
    return next;
}

// Who was dragged: the one whose place has changed the most.
export function mostMoved(before, after) {
    const way = (id) => Math.abs(after.indexOf(id) - before.indexOf(id));
    return after.reduce((most, id) => (way(id) > way(most) ? id : most), after[0]);
}

// Channels in the order of ids; those that ids does not know stand behind.
export function arranged(channels, ids) {
    const place = new Map(ids.map((id, i) => [id, i]));
    return channels.map((c, i) => [place.get(c.id) ?? ids.length + i, c]).sort((a, b) => a[0] - b[0]).map(([, c]) => c);
}

// Every word of the search stands somewhere in it.
export function found(channel, search) {
    if (!search)
        return true;
    const { id, name, dialect, description, website, base_urls: urls } = channel;
    const text = [id, name, dialect, description, website, ...urls.map(String)].join('\n').toLowerCase();
    return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
