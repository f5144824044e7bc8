// SPDX-License-Identifier: MIT
// setup - the lines that connect clients.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';

import { baseOf, clients, SHELLS, variable } from '../../../www/lib/setup.js';

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
    for (const client of clients.filter((c) => c.id.startsWith('curl') || c.id === 'claude')) {
        const ran = spawnSync('sh', ['-n'], { input: client.steps('posix', place).map((s) => s.text).join('\n') });
        assert.equal(ran.status, 0, `${client.id}: ${ran.stderr}`);
    }
});

test('the base path of the page', () => {
    assert.equal(baseOf('https://a.example/gw/index.html?x#/setup'), 'https://a.example/gw');
    assert.equal(baseOf('http://127.0.0.1:3000/'), 'http://127.0.0.1:3000');
});
