// SPDX-License-Identifier: MIT
// editor_urls - base URLs in the order in which they are tried; below each, where requests go, as the gateway works it out.

import { field } from '../lib/form.js';
import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed, flush } from '../lib/signal.js';
import { announce } from '../lib/toast.js';
import { previewOf, requestUrl } from './editor_preview.js';
import '../text/editor.js';

// Each line of what is pasted is a URL of its own.
function pasted(e, index, value) {
    const lines = e.clipboardData?.getData('text').split(/[\s,;]+/).filter(Boolean) ?? [];
    if (lines.length < 2 || !lines.every((line) => /^https?:\/\//i.test(line)))
        return;
    e.preventDefault();
    value.update((all) => [...all.slice(0, index), ...lines, ...all.slice(index + 1).filter(Boolean)]);
}

function told(list, text) {
    const one = list().find((u) => u.base_url === text().trim());
    if (!one)
        return null;
    return one.error ? h('p', { class: 'url-told bad-text' }, icon('warn'), one.error)
        : h('p', { class: 'url-told' }, h('span', { 'aria-hidden': 'true' }, '→'),
            h('span', { class: 'unseen' }, t('editor.requestsGoTo')),
            h('code', requestUrl(list(), one.base_url)));
}

function urlRow(row, { value, list, box, act, move }) {
    const text = computed(() => row().text);
    const at = () => row().index;
    const isLast = computed(() => at() === value().length - 1);
    const isSeveral = computed(() => value().length > 1);
    const change = (e) => value.update((all) => all.map((old,
        i) => (i === row.peek().index ? e.target.value : old)));
    const tool = (name, word, isOff, run) => h('button',
        { type: 'button', class: ['icon-button', `url-${name}`], title: t(word, { n: at() + 1 }),
        'aria-label': t(word, { n: at() + 1 }), disabled: isOff, onclick: run }, icon(name));
    return h('div', { class: 'url-row' },
        h('input', { type: 'text', inputmode: 'url', spellcheck: 'false', autocomplete: 'off',
            placeholder: 'https://api.example.com',
            'aria-label': t('editor.urlAt', { n: row.peek().index + 1 }),
                'aria-invalid': () => (list().some((u) => u.error && u.base_url === text().trim())
                    ? 'true' : null),
            value: text, oninput: change, onpaste: (e) => pasted(e, row.peek().index, value),
            onkeydown: (e) => e.key === 'Enter' && !e.isComposing
                && act(() => value.update((all) => [...all, '']),
                    () => box.lastElementChild?.querySelector('input')) }),
        h('span', { class: 'url-tools' }, () => isSeveral() && [
            tool('up', 'editor.urlUp', () => at() === 0, () => move(row.peek().index, -1)),
            tool('down', 'editor.urlDown', isLast, () => move(row.peek().index, 1)),
            tool('close', 'editor.urlRemove', false, () => act(() => value.update((all) => all.filter((_,
                i) => i !== row.peek().index)),
                () => box.children[Math.min(row.peek().index,
                    box.children.length - 1)]?.querySelector('input')))]),
        () => told(list, text));
}

// ed: the edit; an empty list still shows one line to type in.
export function urlsField(ed) {
    const value = ed.draft.at('base_urls', []);
    if (!value.peek().length)
        value.set(['']);
    const list = previewOf(ed.draft.at('dialect'), value);
    const rows = computed(() => value().map((text, index) => ({ text, index })));
    const box = h('div', { class: 'url-rows' });
    // What is done, and then what has the focus.
    const act = (run, wanted) => {
        run();
        flush();
        wanted()?.focus();
    };
    const move = (from, step) => {
        const to = from + step;
        act(() => value.update((all) => {
            const next = [...all];
            [next[from], next[to]] = [next[to], next[from]];
            return next;
        }), () => {
            const tools = [...box.children[to].querySelectorAll('.url-tools button')];
            const same = box.children[to].querySelector(step < 0 ? '.url-up' : '.url-down');
            return same?.disabled ? tools.find((b) => !b.disabled) : same;
        });
        announce(t('editor.urlMoved', { at: to + 1, of: value.peek().length }));
    };
    each(box, rows, (row) => row.index, (row) => urlRow(row, { value, list, box, act, move }));
    return field({ label: t('editor.urlsLabel'), hint: t('editor.urlsHint'), path: 'base_urls', isWide: true,
        error: () => ed.fault.at('base_urls')() || ed.fault.at('base_url')(),
        control: (id, describedBy) => h('div', { id, class: 'text-list', role: 'group',
            'aria-label': t('editor.member.base_urls'), 'aria-describedby': describedBy }, box,
            h('button', { type: 'button', class: 'button quiet',
                onclick: () => act(() => value.update((all) => [...all, '']),
                    () => box.lastElementChild.querySelector('input')) },
                icon('plus'), t('editor.urlAdd'))) });
}
