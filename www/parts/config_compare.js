// SPDX-License-Identifier: MIT
// config_compare - what is different between any two generations of the configuration; which two stands in the address.

import { get } from '../lib/api.js';
import { faultBox, field } from '../lib/form.js';
import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { query, setQuery } from '../lib/router.js';
import { computed, effect, signal } from '../lib/signal.js';
import { diffBox } from './config_show.js';
import '../text/generations.js';

export const CURRENT = 'current';

const valueOf = (g) => (g.current ? CURRENT : String(g.number));
const textOf = (g) => (g.current ? `${g.number} (${t('generations.current')})`
    : `${g.number} · ${g.what ?? ''}`);

const chooser = (label, name, list, value) => field({ label, control: (id) => {
    const select = h('select', { id, onchange: (e) => setQuery({ [name]: e.target.value }) });
    each(select, list, valueOf,
        (g) => h('option', { value: valueOf(g.peek()) }, () => textOf(g())));
    effect(() => {
        list();
        select.value = value();
    });
    return select;
} });

// list: a signal of generations, the newest first.  Without a choice: what the last change
// changed.
export function compareCard(list) {
    const known = (v) => list().some((g) => valueOf(g) === v);
    const before = () => valueOf(list().find((g) => !g.current) ?? list()[0]);
    const from = computed(() => (known(query().from) ? query().from : before()));
    const to = computed(() => (known(query().to) ? query().to : CURRENT));
    const told = signal(null);
    const fault = signal(null);
    let turn = 0;
    effect(() => {
        const asked = { from: from(), to: to() };
        const newest = list()[0]?.number; // what serves now is another one after each change
        const mine = ++turn;
        get('api/config/diff', asked).then((answer) => {
            if (mine === turn && newest !== undefined)
                told.set(answer.text);
            if (mine === turn)
                fault.set(null);
        }, (error) => mine === turn && fault.set(error));
    });
    return h('section', { class: 'card' }, h('h2', { id: 'compare', tabindex: '-1' }, t('generations.diff')),
        h('div', { class: 'form' }, chooser(t('generations.from'), 'from', list, from),
            chooser(t('generations.to'), 'to', list, to)),
        faultBox(fault), h('div', { 'aria-live': 'polite' }, () => told() !== null
            && diffBox(told())));
}
