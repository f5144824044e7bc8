// SPDX-License-Identifier: MIT
// editor_rows - a list of things with several inputs each: added at the end, removed, and the focus goes where one writes on.

import { h, put } from '../lib/h.js';
import { computed, flush } from '../lib/signal.js';

// value: a signal of an array; fresh() gives a new member, row(index, remove) the element of one; remove(index) takes it out.
// {box, add}: rows are made anew when their number changes, and follow value for the rest.
export function rowsOf(value, fresh, row) {
    const count = computed(() => value().length);
    const box = h('div', { class: 'text-list-rows' });
    const focus = (i) => {
        flush();
        const near = box.children[Math.min(i, box.children.length - 1)] ?? box.parentNode;
        near.querySelector('input, button')?.focus();
    };
    const remove = (i) => {
        value.update((all) => all.filter((_, k) => k !== i));
        focus(i);
    };
    const add = () => {
        value.update((all) => [...all, fresh()]);
        focus(Infinity);
    };
    put(box, () => Array.from({ length: count() }, (_, i) => row(i, remove)));
    return { box, add };
}
