// SPDX-License-Identifier: MIT
// test_screens_en - every screen in English, and one after the other.

import { routes } from '../../www/lib/routes.js';
import { assert, test } from './harness.mjs';
import { everyScreen } from './screens.mjs';

export { channels, prepare } from './screens.mjs';

everyScreen('en-US', { light: 1280, dark: 390 });

test('one after the other, and back', async ({ tab, page }) => {
    for (const { name } of routes) {
        assert.equal(await tab.go(`#/${name}`), name);
    }
    for (const { name } of [...routes].reverse().slice(1)) {
        await page.goBack();
        await tab.ready(name);
    }
});

test('large text and a small window', async ({ tab }) => {
    // 200 % of 1280 px: WCAG 1.4.4 and 1.4.10.
    for (const { name } of routes) {
        await tab.go(`#/${name}`);
        await tab.noOverflow();
    }
}, { width: 320, height: 640 });
