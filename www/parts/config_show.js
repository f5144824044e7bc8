// SPDX-License-Identifier: MIT
// config_show - differences, texts and complaints of the configuration on the page.

import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { diffCounts, diffLines, finding, splitSource } from './config_text.js';
import { chip, notice } from './ui.js';
import '../text/generations.js';

// Marked by sign and colour; a screen reader hears which lines came and went.
export function diffBox(text) {
    const lines = diffLines(text);
    if (lines.length === 0)
        return h('p', { class: 'soft' }, t('generations.isSame'));
    const { added, cut } = diffCounts(lines);
    return h('div', { class: 'stack-tight wide-items' },
        h('p', { class: 'row' }, added > 0 && chip(`+ ${t('generations.added', { n: added })}`, 'good'),
            cut > 0 && chip(`− ${t('generations.cut', { n: cut })}`, 'bad')),
        h('div', { class: 'diff', tabindex: '0', role: 'region', 'aria-label': t('generations.diff') },
            h('ol', lines.map((line) => h('li', { class: line.kind },
                h('span', { class: 'sign' }, line.sign), h('span', line.text))))));
}

function marked(text, words) {
    const lower = text.toLowerCase();
    const at = words.map((word) => [lower.indexOf(word),
        word]).filter(([i]) => i >= 0).sort((a, b) => a[0] - b[0])[0];
    return at ? [text.slice(0, at[0]), h('mark', text.slice(at[0], at[0] + at[1].length)),
        text.slice(at[0] + at[1].length)] : text;
}

const BLOCK = 100; // lines that are made together

const shownLine = ({ text: whole }, words) => {
    const { text, source } = splitSource(whole);
    return [marked(text, words), source && h('span', { class: 'source' }, '  # ', marked(source, words))];
};

const blocksOf = (lines) => Array.from({ length: Math.ceil(lines.length / BLOCK) }, (_, i) => ({ i, lines: lines.slice(i * BLOCK, (i + 1) * BLOCK) }));

const block = (lines, words) => h('span', { class: 'config-block' },
    lines.map((line, i) => [i > 0 && '\n', shownLine(line, words)]));

// lines: [{text}]; words are marked, sources are faint.
export const configBox = (lines, label, words = []) => h('div', { class: 'config-text', tabindex: '0', role: 'region', 'aria-label': label },
    h('pre', each(h('code'), () => blocksOf(lines), (b) => b.i, (b) => block(b.peek().lines, words), { most: 1 })));

// report: lines of a test or a reload.
export const findingList = (report) => (report.length === 0 ? null : h('ul', { class: 'findings' }, report.map(finding).map((f) => h('li',
    h('p', { class: 'row' }, chip(t(`generations.${f.kind}`), f.kind === 'error' ? 'bad'
        : 'warn'), f.place && h('code', f.place)), h('p', f.text)))));

export const findingBox = (isGood, told, report) => h('div', { class: 'stack' },
    notice(isGood ? 'good' : 'bad', h('p', told)), findingList(report));
