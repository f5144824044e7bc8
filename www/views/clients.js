// SPDX-License-Identifier: MIT
// clients - client keys: what each may do, how much of its budget is used, and the prices by which that is counted.

import { del, get, patch, post } from '../lib/api.js';
import { confirm, menuButton } from '../lib/dialog.js';
import { dateTime, money, number, relative, short } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { computed, signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';
import { usageBars } from '../parts/client_draft.js';
import { editClient, nameOf, newClient, rotateClient } from '../parts/client_editor.js';
import { pricesCard } from '../parts/prices.js';
import { actButton, card, chip, destroy, empty, head, table } from '../parts/ui.js';
import '../text/clients.js';

const SEARCH_FROM = 8; // so many keys need no search

const tones = { active: 'good', expired: 'bad', disabled: 'off' };
const pathOf = (client) => `api/clients/${encodeURIComponent(client.id)}`;

const amount = (b, n, currency) => (b.unit === 'money' ? money(n, currency) : t('clients.usageTokens', { n: short(n) }));

function usageLine(b, client) {
    const { currency } = client.usage;
    const period = t(`clients.usage.${b.limit === null ? 'month' : client.budget.period}`);
    const spent = b.limit === null ? amount(b, b.spent, currency) : t('clients.usageOf', { spent: amount(b, b.spent, currency), limit: amount(b, b.limit, currency) });
    const told = [`${spent} ${period}`];
    if (b.reserved > 0)
        told.push(t('clients.usageReserved', { reserved: amount(b, b.reserved, currency) }));
    told.push(b.limit === null ? t('clients.noLimit') : t('clients.usageLeft', { left: amount(b, b.left, currency) }));
    return h('div', { class: 'usage' },
        b.limit !== null && h('div', { class: `usage-bar ${b.tone}`, 'aria-hidden': 'true' },
            h('span', { style: { width: `${b.spentShare}%` } }), h('span', { class: 'reserved', style: { width: `${b.reservedShare}%` } })),
        h('p', told.join(' · ')));
}

const usageCell = (client) => h('div', { class: 'stack-tight' }, usageBars(client).map((b) => usageLine(b, client)));

function mayCell(client) {
    const { caps } = client;
    const limits = [caps.concurrency && t('clients.concurrencyShort', { n: caps.concurrency }), caps.rpm && `${number(caps.rpm)} RPM`, caps.tpm && `${short(caps.tpm)} TPM`].filter(Boolean);
    return h('div', { class: 'stack-tight' },
        h('p', t('clients.families'), ': ', client.families.length ? client.families.map((name) => tOr('family', name)).join(', ') : t('clients.all')),
        h('p', t('clients.models'), ': ', client.models.length ? h('code', client.models.join(', ')) : t('clients.all')),
        limits.length > 0 && h('p', { class: 'soft' }, limits.join(' · ')));
}

const nameCell = (client) => h('div', { class: 'stack-tight' }, h('strong', nameOf(client)),
    h('span', { class: 'faint mono' }, client.label ? `${client.id} · ${client.mask}` : client.mask),
    !client.managed && h('span', { class: 'field-lock faint row' }, icon('lock'), t('common.lockedBy', { where: client.where ?? '' })));

const stateCell = (client) => h('div', { class: 'stack-tight' }, chip(tOr('clients.state', client.state), tones[client.state] ?? 'off'),
    client.previous_until && h('span', { class: 'faint' }, t('clients.previous', { time: dateTime(client.previous_until) })));

async function setEnabled(client, enabled, load) {
    try {
        await patch(pathOf(client), { enabled }, { etag: client.etag });
        say(t('clients.changed', { name: nameOf(client) }));
    } catch (e) {
        complain(t('clients.changeFailed'), e);
    }
    await load();
}

async function resetUsage(client, load) {
    if (!await confirm({ title: t('clients.resetTitle'), name: nameOf(client), text: t('clients.resetText'), yes: t('clients.resetYes') }))
        return;
    try {
        await post(`${pathOf(client)}/reset`);
        say(t('clients.resetDone', { name: nameOf(client) }));
    } catch (e) {
        complain(t('clients.resetFailed'), e);
    }
    await load();
}

const remove = (client, load) => destroy({ title: t('clients.deleteTitle'), name: nameOf(client), text: t('clients.deleteText'), done: t('clients.deleted', { name: nameOf(client) }),
    run: () => del(pathOf(client), { etag: client.etag }).finally(load) });

const menu = (row, known, load) => menuButton({ label: `${t('common.more')}: ${nameOf(row.peek())}`, items: () => {
    const client = row.peek();
    const locked = client.managed ? {} : { isOff: true, why: t('common.lockedBy', { where: client.where ?? '' }) };
    return [
        { text: t('common.edit'), icon: 'edit', run: async () => await editClient(client, known(), load) && load(), ...locked },
        { text: t('clients.rotate'), icon: 'refresh', run: async () => await rotateClient(client) && load(), ...locked },
        { text: t(client.enabled ? 'clients.disable' : 'clients.enable'), icon: client.enabled ? 'pause' : 'play', run: () => setEnabled(client, !client.enabled, load), ...locked },
        { text: t('clients.reset'), icon: 'reset', run: () => resetUsage(client, load) },
        null,
        { text: t('common.delete'), icon: 'trash', isDanger: true, run: () => remove(client, load), ...locked },
    ];
} });

const keyTable = (rows, known, load) => table({
    caption: t('clients.table'), rows,
    columns: [
        { title: t('clients.key'), isHead: true, cell: nameCell },
        { title: t('clients.state'), cell: stateCell },
        { title: t('clients.usage'), class: 'usage-cell', cell: usageCell },
        { title: t('clients.what'), cell: mayCell },
        { title: t('clients.inFlight'), isNumber: true, cell: (c) => number(c.in_flight) },
        { title: t('clients.lastUsed'), cell: (c) => (c.last_used ? h('time', { datetime: c.last_used, title: dateTime(c.last_used) }, relative(c.last_used)) : t('clients.neverUsed')) },
        { title: t('clients.expires'), cell: (c) => (c.expires ? h('time', { datetime: c.expires, title: dateTime(c.expires) }, relative(c.expires)) : '–') },
        { title: t('clients.actions'), make: (row) => menu(row, known, load) },
    ],
});

const fits = (client, word) => `${client.label} ${client.id} ${client.mask} ${client.models.join(' ')}`.toLowerCase().includes(word);

export async function view() {
    const clients = signal([]);
    const prices = signal(null);
    const families = signal([]);
    const search = signal('');
    const load = async () => clients.set((await get('api/clients')).clients);
    const loadPrices = async () => {
        const [p, f] = await Promise.all([get('api/prices'), get('api/families')]);
        prices.set(p);
        families.set(f.families.map((x) => x.name));
    };
    await Promise.all([load(), loadPrices()]);
    const known = () => ({ families: families.peek(), currency: prices.peek().currency });
    const rows = computed(() => clients().filter((c) => fits(c, search().trim().toLowerCase())));
    const hasAny = computed(() => clients().length > 0);
    const hasMany = computed(() => clients().length >= SEARCH_FROM);
    const add = () => actButton({ text: t('clients.add'), name: 'plus', class: 'button primary', fault: t('clients.createFailed'), run: async () => await newClient(known()) && load() });
    return () => {
        follow(['request', 'client', 'config', 'stats'], load, { ms: 2000 });
        follow(['config'], loadPrices);
        return h('div', head(t('clients.title'), t('clients.lead'), add()),
            () => (hasAny() ? card('',
                () => hasMany() && h('input', { type: 'search', class: 'search', 'aria-label': t('clients.searchKeys'), placeholder: t('clients.searchKeys'), oninput: (e) => search.set(e.target.value) }),
                () => rows().length === 0 && h('p', { class: 'soft' }, t('clients.noMatch')),
                keyTable(rows, known, load)) : empty(t('clients.empty'))),
            pricesCard(prices));
    };
}
