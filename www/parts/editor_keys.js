// SPDX-License-Identifier: MIT
// editor_keys - a channel's upstream keys in its editor: pasted for a new one; what is there has its own dialog.

import { button } from '../lib/dialog.js';
import { areaField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { maskKey } from '../lib/paste.js';
import { computed, signal } from '../lib/signal.js';
import { labelOf, memberField } from './editor_fields.js';
import { section } from './editor_section.js';
import { openKeys } from './keys.js';
import { found } from './keys_add.js';
import '../text/editor.js';
import '../text/keys.js';

const SHOWN = 20;

// Keys that were pasted, or lines as they are where none is recognised.
export function pastedKeys(text) {
    const known = found(text, false);
    return known.length ? known : found(text, true);
}

function newKeys(ed) {
    const keys = computed(() => pastedKeys(ed.keysText()));
    return [
        areaField({ label: labelOf('keys'), hint: t('editor.keysHint'), value: ed.keysText, rows: 3,
            path: 'keys',
            error: ed.fault.at('keys'), props: { class: 'secret-area', 'data-1p-ignore': '' } }),
        h('div', { class: 'wide row', 'aria-live': 'polite' }, () => keys().length > 0 && [
            h('span', { class: 'soft' }, t('keys.recognised', { n: keys().length })),
            keys().slice(0, SHOWN).map((key) => h('span', { class: 'chip' }, icon('key'), maskKey(key)))]),
    ];
}

const TONES = { resting: 'warn', dead: 'bad', demoted: 'warn' };

const keyChip = (k) => h('li', { class: ['chip', k.enabled ? TONES[k.state] : 'off'] }, icon('key'),
    k.label ? `${k.label} · ${k.mask}` : k.mask,
    k.state !== 'well' && ` · ${tOr('keys.state', k.state)}`);

// Each change in their dialog holds at once.
function savedKeys(ed) {
    const list = signal(ed.channel.keys ?? []);
    const open = async () => {
        await openKeys(ed.channel.id);
        list.set(await ed.keysChanged() ?? list.peek());
    };
    const fault = ed.fault.at('keys');
    return h('div', { class: 'wide key-chips', 'data-path': 'keys' },
        h('ul', { class: 'row' }, () => (list().length ? list().map(keyChip)
            : h('li', { class: 'soft' }, t('editor.noKeys')))),
        button(t('editor.manageKeys'), { onclick: open }, 'key'),
        () => fault() && h('p', { class: 'bad-text wide' }, fault()));
}

export function keysSection(ed) {
    const isFixed = ed.channel.managed === false;
    return section(ed, 'keys', { isOpen: true }, () => [ed.channel.id ? savedKeys(ed) : newKeys(ed),
        h('fieldset', { class: 'form wide', disabled: isFixed }, memberField(ed, 'keyless'))]);
}
