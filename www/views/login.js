// SPDX-License-Identifier: MIT
// login - the key or password that opens the panel; says why it does not, and when to try again.
//
// Whose session ends while he works is asked above his screen (askAgain): what he has typed there stays.

import { ApiError, leave, logIn, session, whoAmI } from '../lib/api.js';
import { button, openDialog } from '../lib/dialog.js';
import { secretField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed, effect, signal } from '../lib/signal.js';
import { countdown, notice, untilIn } from '../parts/ui.js';
import '../text/login.js';

// How long one must wait, in seconds; 0: not at all.
const waitOf = (error) => (error instanceof ApiError && error.status === 429 ? Math.max(1, error.retryAfter || error.body?.wait_s || 1) : 0);

function wordsOf(error) {
    if (!(error instanceof ApiError))
        return error.message;
    if (error.status === 0)
        return t('common.unreachable');
    return error.status === 401 ? t('login.wrong') : error.message;
}

// With both ways, what is typed may be either; the gateway counts it as one try.
const enter = (secret, ways) => logIn(Object.fromEntries(ways.map((way) => [way, secret])));

function form(login) {
    const secret = signal('');
    const fault = signal(login.refused ? '' : login.error ?? '');
    const isBusy = signal(false);
    const until = signal(login.refused === 'wait' ? untilIn(Math.max(1, login.wait_s || 1)) : null);
    const ways = login.ways?.length ? login.ways : ['key'];
    const name = ways.includes('password') ? 'login.password' : session.peek()?.separate ? 'login.adminKey' : 'login.accessKey';
    const submit = async (e) => {
        e.preventDefault();
        if (isBusy.peek() || until.peek() || !secret.peek().trim())
            return;
        isBusy.set(true);
        fault.set('');
        try {
            await enter(secret.peek().trim(), ways);
        } catch (error) {
            const seconds = waitOf(error);
            until.set(seconds ? untilIn(seconds) : null);
            fault.set(seconds ? '' : wordsOf(error));
            secret.set('');
            e.target.querySelector('input')?.focus();
        }
        isBusy.set(false);
    };
    return h('form', { class: 'stack', onsubmit: submit },
        secretField({ label: t(name), hint: t('login.hint'), value: secret, props: { autocomplete: 'current-password', autofocus: true, required: true } }),
        h('div', { role: 'alert' }, () => fault() && notice('bad', h('p', fault())), () => until() && notice('warn', h('p', t('login.waiting')))),
        () => until() && h('p', { class: 'login-wait' }, t('login.waitLeft'), ' ', countdown(until(), () => until.set(null))),
        button(t('login.enter'), { type: 'submit', class: 'primary', 'aria-busy': () => String(isBusy()), disabled: () => until() !== null }));
}

const closed = (login) => [
    notice('warn', h('p', t(`login.${login.refused === 'clear_text' ? 'clearText' : 'closed'}`)), h('p', login.error)),
    button(t('common.retry'), { onclick: () => whoAmI().catch(() => {}) }, 'refresh'),
];

// What the gateway tells strangers: how to log in, and whether that would be refused.  Told again, the form stays.
function ask() {
    const told = computed(() => JSON.stringify(session()?.login ?? {}));
    return () => {
        const login = JSON.parse(told());
        return login.refused === 'clear_text' || login.refused === 'closed' ? closed(login) : form(login);
    };
}

export async function view() {
    return () => h('div', { class: 'login' }, h('section', { class: 'card' },
        h('div', { class: 'row' }, h('span', { class: 'login-lock' }, icon('lock')), h('h1', { tabindex: '-1' }, t('login.title'))),
        h('p', { class: 'soft' }, t('login.lead')), ask()));
}

let isAsking = false;

export async function askAgain() {
    if (isAsking)
        return;
    isAsking = true;
    await openDialog({ title: t('login.endedTitle'), size: 'small', build: (close) => {
        effect(() => session()?.hasEnded || close());
        return {
            body: [h('p', { class: 'soft' }, t('login.ended')), ask()],
            actions: [button(t('login.leave'), { onclick: leave })],
        };
    } });
    isAsking = false;
}
