// SPDX-License-Identifier: MIT
// test_login - who comes in, who must wait, whose session ends while he works, who goes.

import { assert, eventually, test } from './harness.mjs';

const SECRET = 'input[type=password]';

async function typeSecret(page, secret, below = 'body') {
    const box = page.locator(below).locator(SECRET);
    await box.fill(secret);
    await box.press('Enter');
}

/** What the gateway tells strangers, said by the test. */
const stranger = (page, login, separate = false) => page.route('**/api/session', (route) => (route.request().method() === 'GET'
    ? route.fulfill({ status: 200, json: { by: 'nobody', who: '', separate, login: { ways: ['key'], refused: '', error: '', wait_s: 0, ...login } } }) : route.fallback()));

test('a wrong key is said, and the right one opens the address that was asked for', async ({ tab, page, g }) => {
    tab.expectErrors('401 POST /api/session');
    await tab.go('#/about');
    await tab.ready('login');
    assert.match(await tab.focused(), /Access key/);
    await tab.by('button', 'Log in').click();
    assert.equal(await page.locator('.notice').count(), 0, 'nothing is asked of the gateway');
    await typeSecret(page, 'not-the-key');
    await tab.toast('That is not it');
    assert.match(await tab.focused(), /Access key/);
    assert.equal(await page.locator(SECRET).inputValue(), '');
    await tab.axe();
    await typeSecret(page, `  ${g.key}\n`);
    await tab.ready('about');
    assert.deepEqual(await page.evaluate(() => [Object.values(localStorage), Object.values(sessionStorage), document.cookie]), [[], [], '']);
    assert.doesNotMatch(page.url(), /CANARY/);
    await tab.noSecrets();
}, { login: false });

test('language and theme are chosen before, and hold behind the login', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await tab.by('button', '主题').click();
    await tab.by('menuitem', '深色').click();
    await tab.clean();
    await tab.shot('login-zh-dark-390');
    await tab.by('button', '语言').click();
    await tab.by('menuitem', 'English').click();
    await tab.by('heading', 'Log in to claude-proxy').waitFor();
    await typeSecret(page, g.key);
    await tab.ready('about');
    await tab.by('heading', 'About this gateway').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
}, { login: false, locale: 'zh-CN', width: 390 });

test('who was wrong too often sees how long he waits, and then may go on', async ({ tab, page, g }) => {
    tab.expectErrors('429 POST /api/session');
    await page.clock.install();
    let tries = 0;
    await page.route('**/api/session', (route) => (route.request().method() === 'POST' && tries++ === 0
        ? route.fulfill({ status: 429, headers: { 'retry-after': '90' }, json: { error: 'too many wrong keys or passwords came from there: wait' } }) : route.fallback()));
    await tab.go('#/about');
    await typeSecret(page, 'not-the-key');
    await tab.see('You can try again in');
    assert.match(await page.locator('time.timer').innerText(), /^1:(30|29)/);
    assert.ok(await tab.by('button', 'Log in').isDisabled());
    await tab.axe();
    await page.clock.runFor(60000);
    assert.match(await page.locator('time.timer').innerText(), /^0?:?\d?\d/);
    await page.clock.runFor(31000);
    await eventually(() => tab.by('button', 'Log in').isEnabled(), 'one may try again');
    assert.equal(await page.locator('time.timer').count(), 0);
    await typeSecret(page, g.key);
    await tab.ready('about');
}, { login: false, hasClock: true });

test('who must wait is told so before he types; a password and a key are asked by their names', async ({ tab, page, g, open }) => {
    await stranger(page, { refused: 'wait', error: 'too many wrong keys or passwords came from there: wait', wait_s: 20 });
    await tab.go();
    await tab.see('You can try again in');
    const other = await open({ locale: 'zh-CN' });
    await stranger(other.page, { ways: ['key', 'password'] }, true);
    const sent = [];
    await other.page.route('**/api/session', (route) => {
        if (route.request().method() !== 'POST')
            return route.fallback();
        sent.push(route.request().postDataJSON());
        return route.fulfill({ status: 401, json: { error: 'this is not it' } });
    });
    other.expectErrors('401 POST /api/session');
    await other.go();
    await other.page.getByLabel('管理密码或密钥').waitFor();
    await typeSecret(other.page, 'either');
    await other.toast('不正确');
    assert.deepEqual(sent, [{ key: 'either', password: 'either' }]); // one try
    assert.ok(g.isAlive);
}, { login: false });

test('where nobody can log in it says why', async ({ tab, page }) => {
    await stranger(page, { refused: 'clear_text', error: 'a session in clear text could be stolen on its way' });
    await tab.go();
    await tab.see('Nobody can log in here in clear text');
    await tab.see('could be stolen on its way');
    assert.equal(await page.locator(SECRET).count(), 0);
    await tab.clean();
    await page.unroute('**/api/session');
    await tab.by('button', 'Try again').click();
    await page.locator(SECRET).waitFor();
}, { login: false });

test('a session that is ended elsewhere: the login stands above the screen, and what was typed stays', async ({ tab, page, g }) => {
    await tab.go('#/setup');
    await page.getByLabel('Name of the key').fill('half typed');
    tab.expectErrors('401 ', 'ERR_INCOMPLETE_CHUNKED_ENCODING');
    await g.must('DELETE', '/api/sessions');
    await tab.by('button', 'Make a key').click();
    const dialog = await tab.dialog('Log in again');
    assert.match(await tab.focused(), /Access key/);
    await tab.clean();
    await tab.shot('login-again');
    await typeSecret(page, 'wrong', 'dialog[open]');
    await dialog.getByText('That is not it').waitFor();
    await page.keyboard.press('Escape');
    await tab.noDialog();
    await tab.see('Your session has ended');
    await tab.axe();
    await page.locator('.banner').getByRole('button', { name: 'Log in' }).click();
    await tab.dialog('Log in again');
    await typeSecret(page, g.key, 'dialog[open]');
    await tab.noDialog();
    await eventually(async () => await page.locator('.banner').count() === 0, 'the banner goes');
    await tab.toast('Live');
    assert.equal(await page.getByLabel('Name of the key').inputValue(), 'half typed');
    await tab.by('button', 'Make a key').click();
    await tab.see('This key is shown only here');
    g.shown.add((await page.locator('.setup-key').innerText()).trim());
});

test('tabs are logged out together, and in; whoever leaves leaves nothing', async ({ tab, page, g, open }) => {
    const other = await open({ same: true });
    tab.expectErrors('401 ', 'ERR_INCOMPLETE_CHUNKED_ENCODING');
    other.expectErrors('401 ', 'ERR_INCOMPLETE_CHUNKED_ENCODING');
    await tab.go('#/channels/messages');
    await other.go('#/about');
    await other.by('button', 'Log out').click();
    await other.ready('login');
    await tab.ready('login');
    await tab.noDialog();
    assert.doesNotMatch(await page.locator('body').innerText(), /sk-/);
    const r = await tab.context.request.get(`${g.url}/api/status`);
    assert.equal(r.status(), 401);
    await typeSecret(page, g.key);
    await tab.ready('channels');
    await other.ready('about');
    // And from the question after an end: all goes, too.
    await g.must('DELETE', '/api/sessions');
    await page.evaluate(() => { location.hash = '#/requests'; });
    await tab.dialog('Log in again');
    await tab.by('button', 'Leave the page').click();
    await tab.ready('login');
    await tab.noDialog();
});

test('without a connection one is not logged out, and is told so', async ({ tab, page }) => {
    await tab.go('#/about');
    tab.expectErrors('ERR_CONNECTION_RESET');
    await page.route('**/api/session', (route) => (route.request().method() === 'DELETE' ? route.abort('connectionreset') : route.fallback()));
    await tab.by('button', 'Log out').click();
    await tab.toast('Log out: the gateway cannot be reached');
    assert.equal(await page.locator('main').getAttribute('data-view'), 'about');
});
