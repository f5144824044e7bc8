// SPDX-License-Identifier: MIT
// editor_conflict - somebody else has changed the channel meanwhile: what, and whose word counts where both did.

import { button, openDialog } from '../lib/dialog.js';
import { differences, leaves } from '../lib/draft.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { signal } from '../lib/signal.js';
import { labelOf } from './editor_fields.js';
import { notice } from './ui.js';
import '../text/editor.js';

// What tells only how a channel is.
export const TOLD = ['etag', 'managed', 'where', 'locked', 'places', 'health', 'has_adapter', 'adapter_why',
    'promotions', 'warnings',
    'keys_n', 'models_n', 'promoted_until'];

const keyWords = (keys) => keys.map((k) => `${k.label || k.mask}${k.enabled === false ? ` (${t('editor.keyOff')})` : ''}`).join('\n');
const oneOf = (v) => (v.to !== undefined ? `${v.from} → ${v.to}` : v.name !== undefined
    ? `${v.name}: ${v.mask ?? '•••'}` : JSON.stringify(v));

function said(path, value) {
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length))
        return t('editor.notSaid');
    if (path === 'keys')
        return keyWords(value);
    if (Array.isArray(value))
        return value.map((v) => (v && typeof v === 'object' ? oneOf(v) : String(v))).join('\n');
    return typeof value === 'boolean' ? t(value ? 'common.yes' : 'common.no') : String(value);
}

// Keys by what is said of them, not by how they fare.
const steady = (channel) => ({ ...channel, keys: (channel.keys ?? []).map(({ id, mask, label, enabled,
    caps }) => ({ id, mask, label, enabled, caps })) });

export const changedByOthers = (before, after) => differences(steady(before), steady(after), TOLD);

// rows: {path, before, after, mine, isBoth}; mine is the patch that could not be sent.
export function conflictRows(before, after, mine) {
    const own = new Map(leaves(mine));
    const isOwn = (path) => own.has(path) || [...own.keys()].some((p) => path.startsWith(`${p}.`));
    return changedByOthers(before, after).map((r) => ({ ...r, isBoth: isOwn(r.path), mine: own.get(r.path) }))
        .filter((r) => !(r.isBoth && JSON.stringify(r.mine) === JSON.stringify(r.after)));
}

const value = (path, v) => h('pre', { dir: 'auto' }, said(path, v));

// One of the two values of a setting that both have changed.
const choice = (row, theirs, isTheirs) => h('label', { class: 'conflict-choice' },
    h('input', { type: 'radio', name: `conflict-${row.path}`,
        'aria-label': t(isTheirs ? 'editor.conflictTheirs' : 'editor.conflictMine',
            { name: labelOf(row.path) }),
        checked: () => theirs().has(row.path) === isTheirs,
        onchange: () => theirs.update((all) => new Set(isTheirs ? [...all, row.path]
            : [...all].filter((p) => p !== row.path))) }),
    value(row.path, isTheirs ? row.after : row.mine));

const kept = (row) => h('div', { class: 'conflict-kept' }, icon('check'), value(row.path, row.after));

function table(rows, theirs) {
    const isAny = rows.some((r) => r.isBoth);
    const titles = ['editor.conflictWhat', 'editor.conflictBefore', 'editor.conflictNow',
        ...(isAny ? ['editor.conflictYours'] : [])].map((key) => t(key));
    return h('div', { class: 'table-box', tabindex: '0', role: 'region',
        'aria-label': t('editor.conflictTable') },
        h('table', { class: 'conflict' }, h('caption', { class: 'unseen' }, t('editor.conflictTable')),
            h('thead', h('tr', titles.map((title) => h('th', { scope: 'col' }, title)))),
            h('tbody', rows.map((r) => h('tr',
                h('th', { scope: 'row', 'data-title': titles[0] }, labelOf(r.path)),
                h('td', { 'data-title': titles[1] }, value(r.path, r.before)),
                h('td', { 'data-title': titles[2] }, r.isBoth ? choice(r, theirs, true) : kept(r)),
                isAny && h('td', { 'data-title': titles[3] },
                    r.isBoth ? choice(r, theirs, false) : h('span', { class: 'faint' },
                        t('editor.conflictNotYours'))))))));
}

// → {take: 'theirs'}: drop mine; {take: 'both', theirs: Set of paths}: save mine but for these; undefined: go on editing.
export const askConflict = ({ before, after, mine }) => openDialog({
    title: t('editor.conflictTitle'), size: 'large',
    build: (close, giveUp) => {
        const rows = conflictRows(before, after, mine);
        const theirs = signal(new Set());
        return {
            body: [
                notice('warn', h('p', t('editor.conflictLead'))),
                rows.length ? table(rows, theirs) : h('p', t('editor.conflictNothing')),
                h('p', { class: 'soft' }, t(rows.some((r) => r.isBoth) ? 'editor.conflictChoice'
                    : 'editor.conflictMerge')),
            ],
            actions: [button(t('editor.conflictStay'), { onclick: giveUp }),
                button(t('editor.conflictReload'), { onclick: () => close({ take: 'theirs' }) }, 'refresh'),
                button(t('editor.conflictSave'), { class: 'primary', autofocus: true,
                    onclick: () => close({ take: 'both', theirs: theirs.peek() }) }, 'check')],
        };
    },
});
