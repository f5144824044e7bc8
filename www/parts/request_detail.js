// SPDX-License-Identifier: MIT
// request_detail - one request in a dialog at the side: who, where to, its attempts, why it went there, what it took and cost.

import { get, post, withQuery } from '../lib/api.js';
import { openDialog } from '../lib/dialog.js';
import { bytes, dateTime, money, NOTHING, number, percent, relative, short, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { cacheRate, endOf, tokensOf } from '../lib/history.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { href, query } from '../lib/router.js';
import { every, signal } from '../lib/signal.js';
import { askOf, FAMILIES } from './explain_ask.js';
import { outcomeText, outcomeTone, timeline } from './timeline.js';
import { explained, traceTable } from './trace.js';
import { actButton, chip, copyButton, notice, stat } from './ui.js';

const RETRY_MS = 1000;
const TRIES = 15; // a request is told live before its history is written

const pair = (name, value) => (value === null || value === undefined || value === '' ? [] : [h('div', h('dt', name), h('dd', value))]);
const ms = (us) => (us === undefined ? NOTHING : took(us / 1000));
const section = (title, ...children) => h('section', { class: 'detail-part' }, h('h3', title), children);
const link = (parts, text, query) => h('a', { href: href(parts, query) }, text);
const arrow = (said = '') => [' ', h('span', { 'aria-hidden': 'true' }, '→'), said && h('span', { class: 'unseen' }, said), ' '];

export const outcomeChip = (r) => chip([outcomeText(r.outcome), r.status && ` ${r.status}`], r.outcome === 'served' ? 'good' : r.outcome === 'cancelled' ? 'off' : outcomeTone(r.outcome));

const idLine = (r) => h('span', { class: 'row tight' }, h('code', r.id), copyButton(r.id, t('requests.copyId')));

const who = (r) => [r.client ? link(['clients'], r.client_label ?? r.client, { search: r.client }) : NOTHING, r.client_label && h('span', { class: 'soft' }, ` ${r.client}`)];

const models = (r) => [h('span', r.model ?? NOTHING), r.model_sent && r.model_sent !== r.model && [arrow(t('requests.sentAs')), h('strong', r.model_sent)]];

const way = (r) => [tOr('family', r.family), r.dialect && [arrow(t('requests.sentAs')), tOr('dialect', r.dialect)], r.translated && [' ', chip(t('requests.translated'), 'info')]];

const marks = (r) => ['stream', 'hedged', 'at_home', 'estimated', 'imported'].filter((flag) => r[flag]).map((flag) => [chip(t(`requests.flag.${flag}`), 'off'), ' ']);

const facts = (r) => h('dl', { class: 'fact-list' },
    pair(t('requests.time'), h('time', { datetime: r.time, title: relative(r.time) }, dateTime(r.time))),
    pair(t('requests.client'), who(r)), pair(t('requests.peer'), r.peer), pair(t('requests.agent'), r.agent),
    pair(t('requests.way'), way(r)), pair(t('requests.op'), r.op && tOr('requests.opIs', r.op)),
    pair(t('requests.model'), models(r)),
    pair(t('requests.channel'), r.channel && link(['channels', r.family ?? 'messages'], r.channel, { search: r.channel })),
    pair(t('requests.key'), r.key && h('code', r.key)),
    pair(t('requests.session'), r.session && link(['requests'], r.session, { session: r.session })),
    pair(t('requests.upstreamStatus'), r.upstream_status),
    pair(t('requests.marks'), marks(r).length ? marks(r) : ''));

export const endWords = (r) => {
    const { who: by, when } = endOf(r.end);
    return by === '-' ? t('requests.endWell') : t('requests.endBy', { who: tOr('requests.endWho', by), when: tOr('requests.endWhen', when) });
};

const ledger = (r) => {
    const counts = r.ledger ?? {};
    const kinds = ['mapped', 'approximated', 'dropped', 'repaired'].filter((kind) => counts[kind]);
    if (!kinds.length)
        return h('p', { class: 'soft' }, t(r.translated ? 'requests.ledgerClean' : 'requests.ledgerKept'));
    return h('ul', { class: 'ledger' }, kinds.map((kind) => h('li', h('strong', { class: 'number' }, number(counts[kind])), ' ', t(`requests.ledger.${kind}`), h('span', { class: 'soft' }, ` ${t(`requests.ledgerHint.${kind}`)}`))));
};

const tokens = (r) => {
    const rows = tokensOf(r.tokens);
    if (!rows.length)
        return h('p', { class: 'soft' }, t('requests.noTokens'));
    return h('div', { class: 'table-box keep', tabindex: '0', role: 'region', 'aria-label': t('requests.tokens') }, h('table', h('caption', { class: 'unseen' }, t('requests.tokens')),
        h('thead', { class: 'unseen' }, h('tr', h('th', { scope: 'col' }, t('requests.kind')), h('th', { scope: 'col' }, t('requests.tokens')))),
        h('tbody', rows.map(([kind, n]) => h('tr', h('th', { scope: 'row' }, t(`requests.token.${kind}`)), h('td', { class: 'number' }, number(n)))))));
};

const figures = (r) => h('dl', { class: 'stats' },
    stat(t('requests.total'), ms(r.total_us)), stat(t('requests.content'), ms(r.content_us)),
    stat(t('requests.attempts'), number(r.attempts), { tone: r.attempts > 1 ? 'warn' : '' }),
    stat(t('requests.tokens'), r.tokens?.input === undefined && r.tokens?.output === undefined ? NOTHING : [short(r.tokens.input), arrow(), short(r.tokens.output)]),
    stat(t('requests.cost'), r.cost_micro === undefined ? NOTHING : money(r.cost_micro, r.currency)),
    stat(t('requests.cache'), percent(cacheRate(r.tokens))));

const times = (r) => h('dl', { class: 'fact-list' },
    pair(t('requests.part.queue'), ms(r.queue_us)), pair(t('requests.part.connect'), r.connect_us === 0 ? t('requests.reused') : ms(r.connect_us)),
    pair(t('requests.first'), ms(r.first_us)), pair(t('requests.content'), ms(r.content_us)), pair(t('requests.total'), ms(r.total_us)),
    pair(t('requests.bytesIn'), bytes(r.bytes_in)), pair(t('requests.bytesOut'), bytes(r.bytes_out)));

async function ask(r, answer) {
    const { path, body } = askOf(r.family, r.model);
    answer.set(await post(withQuery('api/explain', { path, client: r.client }), body));
}

const explain = (r, answer) => section(t('requests.explainNow'), h('p', { class: 'soft' }, t('requests.explainHint')),
    h('div', { class: 'row' }, actButton({ text: t('requests.explain'), name: 'info', run: () => ask(r, answer), fault: t('requests.explainFailed') })),
    h('div', { 'aria-live': 'polite' }, () => answer() && explained(answer())));

const isAsked = (r) => r.attempts > 0; // an upstream was

const isWhole = (r) => Array.isArray(r.tries);

const trace = (r) => (r.trace?.length ? traceTable(r.trace, t('requests.why')) : h('p', { class: 'soft' }, t(r.outcome === 'served' && r.tries.length ? 'requests.smooth' : 'requests.noTrace')));

const whole = (r, answer) => h('div', { class: 'stack' },
    h('div', { class: 'row request-top' }, outcomeChip(r), h('span', endWords(r)), r.end && r.end !== '--' && h('code', { class: 'faint', title: t('requests.endCode') }, r.end),
        h('span', { class: 'grow' }), idLine(r)),
    r.error && notice(r.outcome === 'cancelled' ? 'info' : 'bad', h('p', r.error)),
    figures(r), facts(r),
    section(t('requests.timeline'), isWhole(r) ? timeline(r) : h('p', { class: 'soft' }, t('requests.notYet'))),
    (isAsked(r) || r.trace?.length > 0) && section(t('requests.why'), isWhole(r) ? trace(r) : h('p', { class: 'soft' }, t('requests.notYet'))),
    isAsked(r) && section(t('requests.ledgerHead'), ledger(r)),
    h('div', { class: 'grid' }, isAsked(r) && section(t('requests.tokens'), tokens(r)), section(t('requests.times'), times(r))),
    r.model && FAMILIES.includes(r.family) && explain(r, answer));

// What is fetched before the dialog opens: {record, error}.  row: what the list knows, or null; isOff: there is no history to ask.
export async function fetchRequest(id, row, isOff = false) {
    if (isOff && row)
        return { record: { ...row, tries: [] }, error: null };
    try {
        return { record: await get(`api/history/${encodeURIComponent(id)}`), error: null };
    } catch (error) {
        return { record: row, error };
    }
}

function again(id, state) {
    let n = 0;
    every(RETRY_MS, async () => {
        if (state.peek().error?.status !== 404 || n++ >= TRIES)
            return;
        const next = await fetchRequest(id, state.peek().record);
        if (!next.error)
            state.set(next);
    });
}

const missing = (error) => notice(error.status === 404 ? 'info' : 'bad', h('p', error.status === 404 ? t('requests.unknown') : error.status === 0 ? t('common.unreachable') : error.message));

let stepped = ''; // which way one came here: that button has the focus, so that it can be pressed again

const stepper = (to, name, way) => h('a', { class: 'icon-button', title: t(`requests.${way}`), 'aria-label': t(`requests.${way}`), autofocus: stepped === way, role: to ? null : 'link', 'aria-disabled': to ? null : 'true',
    href: to ? href(['requests', to], query.peek()) : null, onclick: () => {
        stepped = way;
    } }, icon(name));

const actions = (record, { newer, older }) => [newer || older ? h('span', { class: 'row tight' }, stepper(newer, 'up', 'newer'), stepper(older, 'down', 'older')) : null, h('span', { class: 'grow' }),
    record?.channel && h('a', { class: 'button', href: href(['logs'], { capture: record.channel }) }, icon('terminal'), h('span', t('requests.capture')))];

// beside: the ids of those that stand next to it in the list.  Gives a promise that settles when it is closed.
export function openRequest(id, first, beside = {}) {
    const state = signal(first);
    const answer = signal(null);
    const told = openDialog({
        title: t('requests.one'),
        size: 'side',
        build: () => {
            again(id, state);
            return {
                body: h('div', { class: 'request-detail' }, () => state().error && missing(state().error), () => state().record && whole(state().record, answer)),
                actions: first.record?.channel || beside.newer || beside.older ? actions(first.record, beside) : null,
            };
        },
    });
    stepped = '';
    return told;
}
