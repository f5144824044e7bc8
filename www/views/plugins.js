// SPDX-License-Identifier: MIT
// plugins - what is loaded: files, versions, dialects with their options, stores; and moving from the predecessor.

import { get } from '../lib/api.js';
import { number } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { signal } from '../lib/signal.js';
import { importCard } from '../parts/import_form.js';
import { chip, head, table } from '../parts/ui.js';
import '../text/plugins.js';

const shownDefault = (o) => (o.default === null || o.default === '' ? '–' : h('code', String(o.default)));

const optionTable = (d) => table({ caption: `${d.title}: ${t('plugins.option')}`, rows: signal(d.options), key: (o) => o.name, columns: [
    { title: t('plugins.option'), isHead: true, cell: (o) => h('code', o.name) },
    { title: t('plugins.type'), cell: (o) => tOr('plugins.type', o.type) },
    { title: t('plugins.default'), cell: shownDefault },
    { title: t('plugins.meaning'), cell: (o) => h('div', { class: 'stack-tight' }, o.help, o.rewrites && chip(t('plugins.rewrites'), 'info')) },
] });

const dialectBox = (d) => h('div', { class: 'stack-tight wide-items' },
    h('p', { class: 'row' }, h('strong', d.title || d.name), h('code', d.name), h('span', { class: 'soft' }, `${t('plugins.family')}: ${tOr('family', d.family)}`)),
    d.options.length ? h('details', { class: 'option-list' }, h('summary', t('plugins.options', { n: d.options.length })), optionTable(d)) : h('p', { class: 'soft' }, t('plugins.noOptions')));

const stateChip = (p) => chip(tOr('plugins.state', p.state), p.state === 'loaded' ? 'good' : 'bad');

const pluginCard = (p) => h('section', { class: 'card plugin' },
    h('div', { class: 'row' }, h('h2', p.name), h('span', { class: 'soft' }, `${t('plugins.version')} ${p.version}`), stateChip(p), p.bugs > 0 && h('span', { class: 'bad-text' }, t('plugins.bugs', { n: p.bugs }))),
    h('p', { class: 'faint' }, `${t('plugins.file')}: `, h('code', p.file)),
    p.dialects.length > 0 && h('div', { class: 'stack' }, p.dialects.map(dialectBox)),
    p.stores.length > 0 && h('p', `${t('plugins.stores')}: `, h('code', p.stores.join(', '))));

const summary = (list) => table({ caption: t('plugins.title'), rows: list, key: (p) => p.file, columns: [
    { title: t('plugins.name'), isHead: true, cell: (p) => p.name },
    { title: t('plugins.version'), cell: (p) => p.version },
    { title: t('plugins.dialects'), cell: (p) => p.dialects.map((d) => d.name).join(', ') || '–' },
    { title: t('plugins.stores'), cell: (p) => p.stores.join(', ') || '–' },
    { title: t('plugins.state'), cell: (p) => h('div', { class: 'row' }, stateChip(p), p.bugs > 0 && number(p.bugs)) },
] });

export async function view() {
    const list = signal([]);
    let told = '';
    const load = async () => {
        const { plugins } = await get('api/plugins');
        const now = JSON.stringify(plugins);
        if (now !== told)
            list.set(plugins);
        told = now;
    };
    await load();
    return () => {
        follow(['config', 'stats'], load, { ms: 10000 });
        return h('div', head(t('plugins.title'), t('plugins.lead')), summary(list), h('div', { class: 'stack' }, () => list().map(pluginCard)), importCard());
    };
}
