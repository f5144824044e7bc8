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
import '../text/scheduler.js';

const PLACES = 12;

const placeText = (p, nameOf) => [p.channel ? nameOf(p.channel) : t('scheduler.all'), p.key, p.url].filter(Boolean).join(' · ');

const wayRow = (way, nameOf) => h('li', { class: way.after ? 'why' : 'explain-best' },
    way.after && chip(t(`explain.if.${way.after}`), 'off'),
    h('div', { class: 'stack-tight' }, h('p', h('strong', nameOf(way.channel)), way.key && h('span', { class: 'mono soft' }, ` ${way.key}`), way.url && h('span', { class: 'mono soft' }, ` ${way.url}`)),
        h('p', { class: 'soft' }, [way.rests ? t('explain.rests') : tOr('explain.why', way.why), way.way && tOr('explain.way', way.way), way.dialect && t('explain.dialect', { name: tOr('dialect', way.dialect) }),
            way.model && t('explain.modelSent', { model: way.model })].filter(Boolean).join(' · ')),
        way.learned.length > 0 && h('p', { class: 'soft' }, t('explain.learned', { names: way.learned.join(', ') }))));

const leftOutRow = (group, nameOf) => h('li', { class: 'stack-tight' }, h('p', h('strong', tOr('explain.why', group.why))),
    h('p', { class: 'soft' }, group.places.slice(0, PLACES).map((p) => placeText(p, nameOf) + (p.seconds ? ` (${t('explain.leftOutFor', { time: span(p.seconds) })})` : '')).join(', '),
        group.places.length > PLACES && ` ${t('explain.more', { n: group.places.length - PLACES })}`));

const aboutRequest = (r, nameOf) => h('p', { class: 'soft' }, [r.route && t('explain.route', { model: r.route }), r.strategy && t('explain.strategy', { name: r.strategy }),
    r.session?.channel && t('explain.home', { channel: nameOf(r.session.channel) })].filter(Boolean).join(' '));

function result(answer, nameOf) {
    const ways = waysOf(answer);
    const leftOut = leftOutOf(answer);
    const isFound = answer.result === 'found';
    const told = t(`explain.result.${answer.result}`, { channel: isFound ? nameOf(answer.chosen.channel) : '', time: span((answer.wait_ms ?? 0) / 1000) });
    return h('div', { class: 'stack' },
        answer.request.refused ? notice('bad', h('p', t('explain.refused', { why: answer.request.refused }))) : notice(isFound ? 'good' : 'bad', h('p', told)),
        aboutRequest(answer.request, nameOf),
        ways.length > 0 && h('ol', { class: 'why-list' }, ways.map((way) => wayRow(way, nameOf))),
        leftOut.length > 0 && [h('h3', t('explain.leftOut')), h('ul', { class: 'why-list' }, leftOut.map((group) => leftOutRow(group, nameOf))),
            answer.excluded_more > 0 && h('p', { class: 'soft' }, t('explain.more', { n: answer.excluded_more }))]);
}

// clients: [{id, label}]; models: names that were asked lately; nameOf(id): a channel's name.
export function explainCard({ clients, models, nameOf }) {
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
            const told = await post(withQuery('api/explain', { path, client: client.peek() }), body);
            answer.set(told);
        } catch (error) {
            answer.set(null);
            fault.set(error);
        }
        isBusy.set(false);
        if (!isOver)
            setQuery({ family: family.peek(), model: model.peek().trim(), client: client.peek() === 'access' ? null : client.peek() });
    };
    if (model.peek())
        run();
    const list = 'explain-models';
    return card(t('explain.title'),
        h('form', { class: 'form', onsubmit: run }, faultBox(fault),
            selectField({ label: t('scheduler.family'), value: family, choices: FAMILIES.map((value) => ({ value, text: tOr('family', value) })) }),
            textField({ label: t('explain.model'), hint: t('explain.modelHint'), value: model, props: { list, required: true } }),
            selectField({ label: t('scheduler.client'), value: client, choices: [{ value: 'access', text: 'access' }, ...clients.map((c) => ({ value: c.id, text: c.label ? `${c.label} (${c.id})` : c.id }))] }),
            h('datalist', { id: list }, models.map((name) => h('option', { value: name }))),
            h('div', { class: 'field wide' }, h('div', { class: 'row' }, button(t('explain.ask'), { type: 'submit', class: 'primary', 'aria-busy': () => String(isBusy()) }, 'search')))),
        h('div', { 'aria-live': 'polite' }, () => (answer() ? result(answer(), nameOf) : fault() ? null : h('p', { class: 'soft' }, t('explain.empty')))));
}
