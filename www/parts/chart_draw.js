// SPDX-License-Identifier: MIT
// chart_draw - how a chart looks: Chart.js told of our data, colours, dashes, points, ticks and texts.
//
// Chart.js 3.9.1 as Debian has it; only what lines and bars need is registered.  There is no date adapter in Debian, so the
// axis of times is linear, in milliseconds, with ticks of our own.  Without the library there are tables alone.

import { dateTime } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { axisTop, tickText, timeTicks, unitText } from '../lib/series.js';
import '../text/chart.js';

// Ten that are told apart without colour, too: a dash and a point of their own each.
const LOOKS = [
    { dash: [], point: 'circle' }, { dash: [7, 4], point: 'rect' }, { dash: [2, 3], point: 'triangle' }, { dash: [9, 3, 2, 3], point: 'rectRot' },
    { dash: [14, 4], point: 'crossRot' }, { dash: [4, 2], point: 'star' }, { dash: [1, 5], point: 'cross' }, { dash: [12, 3, 3, 3, 3, 3], point: 'rectRounded' },
    { dash: [5, 7], point: 'circle' }, { dash: [16, 3, 4, 3], point: 'triangle' },
];
export const MOST_SERIES = LOOKS.length;
export const lookOf = (i) => LOOKS[i % MOST_SERIES];

let loading = null;

// The library, or null where it is not installed; what failed once is tried again by the next chart.
export function library() {
    loading ??= import('../vendor/chart.mjs').then((m) => {
        m.Chart.register(m.LineController, m.LineElement, m.BarController, m.BarElement, m.PointElement, m.LinearScale, m.Filler, m.Tooltip);
        return m;
    }).catch(() => {
        loading = null;
        return null;
    });
    return loading;
}

let probe = null;

// What the custom properties are worth in a theme: canvases know no var().
function readColours() {
    probe ??= document.body.appendChild(document.createElement('span'));
    probe.hidden = true;
    const style = getComputedStyle(probe);
    const read = (name) => {
        probe.style.color = `var(--${name})`;
        return style.color;
    };
    return {
        ink: read('ink'), soft: read('soft'), line: read('line'), card: read('raised'), edge: read('edge'),
        named: { good: read('chart-good'), bad: read('chart-bad') },
        series: LOOKS.map((_, i) => read(`series-${i + 1}`)),
        font: style.fontFamily,
    };
}

const known = new Map(); // isDark → colours

export function colours(isDark) {
    if (!known.has(isDark))
        known.set(isDark, readColours());
    return known.get(isDark);
}

const colourOf = (s, i, c) => c.named[s.tone] ?? c.series[i % MOST_SERIES];

// Lines across a colour: what failed, told apart from what was served.
function hatched(colour, card) {
    const tile = document.createElement('canvas');
    tile.width = 8;
    tile.height = 8;
    const pen = tile.getContext('2d');
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = card;
    pen.lineWidth = 2;
    for (const x of [-8, 0, 8]) {
        pen.moveTo(x, 8);
        pen.lineTo(x + 8, 0);
    }
    pen.stroke();
    return pen.createPattern(tile, 'repeat');
}

// A point stands alone where there is nothing on both sides: it would not be seen as a line.
const isAlone = (values, i) => values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;

// Points now and then only, at other times for each series, so that lines stay lines.
function radiusOf(values, index) {
    const gap = Math.max(1, Math.ceil(values.length / 12));
    return (context) => (isAlone(values, context.dataIndex) ? 4 : context.dataIndex % gap === (index * 2) % gap ? 3.5 : 0);
}

const faded = (colour, share) => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);

function bars(s, i, c) {
    const colour = colourOf(s, i, c);
    const soft = s.tone ? colour : faded(colour, 0.8);
    return { backgroundColor: s.isHatched ? hatched(colour, c.card) : soft, borderWidth: 0, borderRadius: 1,
        barPercentage: 1, categoryPercentage: 0.84, stack: 'all' };
}

function lines(s, i, c, isOnly) {
    const colour = colourOf(s, i, c);
    const { dash, point } = lookOf(i);
    return {
        borderColor: colour, backgroundColor: isOnly ? faded(colour, 0.12) : colour, borderWidth: 2, borderDash: dash, fill: isOnly ? 'origin' : false,
        pointStyle: point, pointRadius: radiusOf(s.values, i), pointHoverRadius: 5,
        pointBackgroundColor: colour, pointBorderColor: colour, pointBorderWidth: 1.5,
        tension: 0, spanGaps: false,
    };
}

// Changes what is there: Chart.js knows a data set again by its object.
export function datasets(old, data, { kind, hidden }, c) {
    return data.series.slice(0, MOST_SERIES).map((s, i) => Object.assign(old.find((d) => d.id === s.id) ?? { id: s.id }, {
        label: s.name, unit: s.unit, hidden: hidden.has(s.id),
        data: data.at.map((x, k) => ({ x: kind === 'bar' ? x + data.stepMs / 2 : x, y: s.values[k] })),
        ...(kind === 'bar' ? bars(s, i, c) : lines(s, i, c, data.series.length === 1)),
    }));
}

function timeAxis(data, kind, c) {
    const until = Math.max(data.until, kind === 'bar' ? (data.at.at(-1) ?? 0) + data.stepMs : data.from + 1);
    let stepMs = 0;
    return {
        type: 'linear', min: data.from, max: until, offset: false, stacked: kind === 'bar',
        grid: { color: c.line, offset: false, drawTicks: false, borderColor: c.edge },
        ticks: { color: c.soft, maxRotation: 0, autoSkip: false, padding: 6, callback: (v) => tickText(v, stepMs) },
        afterBuildTicks(axis) {
            const ticks = timeTicks(axis.min, axis.max, Math.max(2, Math.floor(axis.chart.width / 80)));
            stepMs = ticks.stepMs;
            axis.ticks = ticks.at.map((value) => ({ value }));
        },
    };
}

function valueAxis(data, kind, c) {
    const unit = data.series[0]?.unit;
    return {
        type: 'linear', beginAtZero: true, max: axisTop(unit), suggestedMax: unit === 'percent' ? 100 : 1, stacked: kind === 'bar',
        grid: { color: c.line, drawTicks: false, drawBorder: false },
        ticks: { color: c.soft, padding: 6, maxTicksLimit: 6, precision: unit === 'count' || unit === 'tokens' ? 0 : undefined,
            callback: (v) => unitText(v, unit, { currency: data.currency, isShort: true }) },
    };
}

// All of them together, in their unit.
const worth = (items, { currency }) => unitText(items.reduce((n, item) => n + item.raw.y, 0), items[0].dataset.unit, { currency });

const tooltip = (data, kind, c) => ({
    backgroundColor: c.card, titleColor: c.ink, bodyColor: c.ink, footerColor: c.ink, borderColor: c.edge, borderWidth: 1,
    padding: 10, boxPadding: 5, usePointStyle: kind !== 'bar',
    filter: (item) => item.raw.y !== null && (kind !== 'bar' || data.series.length < 3 || item.raw.y !== 0),
    callbacks: {
        title: (items) => (items.length ? dateTime(data.at[items[0].dataIndex]) : ''),
        footer: (items) => (kind === 'bar' && items.length > 1 ? `${t('chart.sum')}: ${worth(items, data)}` : ''),
        label: (item) => `${item.dataset.label}: ${worth([item], data)}`,
    },
});

export function options(data, { kind }, c) {
    return {
        animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true, locale: document.documentElement.lang,
        interaction: { mode: 'index', intersect: false }, font: { family: c.font, size: 12 }, color: c.ink, layout: { padding: { top: 8, right: 10 } },
        scales: { x: timeAxis(data, kind, c), y: valueAxis(data, kind, c) },
        plugins: { tooltip: tooltip(data, kind, c) },
    };
}

// The place at index gets the points and the tooltip, as if a pointer stood there; -1: none does.
export function point(drawn, index) {
    const all = index < 0 ? [] : drawn.data.datasets
        .map((d, datasetIndex) => ({ datasetIndex, index, isSeen: drawn.isDatasetVisible(datasetIndex) && d.data[index]?.y !== null }))
        .filter((x) => x.isSeen).map(({ datasetIndex }) => ({ datasetIndex, index }));
    if (all.length + drawn.getActiveElements().length === 0)
        return;
    drawn.setActiveElements(all);
    drawn.tooltip.setActiveElements(all, { x: 0, y: 0 });
    drawn.update('none');
}
