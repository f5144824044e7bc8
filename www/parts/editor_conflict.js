// SPDX-License-Identifier: MIT
// editor_conflict - somebody else has changed the channel meanwhile: what, and what shall become of it.

import { button, openDialog } from '../lib/dialog.js';
import { differences } from '../lib/draft.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { labelOf } from './editor_fields.js';
import { chip, notice } from './ui.js';
import '../text/editor.js';

// What tells only how a channel is.
export const TOLD = ['etag', 'managed', 'where', 'locked', 'places', 'health', 'has_adapter', 'promotions', 'warnings', 'keys_n', 'models_n', 'promoted_until'];

const keyWords = (keys) => (keys ?? []).map((k) => `${k.label || k.mask}${k.enabled === false ? ` (${t('editor.keyOff')})` : ''}`).join('\n');

function said(name, value) {
    if (value === null || value === undefined || value === '')
        return t('editor.notSaid');
    if (name === 'keys')
        return keyWords(value) || t('editor.notSaid');
    if (name === 'models')
        return value.map((m) => `${m.from} → ${m.to}`).join('\n');
    if (Array.isArray(value) && value.every((v) => typeof v === 'string'))
        return value.join('\n');
    return typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
}

// Keys by what is said of them, not by how they fare.
const steady = (channel) => ({ ...channel, keys: (channel.keys ?? []).map(({ id, mask, label, enabled, caps }) => ({ id, mask, label, enabled, caps })) });

export const changedByOthers = (before, after) => differences(steady(before), steady(after), TOLD);

// → 'reload', 'overwrite' or undefined: go on editing.  mine: names of members that are changed here, too.
export const askConflict = ({ before, after, mine }) => openDialog({
    title: t('editor.conflictTitle'),
    build: (close, giveUp) => {
        const rows = changedByOthers(before, after);
        return {
            body: h('div', { class: 'stack' },
                notice('warn', h('p', t('editor.conflictLead'))),
                rows.length === 0 ? h('p', t('editor.conflictNothing')) : h('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': t('editor.conflictTable') },
                    h('table', h('caption', { class: 'unseen' }, t('editor.conflictTable')),
                        h('thead', h('tr', h('th', { scope: 'col' }, t('editor.conflictWhat')), h('th', { scope: 'col' }, t('editor.conflictBefore')), h('th', { scope: 'col' }, t('editor.conflictNow')))),
                        h('tbody', rows.map((r) => h('tr',
                            h('th', { scope: 'row', 'data-title': t('editor.conflictWhat') }, labelOf(r.name), ' ', mine.includes(r.name) && chip(t('editor.conflictBoth'), 'warn')),
                            h('td', { 'data-title': t('editor.conflictBefore') }, h('pre', said(r.name, r.before))),
                            h('td', { 'data-title': t('editor.conflictNow') }, h('pre', said(r.name, r.after)))))))),
                h('p', { class: 'soft' }, t('editor.conflictChoice'))),
            actions: [button(t('editor.conflictStay'), { onclick: giveUp }), button(t('editor.conflictReload'), { onclick: () => close('reload') }, 'refresh'),
                button(t('editor.conflictOverwrite'), { class: 'primary', onclick: () => close('overwrite') })],
        };
    },
});
