// SPDX-License-Identifier: MIT
// shell - the frame around the screens: navigation, state of the connection, theme, language; shows one screen after the
// other.
//
// <main data-view="NAME" aria-busy="false"> says that a screen stands and its first data is shown.

import { logOut, session } from './api.js';
import { button, menuButton } from './dialog.js';
import { isOld, watchVersion } from './fresh.js';
import { h } from './h.js';
import { language, locale, setLanguage, t } from './i18n.js';
import { icon } from './icon.js';
import { follow, state } from './live.js';
import { mayLeave, place } from './router.js';
import { groups, login, routeOf } from './routes.js';
import { computed, effect, here, inScope, scope, signal } from './signal.js';
import { setTheme, theme } from './theme.js';
import { complain } from './toast.js';
import '../text/common.js';
import '../text/shell.js';

const SLOW_MS = 150;

// Whose session has ended keeps his screen: the login stands above it.
const isInside = computed(() => session()?.by !== 'nobody' || session().hasEnded === true);
const route = computed(() => (isInside() ? routeOf(place().parts[0]) : login));
const isMenuOpen = signal(false);

const link = (r) => h('a', {
    href: `#/${r.name}`, class: 'nav-link', 'aria-current': () => (route().name === r.name ? 'page' : null), onclick: () => isMenuOpen.set(false),
}, icon(r.icon), h('span', t(`shell.${r.name}`)));

const tones = { live: 'good', polling: 'warn', lost: 'bad', paused: 'off', starting: 'off' };
const stateText = () => t(state() === 'lost' ? 'shell.lostShort' : `shell.${state()}`);

const connection = () => h('p', { class: () => `connection ${tones[state()]}`, role: 'status', 'aria-live': 'polite' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), stateText);

const themeMenu = () => menuButton({ label: t('shell.theme'), name: 'sun', items: () => ['auto', 'light', 'dark'].map((name) => ({
    text: t(name === 'auto' ? 'shell.autoTheme' : `shell.${name}`), icon: theme() === name ? 'check' : name === 'dark' ? 'moon' : 'sun', run: () => setTheme(name) })) });

const languageMenu = () => menuButton({ label: t('shell.language'), name: 'globe', items: () => [['en', 'English'], ['zh', '中文']].map(([name, text]) => ({
    text, icon: language() === name ? 'check' : 'globe', run: async () => language.peek() !== name && await mayLeave() && setLanguage(name) })) });

async function goOut() {
    try {
        if (await mayLeave())
            await logOut();
    } catch (e) {
        complain(t('shell.logout'), e);
    }
}

const tools = (isIn) => h('div', { class: 'shell-tools' }, isIn && connection(), themeMenu(), languageMenu(),
    isIn && session.peek()?.by !== 'key' && h('button', { type: 'button', class: 'icon-button', title: t('shell.logout'), 'aria-label': t('shell.logout'), onclick: goOut }, icon('logout')));

const side = () => h('aside', { class: () => (isMenuOpen() ? 'side open' : 'side') },
    h('a', { class: 'brand', href: '#/overview' }, h('img', { src: new URL('../icon.svg', import.meta.url).href, alt: '', width: 28, height: 28 }), h('span', 'claude-proxy')),
    h('nav', { 'aria-label': t('shell.navigation') }, groups.map((group) => [h('p', { class: 'nav-group', id: `nav-${group.name}` }, t(`shell.${group.name}`)),
        h('ul', { 'aria-labelledby': `nav-${group.name}` }, group.routes.map((r) => h('li', link(r))))])));

const bar = () => h('header', { class: 'bar' },
    h('button', { type: 'button', class: 'icon-button menu-toggle', 'aria-label': t('shell.menu'), 'aria-expanded': () => String(isMenuOpen()), onclick: () => isMenuOpen.update((v) => !v) }, icon('menu')),
    h('p', { class: 'bar-title' }, () => t(`shell.${route().name}`)), tools(true));

// What holds for all screens: a connection that is gone, a session that has ended, a panel that is older than the gateway.
const banner = (tone, ...children) => h('div', { class: `banner ${tone}` }, icon(tone === 'info' ? 'info' : 'warn'), h('p', children[0]), children.slice(1));
const banners = () => [
    h('div', { role: 'alert', class: 'banner-holder' }, () => state() === 'lost' && banner('bad', t('shell.lost'))),
    h('div', { role: 'status', class: 'banner-holder' },
        () => session()?.hasEnded && banner('warn', t('shell.ended'), button(t('shell.login'), { onclick: askAgain }, 'lock')),
        () => isOld() && banner('info', t('shell.newer'), button(t('shell.reload'), { onclick: () => location.reload() }, 'refresh')))];

async function askAgain() {
    (await login.load()).askAgain();
}

function failure(error, again) {
    const isGone = error instanceof TypeError && /import|module/i.test(error.message); // our files went: another version serves, or none
    const isLost = error.status === 0 || (isGone && state.peek() === 'lost');
    const isUpdated = isGone && !isLost;
    if (!isUpdated)
        follow([], async () => state.peek() !== 'lost' && again());
    return h('div', { class: 'empty' }, h('h1', { tabindex: '-1' }, t('shell.broken')), h('p', isUpdated ? t('shell.updated') : isLost ? t('common.unreachable') : error.message),
        button(t(isUpdated ? 'shell.reload' : 'common.retry'), { class: 'primary', onclick: isUpdated ? () => location.reload() : again }));
}

let shown = null; // the scope of the screen that stands
let turn = 0;

async function build(r, params) {
    const module = await r.load();
    return module.view({ params });
}

async function showScreen(main, where, r, params, isFirst) {
    const mine = ++turn;
    const slow = setTimeout(() => main.classList.add('waiting'), SLOW_MS);
    main.setAttribute('aria-busy', 'true');
    const make = await build(r, params).catch((e) => {
        if (e.status === undefined)
            console.error(e);
        return () => failure(e, () => showScreen(main, where, r, params, false));
    });
    clearTimeout(slow);
    if (mine !== turn || where.isOver)
        return;
    shown?.end();
    shown = inScope(where, () => scope(make));
    main.classList.remove('waiting');
    main.replaceChildren(shown.value);
    main.dataset.view = r.name;
    main.setAttribute('aria-busy', 'false');
    document.title = `${t(`shell.${r.name}`)} · claude-proxy`;
    if (isFirst)
        return;
    scrollTo(0, 0);
    main.querySelector('h1')?.focus({ preventScroll: true });
}

function frame(isIn) {
    const where = here();
    const main = h('main', { id: 'main', 'aria-busy': 'true', tabindex: '-1' });
    let isFirst = true;
    effect(() => {
        const r = route();
        const params = (r.follows ? place.peek() : place()).parts.slice(1);
        if (Boolean(r.isPublic) === isIn)
            return;
        showScreen(main, where, r, params, isFirst);
        isFirst = false;
    });
    const skip = h('a', { class: 'skip', href: '#main', onclick: (e) => {
        e.preventDefault();
        main.focus();
    } }, t('shell.skip'));
    if (isIn)
        watchVersion();
    return isIn
        ? [skip, side(), h('div', { class: 'scrim', onclick: () => isMenuOpen.set(false) }), h('div', { class: 'page' }, bar(), banners(), main)]
        : [h('div', { class: 'page outside' }, h('header', { class: 'bar outside' }, tools(false)), main)];
}

// Fills the page; anew when somebody comes in or goes, and when the language changes: then nothing stays open above it.
export function startShell(root) {
    effect(() => {
        document.documentElement.lang = locale();
        for (const dialog of document.querySelectorAll('dialog[open]'))
            dialog.close();
        root.replaceChildren(...frame(isInside()));
    });
    effect(() => {
        if (session()?.hasEnded)
            askAgain();
    });
}
