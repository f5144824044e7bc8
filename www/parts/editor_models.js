// SPDX-License-Identifier: MIT
// editor_models - the map of model names, with the upstream's own list as suggestions.

import { post } from '../lib/api.js';
import { field } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { effect, signal } from '../lib/signal.js';
import { labelOf, lockOf } from './editor_fields.js';
import { actButton, notice } from './ui.js';
import '../text/editor.js';

// What clients ask for, by client API; any other name can be typed.
const ASKED = {
    messages: ['opus', 'sonnet', 'haiku'],
    responses: ['codex', 'gpt-5', 'gpt-5-codex', 'gpt-5.1'],
    chat: ['gpt-5', 'gpt-4o', 'o3'],
    gemini: ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-3-pro'],
};

let lists = 0;

// Asks the upstream by the gateway, with what is in the form now: {models, error, load}.
export function upstreamModels(candidate) {
    const models = signal([]);
    const error = signal(null);
    const load = async () => {
        error.set(null);
        try {
            models.set((await post('api/channels/models', { channel: candidate() })).models);
        } catch (e) {
            error.set(e);
        }
    };
    return { models, error, load };
}

const datalist = (id, values) => h('datalist', { id }, () => values().map((value) => h('option', { value })));

// upstream: of upstreamModels(); family: the client API whose names are suggested first.
export function modelsField(ed, upstream, family = '') {
    const value = ed.draft.at('models', []);
    const lock = lockOf(ed.channel, 'models');
    const isOff = () => Boolean(lock());
    const [fromId, toId] = [`models-from-${++lists}`, `models-to-${lists}`];
    const count = signal(value.peek().length);
    effect(() => count.set(value().length));
    const change = (i, part) => value.update((all) => all.map((one, k) => (k === i ? { ...one, ...part } : one)));
    const asked = () => [...new Set([...(ASKED[family] ?? []), ...Object.values(ASKED).flat()])].filter((name) => !value().some((m) => m.from === name));
    const row = (i) => h('div', { class: 'model-row' },
        h('input', { type: 'text', list: fromId, spellcheck: 'false', 'aria-label': t('editor.modelFrom', { n: i + 1 }), placeholder: 'sonnet', disabled: isOff,
            value: () => value()[i]?.from ?? '', oninput: (e) => change(i, { from: e.target.value }) }),
        h('span', { class: 'faint', 'aria-hidden': 'true' }, '→'),
        h('input', { type: 'text', list: toId, spellcheck: 'false', 'aria-label': t('editor.modelTo', { n: i + 1 }), placeholder: 'gpt-5.1', disabled: isOff,
            value: () => value()[i]?.to ?? '', oninput: (e) => change(i, { to: e.target.value }) }),
        h('label', { class: 'row' }, h('input', { type: 'checkbox', disabled: isOff, checked: () => Boolean(value()[i]?.exact), onchange: (e) => change(i, { exact: e.target.checked || undefined }) }),
            h('span', t('editor.modelExact'))),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': t('editor.modelRemove', { n: i + 1 }), disabled: isOff,
            onclick: () => value.update((all) => all.filter((_, k) => k !== i)) }, icon('close')));
    return field({ label: labelOf('models'), hint: t('editor.modelsHint'), path: 'models', isWide: true, lock, error: ed.fault.at('models'),
        control: (id, told) => h('div', { id, class: 'stack', role: 'group', 'aria-label': labelOf('models'), 'aria-describedby': told },
            datalist(fromId, asked), datalist(toId, upstream.models),
            h('div', { class: 'text-list-rows' }, () => Array.from({ length: count() }, (_, i) => row(i))),
            h('div', { class: 'row' },
                h('button', { type: 'button', class: 'button quiet', disabled: isOff, onclick: () => value.update((all) => [...all, { from: '', to: '' }]) }, icon('plus'), t('editor.modelAdd')),
                actButton({ text: t('editor.modelsAsk'), name: 'refresh', class: 'button quiet', run: upstream.load }),
                () => upstream.models().length > 0 && h('span', { class: 'soft' }, t('editor.modelsTold', { n: upstream.models().length }))),
            h('div', { 'aria-live': 'polite' }, () => upstream.error() && notice('warn', h('p', upstream.error().status === 0 ? t('common.unreachable') : upstream.error().message)))) });
}
