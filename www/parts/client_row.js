// SPDX-License-Identifier: MIT
// client_row - what a client key's line shows: name, state, what it has spent of its budget, what it may use.

import { dateTime, money, number, relative, short } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { usageBars } from './client_draft.js';
import { chip } from './ui.js';
import '../text/clients.js';

const MODELS = 4; // that are named; the others are counted
const SOON_MS = 3 * 86400 * 1000;
const tones = { active: 'good', expired: 'bad', disabled: 'off' };

export const nameOf = (client) => client.label || client.id;

const amount = (b, n, currency) => (b.unit === 'money' ? money(n, currency)
    : t('clients.usageTokens', { n: short(n) }));

function usageTexts(b, client) {
    const { currency } = client.usage;
    const period = t(`clients.usage.${b.limit === null ? 'month' : client.budget.period}`);
    const spent = amount(b, b.spent, currency);
    if (b.limit === null)
        return [`${spent} ${period}`];
    const of = t('clients.usageOf', { spent, limit: amount(b, b.limit, currency) });
    const told = [`${of} ${period}`,
        t('clients.usageLeft', { left: amount(b, b.left, currency) })];
    if (b.reserved > 0)
        told.push(t('clients.usageReserved', { reserved: amount(b, b.reserved, currency) }));
    return told;
}

const usageLine = (b, client) => h('div', { class: 'usage' },
    b.limit !== null && h('div', { class: `usage-bar ${b.tone}`, 'aria-hidden': 'true' },
        h('span', { style: { width: `${b.spentShare}%` } }),
        h('span', { class: 'reserved', style: { width: `${b.reservedShare}%` } })),
    h('p', { class: b.tone === 'bad' ? 'bad-text' : null }, usageTexts(b, client).join(' · ')));

export const usageCell = (client) => h('div', { class: 'stack-tight' },
    usageBars(client).map((b) => usageLine(b, client)));

const named = (list) => (list.length > MODELS
    ? `${list.slice(0, MODELS).join(', ')} ${t('clients.moreModels', { n: list.length - MODELS })}` : list.join(', '));

export function mayCell({ caps, families, models, budget }) {
    const limits = [caps.concurrency && t('clients.concurrencyShort', { n: caps.concurrency }),
        caps.rpm && `${number(caps.rpm)} RPM`, caps.tpm && `${short(caps.tpm)} TPM`,
        budget.priced_only && t('clients.pricedShort')].filter(Boolean);
    return h('div', { class: 'stack-tight' },
        families.length > 0 && h('p', families.map((name) => tOr('family', name)).join(', ')),
        models.length > 0 && h('p', { title: models.join(', ') }, h('code', named(models))),
        !families.length && !models.length
            && h('p', { class: 'soft' }, t('clients.everything')),
        limits.length > 0 && h('p', { class: 'soft' }, limits.join(' · ')));
}

// The file's name says enough; its folder stands in the title.
const fileOf = (where) => (where ?? '').replace(/^.*\//, '');

export const nameCell = (client) => h('div', { class: 'stack-tight' }, h('strong', nameOf(client)),
    h('span', { class: 'faint mono' }, client.label && `${client.id} · `,
        h('span', { class: 'nowrap' }, client.mask)),
    !client.managed && h('span', { class: 'faint locked', title: client.where }, icon('lock'),
        h('span', t('common.lockedBy', { where: fileOf(client.where) }))));

export const stateCell = (client) => h('div', { class: 'stack-tight' },
    chip(tOr('clients.state', client.state), tones[client.state] ?? 'off'),
    client.previous_until && h('span', { class: 'faint' },
        t('clients.previous', { time: dateTime(client.previous_until) })));

const moment = (v, tone) => h('time', { class: tone, datetime: v, title: dateTime(v) },
    relative(v));

export const lastCell = (c) => h('div', { class: 'stack-tight' },
    c.last_used ? moment(c.last_used) : h('span', { class: 'soft' }, t('clients.neverUsed')),
    c.in_flight > 0 && chip(t('clients.inFlight', { n: c.in_flight }), 'info'));

export function expiresCell(c) {
    if (!c.expires)
        return h('span', { class: 'soft' }, t('clients.neverExpires'));
    const left = new Date(c.expires) - Date.now();
    return moment(c.expires, left < 0 ? 'bad-text' : left < SOON_MS ? 'warn-text' : null);
}
