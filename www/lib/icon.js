// SPDX-License-Identifier: MIT
// icon - line drawings of 24 by 24, in the colour of the text around them.

import { svg } from './h.js';

const paths = {
    bolt: 'M13 3 5 14h6l-1 7 8-11h-6z',
    chart: 'M4 20V10m6 10V4m6 16v-7m4 7H2',
    check: 'm5 12.5 4.5 4.5L19 7.5',
    chevron: 'm9 6 6 6-6 6',
    clock: 'M12 3a9 9 0 1 0 .01 0M12 7v5l3 2',
    close: 'M6 6l12 12M18 6 6 18',
    copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
    down: 'm6 9 6 6 6-6',
    download: 'M12 4v11m-4-4 4 4 4-4M5 20h14',
    edit: 'm4 20 1-4L16 5l3 3L8 19zM14 7l3 3',
    external: 'M14 4h6v6M20 4l-9 9M17 14v6H4V7h6',
    gear: 'M12 9a3 3 0 1 0 .01 0M12 2v4m0 12v4M4.9 4.9l2.8 2.8m8.6 8.6 2.8 2.8M2 12h4m12 0h4M4.9 19.1l2.8-2.8m8.6-8.6 2.8-2.8',
    globe: 'M12 3a9 9 0 1 0 .01 0M3 12h18M12 3c-5 5-5 13 0 18 5-5 5-13 0-18',
    grip: 'M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01',
    history: 'M4 12a8 8 0 1 1 3 6.2M4 20v-5h5M12 8v4l3 2',
    home: 'm3 11 9-7 9 7M6 9v11h12V9',
    info: 'M12 3a9 9 0 1 0 .01 0M12 11v6m0-10h.01',
    key: 'M8 11a4 4 0 1 0 .01 0M11 12l9-9m-4 4 3 3',
    list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
    lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
    logout: 'M10 4H4v16h6M15 8l4 4-4 4m4-4H9',
    menu: 'M4 6h16M4 12h16M4 18h16',
    moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z',
    more: 'M6 12h-1v.5h1zM12.5 12h-1v.5h1zM19 12h-1v.5h1z',
    pause: 'M8 5v14M16 5v14',
    play: 'M7 4l12 8-12 8z',
    plug: 'M9 3v5m6-5v5M6 8h12v3a6 6 0 0 1-12 0zm6 9v4',
    plus: 'M12 5v14M5 12h14',
    refresh: 'M20 11a8 8 0 0 0-14-4L4 9m0-5v5h5M4 13a8 8 0 0 0 14 4l2-2m0 5v-5h-5',
    reset: 'M4 12a8 8 0 1 0 3-6.2M4 4v5h5',
    rocket: 'M12 15l-3-3c1-5 4-8 10-9-1 6-4 9-9 10zM9 12H5l2-4h4m1 7v4l4-2v-4M5 16l-1 4 4-1',
    search: 'M10.5 4a6.5 6.5 0 1 0 .01 0M15.5 15.5 20 20',
    send: 'M4 12 20 4l-5 16-3-7z',
    shelf: 'M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01',
    shield: 'M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z',
    sun: 'M12 8a4 4 0 1 0 .01 0M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.5 1.5m11 11L19 19M5 19l1.5-1.5m11-11L19 5',
    table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14',
    terminal: 'M4 5h16v14H4zM8 10l3 2.5L8 15m5 0h3',
    top: 'M5 4h14M12 20V8m-5 5 5-5 5 5',
    bottom: 'M5 20h14M12 4v12m-5-5 5 5 5-5',
    trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5m4-5v5',
    up: 'm6 15 6-6 6 6',
    users: 'M9 5a3.5 3.5 0 1 0 .01 0M2 20c0-4 3-6 7-6s7 2 7 6M16 5.5a3.5 3.5 0 0 1 0 6.5m3 8c0-3-1-5-3-6',
    warn: 'M12 4 2.5 20h19zM12 10v5m0 2.5h.01',
};

// A screen has hundreds: each is made once, and copied.
const made = new Map();

export function icon(name) {
    if (!made.has(name))
        made.set(name, svg('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, svg('path', { d: paths[name] ?? paths.info })));
    return made.get(name).cloneNode(true);
}
