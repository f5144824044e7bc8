// SPDX-License-Identifier: MIT
// plugins - what is loaded: files, versions, dialects with their options, stores; and moving from the predecessor.

import { get } from '../lib/api.js';
import { h } from '../lib/h.js';
import { language, t, tOr } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { signal } from '../lib/signal.js';
import { importCard } from '../parts/import_form.js';
import { chip, empty, head, table } from '../parts/ui.js';
import '../text/dialects.js';
import '../text/plugins.js';

const shownDefault = (o) => (o.default === null || o.default === '' ? '–'
    : h('code', String(o.default)));

// The plugin's own help is English; one that has no other words shows it in Chinese, too.
function helpOf(d, o) {
    const own = tOr(`dialectHelp.${d.name}`, o.name);
    return language() === 'zh' && own !== o.name ? own : o.help;
}

const optionTable = (d) => table({ caption: t('plugins.optionsOf', { name: d.title || d.name }), rows: signal(d.options),
    key: (o) => o.name, columns: [
        { title: t('plugins.option'), isHead: true,
            cell: (o) => h('code', { class: 'nowrap' }, o.name) },
        { title: t('plugins.type'), class: 'nowrap', cell: (o) => tOr('plugins.type', o.type) },
        { title: t('plugins.default'), cell: shownDefault },
        { title: t('plugins.meaning'), cell: (o) => h('div', { class: 'stack-tight' }, h('p', helpOf(d, o)),
            o.rewrites && chip(t('plugins.rewrites'), 'info')) },
    ] });

const dialectBox = (d, used) => h('div', { class: 'dialect' },
    h('p', { class: 'row' }, h('strong', d.title || d.name), h('code', d.name),
        h('span', { class: 'soft' }, t('plugins.serves', { family: tOr('family', d.family) })),
        used(d.name) > 0 ? chip(t('plugins.used', { n: used(d.name) }), 'info')
            : h('span', { class: 'faint' }, t('plugins.unused'))),
    d.options.length > 0 && h('details', { class: 'option-list' },
        h('summary', t('plugins.options', { n: d.options.length })), optionTable(d)));

const pair = (name, value) => value && h('div', h('dt', name), h('dd', value));

const pluginCard = (p, used) => h('section', { class: 'card plugin' },
    h('div', { class: 'row' }, h('h2', p.name),
        chip(tOr('plugins.state', p.state), p.state === 'loaded' ? 'good' : 'bad'),
        p.bugs > 0 && h('span', { class: 'bad-text' }, t('plugins.bugs', { n: p.bugs }))),
    p.bugs > 0 && h('p', { class: 'soft' }, t('plugins.bugsText')),
    h('dl', { class: 'plugin-facts' }, pair(t('plugins.version'), p.version), pair(t('plugins.abi'), p.abi),
        pair(t('plugins.stores'), p.stores.join(', ')),
            pair(t('plugins.file'), h('code', p.file))),
    p.dialects.map((d) => dialectBox(d, used)));

export async function view() {
    const list = signal({ plugins: [], used: () => 0 });
    let told = '';
    const load = async () => {
        const [{ plugins }, { channels }] = await Promise.all([get('api/plugins'),
            get('api/channels', { brief: 'true' })]);
        const dialects = channels.map((c) => c.dialect);
        const now = JSON.stringify([plugins, dialects]);
        if (now !== told) // what is unfolded stays so
            list.set({ plugins, used: (name) => dialects.filter((d) => d === name).length });
        told = now;
    };
    await load();
    return () => {
        follow(['config'], load);
        return h('div', { class: 'manage' }, head(t('plugins.title'), t('plugins.lead')),
            () => (list().plugins.length === 0 ? empty(t('plugins.empty'))
                : h('div', { class: 'plugin-list' },
                    list().plugins.map((p) => pluginCard(p, list().used)))),
            importCard());
    };
}
