// SPDX-License-Identifier: MIT
// staged_test - tests a channel or a key before everybody's eyes: name, connection, TLS, answer, key, models, first content.

import { button, openDialog } from '../lib/dialog.js';
import { selectField, switchField, textField } from '../lib/form.js';
import { NOTHING, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { signal } from '../lib/signal.js';
import { notice } from './ui.js';
import '../text/editor.js';

const STAGES = ['address', 'connect', 'tls', 'http', 'key', 'models', 'content'];
const SIGNS = { good: 'check', bad: 'close', unknown: 'info', waiting: 'clock' };

const toneOf = (stage) => (stage.ok === true ? 'good' : stage.ok === false ? 'bad' : 'unknown');

// What the gateway says in words of its own; what an upstream says stays as it is.
export function sayOf({ say }) {
    const [, models] = /^(\d+) models$/.exec(say ?? '') ?? [];
    const [, model] = /^from (\S+)$/.exec(say ?? '') ?? [];
    return models ? t('editor.said.models', { n: Number(models) }) : model
        ? t('editor.said.from', { model }) : tOr('stageSay', say);
}

const line = (name, tone, ms, say) => h('li', { class: ['stage', tone], 'data-stage': name },
    h('span', { class: 'stage-sign' }, icon(SIGNS[tone])),
    h('span', { class: 'stage-name' }, tOr('editor.stage', name)),
    h('span', { class: 'chip' }, tOr('editor.stageState', tone)),
    h('span', { class: 'number faint' }, ms === null || ms === undefined ? NOTHING : took(ms)),
    say && h('span', { class: 'stage-say' }, say));

// What comes after the stage that failed was not tried.
function stagesOf(result) {
    const told = result.stages.map((s) => line(s.name, toneOf(s), s.ms, sayOf(s)));
    if (result.ok)
        return told;
    const last = STAGES.indexOf(result.stages.at(-1)?.name);
    const rest = last < 0 ? [] : STAGES.slice(last + 1).filter((name) => name !== 'tls'
        || result.request_url?.startsWith('https:'));
    return [...told, ...rest.map((name) => line(name, 'waiting', null, ''))];
}

function verdict(result) {
    if (result.ok)
        return notice('good', h('p', t('editor.testGood')));
    const failed = result.stages.find((stage) => stage.ok === false);
    return notice('bad', h('p', t('editor.testBad', { stage: tOr('editor.stage', failed?.name ?? '') })),
        !failed?.say && result.error && h('p', result.error),
        failed?.say?.includes('allow_private') && h('p', t('editor.testPrivate')));
}

const shown = (result) => h('div', { class: 'stack' }, verdict(result),
    h('p', { class: 'soft' }, h('code', result.request_url ?? result.base_url ?? '')),
    h('ol', { class: 'stages' }, stagesOf(result)));

const running = () => h('div', { class: 'row soft', 'aria-busy': 'true' },
    h('span', { class: 'turning' }, icon('refresh')), t('editor.testing'));

const failed = (error) => notice('bad', h('p', error.status === 0 ? t('common.unreachable')
    : error.message, error.path ? h('code', ` ${error.path}`) : ''),
    error.details?.length > 1 && h('ul', error.details.map((d) => h('li', d))));

let count = 0;

// ask({model, chat, url, key}) asks the gateway; urls and keys: functions of [{value, text}] to choose from, none: not asked;
// models: a function of names to suggest.
export function stagedTest({ ask, urls = null, keys = null, models = () => [], model = signal('') }) {
    const listId = `test-models-${++count}`;
    const isChat = signal(true);
    const url = signal('');
    const key = signal('');
    const state = signal(null);
    const run = async () => {
        if (state.peek()?.isBusy)
            return;
        state.set({ isBusy: true });
        const body = { chat: isChat.peek() };
        for (const [name, value] of [['model', model], ['url', url], ['key', key]])
            if (value.peek())
                body[name] = value.peek();
        if (!isChat.peek())
            delete body.model;
        try {
            state.set({ result: await ask(body) });
        } catch (error) {
            state.set({ error });
        }
    };
    const any = () => [{ value: '', text: t('editor.testFirst') }];
    return h('div', { class: 'stack staged-test' },
        h('div', { class: 'form' },
            switchField({ label: t('editor.testChat'), hint: t('editor.testChatHint'), value: isChat }),
            () => isChat() && textField({ label: t('editor.testModel'), hint: t('editor.testModelHint'),
                value: model, isOptional: true, props: { list: listId } }),
            () => urls && urls().length > 1 && selectField({ label: t('editor.testUrl'), value: url,
                choices: [...any(), ...urls()] }),
            () => keys && keys().length > 1 && selectField({ label: t('editor.testKey'), value: key,
                choices: [...any(), ...keys()] })),
        h('datalist', { id: listId }, () => models().map((value) => h('option', { value }))),
        h('div', button(t('editor.testRun'), { class: 'primary',
            'aria-busy': () => String(Boolean(state()?.isBusy)), onclick: run }, 'bolt')),
        h('div', { 'aria-live': 'polite', class: 'stack' },
            () => (state() === null ? null : state().isBusy ? running() : state().error
                ? failed(state().error) : shown(state().result))));
}

export const openTest = ({ title, ask, urls, keys, model }) => openDialog({
    title,
    build: (close, giveUp) => ({
        body: stagedTest({ ask, urls, keys, model }),
        actions: button(t('common.close'), { onclick: giveUp }),
    }),
});
