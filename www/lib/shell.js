// SPDX-License-Identifier: MIT
// shell - the frame around the screens: navigation, state of the connection, theme, language; shows one screen after the
// other.
//
// <main data-view="NAME" aria-busy="false"> says that a screen stands and its first data is shown.

import { logOut, session } from './api.js';
import { menuButton } from './dialog.js';
import { h } from './h.js';
import { language, locale, setLanguage, t } from './i18n.js';
import { icon } from './icon.js';
import { state } from './live.js';
import { place } from './router.js';
import { groups, login, routeOf } from './routes.js';
import { computed, effect, here, inScope, scope, signal } from './signal.js';
import { setTheme, theme } from './theme.js';
import '../text/common.js';
import '../text/shell.js';

const SLOW_MS = 150;

const route = computed(() => (session()?.by === 'nobody' ? login : routeOf(place().parts[0])));
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
    text, icon: language() === name ? 'check' : 'globe', run: () => setLanguage(name) })) });

const tools = (isInside) => h('div', { class: 'shell-tools' }, isInside && connection(), themeMenu(), languageMenu(),
    isInside && session.peek()?.by === 'session' && h('button', { type: 'button', class: 'icon-button', title: t('shell.logout'), 'aria-label': t('shell.logout'), onclick: () => logOut() }, icon('logout')));

const side = () => h('aside', { class: () => (isMenuOpen() ? 'side open' : 'side') },
    h('a', { class: 'brand', href: '#/overview' }, h('img', { src: new URL('../icon.svg', import.meta.url).href, alt: '', width: 28, height: 28 }), h('span', 'claude-proxy')),
    h('nav', { 'aria-label': t('shell.navigation') }, groups.map((group) => [h('p', { class: 'nav-group', id: `nav-${group.name}` }, t(`shell.${group.name}`)),
        h('ul', { 'aria-labelledby': `nav-${group.name}` }, group.routes.map((r) => h('li', link(r))))])));

const bar = () => h('header', { class: 'bar' },
    h('button', { type: 'button', class: 'icon-button menu-toggle', 'aria-label': t('shell.menu'), 'aria-expanded': () => String(isMenuOpen()), onclick: () => isMenuOpen.update((v) => !v) }, icon('menu')),
    h('p', { class: 'bar-title' }, () => t(`shell.${route().name}`)), tools(true));

const lostBanner = () => h('div', { role: 'alert', class: 'banner-holder' }, () => state() === 'lost' && h('p', { class: 'banner bad' }, icon('warn'), t('shell.lost')));

function failure(error, again) {
    const isOld = error instanceof TypeError && /import|module/i.test(error.message); // our files went: another version serves
    return h('div', { class: 'empty' }, h('h1', { tabindex: '-1' }, t('shell.broken')), h('p', isOld ? t('shell.updated') : error.status === 0 ? t('common.unreachable') : error.message),
        h('button', { type: 'button', class: 'button primary', onclick: isOld ? () => location.reload() : again }, t(isOld ? 'shell.reload' : 'common.retry')));
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

function frame(isInside) {
    const where = here();
    const main = h('main', { id: 'main', 'aria-busy': 'true', tabindex: '-1' });
    let isFirst = true;
    effect(() => {
        const r = route();
        const params = place().parts.slice(1);
        if (Boolean(r.isPublic) === isInside)
            return;
        showScreen(main, where, r, params, isFirst);
        isFirst = false;
    });
    const skip = h('a', { class: 'skip', href: '#main', onclick: (e) => {
        e.preventDefault();
        main.focus();
    } }, t('shell.skip'));
    return isInside
        ? [skip, side(), h('div', { class: 'scrim', onclick: () => isMenuOpen.set(false) }), h('div', { class: 'page' }, bar(), lostBanner(), main)]
        : [h('div', { class: 'page outside' }, h('header', { class: 'bar outside' }, tools(false)), main)];
}

// Fills the page; anew when somebody comes in or goes, and when the language changes.
export function startShell(root) {
    const isInside = computed(() => session()?.by !== 'nobody');
    effect(() => {
        document.documentElement.lang = locale();
        root.replaceChildren(...frame(isInside()));
    });
}
