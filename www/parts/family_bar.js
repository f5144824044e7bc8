// SPDX-License-Identifier: MIT
// family_bar - how a client API chooses among its channels: strategy, fuzzy mode, session affinity; its own or as all.

import { patch } from '../lib/api.js';
import { field, switchField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { say } from '../lib/toast.js';
import { act } from './channel_acts.js';
import { actButton } from './ui.js';
import '../text/channels.js';

const STRATEGIES = ['failover', 'round_robin', 'random', 'least_busy', 'two_choices'];

const strategyName = (name) => tOr('channels.strategy', name);

function strategy(family, change, lock) {
    const choices = () => (STRATEGIES.includes(family().strategy) ? STRATEGIES : [...STRATEGIES, family().strategy]);
    const asAll = () => (family().own.strategy ? t('channels.asAll')
        : t('channels.asAllNow', { value: strategyName(family().strategy) }));
    return field({ label: t('channels.strategy'), hint: t('channels.strategyHint'), lock,
        control: (id, told) => h('select', {
            id, 'aria-describedby': told, disabled: () => Boolean(lock()), value: () => family().own.strategy ?? '',
            onchange: (e) => change({ strategy: e.target.value || null }) },
        h('option', { value: '' }, asAll), choices().map((name) => h('option', { value: name }, strategyName(name)))) });
}

// A switch, and, where the client API has its own word, the way back to what all have.
function toggle(family, name, change, lock) {
    const value = Object.assign(() => family()[name], { set: (v) => change({ [name]: v }) });
    const back = () => actButton({ text: t('channels.asAll'), name: 'reset', class: 'button quiet',
        run: () => change({ [name]: null }) });
    return h('div', { class: 'family-switch' },
        switchField({ label: t(`channels.${name}`), hint: t(`channels.${name}Hint`), value, lock }),
        () => family().own[name] !== null && !lock() && back());
}

const onOff = (family, name) => h('span', { class: 'chip' },
    () => `${t(`channels.${name}`)}: ${t(family()[name] ? 'common.on' : 'common.off')}`);

// family: a signal of what GET /api/families tells of it; load: reads it anew.
export function familyBar(family, load) {
    const lock = () => (family().locked ? family().where : '');
    const send = (members) => act(t('channels.settingsBroken'), async () => {
        const { name, etag } = family.peek();
        family.set(await patch(`api/families/${encodeURIComponent(name)}`, members, { etag }));
        say(t('common.saved'));
    }, { done: load });
    let last = Promise.resolve(); // one after the other: each carries the tag of the one before
    const change = (members) => {
        last = last.then(() => send(members));
        return last;
    };
    return h('details', { class: 'card family-bar' },
        h('summary', h('span', { class: 'family-title' }, t('channels.routing', { family: tOr('family', family.peek().name) })),
            h('span', { class: 'chip' }, () => strategyName(family().strategy)),
            onOff(family, 'fuzzy'), onOff(family, 'affinity')),
        h('div', { class: 'form' }, strategy(family, change, lock),
            toggle(family, 'fuzzy', change, lock), toggle(family, 'affinity', change, lock)));
}
