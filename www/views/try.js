// SPDX-License-Identifier: MIT
// try - a message through any client API and any model: the answer as it streams, what it took, which way it went.

import { get, url } from '../lib/api.js';
import { areaField, field, numberField, segmented, switchField } from '../lib/form.js';
import { number, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { query } from '../lib/router.js';
import { computed, effect, every, onEnd, signal, untracked } from '../lib/signal.js';
import { curlOf, FAMILIES, suggestions } from '../lib/try.js';
import { card, chip, copyButton, head, notice, snippet, stat } from '../parts/ui.js';
import { routeCard } from '../parts/try_route.js';
import { tryRun } from '../parts/try_run.js';
import '../text/try.js';

const MOST = 1024; // tokens, where nobody says
const NEAR_PX = 40; // so near its end an answer is followed
const SAY_MS = 4000; // between two readings aloud of a stream
const tones = { idle: 'off', waiting: 'info', reading: 'info', done: 'good', failed: 'bad', stopped: 'warn' };
const isBusy = (run) => run.state === 'waiting' || run.state === 'reading';

const modelField = (value, names) => field({ label: t('try.model'), hint: t('try.modelHint'), control: (id, told) => [
    h('input', { id, type: 'text', list: `${id}-names`, required: true, 'aria-describedby': told, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', value: () => value(),
        oninput: (e) => value.set(e.target.value) }),
    h('datalist', { id: `${id}-names` }, names.map((name) => h('option', { value: name })))] });

const questionOf = (q) => ({ model: q.model().trim(), text: q.text(), system: q.system(), most: q.most() || MOST, isStream: q.isStream() });

// One button for both, so that the focus stays while it changes.
const sendButton = (run) => h('button', { type: 'submit', class: () => (isBusy(run.state()) ? 'button danger' : 'button primary'), formnovalidate: () => isBusy(run.state()) },
    () => icon(isBusy(run.state()) ? 'close' : 'send'), h('span', () => t(isBusy(run.state()) ? 'try.stop' : 'try.send')));

function form(q, run, names) {
    const start = () => run.start(q.family.peek(), untracked(() => questionOf(q)));
    const submit = (e) => {
        e.preventDefault();
        if (isBusy(run.state.peek()))
            run.stop();
        else if (q.model.peek().trim() && q.text.peek().trim())
            start();
    };
    const byKey = (e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !isBusy(run.state.peek()))
            e.target.form.requestSubmit();
    };
    return h('form', { class: 'stack', onsubmit: submit },
        segmented({ label: t('try.family'), value: q.family, choices: FAMILIES.map((name) => ({ value: name, text: tOr('family', name) })) }),
        modelField(q.model, names),
        areaField({ label: t('try.text'), value: q.text, rows: 5, props: { required: true, onkeydown: byKey } }),
        h('details', { open: q.system.peek() !== '' || q.most.peek() !== MOST }, h('summary', t('try.more')), h('div', { class: 'stack' }, areaField({ label: t('try.system'), value: q.system, rows: 2 }),
            numberField({ label: t('try.most'), value: q.most, least: 1, most: 1000000, step: 1 }))),
        switchField({ label: t('try.stream'), value: q.isStream }),
        h('div', { class: 'row' }, sendButton(run), h('span', { class: 'faint' }, () => !isBusy(run.state()) && t('try.byKey'))));
}

// The same question for a terminal; written only when it is wanted.
function commandCard(q) {
    const isOpen = signal(false);
    return h('details', { class: 'card', ontoggle: (e) => isOpen.set(e.target.open) }, h('summary', t('try.command')), h('p', { class: 'soft' }, t('try.commandHint')),
        () => isOpen() && snippet(curlOf(q.family(), questionOf(q), url(''))));
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

// While it grows, its end is shown; who reads further up is left there.
function textBox(run, text) {
    let isAtEnd = true;
    const box = h('div', { class: 'try-text', tabindex: '0', role: 'region', 'aria-label': t('try.answer'), hidden: () => run.state().state === 'failed' && !text(), 'aria-busy': () => String(isBusy(run.state())), onscroll: () => {
        isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    } }, () => text() || h('span', { class: 'faint' }, t(isBusy(run.state()) ? 'try.waiting' : run.state().state === 'idle' ? 'try.nothing' : 'try.noText')));
    effect(() => {
        text();
        queueMicrotask(() => isAtEnd && box.scrollTo(0, box.scrollHeight));
    });
    return box;
}

function answerCard(run) {
    const answer = pieces(run);
    const text = computed(() => answer().text);
    const reasoning = computed(() => answer().reasoning);
    const node = card(null,
        h('div', { class: 'row try-head' }, h('h2', t('try.answer')), h('span', { role: 'status' }, chip(() => t(`try.state.${run.state().state}`), () => tones[run.state().state])),
            () => answer().end && h('code', { class: 'faint' }, answer().end), h('span', { class: 'grow' }), () => text() !== '' && copyButton(() => text.peek())),
        h('div', { role: 'alert' }, () => wrong(run.state())),
        h('details', { class: 'try-reasoning', open: true, hidden: () => !reasoning() }, h('summary', t('try.reasoning')), h('div', { class: 'try-text soft', tabindex: '0', role: 'region', 'aria-label': t('try.reasoning') }, reasoning)),
        textBox(run, text), aloud(run));
    const isWaiting = computed(() => run.state().state === 'waiting');
    effect(() => isWaiting() && node.scrollIntoView({ block: 'nearest' }));
    return node;
}

const said = (run) => run.state().answer.said;

const times = (run) => h('dl', { class: 'stats' },
    stat(t('try.headMs'), () => took(run.state().headMs)),
    stat(t('try.firstMs'), () => took(run.state().firstMs)),
    stat(t('try.totalMs'), () => took(run.state().totalMs)),
    stat(t('try.tokensIn'), () => number(said(run)?.input), { note: () => (said(run)?.cached ? t('try.cached', { count: number(said(run).cached) }) : '') }),
    stat(t('try.tokensOut'), () => number(said(run)?.output), { note: () => (said(run)?.reasoning ? t('try.thought', { count: number(said(run).reasoning) }) : '') }));

function rawCard(run) {
    const isOpen = signal(false);
    const lines = () => run.state().raw.map((e) => `${String(Math.round(e.ms)).padStart(6)} ms  ${e.event ? `${e.event}  ` : ''}${e.data}`).join('\n');
    return h('details', { class: 'card', ontoggle: (e) => isOpen.set(e.target.open) }, h('summary', t('try.raw')),
        () => isOpen() && h('pre', { class: 'try-raw', tabindex: '0' }, lines), () => isOpen() && run.state().rawMore > 0 && h('p', { class: 'faint' }, t('try.rawMore', { n: run.state().rawMore })));
}

const quiet = (promise, fallback) => promise.catch(() => fallback);

// What was asked last is still there when one comes back; only for as long as the page lives.
let last = null;

function questionFrom(asked, names) {
    const q = { family: signal(last?.family ?? 'messages'), model: signal(last?.model ?? names[0] ?? ''), text: signal(last?.text ?? t('try.hello')), system: signal(last?.system ?? ''),
        most: signal(last?.most ?? MOST), isStream: signal(last?.isStream ?? true) };
    if (FAMILIES.includes(asked.family))
        q.family.set(asked.family);
    if (asked.model)
        q.model.set(asked.model);
    onEnd(() => {
        last = Object.fromEntries(Object.entries(q).map(([name, value]) => [name, value.peek()]));
    });
    return q;
}

export async function view() {
    const [{ channels }, models] = await Promise.all([get('api/channels'), quiet(get('api/statistics', { by: 'model', window: '24h', limit: 100 }), { rows: [] })]);
    const names = [...new Set(models.rows.map((row) => row.name).filter(Boolean).concat(suggestions(channels)))];
    const asked = query.peek();
    return () => {
        const q = questionFrom(asked, names);
        const run = tryRun();
        onEnd(() => run.stop());
        const isIdle = computed(() => run.state().state === 'idle');
        return h('div', head(t('try.title'), t('try.lead')), channels.length === 0 && notice('warn', h('p', t('try.noChannels'))),
            h('div', { class: 'try-grid' }, h('div', { class: 'stack' }, card(t('try.question'), form(q, run, names)), commandCard(q)),
                h('div', { class: 'stack' }, answerCard(run), h('div', { class: 'stack', hidden: isIdle }, times(run), routeCard(run), rawCard(run)))));
    };
}
