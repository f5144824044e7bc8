// SPDX-License-Identifier: MIT
// ranking - a table whose columns can be sorted, by its heads and, where those are not shown, by a list.

import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed } from '../lib/signal.js';
import '../text/statistics.js';

const FIRST_ROWS = 12; // it stands below charts: few of them are seen at once

// 'requests' or '-requests': descending
const parse = (sort) => ({ name: sort.replace(/^-/, ''), isDown: sort.startsWith('-') });

// What nothing is known of stands last, either way.
export function sorted(rows, columns, sort) {
    const { name, isDown } = parse(sort);
    const column = columns.find((c) => c.name === name) ?? columns[0];
    const isNothing = (v) => v === null || v === undefined;
    return [...rows].sort((a, b) => {
        const [x, y] = [column.value(a), column.value(b)];
        if (isNothing(x) || isNothing(y))
            return isNothing(x) - isNothing(y);
        const order = typeof x === 'string' ? x.localeCompare(y) : x - y;
        return isDown ? -order : order;
    });
}

// Numbers begin with the highest, names with the first.
function next(c, sort) {
    const { name, isDown } = parse(sort);
    const goesDown = name === c.name ? !isDown : c.isNumber;
    return goesDown ? `-${c.name}` : c.name;
}

const direction = (c, sort) => (parse(sort).name !== c.name ? 'none' : parse(sort).isDown ? 'descending' : 'ascending');

const columnHead = (c, sort, change) => h('th', { scope: 'col', class: c.isNumber ? 'number' : null, 'aria-sort': () => direction(c, sort()) },
    h('button', { type: 'button', class: 'sort', onclick: () => change(next(c, sort.peek())) }, c.title,
        () => direction(c, sort()) !== 'none' && icon(direction(c, sort()) === 'descending' ? 'down' : 'up')));

const sortList = (columns, sort, change) => h('label', { class: 'sort-by field' }, h('span', t('statistics.sortBy')),
    h('select', { value: () => parse(sort()).name, onchange: (e) => change(next(columns.find((c) => c.name === e.target.value), '')) },
        columns.map((c) => h('option', { value: c.name }, c.title))));

const cellOf = (c, isHead, row) => h(isHead ? 'th' : 'td', { scope: isHead ? 'row' : null,
    class: c.class ?? (c.isNumber ? 'number' : null), 'data-title': c.title }, () => c.show(row()));

// columns: [{name, title, value(row), show(row), isNumber}], the first is the row's head; sort: read as a signal.
export function ranking({ caption, columns, rows, key, sort, change }) {
    const list = computed(() => sorted(rows(), columns, sort()));
    const body = each(h('tbody'), list, key, (row) => h('tr', columns.map((c, i) => cellOf(c, i === 0, row))), { most: FIRST_ROWS, isLazy: true });
    return [sortList(columns, sort, change), h('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': caption },
        h('table', h('caption', { class: 'unseen' }, caption), h('thead', h('tr', columns.map((c) => columnHead(c, sort, change)))), body))];
}
