// SPDX-License-Identifier: MIT
// routes - every screen: its address, its words, its drawing, its module.
//
// load() gives a module with async view({params}): it fetches what it shows first, and gives a function that makes the
// screen: one node, whose effects, timers and listeners end with it.  The screen before stands until then.  params: the
// parts of the path after the first.

const view = (name, icon, load, more = {}) => ({ name, icon, load, ...more });

export const groups = [
    { name: 'now', routes: [
        view('overview', 'home', () => import('../views/overview.js')),
    ] },
    { name: 'use', routes: [
        view('setup', 'key', () => import('../views/setup.js')),
        view('about', 'info', () => import('../views/about.js')),
    ] },
];

export const routes = groups.flatMap((group) => group.routes);
export const login = view('login', 'lock', () => import('../views/login.js'), { isPublic: true });

// An unknown address is the first screen.
export const routeOf = (name) => routes.find((route) => route.name === name) ?? routes[0];
