// SPDX-License-Identifier: MIT
// trace - why a request went where it went: the steps of the decision as rows, as the history keeps them and as the gateway explains them now.

import { span, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { gathered } from '../lib/timeline.js';
import { outcomeText } from './timeline.js';
import { chip } from './ui.js';
import '../text/requests.js';

const tones = { chosen: 'good', prefer: 'info', fit: 'info', out: 'warn', wait: 'warn', nobody: 'bad', hedge: 'info', route: 'info', attempt: 'off', left_out: 'off' };

const toneOf = (step) => {
    if (step.step !== 'attempt')
        return tones[step.step] ?? 'off';
    return step.result === 'served' ? 'good' : step.result === 'failed' ? 'bad' : 'off';
};

const stepText = (step) => (step.step === 'attempt' ? tOr('requests.result', step.result) : tOr('requests.step', step.step));

// What rests says whose fault it was, and who said how long.
const cause = (step) => [step.trouble && step.trouble !== 'none' && outcomeText(step.trouble), step.status && t('requests.statusIs', { status: step.status }), step.source && tOr('requests.source', step.source),
    step.restored && t('requests.restored')].filter(Boolean).join(t('requests.comma'));

function reason(step) {
    const parts = [];
    if (step.why && step.why !== 'none')
        parts.push(step.step === 'out' ? tOr('requests.out', step.why) : tOr('requests.because', step.why));
    if (step.step === 'attempt') {
        parts.push(step.fault && step.fault !== 'none' ? tOr('requests.fault', step.fault) : '', step.status ? t('requests.statusIs', { status: step.status }) : '',
            step.first_content_us ? t('requests.firstAfter', { time: took(step.first_content_us / 1000) }) : '');
    } else {
        parts.push(cause(step));
    }
    if (step.for_ms)
        parts.push(t('requests.forMore', { time: span(step.for_ms / 1000) }));
    if (step.wait_ms !== undefined)
        parts.push(t('requests.waited', { time: took(step.wait_ms) }));
    if (step.score)
        parts.push(t('requests.score', { n: step.score }));
    if (step.model)
        parts.push(step.model);
    if (step.steps)
        parts.push(t('requests.leftOut', { n: step.steps }));
    return parts.filter(Boolean).join(' · ');
}

const nameOf = (step) => step.channel ?? (step.step === 'left_out' ? '' : t('requests.allChannels'));

const candidate = (step) => (step.others ? h('div', [step, ...step.others].map(nameOf).join(t('requests.comma')))
    : [h('div', nameOf(step)), [step.key, step.url].filter(Boolean).map((part) => h('div', { class: 'trace-place' }, part))]);

// steps: of GET /api/history/{id} or POST /api/explain.
export function traceTable(all, caption) {
    const steps = gathered(all);
    const isTimed = steps.some((step) => step.at_us > 0);
    const columns = [t('requests.candidate'), t('requests.decision'), t('requests.reason'), isTimed && t('requests.at')].filter(Boolean);
    return h('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': caption }, h('table', { class: 'trace' }, h('caption', { class: 'unseen' }, caption),
        h('thead', h('tr', columns.map((title) => h('th', { scope: 'col' }, title)))),
        h('tbody', steps.map((step) => h('tr', h('th', { scope: 'row', 'data-title': columns[0] }, candidate(step)), h('td', { 'data-title': columns[1] }, chip(stepText(step), toneOf(step))),
            h('td', { 'data-title': columns[2] }, reason(step)), isTimed && h('td', { class: 'nowrap', 'data-title': columns[3] }, took((step.at_us ?? 0) / 1000)))))));
}

const pathSteps = (paths, step) => (paths ?? []).map((path) => ({ ...path, step }));

// What POST /api/explain answers, in the order of its telling.
export function explained(answer) {
    const steps = [...answer.chosen ? [{ ...answer.chosen, step: 'chosen' }] : [], ...pathSteps(answer.if_keys_fail, 'next_key'), ...pathSteps(answer.if_upstreams_fail, 'next_upstream'),
        ...pathSteps(answer.excluded, 'out')];
    const refused = answer.request?.refused;
    return h('div', { class: 'stack' }, refused && h('p', { class: 'bad-text' }, refused),
        !answer.chosen && h('p', { class: 'bad-text' }, t('requests.nobodyNow')),
        steps.length > 0 && traceTable(steps, t('requests.explainNow')));
}
