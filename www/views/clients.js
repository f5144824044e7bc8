// SPDX-License-Identifier: MIT
// clients - client keys: what each may do, how much of its budget is used, and the prices by which that is counted.

import { del, get, patch, post } from '../lib/api.js';
import { confirm, menuButton } from '../lib/dialog.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { go, query, setQuery } from '../lib/router.js';
import { computed, signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';
import { editClient, newClient, rotateClient } from '../parts/client_editor.js';
import { expiresCell, lastCell, mayCell, nameCell, nameOf, stateCell, usageCell } from '../parts/client_row.js';
import { pricesCard } from '../parts/prices.js';
import { actButton, card, destroy, empty, head, table } from '../parts/ui.js';
import '../text/clients.js';

const SEARCH_FROM = 8; // so many keys need no search

const pathOf = (client) => `api/clients/${encodeURIComponent(client.id)}`;

async function setEnabled(client, enabled, load) {
    try {
        await patch(pathOf(client), { enabled }, { etag: client.etag });
        say(t(enabled ? 'clients.enabled' : 'clients.disabled', { name: nameOf(client) }));
    } catch (e) {
        complain(t('clients.changeFailed'), e);
    }
    await load().catch(() => {});
}

async function resetUsage(client, load) {
    if (!await confirm({ title: t('clients.resetTitle'), name: nameOf(client), text: t('clients.resetText'),
        yes: t('clients.resetYes') }))
        return;
    try {
        await post(`${pathOf(client)}/reset`);
        say(t('clients.resetDone', { name: nameOf(client) }));
    } catch (e) {
        complain(t('clients.resetFailed'), e);
    }
    await load().catch(() => {});
}

// The row goes, and with it what had the focus.
async function remove(client, load) {
    const isGone = await destroy({ title: t('clients.deleteTitle'), name: nameOf(client),
        text: t('clients.deleteText'), done: t('clients.deleted', { name: nameOf(client) }),
        run: () => del(pathOf(client), { etag: client.etag }) });
    await load().catch(() => {});
    if (isGone)
        document.querySelector('main h1')?.focus();
}

function entries(client, known, load) {
    const locked = client.managed ? {}
        : { isOff: true, why: t('common.lockedBy', { where: client.where ?? '' }) };
    return [
        { text: t('common.edit'), icon: 'edit', ...locked,
            run: () => editClient(client, known(), load) },
        { text: t('clients.rotate'), icon: 'refresh', ...locked,
            run: () => rotateClient(client, load) },
        { text: t(client.enabled ? 'clients.disable' : 'clients.enable'), ...locked,
            icon: client.enabled ? 'pause' : 'play',
                run: () => setEnabled(client, !client.enabled, load) },
        { text: t('clients.reset'), icon: 'reset', run: () => resetUsage(client, load) },
        { text: t('clients.requests'), icon: 'list',
            run: () => go(['requests'], { client: client.id }) },
        { text: t('clients.statistics'), icon: 'chart',
            run: () => go(['statistics'], { by: 'client' }) },
        null,
        { text: t('common.delete'), icon: 'trash', isDanger: true, ...locked,
            run: () => remove(client, load) },
    ];
}

const menu = (row, known, load) => menuButton({ label: () => `${t('common.more')}: ${nameOf(row())}`,
    items: () => entries(row.peek(), known, load) });

const keyTable = (rows, known, load) => table({ caption: t('clients.table'), rows, columns: [
    { title: t('clients.key'), isHead: true, class: 'key-cell', cell: nameCell },
    { title: t('clients.state'), cell: stateCell },
    { title: t('clients.usage'), class: 'usage-cell', cell: usageCell },
    { title: t('clients.what'), class: 'may-cell', cell: mayCell },
    { title: t('clients.lastUsed'), class: 'nowrap', cell: lastCell },
    { title: t('clients.expires'), class: 'nowrap', cell: expiresCell },
    { title: t('clients.actions'), class: 'menu-cell', make: (row) => menu(row, known, load) },
] });

const fits = (client, word) => [client.label, client.id, client.mask, ...client.models,
    client.state]
    .join(' ').toLowerCase().includes(word);

const searchBox = () => h('input', { type: 'search', class: 'search', 'aria-label': t('clients.searchKeys'),
    placeholder: t('clients.searchKeys'), value: () => query().search ?? '',
    oninput: (e) => setQuery({ search: e.target.value }) });

function keysCard(clients, known, load) {
    const word = () => (query().search ?? '').trim().toLowerCase();
    const rows = computed(() => clients().filter((c) => fits(c, word())));
    const hasMany = computed(() => clients().length >= SEARCH_FROM || word() !== '');
    const isNone = computed(() => rows().length === 0);
    return card('', () => hasMany() && searchBox(),
        () => isNone() && h('p', { class: 'soft' }, t('clients.noMatch')),
        h('div', { hidden: isNone }, keyTable(rows, known, load)));
}

export async function view() {
    const clients = signal([]);
    const prices = signal(null);
    const families = signal([]);
    const load = async () => clients.set((await get('api/clients')).clients);
    const loadPrices = async () => {
        const [p, f] = await Promise.all([get('api/prices'), get('api/families')]);
        prices.set(p);
        families.set(f.families.map((x) => x.name));
    };
    await Promise.all([load(), loadPrices()]);
    const known = () => ({ families: families.peek(), currency: prices.peek().currency });
    const hasAny = computed(() => clients().length > 0);
    const add = () => actButton({ text: t('clients.add'), name: 'plus', class: 'button primary',
        fault: t('clients.createFailed'), run: () => newClient(known(), load) });
    return () => {
        follow(['request', 'client', 'config', 'stats'], load, { ms: 2000 });
        follow(['config'], loadPrices);
        return h('div', { class: 'manage' }, head(t('clients.title'), t('clients.lead'), add()),
            () => (hasAny() ? keysCard(clients, known, load) : empty(t('clients.empty'))),
                pricesCard(prices));
    };
}
