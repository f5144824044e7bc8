// SPDX-License-Identifier: MIT
// test_settings - all that can be set: controls by kind, who says it, what is wrong, two tabs, what waits for a restart, words.

import { setLanguage } from '../../www/lib/i18n.js';
import { assert, eventually, test } from './harness.mjs';

export const conf = 'limits = { attempts = 7; };\ncurrency = "EUR";\n';
export const options = ['-o', 'scheduler.waits=2'];

const settings = async (g) => (await g.must('GET', '/api/settings')).settings;
const line = (page, name) => page.locator(`[data-option="${name}"]`);
const save = (tab) => tab.by('region', 'Save').getByRole('button', { name: 'Save' }).click();

test('every option that can be set has a title, and help in Chinese', async ({ g }) => {
    await import('../../www/text/options.js');
    await import('../../www/text/settings.js');
    const { tOr } = await import('../../www/lib/i18n.js');
    const { choicesOf, fileOnly, groupOf, kindOf } = await import('../../www/lib/settings.js');
    globalThis.localStorage ??= { setItem() {}, getItem: () => null };
    setLanguage('zh');
    const isChinese = (text) => /[\u4e00-\u9fff]/.test(text);
    const lacking = [];
    for (const o of (await g.must('GET', '/api/options')).options.filter((one) => one.settable || fileOnly([one]).length)) {
        for (const part of ['option', 'optionHelp']) {
            if (!isChinese(tOr(part, o.name))) {
                lacking.push(`${part}.${o.name}`);
            }
        }
        if (!isChinese(tOr('optionGroup', groupOf(o.name)))) {
            lacking.push(`optionGroup.${groupOf(o.name)}`);
        }
        if (kindOf(o) === 'choice') {
            lacking.push(...choicesOf(o).filter((w) => !isChinese(tOr('optionWord', w))).map((w) => `optionWord.${w}`));
        }
    }
    setLanguage('en');
    assert.deepEqual(lacking, []);
});

test('a control for each kind; saved together; back to the default', async ({ tab, page, g }) => {
    await tab.go('#/settings');
    const head = line(page, 'timeouts.head');
    assert.equal(await head.getByLabel('Head', { exact: true }).inputValue(), '10');
    assert.equal(await head.getByLabel('Head: unit').inputValue(), 's');
    await head.getByLabel('Head', { exact: true }).fill('2');
    await head.getByLabel('Head: unit').selectOption('m');
    await line(page, 'limits.reply').getByLabel('Upstream reply', { exact: true }).fill('32');
    await line(page, 'scheduler.strategy').getByLabel('Strategy').selectOption('two_choices');
    await line(page, 'history.peers').getByRole('switch').uncheck();
    await line(page, 'scheduler.hedge').getByLabel('Hedge').fill('p90');
    await line(page, 'breaker.window').getByLabel('Results looked at', { exact: true }).fill('20');
    await tab.see('6 changes not saved');
    await tab.axe();
    await tab.shot('settings');
    await save(tab);
    await tab.toast('The settings are saved and hold');
    assert.equal(await tab.focused(), 'input Results looked at', 'the bar goes, the focus stays');
    const now = await settings(g);
    assert.deepEqual([now.timeouts.head, now.limits.reply, now.scheduler.strategy, now.history.peers, now.scheduler.hedge, now.breaker.window],
        ['2m', '32MB', 'two_choices', false, 'p90', 20]);
    await head.getByText('set in the panel').waitFor();
    await tab.by('button', 'Back to the default: Head').click();
    assert.equal(await tab.focused(), 'input Head', 'the button goes, the focus stays in the line');
    assert.equal(await head.getByLabel('Head', { exact: true }).inputValue(), '10');
    await save(tab);
    await head.getByText('default', { exact: true }).waitFor();
    assert.equal((await settings(g)).timeouts.head, '10s');
});

test('what is wrong is told at each field, in the words of the gateway', async ({ tab, page, g }) => {
    tab.expectErrors('422 PATCH /api/settings', '400 PATCH /api/settings');
    const before = await settings(g);
    await tab.go('#/settings?search=limits');
    const head = line(page, 'limits.head');
    await head.getByLabel('Request head', { exact: true }).fill('99999');
    await line(page, 'limits.stream_low').getByLabel('Go on at', { exact: true }).fill('<img src=x onerror=alert(1)>');
    await save(tab);
    await tab.see('2 values are wrong, nothing is saved:');
    await head.locator('.field-error').getByText('must be from 4KB to 1MB').waitFor();
    await line(page, 'limits.stream_low').locator('.field-error').getByText('is no size').waitFor();
    await eventually(async () => await tab.focused() === 'input Request head', 'the first has the focus');
    await tab.axe();
    await tab.shot('settings-wrong');
    await tab.by('region', 'Save').getByRole('button', { name: 'Go on at' }).click();
    await eventually(async () => await tab.focused() === 'input Go on at', 'its field has the focus');
    await tab.by('button', 'Undo: Go on at').click();
    assert.equal(await line(page, 'limits.stream_low').getByLabel('Go on at', { exact: true }).inputValue(), '64');
    await head.getByLabel('Request head', { exact: true }).fill('');
    await tab.by('button', 'Discard').click();
    await eventually(async () => !await tab.by('region', 'Save').isVisible(), 'the bar goes');
    assert.deepEqual(await settings(g), before);
    await line(page, 'limits.connections').getByLabel('Connections').fill('many');
    await save(tab);
    await line(page, 'limits.connections').locator('.field-error').getByText('must be a whole number').waitFor();
    await tab.by('button', 'Discard').click();
});

test('what files, the command line say is locked, with where', async ({ tab, page }) => {
    await tab.go('#/settings?changed=yes');
    const attempts = line(page, 'limits.attempts');
    assert.ok(await attempts.getByLabel('Attempts').isDisabled());
    await attempts.getByText(/Set in .*claude-proxy\.conf:\d+; change it there/).waitFor();
    await line(page, 'scheduler.waits').getByText(/Set in command line/).waitFor();
    assert.equal(await line(page, 'timeouts.ping').isVisible(), false, 'defaults are not shown');
    assert.ok(await line(page, 'listen').getByRole('button', { name: 'Add' }).isDisabled());
    const secret = await line(page, 'access_key').getByLabel('Access key').getAttribute('placeholder');
    assert.match(secret, /^set: .*\*\*\*/);
    await tab.clean();
});

test('fuzzy mode is found and changed by the keyboard alone', async ({ tab, page, g }) => {
    await tab.go('#/settings');
    await page.getByLabel('Search settings').fill('fuzzy');
    await tab.see('1 setting');
    await eventually(async () => !await line(page, 'listen').isVisible(), 'others are hidden');
    await eventually(() => page.url().includes('search=fuzzy'), 'it can be linked to');
    await page.getByLabel(/Fuzzy mode/).focus();
    await page.keyboard.press('Space');
    await tab.see('1 change not saved');
    await page.keyboard.press('Tab');
    assert.match(await tab.focused(), /Undo: Fuzzy/);
    await tab.by('button', 'Save').focus();
    await page.keyboard.press('Enter');
    await eventually(async () => (await settings(g)).fuzzy === false, 'it is off');
    await page.getByLabel('Search settings').fill('trusted_proxies');
    await page.getByRole('region', { name: 'In files alone' }).getByText('not set').waitFor();
    await page.getByLabel('Search settings').fill('no such thing at all');
    await tab.see('No setting fits.');
    await tab.by('button', 'Show all settings').click();
    await line(page, 'listen').waitFor();
});

test('what waits for a restart is told, and leads there', async ({ tab, page, g }) => {
    await tab.go('#/settings');
    await g.must('PATCH', '/api/settings', { upstream: { idle_connections: 48 } });
    await tab.see('These were changed and wait for a restart of the gateway:');
    await line(page, 'upstream.idle_connections').getByText('waits for a restart').waitFor();
    await page.locator('.notice').getByRole('button', { name: 'Idle connections' }).click();
    await eventually(async () => await tab.focused() === 'input Idle connections', 'the focus is there');
    assert.equal(await line(page, 'upstream.idle_connections').getByLabel('Idle connections', { exact: true }).inputValue(), '48');
    await g.restart();
    await tab.login();
    await tab.reload();
    await line(page, 'upstream.idle_connections').getByText('takes a restart').waitFor();
    assert.equal(await page.getByText('wait for a restart of the gateway').isVisible(), false);
}, { expectErrors: [/./] });

test('who comes second is told, keeps what he typed, and saves again', async ({ tab, page, g }) => {
    tab.expectErrors('409 PATCH /api/settings');
    await tab.go('#/settings');
    const mine = line(page, 'breaker.threshold').getByLabel('Share of failures', { exact: true });
    await mine.fill('70');
    await g.must('PATCH', '/api/settings', { breaker: { threshold: 60, window: 30 } });
    await save(tab);
    await tab.see(/changed by somebody else meanwhile/);
    assert.equal(await mine.inputValue(), '70');
    await eventually(async () => await line(page, 'breaker.window').getByLabel('Results looked at', { exact: true }).inputValue() === '30', 'theirs is shown');
    await save(tab);
    await tab.toast('The settings are saved and hold');
    const { breaker } = await settings(g);
    assert.deepEqual([breaker.threshold, breaker.window], [70, 30]);
});

test('leaving asks; a gateway that is gone is told and loses nothing', async ({ tab, page, g }) => {
    tab.expectErrors(/ERR_CONNECTION_REFUSED|ERR_EMPTY|ERR_INCOMPLETE|ERR_CONNECTION_RESET|500 PATCH|401 /);
    await tab.go('#/settings');
    const field = line(page, 'mode').getByLabel('Mode', { exact: true });
    await field.fill('٠ \u202Ereversed '.repeat(3));
    await page.getByRole('link', { name: 'Scheduler' }).click();
    await (await tab.dialog('Unsaved changes')).getByRole('button', { name: 'Cancel' }).click();
    assert.ok(page.url().includes('#/settings'));
    await page.route('**/api/settings', (route) => (route.request().method() === 'PATCH'
        ? route.fulfill({ status: 500, contentType: 'application/json', body: '{"error": "the disk is full"}' }) : route.continue()));
    await save(tab);
    await tab.by('region', 'Save').getByText('the disk is full').waitFor();
    await page.unroute('**/api/settings');
    await g.stop();
    await save(tab);
    await tab.by('region', 'Save').getByText('the gateway cannot be reached').waitFor();
    assert.match(await field.inputValue(), /reversed/);
    g.configure(); // on the same port
    await g.start();
    await tab.by('region', 'Save').getByRole('button', { name: 'Save' }).dispatchEvent('click'); // a dialog may be there before
    const again = await tab.dialog('Log in again');
    await again.getByLabel('Access key').fill(g.key);
    await page.keyboard.press('Enter');
    await tab.noDialog();
    assert.match(await field.inputValue(), /reversed/, 'what was typed stays over a new login');
    await tab.by('button', 'Discard').click();
});

test('who is logged in; all are logged out', async ({ tab, page, open }) => {
    tab.expectErrors('401');
    const other = await open();
    other.expectErrors('401');
    await other.go('#/settings');
    await tab.go('#/settings');
    await tab.by('region', 'Who is logged in').getByText('this browser').waitFor();
    await tab.by('button', 'Log out everywhere').click();
    await (await tab.dialog('Log out everywhere')).getByRole('button', { name: 'Log out everywhere' }).click();
    await page.locator('.login').waitFor();
    await other.page.getByRole('link', { name: 'Plugins' }).click();
    await other.dialog('Log in again');
});

test('in Chinese, on a phone, in the dark', async ({ tab, page }) => {
    await tab.go('#/settings?search=模糊');
    await line(page, 'fuzzy').waitFor();
    await page.getByLabel('搜索设置').fill('');
    await line(page, 'listen').waitFor();
    await tab.clean();
    await tab.shot('settings-zh-dark-390', { fullPage: true });
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
