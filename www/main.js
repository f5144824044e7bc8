// SPDX-License-Identifier: MIT
// main - starts the panel: who are we, then the frame, then the stream of events.

import { session, whoAmI } from './lib/api.js';
import { h } from './lib/h.js';
import { t } from './lib/i18n.js';
import { startLive, stopLive } from './lib/live.js';
import { startRouter } from './lib/router.js';
import { login } from './lib/routes.js';
import { startShell } from './lib/shell.js';
import { effect } from './lib/signal.js';
import { startTheme } from './lib/theme.js';

const RETRY_MS = 1000;

startTheme();
startRouter();

const app = document.getElementById('app');

// The page may be there before the gateway is again: it is asked until it answers.
while (!session.peek())
    await whoAmI().catch(() => {
        app.replaceChildren(h('p', { role: 'alert', class: 'banner bad outside' }, t('shell.lost')));
        return new Promise((done) => setTimeout(done, RETRY_MS));
    });

startShell(app);

let wasInside = false;
effect(() => {
    const isInside = session().by !== 'nobody';
    if (isInside && !wasInside) {
        startLive();
        login.load().catch(() => {}); // who must log in again needs it, also when another version serves by then
    }
    if (!isInside && wasInside)
        stopLive();
    wasInside = isInside;
});
