// SPDX-License-Identifier: MIT
// client_editor - the dialogs of a client key: make, change, rotate, and the one in which a new key is shown once.

import { patch, post, url } from '../lib/api.js';
import { button, confirm, openDialog } from '../lib/dialog.js';
import { faultBox, faults, numberField, selectField, switchField, textField, textList } from '../lib/form.js';
import { dateTime } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';
import { bodyOfChange, bodyOfNew, draftOf, isChanged } from './client_draft.js';
import { actButton, copyButton, notice, snippet } from './ui.js';
import '../text/clients.js';

export const nameOf = (client) => client.label || client.id;

const PERIODS = ['day', 'month', 'ever'];
const GRACES = ['24h', '1h', '168h', '0'];

// A signal for each member, and the draft that they make together.
function draftFields(draft) {
    const fields = Object.fromEntries(Object.entries(draft).map(([name, value]) => [name, signal(value)]));
    return { fields, now: () => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.peek()])) };
}

const familyChoice = (value, names, error) => h('fieldset', { class: 'field wide choice-list', 'data-path': 'families' }, h('legend', t('clients.families')),
    h('div', { class: 'row' }, names.map((name) => h('label', { class: 'row' },
        h('input', { type: 'checkbox', checked: () => value().includes(name),
            onchange: (e) => value.update((all) => (e.target.checked ? [...all, name] : all.filter((x) => x !== name))) }), tOr('family', name)))),
    h('div', { class: 'field-told' }, () => error() && h('p', { class: 'field-error' }, error()), h('p', { class: 'field-hint' }, t('clients.allHint'))));

function fieldsOf(f, at, { isNew, families, currency }) {
    const cap = (name) => numberField({ label: t(`clients.${name}`), hint: t('clients.limitHint'), value: f[name], least: 0, path: `caps.${name}`, error: at(`caps.${name}`), isOptional: true });
    return [
        textField({ label: t('clients.label'), hint: t('clients.labelHint'), value: f.label, path: 'label', error: at('label'), props: { autofocus: true } }),
        isNew && textField({ label: t('clients.id'), hint: t('clients.idHint'), value: f.id, path: 'id', error: at('id'), isOptional: true, props: { maxlength: 12 } }),
        textField({ label: t('clients.expires'), hint: t('clients.expiresHint'), value: f.expires, type: 'datetime-local', path: 'expires', error: at('expires'), isOptional: true }),
        familyChoice(f.families, families, at('families')),
        textList({ label: t('clients.models'), hint: t('clients.modelsHint'), value: f.models, placeholder: 'claude-*', path: 'models', error: at('models') }),
        h('h3', t('clients.caps')), cap('concurrency'), cap('rpm'), cap('tpm'),
        h('h3', t('clients.budget')),
        textField({ label: t('clients.money'), hint: t('clients.moneyHint', { currency }), value: f.money, path: 'budget.money', error: at('budget.money'), isOptional: true, props: { inputmode: 'decimal' } }),
        textField({ label: t('clients.tokens'), hint: t('clients.tokensHint'), value: f.tokens, path: 'budget.tokens', error: at('budget.tokens'), isOptional: true }),
        selectField({ label: t('clients.period'), value: f.period, path: 'budget.period', error: at('budget.period'), choices: PERIODS.map((value) => ({ value, text: t(`clients.period.${value}`) })) }),
        switchField({ label: t('clients.pricedOnly'), hint: t('clients.pricedOnlyHint'), value: f.priced, path: 'budget.priced_only' }),
    ];
}

const askToLeave = () => confirm({ title: t('common.unsavedTitle'), text: t('common.unsavedText'), yes: t('common.unsavedLeave'), isDanger: true });

// Opens the editor; save(draft) sends it and gives what the gateway answers.  Settles with that, or undefined.
function edit({ title, client, families, currency, save, yes }) {
    const before = draftOf(client);
    const { fields, now } = draftFields(before);
    const problems = faults();
    const isBusy = signal(false);
    return openDialog({ title, size: 'medium', mayClose: async () => !isChanged(before, now()) || askToLeave(),
        build: (close, giveUp) => {
            const submit = async (e) => {
                e.preventDefault();
                if (isBusy.peek())
                    return;
                isBusy.set(true);
                problems.clear();
                try {
                    close(await save(before, now()));
                } catch (error) {
                    problems.set(error);
                }
                isBusy.set(false);
            };
            const id = 'client-form';
            return {
                body: h('form', { id, class: 'form', onsubmit: submit }, faultBox(problems.fault), fieldsOf(fields, problems.at, { isNew: !client, families, currency })),
                actions: [button(t('common.cancel'), { onclick: giveUp }), button(yes, { type: 'submit', form: id, class: 'primary', 'aria-busy': () => String(isBusy()) })],
            };
        } });
}

// {families: names, currency}
export async function newClient(known) {
    const made = await edit({ title: t('clients.add'), client: null, ...known, yes: t('clients.create'), save: (before, draft) => post('api/clients', bodyOfNew(draft)) });
    if (made)
        await showOnce(made);
    return Boolean(made);
}

// reload(): called where somebody else was there first.
export async function editClient(client, known, reload) {
    const save = async (before, draft) => {
        const body = bodyOfChange(before, draft);
        if (Object.keys(body).length === 0)
            return client;
        try {
            return await patch(`api/clients/${encodeURIComponent(client.id)}`, body, { etag: client.etag });
        } catch (e) {
            if (e.status !== 409)
                throw e;
            reload();
            complain(t('clients.changedMeanwhile'));
            return null;
        }
    };
    const saved = await edit({ title: t('clients.edit', { name: nameOf(client) }), client, ...known, save, yes: t('common.save') });
    if (saved)
        say(t('common.saved'));
    return saved !== undefined;
}

const here = () => url('').replace(/\/$/, '');
const claudeLines = (key) => `export ANTHROPIC_BASE_URL=${here()}\nexport ANTHROPIC_AUTH_TOKEN=${key}\nclaude`;
const openaiLines = (key) => `export OPENAI_BASE_URL=${here()}/v1\nexport OPENAI_API_KEY=${key}`;

// The key itself, once: the dialog closes only by saying that it is stored, or that it is not wanted.
export function showOnce(client, note = '') {
    const { key } = client;
    const giveUp = () => confirm({ title: t('clients.onceClose'), text: t('clients.onceCloseText'), yes: t('clients.onceCloseYes'), isDanger: true });
    return openDialog({ title: t('clients.onceTitle', { name: nameOf(client) }), mayClose: giveUp,
        build: (close) => ({
            body: [
                notice('warn', h('p', t('clients.once')), note && h('p', note)),
                h('div', { class: 'snippet key-once' }, h('output', { class: 'mono', 'aria-label': t('clients.key'), tabindex: '0' }, key), copyButton(key)),
                h('h3', t('clients.lines')),
                h('p', { class: 'soft' }, t('clients.linesClaude')), snippet(claudeLines(key)),
                h('p', { class: 'soft' }, t('clients.linesOpenai')), snippet(openaiLines(key)),
            ],
            actions: [button(t('clients.keySaved'), { class: 'primary', onclick: () => close(true), autofocus: true }, 'check')],
        }) });
}

// A new key in the place of the old one, which opens on for a while if that is wanted.
export async function rotateClient(client) {
    const grace = signal(GRACES[0]);
    const made = await openDialog({ title: t('clients.rotateTitle', { name: nameOf(client) }), size: 'small',
        build: (close, giveUp) => ({
            body: [h('p', t('clients.rotateText')),
                selectField({ label: t('clients.rotateGrace'), value: grace, choices: GRACES.map((value) => ({ value, text: t(`clients.rotateGrace.${value}`) })) })],
            actions: [button(t('common.cancel'), { onclick: giveUp }),
                actButton({ text: t('clients.rotateDo'), class: 'button primary', fault: t('clients.rotateFailed'),
                    run: async () => close(await post(`api/clients/${encodeURIComponent(client.id)}/rotate`, grace.peek() === '0' ? {} : { grace: grace.peek() }, { etag: client.etag })) })],
        }) });
    if (made)
        await showOnce(made, made.previous_until ? t('clients.onceOld', { time: dateTime(made.previous_until) }) : t('clients.onceOldGone'));
    return Boolean(made);
}
