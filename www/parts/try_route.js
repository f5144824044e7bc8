// SPDX-License-Identifier: MIT
// try_route - the way that a question took: channel, key, attempts, why; from the stream of events at once, from the history whole.

import { get } from '../lib/api.js';
import { money, number, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { on } from '../lib/live.js';
import { href } from '../lib/router.js';
import { effect, onEnd, signal, untracked } from '../lib/signal.js';
import { timeline } from './timeline.js';
import { traceTable } from './trace.js';
import { card, chip } from './ui.js';
import '../text/try.js';

const LOOK_MS = 300;
const LOOKS = 40; // it is written within a second; where no history is kept, never
const ENDS = ['done', 'failed', 'stopped'];

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const pair = (name, value) => (value === null || value === undefined || value === '' ? null : h('div', h('dt', name), h('dd', value)));

// The whole record; null: there is none (yet).  A list may be empty, one that is asked for by its id may not.
async function fetchWhole(id) {
    const { requests } = await get('api/history', { q: id, limit: 1 });
    return requests.length ? get(`api/history/${encodeURIComponent(id)}`) : null;
}

// A signal of what is known of the run's request: nothing, then its line, then all.
function recordOf(run) {
    const record = signal(null);
    let wanted = null;
    const take = (id, r) => wanted === id && r && !record.peek()?.tries && record.set(r);
    const look = async (id) => {
        for (let n = 0; n < LOOKS && wanted === id && !record.peek()?.tries; n++) {
            const r = await fetchWhole(id).catch((e) => ({ error: e }));
            if (r?.error instanceof Error)
                return;
            take(id, r);
            await pause(LOOK_MS);
        }
    };
    on(['request'], (r) => take(r.id, r));
    effect(() => {
        const { id, state } = run.state();
        untracked(() => {
            if (id !== wanted) {
                wanted = id;
                record.set(null);
            }
            if (id && ENDS.includes(state))
                look(id);
        });
    });
    onEnd(() => {
        wanted = null;
    });
    return record;
}

const known = (r) => r && [
    pair(t('try.channel'), r.channel && h('a', { href: href(['channels', r.family ?? 'messages'], { search: r.channel }) }, r.channel)),
    pair(t('try.key'), r.key && h('code', r.key)),
    pair(t('try.attempts'), r.attempts > 1 ? chip(number(r.attempts), 'warn') : number(r.attempts)),
    pair(t('try.dialect'), r.dialect && [tOr('dialect', r.dialect), r.translated && ` (${t('try.translated')})`]),
    pair(t('try.cost'), r.cost_micro === undefined ? null : money(r.cost_micro, r.currency))];

const whole = (r) => r?.tries && [timeline(r), r.trace?.length > 0 && h('details', h('summary', t('try.why')), traceTable(r.trace, t('try.why')))];

export function routeCard(run) {
    const record = recordOf(run);
    return card(t('try.route'),
        h('dl', { class: 'fact-list' }, () => known(record()), () => [pair(t('try.status'), run.state().status && String(run.state().status)), pair(t('try.servedModel'), run.state().answer.model),
            run.state().timings.filter((x) => x.name !== 'attempts' || !record()).map((x) => pair(tOr('try.timing', x.name), x.ms === null ? x.say : took(x.ms)))]),
        () => whole(record()),
        () => run.state().id && h('p', h('a', { class: 'button', href: href(['requests', run.state().id]) }, t('try.detail'))),
        h('details', { hidden: () => !run.state().headers.length }, h('summary', t('try.headers')), h('dl', { class: 'pairs' }, () => run.state().headers.map(([name, value]) => [h('dt', h('code', name)), h('dd', h('code', value))]))));
}
