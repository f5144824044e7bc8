// SPDX-License-Identifier: MIT
// form - labelled fields with hints and errors, bound to signals.
//
// A field's value is a signal that the caller owns.  What the gateway finds wrong is shown at the field whose path it
// names (showFault), else above the form.

import { each, h } from './h.js';
import { t } from './i18n.js';
import { icon } from './icon.js';
import { computed, signal } from './signal.js';

let count = 0;

// control(id, describedBy, isInvalid) makes the input; error and lock are read as functions.
export function field({ label, hint, error = () => '', lock = () => '', path, control, isWide = false, isOptional = false }) {
    const id = `field-${++count}`;
    const told = `${id}-told`;
    return h('div', { class: ['field', isWide && 'wide'], 'data-path': path },
        h('label', { for: id }, label, isOptional && h('span', { class: 'faint' }, ` (${t('common.optional')})`)),
        control(id, told, () => (error() ? 'true' : null)),
        h('div', { id: told, class: 'field-told' },
            () => lock() && h('p', { class: 'field-lock' }, icon('lock'), t('common.lockedBy', { where: lock() })),
            () => error() && h('p', { class: 'field-error' }, icon('warn'), error()),
            hint && h('p', { class: 'field-hint' }, hint)));
}

const plain = (tag, value, props, change) => (id, told, isInvalid) => h(tag, {
    id, 'aria-describedby': told, 'aria-invalid': isInvalid, value: () => value() ?? '', autocomplete: 'off', spellcheck: 'false', ...props,
    disabled: () => Boolean(props.lock?.()), lock: null, oninput: (e) => change(e.target),
});

const rest = ({ label, hint, error, lock, path, isWide, isOptional }) => ({ label, hint, error, lock, path, isWide, isOptional });

export const textField = ({ value, type = 'text', placeholder, props = {}, ...more }) => field({ ...rest(more),
    control: plain('input', value, { type, placeholder, lock: more.lock, ...props }, (el) => value.set(el.value)) });

// Never filled in by the browser, never remembered.
export const secretField = ({ props = {}, ...more }) => textField({ ...more, type: 'password', props: { autocomplete: 'new-password', 'data-1p-ignore': '', ...props } });

export const numberField = ({ value, least, most, step, props = {}, ...more }) => field({ ...rest(more),
    control: plain('input', value, { type: 'number', min: least, max: most, step, inputmode: 'numeric', lock: more.lock, ...props },
        (el) => value.set(el.value === '' ? null : Number(el.value))) });

export const areaField = ({ value, rows = 4, placeholder, props = {}, ...more }) => field({ ...rest(more), isWide: more.isWide ?? true,
    control: plain('textarea', value, { rows, placeholder, lock: more.lock, ...props }, (el) => value.set(el.value)) });

// choices: [{value, text}], or a function of them.
export const selectField = ({ value, choices, props = {}, ...more }) => field({ ...rest(more),
    control: (id, told, isInvalid) => h('select', {
        id, 'aria-describedby': told, 'aria-invalid': isInvalid, ...props, disabled: () => Boolean(more.lock?.()),
        value: () => value() ?? '', onchange: (e) => value.set(e.target.value),
    }, (typeof choices === 'function' ? choices() : choices).map((c) => h('option', { value: c.value, selected: c.value === value.peek() }, c.text))) });

export const switchField = ({ value, label, hint, lock = () => '', path, props = {} }) => {
    const id = `field-${++count}`;
    return h('div', { class: 'field switch-field', 'data-path': path },
        h('input', { id, type: 'checkbox', role: 'switch', class: 'switch', 'aria-describedby': `${id}-told`, ...props,
            checked: () => Boolean(value()), disabled: () => Boolean(lock()), onchange: (e) => value.set(e.target.checked) }),
        h('label', { for: id }, label),
        h('div', { id: `${id}-told`, class: 'field-told' },
            () => lock() && h('p', { class: 'field-lock' }, icon('lock'), t('common.lockedBy', { where: lock() })),
            hint && h('p', { class: 'field-hint' }, hint)));
};

// A few exclusive choices in one line: choices [{value, text}].
export const segmented = ({ label, value, choices, change = (v) => value.set(v) }) => {
    const name = `field-${++count}`;
    return h('fieldset', { class: 'segmented' }, h('legend', { class: 'unseen' }, label),
        choices.map((c) => h('label', h('input', { type: 'radio', name, value: c.value, checked: () => value() === c.value, onchange: () => change(c.value) }), h('span', c.text))));
};

// Which fault belongs to which field: {fault, set(error), at(path), rest}.  path: 'base_urls', 'keys.0' ...
export function faults() {
    const fault = signal(null);
    return {
        set: (error) => fault.set(error),
        clear: () => fault.set(null),
        at: (path) => () => (fault()?.path && (fault().path === path || fault().path.startsWith(`${path}.`) || fault().path.startsWith(`${path}[`)) ? fault().message : ''),
        fault,
    };
}

// The whole fault above a form, with the lines of its details; focus goes there so that it is read.
export const faultBox = (fault) => h('div', { role: 'alert', class: 'fault-box' },
    () => fault() && h('div', { class: 'notice bad' }, icon('warn'), h('div',
        h('p', fault().status === 0 ? t('common.unreachable') : fault().message, fault().path ? h('code', ` ${fault().path}`) : ''),
        fault().details?.length > 0 && h('ul', fault().details.map((line) => h('li', line))))));

// A list of short texts, one input each, with add and remove: for globs, URLs.
export function textList({ label, hint, value, placeholder, path, lock = () => '', error }) {
    const rows = computed(() => value().map((text, index) => ({ text, index })));
    const change = (index, text) => value.update((all) => all.map((old, i) => (i === index ? text : old)));
    return field({ label, hint, path, lock, error, isWide: true,
        control: (id, told) => h('div', { id, class: 'text-list', role: 'group', 'aria-label': label, 'aria-describedby': told },
            each(h('div', { class: 'text-list-rows' }), rows, (row) => row.index, (row) => h('div', { class: 'text-list-row' },
                h('input', { type: 'text', 'aria-label': `${label} ${row.peek().index + 1}`, placeholder, spellcheck: 'false', autocomplete: 'off',
                    value: () => row().text, disabled: () => Boolean(lock()), oninput: (e) => change(row.peek().index, e.target.value) }),
                h('button', { type: 'button', class: 'icon-button', 'aria-label': `${t('common.remove')} ${row.peek().index + 1}`, disabled: () => Boolean(lock()),
                    onclick: () => value.update((all) => all.filter((_, i) => i !== row.peek().index)) }, icon('close')))),
            h('button', { type: 'button', class: 'button quiet', disabled: () => Boolean(lock()), onclick: () => value.update((all) => [...all, '']) }, icon('plus'), t('common.add'))) });
}
