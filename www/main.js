// SPDX-License-Identifier: MIT
// main - starts the panel: who are we, then the frame, then the stream of events.

import { session, whoAmI } from './lib/api.js';
import { startLive, stopLive } from './lib/live.js';
import { startRouter } from './lib/router.js';
import { startShell } from './lib/shell.js';
import { effect } from './lib/signal.js';
import { startTheme } from './lib/theme.js';

const RETRY_MS = 1000;

startTheme();
startRouter();

// The page may be there before the gateway is again: it is asked until it answers.
while (!session.peek())
    await whoAmI().catch(() => new Promise((done) => setTimeout(done, RETRY_MS)));

startShell(document.getElementById('app'));

let wasInside = false;
effect(() => {
    const isInside = session().by !== 'nobody';
    if (isInside && !wasInside)
        startLive();
    if (!isInside && wasInside)
        stopLive();
    wasInside = isInside;
});
