// SPDX-License-Identifier: MIT
// editor_models - the map of model names, with the upstream's own list as suggestions.

import { post } from '../lib/api.js';
import { field } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed, signal } from '../lib/signal.js';
import { lackOf, twiceMapped } from './editor_check.js';
import { labelOf } from './editor_fields.js';
import { rowsOf } from './editor_rows.js';
import { notice } from './ui.js';
import '../text/editor.js';

// What clients ask for, by client API; any other name can be typed.
const ASKED = {
    messages: ['opus', 'sonnet', 'haiku'],
    responses: ['codex', 'gpt-5', 'gpt-5-codex', 'gpt-5.1'],
    chat: ['gpt-5', 'gpt-4o', 'o3'],
    gemini: ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-3-pro'],
};

let listCount = 0;

// Asks the upstream by the gateway, with what is in the form now: {models, error, isBusy, load, loadOnce}.
export function upstreamModels(candidate) {
    const models = signal(null);
    const error = signal(null);
    const isBusy = signal(false);
    const who = (channel) => JSON.stringify([channel.dialect, channel.base_urls]);
    let asked = '';
    const load = async () => {
        const channel = candidate();
        asked = who(channel);
        error.set(null);
        isBusy.set(true);
        try {
            models.set((await post('api/channels/models', { channel })).models);
        } catch (e) {
            models.set(null);
            error.set(e);
        }
        isBusy.set(false);
    };
    // For who begins to type a name: unasked only what can be answered, and not twice.
    const loadOnce = () => {
        const channel = candidate();
        if (!isBusy.peek() && !lackOf({ ...channel, status: 'active' }) && asked !== who(channel))
            load();
    };
    return { models, error, isBusy, load, loadOnce };
}

const datalist = (id, values) => h('datalist', { id }, () => values().map((value) => h('option', { value })));

function nameInput(i, name, { value, lists }, word, more) {
    const change = (e) => value.update((all) => all.map((one,
        k) => (k === i ? { ...one, [name]: e.target.value } : one)));
    return h('input', { type: 'text', list: lists[name], spellcheck: 'false', autocomplete: 'off',
        'aria-label': t(word, { n: i + 1 }), value: () => value()[i]?.[name] ?? '', oninput: change,
            ...more });
}

function modelRow(i, { value, lists, upstream, remove }) {
    const setExact = (e) => value.update((all) =>
        all.map((one, k) => (k === i ? { ...one, exact: e.target.checked || undefined } : one)));
    const isTwice = computed(() => twiceMapped(value()) === i);
    return h('div', { class: 'model-row' },
        nameInput(i, 'from', { value, lists }, 'editor.modelFrom',
            { placeholder: 'sonnet', 'aria-invalid': () => (isTwice() ? 'true' : null) }),
        h('span', { class: 'faint', 'aria-hidden': 'true' }, '→'),
        nameInput(i, 'to', { value, lists }, 'editor.modelTo',
            { placeholder: 'gpt-5.1', onfocus: upstream.loadOnce }),
        h('label', { class: 'check-line', title: t('editor.modelExactHint') },
            h('input', { type: 'checkbox', checked: () => Boolean(value()[i]?.exact), onchange: setExact }),
            h('span', t('editor.modelExact'))),
        h('button', { type: 'button', class: 'icon-button',
            'aria-label': t('editor.modelRemove', { n: i + 1 }),
            title: t('common.remove'), onclick: () => remove(i) }, icon('close')),
        () => isTwice() && h('p', { class: 'url-told bad-text' }, icon('warn'), t('editor.modelTwice')));
}

const answer = (upstream) => h('div', { 'aria-live': 'polite' },
    () => upstream.models() && h('p', { class: 'soft' },
        t('editor.modelsTold', { n: upstream.models().length })),
    () => upstream.error() && notice('warn',
        h('p', upstream.error().status === 0 ? t('common.unreachable') : upstream.error().message)));

const tools = (add, upstream) => h('div', { class: 'row' },
    h('button', { type: 'button', class: 'button quiet', onclick: add }, icon('plus'), t('editor.modelAdd')),
    h('button', { type: 'button', class: 'button quiet', 'aria-busy': () => String(upstream.isBusy()),
        onclick: upstream.load },
        icon('refresh'), h('span', t('editor.modelsAsk'))));

// ed.upstream: of upstreamModels(); ed.family: the client API whose names are suggested first.
export function modelsField(ed) {
    const { upstream, family } = ed;
    const value = ed.draft.at('models', []);
    const lists = { from: `models-from-${++listCount}`, to: `models-to-${listCount}` };
    const asked = () => [...new Set([...(ASKED[family] ?? []), ...Object.values(ASKED).flat()])]
        .filter((name) => !value().some((m) => m.from === name));
    const { box, add } = rowsOf(value, () => ({ from: '', to: '' }),
        (index, remove) => modelRow(index, { value, lists, upstream, remove }));
    return field({ label: labelOf('models'), hint: t('editor.modelsHint'), path: 'models', isWide: true,
        error: ed.fault.at('models'),
        control: (id, told) => h('div', { id, class: 'text-list', role: 'group',
            'aria-label': labelOf('models'), 'aria-describedby': told },
            datalist(lists.from, asked), datalist(lists.to, () => upstream.models() ?? []), box,
                tools(add, upstream), answer(upstream)) });
}
