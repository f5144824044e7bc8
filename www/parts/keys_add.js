// SPDX-License-Identifier: MIT
// keys_add - adds upstream keys, several at once as they are pasted; what is pasted is forgotten when it is sent.
//
// All of them are one change of the channel: one entry in its history, and no key of somebody else's is lost, since the
// change carries the tag of what was read and is laid anew over what has come between.

import { get, patch } from '../lib/api.js';
import { areaField, switchField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { maskKey, parsePaste } from '../lib/paste.js';
import { computed, signal } from '../lib/signal.js';
import { indexIn } from './editor_check.js';
import { actButton, notice } from './ui.js';
import '../text/keys.js';

const SHOWN = 20;
const TRIES = 5;

const lines = (text) => [...new Set(text.split('\n').map((line) => line.trim()).filter(Boolean))];

// What stands in the text: the keys recognised in it, or each line as it is.
export const found = (text, isWhole) => (isWhole ? lines(text) : parsePaste(text).keys);

// The keys whose masks are not among those of the keys that are new: they were there already.
export function thereAlready(keys, masks) {
    const left = [...masks];
    return keys.filter((key) => {
        const at = left.indexOf(maskKey(key));
        if (at >= 0)
            left.splice(at, 1);
        return at < 0;
    });
}

// path: of the channel.  → {n: so many are new, refused: [{mask, why}]}; throws what no key is to blame for.
export async function sendKeys(path, keys) {
    const refused = [];
    let wanted = [...keys];
    let tries = TRIES;
    while (wanted.length) {
        const now = await get(path);
        const before = now.keys.map(({ id }) => ({ id }));
        try {
            const saved = await patch(path, { keys: [...before, ...wanted.map((key) => ({ key }))] },
                { etag: now.etag });
            const known = new Set(before.map(({ id }) => id));
            const fresh = saved.keys.filter(({ id }) => !known.has(id));
            const old = thereAlready(wanted, fresh.map(({ mask }) => mask));
            return { n: fresh.length, refused: [...refused,
                ...old.map((key) => ({ mask: maskKey(key), why: t('keys.isThere') }))] };
        } catch (e) {
            const bad = wanted[indexIn(e.path) - before.length];
            if (e.status === 422 && bad !== undefined && e.path.startsWith('keys[')) {
                refused.push({ mask: maskKey(bad), why: e.message });
                wanted = wanted.filter((key) => key !== bad);
            } else if (e.status !== 409 || e.path || --tries === 0) {
                throw e;
            }
        }
    }
    return { n: 0, refused };
}

const refusal = (list) => notice('warn', h('p', t('keys.refused')),
    h('ul', list.map((r) => h('li', h('code', r.mask), ` ${r.why}`))));

// path: of the channel; text: a signal of what is pasted; done(n) is told how many were added.
export function addKeys({ path, text, done }) {
    const isWhole = signal(false);
    const refused = signal([]);
    const keys = computed(() => found(text(), isWhole()));
    const hasText = computed(() => text().trim() !== '');
    const area = areaField({ label: t('keys.paste'), hint: t('keys.pasteHint'), value: text, rows: 3,
        props: { class: 'secret-area', 'data-1p-ignore': '' } });
    const run = async () => {
        refused.set([]);
        const result = await sendKeys(path, keys.peek());
        text.set('');
        isWhole.set(false);
        refused.set(result.refused);
        area.querySelector('textarea').focus();
        await done(result.n);
    };
    return h('section', { class: 'keys-add', 'aria-label': t('keys.add') }, area,
        h('div', { class: 'row', 'aria-live': 'polite' },
            () => hasText() && h('span', { class: keys().length ? 'soft' : 'warn-text' },
                t('keys.recognised', { n: keys().length })),
            () => keys().slice(0, SHOWN).map((key) => h('span', { class: 'chip' }, icon('key'),
                maskKey(key)))),
        () => hasText() && switchField({ label: t('keys.wholeLines'), hint: t('keys.wholeLinesHint'),
            value: isWhole }),
        h('div', { 'aria-live': 'polite' }, () => refused().length > 0 && refusal(refused())),
        () => hasText() && h('div', actButton({ text: t('keys.add'), name: 'plus',
            class: 'button primary', disabled: () => keys().length === 0, run,
                fault: t('keys.addFailed') })));
}
