// SPDX-License-Identifier: MIT
// plugins - what is loaded: files, versions, dialects with their options, stores; and moving from the predecessor.

import { get, post } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { h } from '../lib/h.js';
import { language, t, tOr } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { signal } from '../lib/signal.js';
import { importCard } from '../parts/import_form.js';
import { actButton, chip, empty, head, table } from '../parts/ui.js';
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

const section = (name, state, ...children) => h('section', { class: 'card plugin' },
    h('div', { class: 'row' }, h('h2', name), state), children);

const pluginCard = (p, used) => section(p.name, [chip(tOr('plugins.state', p.state), p.state === 'loaded' ? 'good' : 'bad'),
    p.bugs > 0 && h('span', { class: 'bad-text' }, t('plugins.bugs', { n: p.bugs }))],
    p.bugs > 0 && h('p', { class: 'soft' }, t('plugins.bugsText')),
    h('dl', { class: 'plugin-facts' }, pair(t('plugins.version'), p.version), pair(t('plugins.abi'), p.abi),
        pair(t('plugins.stores'), p.stores.join(', ')),
        pair(t('plugins.since'), p.since && dateTime(p.since)),
        pair(t('plugins.file'), h('code', p.file))),
    p.older?.map((o) => h('p', { class: 'soft' }, t('plugins.older', { version: o.version, n: o.exchanges }))),
    p.dialects.map((d) => dialectBox(d, used)));

// Who is not in, and why; quarantine ends by another file, or by somebody who has looked.
const absentCard = (a, load) => section(a.name ?? a.file.split('/').pop(), chip(tOr('plugins.state', a.state), a.state === 'removed' ? 'off' : 'bad'),
    h('p', { class: 'bad-text' }, a.why),
    h('dl', { class: 'plugin-facts' }, pair(t('plugins.brings'), [...a.adapters, ...a.stores].join(', ')),
        pair(t('plugins.since'), a.since && dateTime(a.since)), pair(t('plugins.file'), h('code', a.file))),
    a.state === 'quarantined' && [h('p', { class: 'soft' }, t('plugins.quarantine')),
        h('div', { class: 'row' }, actButton({ text: t('plugins.release'), name: 'reset', fault: t('plugins.releaseFault'),
            run: async () => {
                await post(`api/plugins/${encodeURIComponent(a.name)}/release`, {});
                await load();
            } }))]);

export async function view() {
    const list = signal({ plugins: [], absent: [], used: () => 0 });
    let told = '';
    const load = async () => {
        const [{ plugins, absent = [] }, { channels }] = await Promise.all([get('api/plugins'),
            get('api/channels', { brief: 'true' })]);
        const dialects = channels.map((c) => c.dialect);
        const now = JSON.stringify([plugins, absent, dialects]);
        if (now !== told) // what is unfolded stays so
            list.set({ plugins, absent, used: (name) => dialects.filter((d) => d === name).length });
        told = now;
    };
    await load();
    return () => {
        follow(['config', 'plugin'], load);
        return h('div', { class: 'manage' }, head(t('plugins.title'), t('plugins.lead')),
            () => (list().plugins.length === 0 ? empty(t('plugins.empty'))
                : h('div', { class: 'plugin-list' },
                    list().plugins.map((p) => pluginCard(p, list().used)))),
            () => list().absent.length > 0 && h('div', { class: 'plugin-list absent' }, list().absent.map((a) => absentCard(a, load))),
            importCard());
    };
}
