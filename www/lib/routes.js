// SPDX-License-Identifier: MIT
// routes - every screen: its address, its words, its drawing, its module.
//
// load() gives a module with async view({params}): it fetches what it shows first, and gives a function that makes the
// screen: one node, whose effects, timers and listeners end with it.  The screen before stands until then.  params: the
// parts of the path after the first.  follows: the view itself follows what stands behind its name, and is not built anew.

const view = (name, icon, load, more = {}) => ({ name, icon, load, ...more });

export const groups = [
    { name: 'now', routes: [
        view('overview', 'home', () => import('../views/overview.js')),
        view('channels', 'shelf', () => import('../views/channels.js')),
        view('requests', 'list', () => import('../views/requests.js'), { follows: true }),
        view('statistics', 'chart', () => import('../views/statistics.js')),
        view('logs', 'terminal', () => import('../views/logs.js')),
    ] },
    { name: 'manage', routes: [
        view('clients', 'users', () => import('../views/clients.js')),
        view('scheduler', 'clock', () => import('../views/scheduler.js')),
        view('settings', 'gear', () => import('../views/settings.js')),
        view('generations', 'history', () => import('../views/generations.js')),
        view('plugins', 'plug', () => import('../views/plugins.js')),
    ] },
    { name: 'use', routes: [
        view('setup', 'key', () => import('../views/setup.js')),
        view('try', 'send', () => import('../views/try.js')),
        view('about', 'info', () => import('../views/about.js')),
    ] },
];

export const routes = groups.flatMap((group) => group.routes);
export const login = view('login', 'lock', () => import('../views/login.js'), { isPublic: true });

// An unknown address is the first screen.
export const routeOf = (name) => routes.find((route) => route.name === name) ?? routes[0];
