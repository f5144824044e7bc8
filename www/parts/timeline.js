// SPDX-License-Identifier: MIT
// timeline - the attempts of a request as bars, with the same as a table.

import { NOTHING, number, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { PARTS, place, ticks, timelineOf } from '../lib/timeline.js';
import { chip } from './ui.js';
import '../text/requests.js';

const ms = (us) => (us === null || us === undefined ? NOTHING : took(us / 1000));

export const outcomeTone = (outcome) => ({ ok: 'good', served: 'good', cancelled: 'off', given_up: 'off' })[outcome] ?? 'bad';
export const outcomeText = (outcome) => tOr('requests.outcome', outcome);

const bar = (part, total) => {
    const { left, width } = place(part, total);
    return h('span', { class: `bar-part ${part.part}`, style: { left: `${left}%`, width: `${width}%` }, title: `${t(`requests.part.${part.part}`)}: ${ms(part.to - part.from)}` });
};

const name = (row) => (row.kind === 'queue' ? t('requests.part.queue') : `${number(row.n)}. ${row.channel}`);
const note = (row) => (row.kind === 'queue' ? ms(row.took) : [outcomeText(row.outcome), row.status, ms(row.took)].filter(Boolean).join(' · '));

const line = (row, total) => h('div', { class: 'timeline-row' },
    h('span', { class: 'timeline-name' }, name(row)),
    h('span', { class: 'timeline-bar' }, row.parts.map((part) => bar(part, total))),
    h('span', { class: ['timeline-note', row.kind === 'attempt' && `${outcomeTone(row.outcome)}-text`] }, note(row)));

const axis = (total) => h('div', { class: 'timeline-row timeline-axis' }, h('span'),
    h('span', { class: 'timeline-bar' }, ticks(total, 5).map((at) => h('span', { class: 'tick', style: { left: `${(at / total) * 100}%` } }, at ? ms(at) : '0'))), h('span'));

const legend = (rows) => {
    const used = new Set(rows.flatMap((row) => row.parts.map((p) => p.part)));
    return h('ul', { class: 'timeline-legend' }, PARTS.filter((part) => used.has(part)).map((part) => h('li', h('span', { class: `bar-key ${part}` }), t(`requests.part.${part}`))));
};

const heads = () => [['#', true], [t('requests.channel')], [t('requests.key')], [t('requests.outcomeHead')], [t('requests.status'), true], [t('requests.began'), true],
    [t('requests.connected'), true], [t('requests.first'), true], [t('requests.content'), true], [t('requests.took'), true]];

const cells = (row) => [number(row.n), row.channel, row.key ?? NOTHING, chip(outcomeText(row.outcome), outcomeTone(row.outcome)), row.status ?? NOTHING, ms(row.began),
    ms(row.connected), ms(row.first), ms(row.content), ms(row.took)];

function twin(rows) {
    const all = heads();
    return h('details', { class: 'twin' }, h('summary', t('common.showTable')),
        h('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': t('requests.timeline') }, h('table', h('caption', { class: 'unseen' }, t('requests.timeline')),
            h('thead', h('tr', all.map(([title, isNumber]) => h('th', { scope: 'col', class: isNumber ? 'number' : null }, title)))),
            h('tbody', rows.filter((row) => row.kind === 'attempt').map((row) => h('tr', cells(row).map((cell, i) => h('td', { class: all[i][1] ? 'number' : null, 'data-title': all[i][0] }, cell))))))));
}

// record: with its tries.
export function timeline(record) {
    const { total, rows } = timelineOf(record);
    if (!rows.some((row) => row.kind === 'attempt'))
        return h('p', { class: 'soft' }, t(record.attempts > 0 ? 'requests.noTries' : 'requests.nobodyAsked'));
    return h('figure', { class: 'timeline' },
        h('div', { class: 'timeline-rows', 'aria-hidden': 'true' }, rows.map((row) => line(row, total)), axis(total)),
        h('figcaption', legend(rows)), twin(rows));
}
