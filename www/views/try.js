// SPDX-License-Identifier: MIT
// try - a message through any client API and any model: the answer as it streams, what it took, which way it went.

import { get } from '../lib/api.js';
import { button } from '../lib/dialog.js';
import { areaField, field, numberField, segmented, switchField } from '../lib/form.js';
import { number, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { href, query } from '../lib/router.js';
import { computed, every, onEnd, signal } from '../lib/signal.js';
import { FAMILIES, suggestions } from '../lib/try.js';
import { card, chip, copyButton, head, notice, stat } from '../parts/ui.js';
import { tryRun } from '../parts/try_run.js';
import '../text/try.js';

const SAY_MS = 4000; // between two readings aloud of a stream
const tones = { idle: 'off', waiting: 'info', reading: 'info', done: 'good', failed: 'bad', stopped: 'warn' };
const isBusy = (run) => run.state === 'waiting' || run.state === 'reading';

const modelField = (value, names) => field({ label: t('try.model'), hint: t('try.modelHint'), control: (id, told) => [
    h('input', { id, type: 'text', list: `${id}-names`, required: true, 'aria-describedby': told, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', value: () => value(),
        oninput: (e) => value.set(e.target.value) }),
    h('datalist', { id: `${id}-names` }, names.map((name) => h('option', { value: name })))] });

function form(q, run, names) {
    const submit = (e) => {
        e.preventDefault();
        if (!isBusy(run.state.peek()) && q.model.peek().trim() && q.text.peek().trim())
            run.start(q.family.peek(), { model: q.model.peek().trim(), text: q.text.peek(), system: q.system.peek(), most: q.most.peek() || 1024, isStream: q.isStream.peek() });
    };
    const byKey = (e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey))
            submit(e);
    };
    return h('form', { class: 'stack', onsubmit: submit },
        segmented({ label: t('try.family'), value: q.family, choices: FAMILIES.map((name) => ({ value: name, text: tOr('family', name) })) }),
        h('div', { class: 'form' }, modelField(q.model, names), numberField({ label: t('try.most'), value: q.most, least: 1, most: 1000000, step: 1 })),
        areaField({ label: t('try.text'), value: q.text, rows: 4, props: { required: true, onkeydown: byKey } }),
        h('details', h('summary', t('try.more')), areaField({ label: t('try.system'), value: q.system, rows: 2 })),
        switchField({ label: t('try.stream'), value: q.isStream }),
        h('div', { class: 'row' }, () => (isBusy(run.state())
            ? button(t('try.stop'), { class: 'danger', onclick: () => run.stop() }, 'close')
            : button(t('try.send'), { type: 'submit', class: 'primary' }, 'send')),
        h('span', { class: 'faint' }, t('try.byKey'))));
}

// Screen readers hear what is new every few seconds, not each word.
function aloud(run) {
    let said = 0;
    const text = signal('');
    every(SAY_MS, () => {
        const now = run.state.peek();
        if (now.answer.text.length < said)
            said = 0;
        if (now.answer.text.length === said || now.state === 'idle')
            return;
        text.set(now.answer.text.slice(said));
        said = now.answer.text.length;
    });
    return h('div', { class: 'unseen', 'aria-live': 'polite', 'aria-atomic': 'true' }, () => text());
}

const pieces = (run) => computed(() => run.state().answer);

function wrong(run) {
    const { answer, fault, status } = run;
    const e = answer.error;
    if (!e && !fault && status < 400)
        return null;
    return notice('bad', h('p', status >= 400 && h('strong', `${status} `), e?.kind && h('code', `${e.kind} `), e?.message ?? fault ?? t('try.noWords')));
}

function answerCard(run) {
    const answer = pieces(run);
    const text = computed(() => answer().text);
    const reasoning = computed(() => answer().reasoning);
    return card(null,
        h('div', { class: 'row' }, h('h2', t('try.answer')), h('span', { role: 'status' }, chip(() => t(`try.state.${run.state().state}`), () => tones[run.state().state])),
            () => answer().end && h('span', { class: 'faint' }, answer().end), h('span', { class: 'grow' }), () => text() !== '' && copyButton(() => text.peek())),
        h('div', { role: 'alert' }, () => wrong(run.state())),
        h('details', { class: 'try-reasoning', open: true, hidden: () => !reasoning() }, h('summary', t('try.reasoning')), h('div', { class: 'try-text soft', tabindex: '0', role: 'region', 'aria-label': t('try.reasoning') }, reasoning)),
        h('div', { class: 'try-text', tabindex: '0', role: 'region', 'aria-label': t('try.answer'), 'aria-busy': () => String(isBusy(run.state())) },
            () => text() || h('span', { class: 'faint' }, t(isBusy(run.state()) ? 'try.waiting' : run.state().state === 'idle' ? 'try.nothing' : 'try.noText'))),
        aloud(run));
}

const times = (run) => h('dl', { class: 'stats' },
    stat(t('try.headMs'), () => took(run.state().headMs)),
    stat(t('try.firstMs'), () => took(run.state().firstMs)),
    stat(t('try.totalMs'), () => took(run.state().totalMs)),
    stat(t('try.tokensIn'), () => number(run.state().answer.said?.input), { note: () => (run.state().answer.said?.cached ? t('try.cached', { count: number(run.state().answer.said.cached) }) : '') }),
    stat(t('try.tokensOut'), () => number(run.state().answer.said?.output), { note: () => (run.state().answer.said?.reasoning ? t('try.thought', { count: number(run.state().answer.said.reasoning) }) : '') }));

const pair = (name, value) => [h('dt', name), h('dd', value)];

const routeCard = (run) => card(t('try.route'),
    h('dl', { class: 'pairs' }, () => [pair(t('try.status'), String(run.state().status)), run.state().answer.model && pair(t('try.servedModel'), h('code', run.state().answer.model)),
        run.state().timings.map((x) => pair(tOr('try.timing', x.name), x.ms === null ? x.say : took(x.ms)))]),
    () => run.state().id && h('p', h('a', { class: 'button', href: href(['requests', run.state().id]) }, t('try.detail'))),
    h('details', h('summary', t('try.headers')), h('dl', { class: 'pairs' }, () => run.state().headers.map(([name, value]) => pair(h('code', name), h('code', value))))));

function rawCard(run) {
    const isOpen = signal(false);
    const lines = () => run.state().raw.map((e) => `${String(Math.round(e.ms)).padStart(6)} ms  ${e.event ? `${e.event}  ` : ''}${e.data}`).join('\n');
    return h('details', { class: 'card', ontoggle: (e) => isOpen.set(e.target.open) }, h('summary', t('try.raw')),
        () => isOpen() && h('pre', { class: 'try-raw', tabindex: '0' }, lines), () => isOpen() && run.state().rawMore > 0 && h('p', { class: 'faint' }, t('try.rawMore', { n: run.state().rawMore })));
}

export async function view() {
    const { channels } = await get('api/channels');
    const names = suggestions(channels);
    const asked = query.peek();
    return () => {
        const q = { family: signal(FAMILIES.includes(asked.family) ? asked.family : 'messages'), model: signal(asked.model ?? names[0] ?? ''), text: signal(t('try.hello')),
            system: signal(''), most: signal(1024), isStream: signal(true) };
        const run = tryRun();
        onEnd(() => run.stop());
        const isIdle = computed(() => run.state().state === 'idle');
        return h('div', head(t('try.title'), t('try.lead')), channels.length === 0 && notice('warn', h('p', t('try.noChannels'))),
            h('div', { class: 'try-grid' }, h('div', { class: 'stack' }, card(t('try.question'), form(q, run, names))),
                h('div', { class: 'stack' }, answerCard(run), h('div', { class: 'stack', hidden: isIdle }, times(run), routeCard(run), rawCard(run)))));
    };
}
