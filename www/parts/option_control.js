// SPDX-License-Identifier: MIT
// option_control - the control that fits the kind of an option: switch, choice, amount with a unit, rows of a list, secret, text.

import { areaField, field, secretField, selectField, switchField, textField, textList } from '../lib/form.js';
import { h } from '../lib/h.js';
import { language, t, tOr } from '../lib/i18n.js';
import { choicesOf, joinAmount, kindOf, splitAmount, UNITS, usualOf } from '../lib/settings.js';
import { computed, signal } from '../lib/signal.js';
import '../text/options.js';
import '../text/settings.js';

let count = 0;

// "failover – in order"; a word that says enough in the reader's language stands alone.
function wordText(word) {
    const told = tOr('optionWord', word);
    return told === word ? word : `${word} – ${told}`;
}

// A word that the table does not have (yet) is still shown as it is.
function choices(o) {
    const all = choicesOf(o).map((word) => ({ value: word, text: wordText(word) }));
    return all.some((c) => c.value === o.value) ? all
        : [{ value: o.value ?? '', text: o.value || t('settings.unset') }, ...all];
}

// value: the text of both ("30s"); a unit that somebody chose stays where there is no amount
// yet.
function amountField(o, units, { value, ...props }) {
    const unit = signal(splitAmount(value.peek(), units,
        splitAmount(o.default, units, units[1]).unit).unit);
    const parts = computed(() => splitAmount(value(), units, unit()));
    const typed = { amount: null };
    const shown = () => (typed.amount !== null
        && joinAmount(typed.amount, parts().unit) === value() ? typed.amount : parts().amount);
    const change = (amount, chosen) => {
        typed.amount = amount;
        unit.set(chosen);
        value.set(joinAmount(amount, chosen));
    };
    const isLocked = () => Boolean(props.lock?.());
    return field({ ...props, control: (id, told, isInvalid) => h('div', { class: 'amount' },
        h('input', { id, type: 'text', inputmode: 'decimal', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': told, 'aria-invalid': isInvalid, placeholder: o.default || null,
            value: shown, disabled: isLocked,
                oninput: (e) => change(e.target.value, parts.peek().unit) }),
        h('select', { 'aria-label': `${props.label}: ${t('settings.unit')}`, disabled: isLocked, value: () => parts().unit, onchange: (e) => change(parts.peek().amount, e.target.value) },
            units.map((u) => h('option', { value: u }, tOr('optionUnit', u))))) });
}

// Rows of texts; groups stand as JSON in one box.
function listField(o, { value, ...props }) {
    if (/^\s*[[{]\s*["{\]]/.test(value.peek()))
        return areaField({ ...props, value, rows: 4 });
    const rows = () => (value() === '' ? [] : value().split('\n'));
    rows.peek = () => (value.peek() === '' ? [] : value.peek().split('\n'));
    rows.set = (all) => value.set(all.join('\n'));
    rows.update = (f) => rows.set(f(rows.peek()));
    return textList({ ...props, value: rows, placeholder: o.default ?? '' });
}

function freeField(o, props) {
    const usual = usualOf(o);
    const id = `option-usual-${++count}`;
    const made = textField({ ...props, placeholder: o.default || t('settings.unset'),
        props: usual.length ? { list: id } : {} });
    if (usual.length)
        made.append(h('datalist', { id }, usual.map((value) => h('option', { value }))));
    return made;
}

const secretHint = (o) => (o.value ? t('settings.secretSet', { mask: o.value })
    : t('settings.unset'));

const makers = {
    switch: (o, props) => switchField(props),
    choice: (o, props) => selectField({ ...props, choices: choices(o) }),
    number: (o, props) => textField({ ...props, placeholder: o.default || t('settings.unset'),
        props: { inputmode: 'numeric' } }),
    duration: (o, props) => amountField(o, UNITS.duration, props),
    size: (o, props) => amountField(o, UNITS.size, props),
    list: listField,
    secret: (o, props) => secretField({ ...props, placeholder: secretHint(o) }),
    text: freeField,
};

export const optionControl = (o, props) => makers[kindOf(o)](o, props);

export const titleOf = (o) => tOr('option', o.name);

// The gateway's own help is English; an option that has no words here yet shows it in Chinese,
// too.
export const helpOf = (o) => {
    const text = tOr('optionHelp', o.name);
    return language() === 'zh' && text !== o.name ? text : text === '=' || text === o.name
        ? o.help ?? '' : text;
};
