// SPDX-License-Identifier: MIT
// keys_add - adds upstream keys, several at once as they are pasted; what is pasted is forgotten when it is sent.

import { areaField, switchField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { maskKey, parsePaste } from '../lib/paste.js';
import { computed, signal } from '../lib/signal.js';
import { actButton, notice } from './ui.js';
import '../text/keys.js';

const lines = (text) => [...new Set(text.split('\n').map((line) => line.trim()).filter(Boolean))];

// What stands in the text: the keys recognised in it, or each line as it is.
export const found = (text, isWhole) => (isWhole ? lines(text) : parsePaste(text).keys);

// add(key) sends one; done(n) is told how many were added.
export function addKeys({ add, done }) {
    const text = signal('');
    const isWhole = signal(false);
    const refused = signal([]);
    const keys = computed(() => found(text(), isWhole()));
    const run = async () => {
        const bad = [];
        let n = 0;
        for (const key of keys.peek()) {
            try {
                await add(key);
                n++;
            } catch (e) {
                bad.push({ mask: maskKey(key), why: e.status === 409 ? t('keys.isThere') : e.status === 0 ? t('common.unreachable') : e.message });
            }
        }
        text.set('');
        refused.set(bad);
        await done(n);
    };
    return h('section', { class: 'keys-add stack' }, h('h3', t('keys.addTitle')),
        areaField({ label: t('keys.paste'), hint: t('keys.pasteHint'), value: text, rows: 3, props: { class: 'secret-area', 'data-1p-ignore': '' } }),
        switchField({ label: t('keys.wholeLines'), hint: t('keys.wholeLinesHint'), value: isWhole }),
        h('div', { class: 'row', 'aria-live': 'polite' }, () => text().trim() && h('span', { class: 'soft' }, t('keys.recognised', { n: keys().length })),
            () => keys().slice(0, 20).map((key) => h('span', { class: 'chip' }, icon('key'), maskKey(key)))),
        () => refused().length > 0 && notice('warn', h('p', t('keys.refused')), h('ul', refused().map((r) => h('li', h('code', r.mask), ` ${r.why}`)))),
        h('div', actButton({ text: t('keys.add'), name: 'plus', class: 'button primary', disabled: () => keys().length === 0, run, fault: t('keys.addFailed') })));
}
