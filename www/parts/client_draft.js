// SPDX-License-Identifier: MIT
// client_draft - a client key as its editor holds it, what of it is to be sent, and how much of its budget is used.
//
// Nothing here knows of the page: what is sent is tried without one.

const NUMBERS = ['concurrency', 'rpm', 'tpm'];
const sizes = [['G', 1e9], ['M', 1e6], ['k', 1e3]];

// 5000000 → "5M", as budgets are written in files.
export function countText(n) {
    if (!n)
        return '';
    for (const [letter, size] of sizes)
        if (n >= size && n % size === 0)
            return `${n / size}${letter}`;
    return String(n);
}

const two = (n) => String(n).padStart(2, '0');

// A moment as <input type="datetime-local"> has it, in the time of this machine.
export function localTime(v) {
    if (!v)
        return '';
    const d = new Date(v);
    return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

export const rfcTime = (v) => (v ? new Date(v).toISOString().replace(/\.\d+Z$/, 'Z') : null);

// What the editor's fields hold; client: as the gateway tells it, null: a new one.
export const draftOf = (client) => ({
    id: client?.id ?? '',
    label: client?.label ?? '',
    expires: localTime(client?.expires),
    models: client?.models ?? [],
    families: client?.families ?? [],
    concurrency: client?.caps.concurrency || null,
    rpm: client?.caps.rpm || null,
    tpm: client?.caps.tpm || null,
    money: client?.budget.money ?? '',
    tokens: countText(client?.budget.tokens),
    period: client?.budget.period ?? 'month',
    priced: client?.budget.priced_only ?? false,
});

const orNull = (text) => (String(text ?? '').trim() === '' ? null : String(text).trim());

// Empty rows of a list are no entries; no entry at all is "all", which is said by leaving it
// out.
function listOrNull(list) {
    const kept = [...new Set(list.map((text) => text.trim()).filter(Boolean))];
    return kept.length ? kept : null;
}

function whole(draft) {
    return {
        label: orNull(draft.label),
        expires: rfcTime(draft.expires),
        models: listOrNull(draft.models),
        families: listOrNull(draft.families),
        caps: Object.fromEntries(NUMBERS.map((name) => [name, draft[name] || null])),
        budget: { money: orNull(draft.money), tokens: orNull(draft.tokens),
            period: draft.period, priced_only: draft.priced },
    };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function different(from, to) {
    const out = {};
    for (const [name, value] of Object.entries(to)) {
        if (same(value, from[name]))
            continue;
        const isGroup = value && typeof value === 'object' && !Array.isArray(value);
        out[name] = isGroup ? different(from[name], value) : value;
    }
    return out;
}

function withoutNulls(object) {
    const out = {};
    for (const [name, value] of Object.entries(object)) {
        const kept = value && typeof value === 'object' && !Array.isArray(value)
            ? withoutNulls(value) : value;
        if (kept !== null && kept !== false
            && !(typeof kept === 'object' && !Array.isArray(kept)
            && Object.keys(kept).length === 0))
            out[name] = kept;
    }
    return out;
}

// The body that makes it; its id only if somebody chose one.
export function bodyOfNew(draft) {
    const body = withoutNulls(whole(draft));
    if (!body.budget?.money && !body.budget?.tokens)
        delete body.budget; // a period without a limit says nothing
    return orNull(draft.id) ? { id: orNull(draft.id), ...body } : body;
}

// What is different, as a patch: null takes a member back.  {}: nothing.
export const bodyOfChange = (before, draft) => different(whole(before), whole(draft));

export const isChanged = (before, draft) => !same(before, draft);

const share = (part, all) => (all > 0 ? Math.min(100, Math.max(0, (part / all) * 100))
    : part > 0 ? 100 : 0);

// One limit: {unit, limit, spent, reserved, left, spentShare, reservedShare (percent), tone};
// limit null: none.
function bar(unit, limit, spent, reserved, left) {
    const spentShare = share(spent, limit ?? 0);
    const reservedShare = Math.min(100 - spentShare, share(reserved, limit ?? 0));
    const used = spentShare + reservedShare;
    return { unit, limit, spent, reserved, left, spentShare, reservedShare,
        tone: limit === null ? '' : used >= 100 ? 'bad' : used >= 80 ? 'warn' : 'good' };
}

// The limits of its budget, else what it has spent: in money if it cost some.
export function usageBars(client) {
    const { spent, reserved, left } = client.usage;
    const money = left.micro === null ? null : left.micro + spent.micro;
    const limit = client.budget.money === '' ? null
        : Math.round(Number(client.budget.money) * 1e6);
    const bars = [];
    if (limit !== null)
        bars.push(bar('money', Number.isFinite(limit) ? limit : money, spent.micro,
            reserved.micro, left.micro));
    if (client.budget.tokens > 0)
        bars.push(bar('tokens', client.budget.tokens, spent.tokens, reserved.tokens,
            left.tokens));
    if (bars.length)
        return bars;
    const plain = [bar('tokens', null, spent.tokens, reserved.tokens, null)];
    return spent.micro || reserved.micro
        ? [bar('money', null, spent.micro, reserved.micro, null), ...plain] : plain;
}
