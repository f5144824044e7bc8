// SPDX-License-Identifier: MIT
// harness - what a test file imports: test() to say what is tested, and the tools to do it.
//
//     import { assert, eventually, test } from './harness.mjs';
//
//     test('a channel is paused and serves again', async ({ tab, page, g }) => {
//         await tab.go('#/channels/messages');
//         ...
//     }, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
//
// README.md of this folder says the rest; play.mjs runs it.

import assert from 'node:assert/strict';

import { channel, channels, eventually } from './gateway.mjs';

/** What test() was told, in order. */
export const tests = [];

/**
 * One test, one line of TAP.  `run` gets { tab, page, g, browser, open }: a tab that is logged in (but for login: false), its
 * page, the gateway, the browser, and open(options) for another tab with a browser context of its own (or, same: true, in the same one).
 *
 * Options: locale, colorScheme, width, height, timezoneId, permissions; login: false; expectErrors: [...]; seconds: 60;
 * patience: how many ms an action of the browser may wait (10000); hasClock: page.clock is used, no other test gets its browser context.
 */
export function test(name, run, options = {}) {
    tests.push({ name, run, options });
}

export { assert, channel, channels, eventually };
