// SPDX-License-Identifier: MIT
// editor_headers - headers that are set on each request: names, and values that are never shown again.
//
// The gateway tells a mask in the place of a value; sent back unchanged under the same name it stands for what is there.

import { field } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed } from '../lib/signal.js';
import { labelOf } from './editor_fields.js';
import { rowsOf } from './editor_rows.js';
import '../text/editor.js';

const HIDDEN = '***';

// The header as it was told, if its value is still the mask.
const toldAs = (one, told) => (String(one?.value ?? '').includes(HIDDEN)
    ? told.find((o) => o.value === one.value) : undefined);

function headerRow(i, { value, told, remove }) {
    const one = computed(() => value()[i] ?? {});
    const was = computed(() => toldAs(one(), told));
    const isLost = computed(() => Boolean(was()) && !told.some((o) => o.value === one().value
        && o.name === one().name));
    const change = (part) => value.update((all) => all.map((old,
        k) => (k === i ? { ...old, ...part } : old)));
    return h('div', { class: 'header-row' },
        h('input', { type: 'text', 'aria-label': t('editor.headerName', { n: i + 1 }),
            placeholder: 'x-name', spellcheck: 'false',
            autocomplete: 'off', value: () => one().name ?? '',
                oninput: (e) => change({ name: e.target.value }) }),
        h('input', { type: 'password', autocomplete: 'new-password', 'data-1p-ignore': '',
            'aria-label': t('editor.headerValue', { n: i + 1 }),
            placeholder: () => (was() ? one().value : ''), value: () => (was() ? '' : one().value ?? ''),
            'aria-invalid': () => (isLost() ? 'true' : null),
                oninput: (e) => change({ value: e.target.value }) }),
        h('button', { type: 'button', class: 'icon-button', title: t('common.remove'),
            'aria-label': t('editor.headerRemove', { n: i + 1 }),
            onclick: () => remove(i) }, icon('close')),
        () => isLost() && h('p', { class: 'url-told bad-text' }, icon('warn'), t('editor.headerLost')));
}

export function headersField(ed) {
    const value = ed.draft.at('headers', []);
    const told = structuredClone(value.peek());
    const { box, add } = rowsOf(value, () => ({ name: '', value: '' }),
        (index, remove) => headerRow(index, { value, told, remove }));
    return field({ label: labelOf('headers'), hint: t('editor.help.headers'), path: 'headers',
        isWide: true, error: ed.fault.at('headers'),
        control: (id, hint) => h('div', { id, class: 'text-list', role: 'group',
            'aria-label': labelOf('headers'), 'aria-describedby': hint },
            box, h('button', { type: 'button', class: 'button quiet', onclick: add }, icon('plus'),
                t('editor.headerAdd'))) });
}
