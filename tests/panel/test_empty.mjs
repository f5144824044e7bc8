// SPDX-License-Identifier: MIT
// test_empty - a gateway that has just been installed: no channel, no client key, no request; every screen says what to do next.

import { routes } from '../../www/lib/routes.js';
import { assert, test } from './harness.mjs';

export const channels = () => '';

for (const { name } of routes) {
    test(name, async ({ tab, page }) => {
        assert.equal(await tab.go(`#/${name}`), name);
        assert.ok((await page.locator('main').innerText()).trim().length > 20, 'an empty screen says something');
        await tab.clean();
        await tab.shot(`empty-${name}`);
    });
}
