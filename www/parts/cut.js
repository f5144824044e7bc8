// SPDX-License-Identifier: MIT
// cut - the beginning of a long list, and all of it for who wants it.

import { button } from '../lib/dialog.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { computed, signal } from '../lib/signal.js';

// rows: a function of a list; make(some): what shows a function of a list.  The button goes:
// the focus goes to the list.
export function cut(rows, most, make) {
    const isAll = signal(false);
    const some = computed(() => (isAll() ? rows() : rows().slice(0, most)));
    const isCut = computed(() => rows().length > some().length);
    const box = h('div', { tabindex: '-1', hidden: () => rows().length === 0 }, make(some));
    const showAll = () => {
        isAll.set(true);
        box.focus({ preventScroll: true });
    };
    return [box, () => isCut() && h('div', { class: 'row' },
        button(t('common.showAll', { n: rows().length }), { onclick: showAll }))];
}
