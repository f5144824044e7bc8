// SPDX-License-Identifier: MIT
// test_setup - the screen that connects clients: what is pasted works, for a client that has nothing else.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { assert, eventually, test } from './harness.mjs';

/** Runs lines in a shell with an empty home; what it printed. */
async function shell(lines) {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'claude-proxy-setup-'));
    try {
        return await new Promise((resolve, reject) => {
            const p = spawn('sh', ['-e'], { env: { HOME: home, PATH: process.env.PATH }, stdio: ['pipe', 'pipe', 'pipe'] });
            let out = '';
            p.stdout.on('data', (d) => { out += d; });
            p.stderr.on('data', (d) => { out += d; });
            p.on('error', reject);
            p.on('close', () => resolve(out));
            p.stdin.end(lines);
        });
    } finally {
        fs.rmSync(home, { recursive: true, force: true });
    }
}

const snippets = (page) => page.locator('main .snippet code').allInnerTexts();
const clients = (tab) => tab.by('navigation', 'Clients');

test('a key is made once, stands in all lines, and the lines work', async ({ tab, page, g }) => {
    await tab.go('#/setup');
    assert.match((await snippets(page))[0], /YOUR-KEY/);
    await page.getByLabel('Name of the key').fill('My <b>laptop</b>');
    await page.keyboard.press('Enter');
    await tab.see('This key is shown only here');
    const key = (await page.locator('.setup-key').innerText()).trim();
    g.shown.add(key);
    await tab.by('radio', 'macOS, Linux').check({ force: true });
    await clients(tab).getByRole('button', { name: 'curl' }).click();
    await page.getByLabel('Model').fill('claude-demo');
    const lines = await snippets(page);
    assert.equal(lines.length, 4);
    for (const text of lines) {
        assert.ok(text.includes(key) && text.includes(g.url), text);
        assert.match(await shell(text), /"(content|output|candidates|choices)"/);
    }
    const { clients: all } = await g.must('GET', '/api/clients');
    const mine = all.find((c) => c.label === 'My <b>laptop</b>');
    await eventually(async () => (await g.must('GET', `/api/history?client=${mine.id}`)).requests.length === 4, 'four requests of this key');
    await tab.clean();
    await tab.go('#/about');
    await tab.go('#/setup');
    assert.doesNotMatch(await page.content(), new RegExp(key), 'the key is gone with the screen');
});

test('each client: the lines of its own configuration, in both shells', async ({ tab, page, g }) => {
    await tab.go('#/setup');
    await page.getByLabel('Model').fill("it's-mine");
    await tab.by('radio', 'PowerShell').check({ force: true });
    const wanted = {
        'Claude Code': [/^\$env:ANTHROPIC_BASE_URL = 'http:.*\n\$env:ANTHROPIC_AUTH_TOKEN = 'YOUR-KEY'\n/, /'it''s-mine'/, /Remove-Item Env:ANTHROPIC_API_KEY/, /"ANTHROPIC_MODEL": "it's-mine"/],
        Codex: [/model_provider = "claude-proxy"/, new RegExp(`base_url = "${g.url}/v1"`), /wire_api = "responses"/, /\$env:CLAUDE_PROXY_KEY = 'YOUR-KEY'\ncodex/],
        'Gemini CLI': [/Test-Path/, /gemini-api-key/, /\$env:GOOGLE_GEMINI_BASE_URL = 'http/, /gemini -m 'it''s-mine'/],
        SDKs: [/from openai import/, /from anthropic import/, /baseURL: "http/],
        curl: [/Invoke-RestMethod 'http/],
        Others: [/\$env:OPENAI_BASE_URL = 'http.*\/v1'/],
    };
    for (const [name, patterns] of Object.entries(wanted)) {
        await clients(tab).getByRole('button', { name }).click();
        await tab.by('heading', name).waitFor();
        const all = (await snippets(page)).join('\n\n');
        patterns.forEach((p) => assert.match(all, p, name));
        assert.match(await tab.focused(), new RegExp(name), 'the focus stays on the tab');
    }
    assert.match(page.url(), /\?for=other$/);
    await tab.reload();
    await tab.by('heading', 'Others').waitFor();
    await tab.clean();
});

test('the address may be another; one that no client could use is told', async ({ tab, page }) => {
    await tab.go('#/setup');
    const box = page.getByLabel('Address of the gateway');
    await box.fill('https://llm.example.org/gw/');
    await eventually(async () => (await snippets(page))[0].includes("'https://llm.example.org/gw'"), 'the lines follow');
    for (const [bad, why] of [['llm.example.org', /This is no address/], ['https://llm.example.org/v1', /Without \/v1/]]) {
        await box.fill(bad);
        await tab.see(why);
    }
    await tab.axe();
});

test('a key that cannot be made is told, and the lines stay', async ({ tab, page }) => {
    await tab.go('#/setup');
    tab.expectErrors('422 POST /api/clients', '500 POST /api/clients', 'ERR_CONNECTION_RESET');
    for (const [answer, told] of [[(r) => r.fulfill({ status: 422, json: { error: 'a label has at most 64 characters', path: 'label' } }), 'a label has at most 64 characters'],
        [(r) => r.fulfill({ status: 500, body: '<img src=x onerror=alert(1)>' }), '<img src=x onerror=alert(1)>'], [(r) => r.abort('connectionreset'), 'the gateway cannot be reached']]) {
        await page.route('**/api/clients', answer);
        await tab.by('button', 'Make a key').click();
        await page.locator('main .notice', { hasText: told }).waitFor();
        await page.unroute('**/api/clients');
    }
    assert.equal(await page.locator('main img').count(), 0);
    assert.match((await snippets(page))[0], /YOUR-KEY/);
});

test('in Chinese, on a phone, in the dark', async ({ tab, page }) => {
    await tab.go('#/setup?for=codex');
    await tab.clean();
    await tab.shot('setup-codex-zh-390');
    await tab.by('navigation', '客户端').getByRole('button', { name: 'Claude Code' }).click();
    await page.getByLabel('模型').fill('长'.repeat(200));
    await tab.noOverflow();
    await tab.shot('setup-claude-zh-390');
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
