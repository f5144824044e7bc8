// SPDX-License-Identifier: MIT
// setup - the lines that connect clients.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { baseOf, clients, faultOf, SHELLS, variable } from '../../../www/lib/setup.js';

const place = { base: 'https://llm.example.org/gw', key: 'cp-abc', model: "it's", isOwnModel: true };

test('each client is told the address, the key and the model', () => {
    for (const shell of SHELLS)
        for (const client of clients) {
            const all = client.steps(shell, place).map((s) => s.text).join('\n');
            assert.match(all, /https:\/\/llm\.example\.org\/gw/, client.id);
            assert.match(all, /cp-abc/, client.id);
        }
});

test('values are quoted as the shell wants it', () => {
    assert.equal(variable('posix', 'A', "it's"), "export A='it'\\''s'");
    assert.equal(variable('powershell', 'A', "it's"), "$env:A = 'it''s'");
    assert.equal(variable('powershell', 'A', 'it’s'), "$env:A = 'it’’s'");
    for (const client of clients.filter((c) => c.id.startsWith('curl') || ['claude', 'gemini'].includes(c.id))) {
        const ran = spawnSync('sh', ['-n'], { input: client.steps('posix', place).filter((s) => s.kind !== 'keep').map((s) => s.text).join('\n') });
        assert.equal(ran.status, 0, `${client.id}: ${ran.stderr}`);
    }
});

test('the base path of the page', () => {
    assert.equal(baseOf('https://a.example/gw/index.html?x#/setup'), 'https://a.example/gw');
    assert.equal(baseOf('http://127.0.0.1:3000/'), 'http://127.0.0.1:3000');
});

const run = (lines, env = {}) => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'claude-proxy-setup-'));
    try {
        return { ...spawnSync('sh', { input: lines(home), env: { HOME: home, PATH: process.env.PATH, ...env }, encoding: 'utf8' }), home, file: (name) => fs.readFileSync(path.join(home, name), 'utf8') };
    } finally {
        setTimeout(() => fs.rmSync(home, { recursive: true, force: true }));
    }
};
const of = (id, shell = 'posix', where = place) => clients.find((c) => c.id === id).steps(shell, where);

test('Claude Code: one key alone is sent, all sizes are the chosen model, and what is kept says the same', () => {
    const [now, kept] = of('claude');
    const { stdout } = run(() => now.text.replace(/claude$/, 'env'), { ANTHROPIC_API_KEY: 'old' });
    const env = Object.fromEntries(stdout.split('\n').filter((l) => l.startsWith('ANTHROPIC_')).map((l) => l.split(/=(.*)/)));
    assert.deepEqual(env, JSON.parse(kept.text).env);
    assert.deepEqual(env, { ANTHROPIC_BASE_URL: place.base, ANTHROPIC_AUTH_TOKEN: 'cp-abc', ...Object.fromEntries(['', 'DEFAULT_OPUS_', 'DEFAULT_SONNET_', 'DEFAULT_HAIKU_'].map((x) => [`ANTHROPIC_${x}MODEL`, "it's"])) });
    assert.doesNotMatch(of('claude', 'posix', { ...place, isOwnModel: false })[0].text, /MODEL/);
});

test('Gemini CLI: how it logs in is written once, and never over what is there', () => {
    const [once, then] = of('gemini');
    assert.deepEqual(JSON.parse(run(() => once.text).file('.gemini/settings.json')), { security: { auth: { selectedType: 'gemini-api-key' } } });
    assert.equal(run(() => `mkdir ~/.gemini; echo mine > ~/.gemini/settings.json\n${once.text}`).file('.gemini/settings.json'), 'mine\n');
    const { stdout } = run(() => then.text.replace('gemini -m', 'echo "$GOOGLE_GEMINI_BASE_URL" "$GEMINI_API_KEY"'));
    assert.equal(stdout, `${place.base} cp-abc it's\n`);
});

test('Codex: keys stand before the table, the table alone at the end', () => {
    const [begin, end, then] = of('codex');
    assert.doesNotMatch(begin.text, /^\[/m);
    assert.match(begin.text, /^model = "it's"$/m);
    assert.match(end.text, /^\[model_providers\.claude-proxy\]\n/);
    assert.match(end.text, /^base_url = "https:\/\/llm\.example\.org\/gw\/v1"$/m);
    assert.match(end.text, /^wire_api = "responses"$/m);
    assert.equal(run(() => then.text.replace(/codex$/, 'echo $CLAUDE_PROXY_KEY')).stdout, 'cp-abc\n');
});

test('curl is asked for the path, the key and a body that is JSON', () => {
    for (const family of ['messages', 'chat', 'responses', 'gemini']) {
        const { stdout } = run(() => `curl() { for a; do printf '%s\\n' "$a"; done; }\n${of(`curl-${family}`)[0].text}`);
        const lines = stdout.trim().split('\n');
        assert.ok(lines[1].startsWith(`${place.base}/v1`), lines[1]);
        assert.match(lines[3], /^(x-api-key: |authorization: Bearer |x-goog-api-key: )cp-abc$/);
        assert.ok(JSON.parse(lines.at(-1)));
    }
});

test('an address that no client could use is noticed', () => {
    assert.equal(faultOf('https://a.example:8443/gw'), '');
    assert.equal(faultOf('a.example'), 'noAddress');
    assert.equal(faultOf('ftp://a.example'), 'noAddress');
    assert.equal(faultOf('http://me:secret@a.example'), 'noAddress');
    assert.equal(faultOf('http://a.example/v1/'), 'tooLong');
});
