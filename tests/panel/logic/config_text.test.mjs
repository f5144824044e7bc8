// SPDX-License-Identifier: MIT
// config_text - differences, searching, complaints.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { diffCounts, diffLines, finding, findLines, splitSource } from '../../../www/parts/config_text.js';

test('a difference by lines', () => {
    const lines = diffLines('--- generation 5\n+++ generation 7\n@@ -1,2 +1,2 @@\n a\n-  b = 5;\n+  b = 7;\n--- a comment\n');
    assert.deepEqual(lines.map((l) => l.kind), ['file', 'file', 'hunk', 'same', 'cut', 'add', 'cut']);
    assert.deepEqual(lines.slice(4, 6).map((l) => l.sign + l.text), ['−  b = 5;', '+  b = 7;']);
    assert.deepEqual(diffCounts(lines), { added: 1, cut: 2 });
    assert.deepEqual(diffLines(''), []);
});

const TEXT = 'limits = {\n  attempts = 7;\n  total = "5m";\n};\nchannels = (\n  {\n    id = "relay";\n    weight = 3;\n  }\n);\nname = "x";\n';

test('what is searched for keeps the heads of its groups', () => {
    assert.deepEqual(findLines(TEXT, 'attempts').lines.map((l) => l.text), ['limits = {', '  attempts = 7;']);
    assert.equal(findLines(TEXT, 'attempts').hits, 1);
    assert.deepEqual(findLines(TEXT, 'limits total').lines.map((l) => l.number), [0, 2]);
    assert.equal(findLines(TEXT, '').isAll, true);
    assert.deepEqual(findLines(TEXT, 'nowhere').lines, []);
    assert.deepEqual(findLines(TEXT, 'weight').lines.map((l) => l.text.trim()), ['channels = (', '{', 'weight = 3;']);
});

test('who says it', () => {
    assert.deepEqual(splitSource('attempts = 7;  # /etc/a.conf:3'), { text: 'attempts = 7;', source: '/etc/a.conf:3' });
    assert.deepEqual(splitSource('# x = 1  (built-in)'), { text: '# x = 1', source: '(built-in)' });
    assert.deepEqual(splitSource('plain'), { text: 'plain', source: '' });
});

test('complaints have a place', () => {
    assert.deepEqual(finding('/etc/a.conf:12: error: no such option'), { place: '/etc/a.conf:12', kind: 'error', text: 'no such option' });
    assert.equal(finding('nothing at all').place, '');
});
