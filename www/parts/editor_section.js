// SPDX-License-Identifier: MIT
// editor_section - a part of the channel editor that folds: closed it tells in one line what is said in it; and a search.

import { h, put, putLater } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { complete } from '../lib/paint.js';
import { computed, effect, signal } from '../lib/signal.js';
import { saidLine } from './editor_check.js';
import { labelOf, valueOf } from './editor_fields.js';
import '../text/editor.js';

const wordOf = (option) => (option?.words || option?.type === 'bool' ? (v) => tOr('editor.word', v)
    : (v) => v);

const fieldsOf = (ed, paths) => paths.map((path) => ({ label: labelOf(path), value: valueOf(ed, path)(),
    preset: ed.options.get(path)?.default, word: wordOf(ed.options.get(path)) }));

// Its fields are made when it is open; of one that is closed, after the picture: who opens it or searches has them before.
export function folded(make, { isOpen = false, isFixed = false } = {}) {
    const box = h(isFixed ? 'fieldset' : 'div', { class: 'form', disabled: isFixed || null });
    return isOpen ? put(box, make()) : putLater(box, make);
}

// paths: members that its one line tells of; isFixed: a file says all of it, nothing can be changed here; make(): its fields.
export function section(ed, name, { isOpen = false, paths = [], isFixed = false }, make) {
    const said = computed(() => saidLine(fieldsOf(ed, paths)));
    const box = folded(make, { isOpen, isFixed });
    return h('details', { class: 'editor-section', open: isOpen, 'data-section': name, onclick: (e) => complete(e.currentTarget) },
        h('summary', h('h3', t(`editor.section.${name}`)), isFixed && icon('lock'),
            h('span', { class: 'section-said ellipsis' }, said)), box);
}

const wordsOf = (el) => `${el.dataset.path ?? ''} ${el.textContent}`.toLowerCase();

// Shows the fields that have all words of the text, and opens the sections that they are in; '': all as it was.
function sift(form, text) {
    complete(form);
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const box of form.querySelectorAll('details.editor-section')) {
        box.dataset.was ??= String(box.open);
        const isWhole = words.every((word) => box.querySelector('summary h3').textContent.toLowerCase().includes(word));
        let isAny = isWhole;
        for (const field of box.querySelectorAll('.field')) {
            field.hidden = !isWhole && !words.every((word) => wordsOf(field).includes(word));
            isAny ||= !field.hidden;
        }
        box.hidden = !isAny;
        count += isAny ? 1 : 0;
        box.open = words.length ? isAny : box.dataset.was === 'true';
        if (!words.length)
            delete box.dataset.was;
    }
    return count;
}

// A search over all fields of a form.
export function finder(form) {
    const text = signal('');
    const isNone = signal(false);
    let before = '';
    effect(() => {
        const now = text().trim();
        if (now !== before)
            isNone.set(sift(form, now) === 0);
        before = now;
    });
    const isMouse = globalThis.matchMedia?.('(pointer: fine)').matches;
    return h('div', { class: 'finder' }, icon('search'),
        h('input', { type: 'search', placeholder: t('editor.find'), 'aria-label': t('editor.find'),
            autocomplete: 'off',
            autofocus: isMouse || null, value: text, oninput: (e) => text.set(e.target.value),
            onkeydown: (e) => {
                if (e.key !== 'Escape' || !text.peek())
                    return;
                e.preventDefault();
                text.set('');
            } }),
        h('p', { class: 'unseen', role: 'status' }, () => (isNone() ? t('editor.findNone') : '')),
        () => isNone() && h('p', { class: 'soft' }, t('editor.findNone')));
}
