// SPDX-License-Identifier: MIT
// explain_form - where a request would go now, and why: asked without sending anything.

import { post, withQuery } from '../lib/api.js';
import { button } from '../lib/dialog.js';
import { faultBox, selectField, textField } from '../lib/form.js';
import { span } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { query, setQuery } from '../lib/router.js';
import { onEnd, signal } from '../lib/signal.js';
import { askOf, FAMILIES, leftOutOf, waysOf } from './explain_ask.js';
import { card, chip, notice } from './ui.js';
import '../text/channels.js';
import '../text/scheduler.js';

const PLACES = 12;

const placeText = (p, names) => [p.channel ? names.channel(p.channel) : t('scheduler.all'),
    p.key && names.key(p.channel, p.key), p.url].filter(Boolean).join(' · ');

const wayRow = (way, names) => h('li', { class: way.after ? 'why' : 'explain-best' },
    way.after && chip(t(`explain.if.${way.after}`), 'off'),
    h('div', { class: 'stack-tight' }, h('p', h('strong', names.channel(way.channel)), way.key && h('span', { class: 'mono soft' }, ` ${names.key(way.channel, way.key)}`), way.url && h('span', { class: 'mono soft' }, ` ${way.url}`)),
        h('p', { class: 'soft' }, [way.rests ? t('explain.rests') : tOr('explain.why', way.why), way.way && tOr('explain.way', way.way), way.dialect && t('explain.dialect', { name: tOr('dialect', way.dialect) }),
            way.model && t('explain.modelSent',
                { model: way.model })].filter(Boolean).join(' · ')),
        way.learned.length > 0 && h('p', { class: 'soft' },
            t('explain.learned', { names: way.learned.join(', ') }))));

const leftOutRow = (group, names) => h('li', { class: 'stack-tight' }, h('p', h('strong', tOr('explain.why', group.why))),
    h('p', { class: 'soft' }, group.places.slice(0, PLACES).map((p) => placeText(p, names) + (p.seconds ? ` (${t('explain.leftOutFor', { time: span(p.seconds) })})` : '')).join(', '),
        group.places.length > PLACES
            && ` ${t('explain.more', { n: group.places.length - PLACES })}`));

const aboutRequest = (r, names) => h('p', { class: 'soft' }, [r.route && t('explain.route', { model: r.route }), r.strategy && t('explain.strategy', { name: tOr('channels.strategy', r.strategy) }),
    r.session?.channel && t('explain.home',
        { channel: names.channel(r.session.channel) })].filter(Boolean).join(' '));

function result(answer, names) {
    const ways = waysOf(answer);
    const leftOut = leftOutOf(answer);
    const isFound = answer.result === 'found';
    const told = t(`explain.result.${answer.result}`,
        { channel: isFound ? names.channel(answer.chosen.channel) : '',
        time: span((answer.wait_ms ?? 0) / 1000) });
    return h('div', { class: 'stack' },
        answer.request.refused ? notice('bad',
            h('p', t('explain.refused', { why: answer.request.refused })))
            : notice(isFound ? 'good' : 'bad', h('p', told)),
        aboutRequest(answer.request, names),
        ways.length > 0 && h('ol', { class: 'why-list' },
            ways.map((way) => wayRow(way, names))),
        leftOut.length > 0 && [h('h3', t('explain.leftOut')), h('ul', { class: 'why-list' }, leftOut.map((group) => leftOutRow(group, names))),
            answer.excluded_more > 0 && h('p', { class: 'soft' },
                t('explain.more', { n: answer.excluded_more }))]);
}

// clients: [{id, label}]; models: names that were asked lately; names: {channel(id),
// key(channel, id)}.
export function explainCard({ clients, models, names }) {
    const asked = query.peek();
    const family = signal(FAMILIES.includes(asked.family) ? asked.family : FAMILIES[0]);
    const model = signal(asked.model ?? '');
    const client = signal(asked.client ?? 'access');
    const answer = signal(null);
    const fault = signal(null);
    const isBusy = signal(false);
    let isOver = false;
    onEnd(() => {
        isOver = true;
    });
    const run = async (e) => {
        e?.preventDefault();
        if (isBusy.peek() || !model.peek().trim())
            return;
        isBusy.set(true);
        fault.set(null);
        const { path, body } = askOf(family.peek(), model.peek().trim());
        try {
            const told = await post(withQuery('api/explain', { path, client: client.peek() }),
                body);
            answer.set(told);
        } catch (error) {
            answer.set(null);
            fault.set(error);
        }
        isBusy.set(false);
        if (!isOver)
            setQuery({ family: family.peek(), model: model.peek().trim(),
                client: client.peek() === 'access' ? null : client.peek() });
    };
    if (model.peek())
        run();
    const list = 'explain-models';
    const families = FAMILIES.map((value) => ({ value, text: tOr('family', value) }));
    const keys = [{ value: 'access', text: t('explain.accessKey') },
        ...clients.map((c) => ({ value: c.id, text: c.label ? `${c.label} (${c.id})`
            : c.id }))];
    return card(t('explain.title'), h('p', t('explain.empty')),
        h('form', { class: 'ask', onsubmit: run }, faultBox(fault),
            selectField({ label: t('scheduler.family'), value: family, choices: families }),
            textField({ label: t('explain.model'), value: model,
                placeholder: t('explain.modelHint'), props: { list, required: true } }),
            selectField({ label: t('scheduler.client'), value: client, choices: keys }),
            button(t('explain.ask'), { type: 'submit', class: 'primary',
                'aria-busy': () => String(isBusy()) }, 'search'),
            h('datalist', { id: list }, models.map((name) => h('option', { value: name })))),
        h('div', { 'aria-live': 'polite' }, () => answer() && result(answer(), names)));
}
