// SPDX-License-Identifier: MIT
// import_files - files are known by their names.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fileKind } from '../../../www/parts/import_files.js';

test('the two files, and others', () => {
    for (const [name, kind] of [['.env', 'env'], ['.env.production', 'env'], ['prod.env', 'env'], ['config.json', 'config'], ['config.json.bak', 'config'], ['metrics.db', null], ['environment', null]])
        assert.equal(fileKind(name), kind, name);
});
