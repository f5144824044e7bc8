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
import { nameOf } from './client_row.js';
import { actButton, copyButton, notice, snippet } from './ui.js';
import '../text/clients.js';

const PERIODS = ['day', 'month', 'ever'];
const GRACES = ['24h', '1h', '168h', '0'];

// A signal for each member, and the draft that they make together.
function draftFields(draft) {
    const fields = Object.fromEntries(Object.entries(draft).map(([name, value]) => [name,
        signal(value)]));
    return { fields,
        now: () => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name,
        value.peek()])) };
}

const familyChoice = (value, names, error) => h('fieldset', { class: 'field wide choice-list', 'data-path': 'families' }, h('legend', t('clients.families')),
    h('div', { class: 'row' }, names.map((name) => h('label', { class: 'row' },
        h('input', { type: 'checkbox', checked: () => value().includes(name),
            onchange: (e) => value.update((all) => (e.target.checked ? [...all, name]
                : all.filter((x) => x !== name))) }), tOr('family', name)))),
    h('div', { class: 'field-told' }, () => error()
        && h('p', { class: 'field-error' }, error()),
        h('p', { class: 'field-hint' }, t('clients.allHint'))));

function fieldsOf(f, at, { isNew, families, currency }) {
    const words = { placeholder: t('clients.noLimit') };
    const cap = (name) => numberField({ label: t(`clients.${name}`), value: f[name], least: 0,
        path: `caps.${name}`, error: at(`caps.${name}`), props: words });
    const text = (name, path, more) => textField({ label: t(`clients.${name}`), value: f[name],
        path, error: at(path), ...more });
    return [
        text('label', 'label', { hint: t('clients.labelHint'), props: { autofocus: true } }),
        isNew && text('id', 'id', { hint: t('clients.idHint'), isOptional: true,
            props: { maxlength: 12 } }),
        text('expires', 'expires', { hint: t('clients.expiresHint'), type: 'datetime-local',
            isOptional: true }),
        familyChoice(f.families, families, at('families')),
        textList({ label: t('clients.models'), hint: t('clients.modelsHint'), value: f.models, placeholder: 'claude-*',
            path: 'models', error: at('models') }),
        h('h3', t('clients.caps')),
        h('div', { class: 'field wide three' }, cap('concurrency'), cap('rpm'), cap('tpm')),
        h('h3', t('clients.budget')),
        h('div', { class: 'field wide three' },
            text('money', 'budget.money',
                { hint: t('clients.moneyHint', { currency }), ...words,
                props: { inputmode: 'decimal' } }),
            text('tokens', 'budget.tokens', { hint: t('clients.tokensHint'), ...words }),
            selectField({ label: t('clients.period'), value: f.period, path: 'budget.period', error: at('budget.period'),
                choices: PERIODS.map((value) => ({ value,
                    text: t(`clients.period.${value}`) })) })),
        h('div', { class: 'field wide' }, switchField({ label: t('clients.pricedOnly'), hint: t('clients.pricedOnlyHint'),
            value: f.priced, path: 'budget.priced_only' })),
    ];
}

const askToLeave = () => confirm({ title: t('common.unsavedTitle'),
    text: t('common.unsavedText'), yes: t('common.unsavedLeave'), isDanger: true });

// Opens the editor; save(draft) sends it and gives what the gateway answers.  Settles with
// that, or undefined.
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
                body: h('form', { id, class: 'form', onsubmit: submit },
                    faultBox(problems.fault), fieldsOf(fields, problems.at,
                    { isNew: !client, families, currency })),
                actions: [button(t('common.cancel'), { onclick: giveUp }),
                    button(yes, { type: 'submit', form: id, class: 'primary',
                    'aria-busy': () => String(isBusy()) })],
            };
        } });
}

// known: {families: names, currency}; load(): shows the list anew.
export async function newClient(known, load) {
    const save = (before, draft) => post('api/clients', bodyOfNew(draft));
    const made = await edit({ title: t('clients.add'), client: null, ...known,
        yes: t('clients.create'), save });
    if (!made)
        return;
    load().catch(() => {});
    await showOnce(made);
}

// A change by somebody else closes the editor: what he said is shown in the list, and is to be
// looked at first.
export async function editClient(client, known, load) {
    const save = async (before, draft) => {
        const body = bodyOfChange(before, draft);
        if (Object.keys(body).length === 0)
            return client;
        try {
            const saved = await patch(`api/clients/${encodeURIComponent(client.id)}`, body,
                { etag: client.etag });
            say(t('common.saved'));
            return saved;
        } catch (e) {
            if (e.status !== 409 && e.status !== 404)
                throw e;
            complain(t(e.status === 404 ? 'clients.gone' : 'clients.changedMeanwhile'));
            return client;
        }
    };
    const title = t('clients.edit', { name: nameOf(client) });
    if (await edit({ title, client, ...known, save, yes: t('common.save') }))
        await load().catch(() => {});
}

const here = () => url('').replace(/\/$/, '');
const claudeLines = (key) => `export ANTHROPIC_BASE_URL=${here()}\nexport ANTHROPIC_AUTH_TOKEN=${key}\nclaude`;
const openaiLines = (key) => `export OPENAI_BASE_URL=${here()}/v1\nexport OPENAI_API_KEY=${key}`;

// The key itself, once: the dialog closes only by saying that it is stored, or that it is not
// wanted.
export function showOnce(client, note = '') {
    const { key } = client;
    const giveUp = () => confirm({ title: t('clients.onceClose'),
        text: t('clients.onceCloseText'), yes: t('clients.onceCloseYes'), isDanger: true });
    return openDialog({ title: t('clients.onceTitle', { name: nameOf(client) }), mayClose: giveUp,
        build: (close) => ({
            body: [
                notice('warn', h('p', t('clients.once')), note && h('p', note)),
                h('div', { class: 'snippet key-once' },
                    h('output', { class: 'mono', 'aria-label': t('clients.key'),
                    tabindex: '0' }, key), copyButton(key)),
                h('h3', t('clients.lines')),
                h('p', { class: 'soft' }, t('clients.linesClaude')), snippet(claudeLines(key)),
                h('p', { class: 'soft' }, t('clients.linesOpenai')), snippet(openaiLines(key)),
            ],
            actions: [button(t('clients.keySaved'),
                { class: 'primary', onclick: () => close(true), autofocus: true }, 'check')],
        }) });
}

// A new key in the place of the old one, which opens on for a while if that is wanted.
export async function rotateClient(client, load) {
    const grace = signal(GRACES[0]);
    const made = await openDialog({ title: t('clients.rotateTitle', { name: nameOf(client) }), size: 'small',
        build: (close, giveUp) => ({
            body: [h('p', t('clients.rotateText')),
                selectField({ label: t('clients.rotateGrace'), value: grace,
                    choices: GRACES.map((value) => ({ value,
                    text: t(`clients.rotateGrace.${value}`) })) })],
            actions: [button(t('common.cancel'), { onclick: giveUp }),
                actButton({ text: t('clients.rotateDo'), class: 'button primary', fault: t('clients.rotateFailed'),
                    run: async () => close(await post(`api/clients/${encodeURIComponent(client.id)}/rotate`, grace.peek() === '0' ? {} : { grace: grace.peek() }, { etag: client.etag })) })],
        }) });
    if (!made)
        return;
    load().catch(() => {});
    const time = made.previous_until && dateTime(made.previous_until);
    await showOnce(made, time ? t('clients.onceOld', { time }) : t('clients.onceOldGone'));
}
