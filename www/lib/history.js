// SPDX-License-Identifier: MIT
// history - the list of requests without its looks: what the address asks for, what a live one is counted to, how pages and live ones join.
//
// The address's query is the only place where filters live, so that what is on the screen can be sent to somebody.  Live
// requests are judged here as the gateway judges them, so that a filtered list stays filtered.

export const FILTERS = ['q', 'since', 'until', 'channel', 'key', 'client', 'model', 'family', 'status', 'outcome', 'end', 'session'];
export const PAGE = 100;
export const LIVE_MOST = 300; // rows that live ones may grow the list to, if nobody has loaded more

export const COLUMNS = ['time', 'outcome', 'family', 'model', 'channel', 'client', 'attempts', 'content', 'total', 'input', 'output', 'cost',
    'end', 'key', 'sent', 'cache', 'bytes', 'session', 'id'];
export const COLUMNS_SHOWN = ['time', 'outcome', 'family', 'model', 'channel', 'client', 'content', 'total', 'input', 'output', 'cost'];

// What is asked of the gateway: the filters of an address that say something.
export const filtersOf = (query) => Object.fromEntries(FILTERS.filter((name) => query[name]).map((name) => [name, query[name]]));

// "time,model" → names that there are, in our order; nothing said, or nothing known: those shown at first.
export function columnsOf(text) {
    const asked = new Set((text ?? '').split(','));
    const known = COLUMNS.filter((name) => asked.has(name));
    return known.length ? known : COLUMNS_SHOWN;
}

// The other way; what is shown at first needs no word in the address.
export function columnsText(names) {
    const wanted = COLUMNS.filter((name) => names.includes(name));
    return wanted.join() === COLUMNS_SHOWN.join() ? '' : wanted.join();
}

// "429", "5xx", "400-499"; undefined: it is none of these.
export function statusSpan(text) {
    const told = text.trim();
    if (/^[1-5]xx$/.test(told))
        return [Number(told[0]) * 100, Number(told[0]) * 100 + 99];
    const [, first, last] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(told) ?? [];
    return first === undefined ? undefined : [Number(first), Number(last ?? first)];
}

// A time or how long ago; ms, undefined: neither.
export function momentOf(text, now = Date.now()) {
    const [, n, unit] = /^(\d+)(s|m|h|d)$/.exec(text) ?? [];
    if (unit)
        return now - Number(n) * { s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[unit];
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : at;
}

const SAME = ['key', 'client', 'model', 'family', 'outcome', 'end', 'session'];

// Whether a live request belongs to what is shown.  It tells of its last channel alone: one that was only tried on its way
// is found when the list is asked for again.
export function fits(record, filters, now = Date.now()) {
    const at = Date.parse(record.time);
    if (SAME.some((name) => filters[name] && record[name] !== filters[name]))
        return false;
    if (filters.channel && record.channel !== filters.channel)
        return false;
    const span = filters.status && statusSpan(filters.status);
    if (span && (record.status < span[0] || record.status > span[1]))
        return false;
    if (filters.since && at < momentOf(filters.since, now) || filters.until && at >= momentOf(filters.until, now))
        return false;
    const q = filters.q?.trim();
    return !q || record.session === q || record.id === q || q.length >= 6 && record.id.startsWith(q.toUpperCase());
}

// Where the page behind a record begins, as the gateway's own "next" says it.
export const cursorOf = (record) => `${Date.parse(record.time)}.${record.id}`;

const newestFirst = (a, b) => Date.parse(b.time) - Date.parse(a.time) || (a.id < b.id ? 1 : -1);

// Adds records to a list, the newest first, none twice, at most so many: {rows, next}; next: undefined: as it was.
export function merge(rows, more, most = Infinity) {
    const known = new Set(rows.map((r) => r.id));
    const fresh = more.filter((r) => !known.has(r.id) && known.add(r.id));
    if (!fresh.length)
        return { rows };
    const all = [...fresh, ...rows].sort(newestFirst);
    if (all.length <= most)
        return { rows: all };
    const kept = all.slice(0, most);
    return { rows: kept, next: cursorOf(kept.at(-1)) };
}

// A first page that was asked for again: does it reach what is shown already?  If not, what is between is not known.
export const reaches = (page, rows) => !rows.length || page.some((r) => r.id === rows[0].id) || page.length > 0 && newestFirst(page.at(-1), rows[0]) > 0;

// End codes: two letters; who ended it, and when.
export const endOf = (end) => ({ who: end?.[0] ?? '-', when: end?.[1] ?? '-' });

// Tokens by kind, those that are known: [['input', 12], ...].
const KINDS = ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'input_tools', 'output', 'reasoning', 'searches'];
export const tokensOf = (tokens = {}) => KINDS.filter((name) => tokens[name] !== undefined).map((name) => [name, tokens[name]]);

// What of the input came from the cache, in per cent; null: not known.
export function cacheRate(tokens = {}) {
    const { input = 0, cache_read: read, cache_write_5m: five = 0, cache_write_1h: hour = 0 } = tokens;
    const all = input + (read ?? 0) + five + hour;
    return read === undefined || all === 0 ? null : (read / all) * 100;
}
