// SPDX-License-Identifier: MIT
// chart - a figure that draws series over time: its legend, its keyboard, and the same numbers as a table.
//
// data is read as a function and gives what lib/series.js makes; the picture is changed in place.  The picture is a slider
// for who uses the keyboard or a screen reader: arrow keys go from time to time, and what stands there is told.  Where
// Chart.js is not installed the table stands alone.

import { dateTime } from '../lib/format.js';
import { each, h, svg } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { afterPaint } from '../lib/paint.js';
import { unitText } from '../lib/series.js';
import { computed, effect, here, inScope, onEnd, signal } from '../lib/signal.js';
import { isDark } from '../lib/theme.js';
import { colours, datasets, library, lookOf, MOST_SERIES, options, point } from './chart_draw.js';
import '../text/chart.js';

const shapes = {
    circle: 'M12 2a4 4 0 1 0 .01 0', rect: 'M8 2h8v8H8z', triangle: 'M12 1l5 9H7z', rectRot: 'M12 1l5 5-5 5-5-5z', crossRot: 'M8 2l8 8M16 2l-8 8',
    star: 'M12 1v10M7 6h10M8 2l8 8M16 2l-8 8', cross: 'M12 1v10M7 6h10', rectRounded: 'M9.5 2h5A1.5 1.5 0 0 1 16 3.5v5a1.5 1.5 0 0 1-1.5 1.5h-5A1.5 1.5 0 0 1 8 8.5v-5A1.5 1.5 0 0 1 9.5 2',
};

const classOf = (s, i) => `swatch ${s.tone ? `tone-${s.tone}` : `series-${(i % MOST_SERIES) + 1}`}`;

// What a series looks like in the picture, in small.
function swatch(s, i, kind) {
    if (kind === 'bar')
        return svg('svg', { class: `${classOf(s, i)} block`, viewBox: '6 0 12 12', 'aria-hidden': 'true' },
            svg('rect', { class: 'solid', x: 6, y: 0, width: 12, height: 12, rx: 2 }),
            s.isHatched && svg('path', { class: 'hatch', d: 'M6 6l6-6M6 12L18 0M12 12l6-6' }));
    const { dash, point: shape } = lookOf(i);
    return svg('svg', { class: classOf(s, i), viewBox: '0 0 24 12', 'aria-hidden': 'true' },
        svg('path', { d: 'M0 6h24', 'stroke-dasharray': dash.join(' ') }), svg('path', { class: 'solid', d: shapes[shape] }));
}

const without = (set, id) => new Set([...set].filter((x) => x !== id));

const entry = (s, i, kind, hidden) => h('li', h('button', { type: 'button', class: 'legend-entry',
    'aria-pressed': () => String(!hidden().has(s.id)),
    onclick: () => hidden.update((old) => (old.has(s.id) ? without(old, s.id) : new Set([...old, s.id]))) },
swatch(s, i, kind), h('span', s.name)));

// Buttons that live on while the numbers change: the focus stays.
export const legend = (data, kind, hidden) => each(h('ul', { class: 'legend', 'aria-label': t('chart.legend') }),
    () => data().series.slice(0, MOST_SERIES).map((series, i) => ({ series, i })), ({ series, i }) => `${i} ${series.id}`,
    (row) => entry(row.peek().series, row.peek().i, kind, hidden));

// What stands at one time, in words.
const told = (data, index) => (data.at[index] === undefined ? t('chart.keys') : [dateTime(data.at[index]),
    ...data.series.map((s) => `${s.name}: ${unitText(s.values[index], s.unit, { currency: data.currency })}`)].join(' · '));

function keys(data, at) {
    const last = () => data.peek().at.length - 1;
    return (e) => {
        const now = at.peek() < 0 ? last() + 1 : at.peek();
        const next = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, PageDown: now - 10, PageUp: now + 10,
            Home: 0, End: last(), Escape: -1 }[e.key];
        if (next === undefined || last() < 0)
            return;
        e.preventDefault();
        at.set(e.key === 'Escape' ? -1 : Math.max(0, Math.min(last(), next)));
    };
}

const rowsOf = (data) => data.at.map((at, i) => h('tr', h('th', { scope: 'row' }, dateTime(at)),
    data.series.map((s) => h('td', { class: 'number' }, unitText(s.values[i], s.unit, { currency: data.currency })))));

// The same numbers; made only while it is open.
function twin(title, data, isOpen) {
    return h('details', { class: 'chart-table', open: isOpen, ontoggle: (e) => isOpen.set(e.target.open) },
        h('summary', t('common.showTable')),
        h('div', { class: 'table-box keep', tabindex: '0', role: 'region', 'aria-label': title }, () => isOpen() && h('table',
            h('caption', { class: 'unseen' }, title),
            h('thead', h('tr', h('th', { scope: 'col' }, t('chart.time')), data().series.map((s) => h('th', { scope: 'col', class: 'number' }, s.name)))),
            h('tbody', rowsOf(data())))));
}

// Draws as long as its scope lives.  Drawing takes longer than all that stands around it: that is seen first.
function draw({ Chart }, canvas, { data, kind, hidden, at }) {
    let drawn = null;
    onEnd(() => drawn?.destroy());
    const drawNow = (now, how, c) => {
        const sets = datasets(drawn?.data.datasets ?? [], now, how, c);
        if (!drawn) {
            drawn = new Chart(canvas, { type: kind, data: { datasets: sets }, options: options(now, how, c) });
            return;
        }
        drawn.data.datasets = sets;
        drawn.options = options(now, how, c);
        drawn.update('none');
    };
    effect(() => {
        const now = data();
        const how = { kind, hidden: hidden() };
        const c = colours(isDark());
        afterPaint(() => drawNow(now, how, c));
    });
    effect(() => {
        const index = at() < data.peek().at.length ? at() : -1;
        if (drawn)
            point(drawn, index);
    });
}

// title: what is drawn; data: a function of what lib/series.js makes; kind: 'line' or 'bar' (stacked); a series may have a
// tone (good, bad, info) in the place of a colour of its own, and isHatched.  hidden: which series are not drawn, where one
// legend outside stands for several charts.
export function chart({ title, data: source, kind = 'line', isSmall = false, hidden: shared = null }) {
    const data = computed(source);
    const where = here();
    const hidden = shared ?? signal(new Set());
    const at = signal(-1);
    const isBare = signal(false);
    const isOpen = signal(false);
    const canvas = h('canvas', { 'aria-hidden': 'true' });
    const last = () => Math.max(0, data().at.length - 1);
    const box = h('div', { class: ['chart-box', isSmall && 'small'], role: 'slider', tabindex: '0', 'aria-label': title,
        'aria-orientation': 'horizontal', 'aria-valuemin': '0', 'aria-valuemax': () => String(last()),
        'aria-valuenow': () => String(Math.max(0, Math.min(at(), last()))),
        'aria-valuetext': () => told(data(), at()), onkeydown: keys(data, at), onblur: () => at.set(-1) }, canvas);
    library().then((found) => {
        if (where?.isOver)
            return;
        isBare.set(!found);
        isOpen.set(isOpen.peek() || !found);
        if (found)
            inScope(where, () => draw(found, canvas, { data, kind, hidden, at }));
    });
    return h('figure', { class: 'chart', 'aria-label': title }, h('div', { hidden: isBare }, !shared && legend(data, kind, hidden), box),
        () => isBare() && h('p', { class: 'faint' }, t('chart.noLibrary')), twin(title, data, isOpen));
}
